"""Both type checkers accept the good sample, and refuse exactly the marked lines of the bad one."""

import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD, BAD = Path("tests/typing/good.py"), Path("tests/typing/bad.py")


def marked() -> set[int]:
    lines = (ROOT / BAD).read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# expect-error" in line}


def complaints(command: list[str]) -> dict[str, set[int]]:
    """Return the numbers of the lines that a checker names as errors, by file."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found: dict[str, set[int]] = {GOOD.name: set(), BAD.name: set()}
    for name, line in re.findall(r"(good|bad)\.py:(\d+)(?::\d+)?(?: -|:) error", done.stdout):
        found[f"{name}.py"].add(int(line))
    assert done.returncode == 1, done.stdout + done.stderr
    return found


def test_the_good_sample_runs_as_well() -> None:
    sample = import_module("tests.typing.good")
    assert repr(sample.door) == "Machine('door', version=1, 2 states, 4 events)"
    assert sample.closed.take(sample.Opened(door_id=sample.DoorId("d"))) == (sample.Open(), sample.NoIntent())


@pytest.mark.timeout(600)
def test_mypy_refuses_exactly_the_marked_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(GOOD), str(BAD)]
    assert complaints(command) == {"good.py": set(), "bad.py": marked()}


@pytest.mark.timeout(600)
def test_pyright_refuses_exactly_the_marked_lines() -> None:
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent))
    if pyright is None:
        pytest.skip("pyright is not installed beside this interpreter")
    found = complaints([pyright, "--pythonpath", sys.executable, "--project", "tests/typing/pyrightconfig.json"])
    assert found == {"good.py": set(), "bad.py": marked()}
