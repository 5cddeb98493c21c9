"""Both type checkers accept the good samples, and refuse exactly the marked lines of the bad ones."""

import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# The machines that use the patterns are samples too: what their types promise is seen by users.
SAMPLES = {
    path.relative_to(ROOT).as_posix()
    for folder in (HERE, HERE.parent / "patterns")
    for path in folder.glob("*.py")
    if not path.name.startswith("test_")
}
REFUSED = {"tests/typing/bad.py", "tests/typing/bad_patterns.py", "tests/typing/bad_steps.py"}


def marked() -> dict[str, set[int]]:
    """Return the numbers of the lines that are to be refused, by file."""
    found: dict[str, set[int]] = {}
    for name in SAMPLES:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        found[name] = {number for number, line in enumerate(lines, 1) if "# expect-error" in line}
    return found


def complaints(command: list[str]) -> dict[str, set[int]]:
    """Return the numbers of the lines that a checker names as errors, by file."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found: dict[str, set[int]] = {name: set() for name in SAMPLES}
    for name, line in re.findall(r"(tests/\w+/\w+\.py):(\d+)(?::\d+)?(?: -|:) error", done.stdout):
        found[name].add(int(line))
    assert done.returncode == 1, done.stdout + done.stderr
    return found


def test_only_the_bad_samples_have_marked_lines() -> None:
    assert {name for name, lines in marked().items() if lines} == REFUSED


def test_the_good_sample_runs_as_well() -> None:
    sample = import_module("tests.typing.good")
    assert repr(sample.door) == "Machine('door', version=1, 2 states, 4 events)"
    assert sample.closed.take(sample.Opened(door_id=sample.DoorId("d"))) == (sample.Open(), sample.NoIntent())


@pytest.mark.timeout(600)
def test_mypy_refuses_exactly_the_marked_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), *sorted(SAMPLES)]
    assert complaints(command) == marked()


@pytest.mark.timeout(600)
def test_pyright_refuses_exactly_the_marked_lines() -> None:
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent))
    if pyright is None:
        pytest.skip("pyright is not installed beside this interpreter")
    found = complaints([pyright, "--pythonpath", sys.executable, "--project", "tests/typing/pyrightconfig.json"])
    assert found == marked()
