"""The command ``new``: a small project that passes its own tests and checks.

What may never be here: the text of a file; see ``template``.
"""

from __future__ import annotations

import keyword
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from telic.cli.exits import Exit, Stopped
from telic.cli.session import output_options, session_of

__all__ = ["new"]

_TAKEN = frozenset({"telic", "tests", "pydantic", "pytest"})


@click.command()
@output_options
@click.option("--package", metavar="NAME", help="The name of its package; that of the folder by default.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def new(ctx: click.Context, folder: Path, package: str | None) -> int:
    """Make a project in DIR: a process with a task and a deadline, its tests, and an application."""
    session = session_of(ctx)
    name = _named(package if package is not None else folder.resolve().name)
    if folder.exists() and any(folder.iterdir()):
        raise Stopped(Exit.USAGE, f"expected a folder that is empty or not there, got {folder}; do name another one")
    try:
        _make(folder, name)
    except OSError as error:
        raise Stopped(Exit.USAGE, f"expected a folder that can be made, got {folder}: {error.strerror}") from error
    session.out.rows(({"file": str(folder / path)} for path, _ in _contents(name)), ("file",))
    check = f"telic check --app {name}.app:system --domain {name}.values:values"
    session.out.say(f"do cd {folder}, then pytest, then {check}")
    return Exit.OK


def _named(text: str) -> str:
    name = text.lower().replace("-", "_").replace(" ", "_").replace(".", "_")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Stopped(Exit.USAGE, f"expected the name of a package, got {text!r}; do add --package NAME")
    if name in _TAKEN or name in sys.stdlib_module_names:
        raise Stopped(Exit.USAGE, f"expected a name that no other package has, got {name!r}; do add --package NAME")
    return name


def _contents(package: str) -> Iterator[tuple[str, str]]:
    """Yield the files of a project, each with the name of its text; those without one are empty."""
    yield "README.md", "README.md.txt"
    yield "pyproject.toml", "pyproject.toml.txt"
    yield f"{package}/__init__.py", ""
    yield f"{package}/machine.py", "machine.py.txt"
    yield f"{package}/values.py", "values.py.txt"
    yield f"{package}/app.py", "app.py.txt"
    yield "tests/test_leave.py", "test_leave.py.txt"


def _make(folder: Path, package: str) -> None:
    """Write the project beside its place, then put it there, so that none is half there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".telic-", dir=folder.parent))
    try:
        made.chmod(0o755)
        for path, source in _contents(package):
            file = made / path
            file.parent.mkdir(exist_ok=True)
            text = (files("telic.cli") / "template" / source).read_text(encoding="utf-8") if source else ""
            file.write_text(Template(text).substitute(package=package), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
