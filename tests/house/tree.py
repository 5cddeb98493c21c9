"""What the house tests look at: the files of this checkout, and nothing that a tool left there."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "telic"


@cache
def files() -> tuple[Path, ...]:
    """Every file that is committed, or could be: what git ignores is left out."""
    if not (
        ROOT / ".git"
    ).exists():  # an unpacked source archive holds only what is meant to be there
        return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file()))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in sorted(set(listed.split("\0")) - {""}))
    return tuple(path for path in paths if path.is_file())


def modules(*folders: str) -> list[Path]:
    """The Python files under these folders, `modules("src")` for all that is shipped."""
    roots = [ROOT / folder for folder in folders]
    return [
        path
        for path in files()
        if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)
    ]


def name_of(path: Path) -> str:
    """A file as its reader would call it: relative to the checkout."""
    return path.relative_to(ROOT).as_posix()


def layers() -> list[str]:
    """The layers that exist: the packages and modules directly under `telic`."""
    return sorted(
        path.stem
        for path in SOURCE.iterdir()
        if (path / "__init__.py").is_file() or (path.suffix == ".py" and path.stem != "__init__")
    )


@cache
def contract(name: str) -> dict[str, Any]:
    """The import contract of this id, as `pyproject.toml` has it."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {each["id"]: each for each in config["tool"]["importlinter"]["contracts"]}
    return contracts[name]
