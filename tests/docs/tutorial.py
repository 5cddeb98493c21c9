"""A reader of the tutorial, who types every command and writes every file.

``python -m tests.docs.tutorial`` reads it anew and writes what was printed into the pages, where
that has changed. What may never be here: a file or a command that no page shows.
"""

import ast
import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from telic.cli.commands import run
from tests.docs.sessions import Said, said_in
from tests.docs.test_pages import FENCE, ROOT
from tests.services import postgres_database

HOME = ROOT / "docs/tutorial"
PAGES = [HOME / f"{name}.md" for name in ("first-machine", "tests", "time-and-people", "durable", "production")]
# What differs from one reader to the next; both sides are compared without it.
VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "DATE"),
    (re.compile(r"(?m)^(.*: line \d+: +\d+ (Killed|Terminated)|\[\d+\]).*\n?"), ""),  # what shells say of processes
    (re.compile(r"in \d+\.\d\ds"), "in SECONDS"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b"), "UUID"),
    (re.compile(r"(?m) +$"), ""),
)
SHELL_ONLY = re.compile(r"[|&;<>$`*(]|^(?!telic )|^telic worker|\btelic dev")


class Step(NamedTuple):
    """One thing that a page has its reader do: write a file, change one, or type commands."""

    words: tuple[str, ...]
    path: str
    text: str


def steps(page: Path) -> Iterator[Step]:
    """The steps of a page, in their order; the path is what the line above a block names last."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        words = tuple(found[2].split())
        if not {"file", "change", "console"} & {*words}:
            continue
        above = text[: found.start()].rstrip().rsplit("\n", 1)[-1]
        named = re.findall(r"`([\w./-]+\.\w+)`", above)
        yield Step(words, named[-1] if named and words[0] != "console" else "", found[3])


def compared(output: str) -> str:
    """An output without what differs from one reader to the next."""
    for pattern, word in VOLATILE:
        output = pattern.sub(word, output)
    return output.strip("\n")


def changed(text: str, change: str) -> str:
    """A module in which each definition of a change stands in the place of the one with its name.

    One that is new stands below the one that is above it in the change, or above the one below it.
    """
    pieces = [(names_of(node), lines) for node, lines in _statements(text)]
    news = [(names_of(node), lines) for node, lines in _statements(change)]
    known = [name for name, _ in pieces]
    anchor = next((known.index(name) for name, _ in news if name in known), len(pieces))
    at = anchor
    for name, lines in news:
        if name in (place := [one for one, _ in pieces]):
            at = place.index(name)
            pieces[at] = (name, lines)
        else:
            pieces.insert(at, (name, lines))
        at += 1
    return "\n\n".join(lines for _, lines in pieces) + "\n"


def names_of(node: ast.stmt) -> str:
    """By what a statement is found again: what it defines, or where it imports from."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.ImportFrom(module=module):
            return f"from {module}"
    return ast.unparse(node)


def _statements(text: str) -> Iterator[tuple[ast.stmt, str]]:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        yield node, "\n".join(lines[first - 1 : node.end_lineno])


class Reader:
    """Does what the pages say, in one folder and one shell.

    Commands of telic that need nothing of the shell are called in this process, since eighty
    interpreters take longer to start than all that they do. Workers and all else are processes.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        """Open a shell in the folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TELIC_", "PYTEST_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        ours = "-p no:xdist -p no:cov -p no:timeout -p no:faker -p no:anyio"  # what these tests have installed, and a reader has not
        self.environment = kept | {"PATH": path, "NO_COLOR": "1", "PYTEST_ADDOPTS": ours, **environment}
        self.folder = folder
        self.shell = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def close(self) -> None:
        """End the shell, and what still runs in it."""
        os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.communicate()

    def do(self, step: Step) -> list[Said]:
        """Write, change or type; return what came of what was typed."""
        if "console" in step.words:
            return [Said(one.command, self.type(one.command)) for one in said_in(step.text)]
        path = self.folder / step.path
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if "change" in step.words else ""
        path.write_text(changed(before, step.text) if before else step.text, encoding="utf-8")
        return []

    def type(self, command: str) -> str:
        """Type a command; return what it prints."""
        return self._in_shell(command) if SHELL_ONLY.search(command) else self._in_process(command)

    def _in_shell(self, command: str) -> str:
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        end = f"end-{uuid4().hex}"
        self.shell.stdin.write(f"{command}\necho; echo {end}; pwd; env | grep ^TELIC_; echo {end}\n")
        self.shell.stdin.flush()
        lines = iter(self.shell.stdout.readline, "")
        printed = "".join(_until(end, lines))
        where, *settings = (line.rstrip("\n") for line in _until(end, lines))
        self.folder = Path(where)
        self.environment |= dict(one.split("=", 1) for one in settings if one.startswith("TELIC_"))
        return printed.strip("\n")

    def _in_process(self, command: str) -> str:
        words, printed = shlex.split(command), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            _environment(self.environment),
            _modules_of_its_own(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            run(words[1:])
        return printed.getvalue().strip("\n")


def _until(end: str, lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.rstrip("\n") == end:
            return
        yield line
    raise AssertionError("expected a shell that goes on, got one that has ended")


@contextlib.contextmanager
def _environment(names: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(names)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _modules_of_its_own() -> Iterator[None]:
    """Forget afterwards what was imported, as the end of a process does."""
    before, path = set(sys.modules), [*sys.path]
    try:
        yield
    finally:
        sys.path[:] = path
        for name in {*sys.modules} - before:
            if name.split(".")[0] == "repair":
                del sys.modules[name]


def main() -> None:
    """Write what is printed today into the pages."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Reader(Path(folder))) as reader:
        for page in PAGES:
            _write_anew(reader, page, {"console", "file", "change"}, without="postgres")
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_database() as url,
        contextlib.closing(Reader(Path(folder), DATABASE_URL=url)) as reader,
    ):
        for page in PAGES[:-1]:
            _write_anew(reader, page, {"file", "change"})
        _write_anew(reader, PAGES[-1], {"postgres"})


def _write_anew(reader: Reader, page: Path, wanted: set[str], *, without: str = "") -> None:
    """Do some of the steps of a page, and write what came of them into it."""
    text, at = page.read_text(encoding="utf-8"), 0
    for step in steps(page):
        at = text.index(step.text, at)
        came = reader.do(step) if wanted & {*step.words} and without not in step.words else []
        new = _written(said_in(step.text), came) if came else step.text
        text = text[:at] + new + text[at + len(step.text) :]
        at += len(new)
    page.write_text(text, encoding="utf-8")


def _written(told: list[Said], came: list[Said]) -> str:
    """A block with what came; what differs in nothing but its volatile parts stays as it was."""
    kept = (old if compared(old.output) == compared(new.output) else new for old, new in zip(told, came, strict=True))
    return "".join(f"$ {one.command}\n{one.output}\n" if one.output else f"$ {one.command}\n" for one in kept)


if __name__ == "__main__":
    main()
