"""What the house tests look at: the files of this checkout, and nothing that a tool left there."""

import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "telic"
LEFT_BEHIND = {
    ".coverage",
    ".git",
    ".hypothesis",
    ".venv",
    "__pycache__",
    "build",
    "dist",
    "htmlcov",
}


@cache
def files(*, committed: bool = False) -> tuple[Path, ...]:
    """The files of the project: those that git knows, or would if they were added now.

    Args:
        committed: Leave out what has not been added yet; it may be anything.
    """
    others = [] if committed else ["--others", "--exclude-standard"]
    command = ["git", "ls-files", "-z", "--cached", *others]
    try:
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):  # no git, no clone, or somebody else's
        return tuple(sorted(walk(ROOT)))
    paths = (ROOT / name for name in sorted(set(done.stdout.split("\0")) - {""}))
    return tuple(path for path in paths if path.is_file())


def walk(folder: Path) -> Iterator[Path]:
    """The files under a folder, without what tools leave behind."""
    for path in folder.iterdir():
        if path.name in LEFT_BEHIND or path.name.endswith("_cache"):
            continue
        if path.is_file():
            yield path
        else:
            yield from walk(path)


def modules(*folders: str) -> list[Path]:
    """The Python files under these folders, `modules("src")` for all that is shipped."""
    roots = [ROOT / folder for folder in folders]
    return [path for path in files() if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)]


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
    contracts: dict[str, dict[str, Any]] = {each["id"]: each for each in config["tool"]["importlinter"]["contracts"]}
    return contracts[name]
