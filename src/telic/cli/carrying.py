"""Commands that carry instances from one store to another: ``export`` and ``import``.

An export is a file of lines: what it is, an instance a line, and how many there were with the digest of
all before. No list holds more than a few instances. What may never be here: an instance that could run in two places.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import wraps
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar
from uuid import uuid4

import anyio
import click

from telic.cli.acting import Tally, operation_options
from telic.cli.databases import Served, path_of, served, tenants_of
from telic.cli.exits import Exit, Stopped
from telic.cli.options import filter_options, machine_option, needed_actor_option
from telic.cli.output import Form, Output
from telic.cli.progress import progress
from telic.cli.session import Session, session_of, store_options
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Status
from telic.runtime.queries import Query
from telic.shell.acted import Acted, Effect
from telic.shell.archives import FORMAT, Archived, archived_in, line_of
from telic.shell.exporting import Exported, exported
from telic.shell.halting import Departure
from telic.shell.importing import Arrival, imported, seen_from
from telic.verify import compatible, fingerprint
from telic.verify.compatibility import Change
from telic.verify.fingerprints import Fingerprint
from telic.verify.replaying import Agreement, Journal, replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from telic.kernel.journal import JournalEntry
    from telic.kernel.snapshot import Meta, Snapshot
    from telic.shell.system import AnyRuntime

__all__ = ["export", "import_"]

T = TypeVar("T")

_KIND, _END = "telic export", "end of telic export"
_STREAM = "-"
_TOGETHER = 32


class _Move(NamedTuple):
    """What was said about instances that move; without an actor they stay."""

    actor: str | None
    to: str | None
    operation: str
    dry_run: bool


class _End(NamedTuple):
    """What the last line tells: how many instances there were, and the SHA-256 of all lines before."""

    instances: int
    digest: str


def _moving(command: Callable[..., T]) -> Callable[..., T]:
    """Add the options of a move; the command gets what they say as ``move``."""

    @wraps(command)
    def collected(
        *arguments: object,
        move: bool,
        actor: str,
        to: str | None,
        operation: str | None,
        dry_run: bool,
        **options: object,
    ) -> T:
        if move and not actor:
            got = "expected the name of who acts, got none; do add --actor NAME, or set TELIC_ACTOR"
            raise Stopped(Exit.USAGE, got)
        if not move and (to is not None or operation is not None):
            raise Stopped(Exit.USAGE, "expected --move with --to and --operation, got none; do add it")
        said = _Move(actor if move else None, to, operation or str(uuid4()), dry_run)
        return command(*arguments, move=said, **options)

    for option in (
        click.option("--actor", default="", envvar="TELIC_ACTOR", help="With --move: who does it.  [env: TELIC_ACTOR]"),
        click.option("--to", metavar="PLACE", help="With --move: where they go; kept in the journal."),
        click.option("--move", is_flag=True, help="Pause them here and set their intents aside: one side only acts."),
    ):
        collected = option(collected)
    return operation_options(collected)


@click.command("export")
@store_options
@machine_option
@filter_options
@click.option("--all-tenants", is_flag=True, help="Instances of every tenant that the database has.")
@click.option("-O", "--out", default=_STREAM, metavar="FILE", help="Write into a file, and not to standard output.")
@_moving
@click.pass_context
def export(
    ctx: click.Context,
    machine: str | None,
    query: Query,
    all_tenants: bool,  # noqa: FBT001  (click passes it so)
    out: str,
    move: _Move,
) -> int:
    """Write instances as lines of JSON, for `telic import` into another store.

    Nothing is changed here, unless they move: then each is paused, with the place it goes to in its journal, and
    its intents are set aside; so are the others of its family, whatever is filtered. Without --machine, instances of
    every machine. A file is there once it is complete.
    """
    session = session_of(ctx)
    _there(session.store)
    if move.actor is not None and query.status is Status.RUNNING:
        got = "got --status running, which none is once it moves; do choose them otherwise"
        raise Stopped(Exit.USAGE, f"expected with --move what finds them a second time, {got}")
    if move.to is None:
        move = move._replace(to="standard output" if out == _STREAM else out)

    async def act(at_hand: Served) -> Exit:
        runtimes = at_hand.chosen(machine)
        sides = [at_hand.runtimes]
        if all_tenants:
            tenants = await tenants_of(at_hand)
            sides = [{name: seen_from(one, tenant) for name, one in at_hand.runtimes.items()} for tenant in tenants]
        departure = None if move.actor is None else Departure(str(move.to), move.actor, move.operation)
        with _written(out, dry_run=move.dry_run) as write:
            each = _each(runtimes, sides, query, departure, dry_run=move.dry_run)
            return await _exported(session.out, write, _heading(runtimes), each, moves=departure is not None)

    return served(session, act)


def _there(store: str | None) -> None:
    """Hold a file to be there: a new one would be made, and nothing found in it."""
    if store is not None and store.startswith("sqlite:") and not Path(path_of(store)).exists():
        raise Stopped(Exit.NOT_FOUND, f"expected a database to export from, got no file {path_of(store)}")


async def _exported(
    out: Output,
    write: Callable[[str], None],
    heading: dict[str, object],
    each: AsyncGenerator[Exported, None],
    *,
    moves: bool,
) -> Exit:
    """Write the heading, a line for each instance, and the last one."""
    tally, digest = Tally(out), sha256()

    def noted(line: str) -> None:
        write(line)
        digest.update(f"{line}\n".encode())

    try:
        noted(json.dumps(heading))
        count = await _lines_written(out, noted, each, tally)
        write(json.dumps({"kind": _END, "instances": count, "digest": digest.hexdigest()}))
    except BrokenPipeError as error:
        if not moves:
            raise
        raise tally.unheard() from error
    return tally.total()


async def _lines_written(
    out: Output, write: Callable[[str], None], each: AsyncGenerator[Exported, None], tally: Tally
) -> int:
    """Write a line for each instance that leaves; return how many."""
    count = 0
    with progress(out, "exporting") as so_far:
        async with aclosing(each) as found:
            async for one in found:
                tally.count(one.act)
                so_far.step(one.act.id)
                count += _told(out, write, one)
    return count


async def _each(
    runtimes: Sequence[AnyRuntime],
    sides: Sequence[Mapping[str, AnyRuntime]],
    query: Query,
    departure: Departure | None,
    *,
    dry_run: bool,
) -> AsyncGenerator[Exported, None]:
    """Yield what is exported: machine by machine, tenant by tenant."""
    for seen, among in [(side[one.machine.name], side.values()) for one in runtimes for side in sides]:
        async with aclosing(exported(seen, query, departure, among=among, dry_run=dry_run)) as found:
            async for one in found:
                yield one


def _heading(runtimes: tuple[AnyRuntime, ...]) -> dict[str, object]:
    prints = {one.machine.name: fingerprint(one.machine).model_dump(mode="json") for one in runtimes}
    return {"kind": _KIND, "format": FORMAT, "telic": version("telic"), "machines": prints}


def _told(out: Output, write: Callable[[str], None], one: Exported) -> bool:
    """Write the line of an instance, or why there is none; return whether there is one."""
    if one.act.effect in (Effect.REFUSED, Effect.FAILED):
        out.say(f"{one.act.effect} {one.act.id}: {one.act.why}")
    if one.archived is not None:
        write(line_of(one.archived))
    return one.archived is not None


@contextmanager
def _written(place: str, *, dry_run: bool) -> Iterator[Callable[[str], None]]:
    """Give what writes a line: to standard output, or to a file that has its name once it is complete."""
    if dry_run:
        yield lambda _: None
        return
    if place == _STREAM:
        yield lambda line: click.echo(line.encode())  # whatever a terminal's characters are
        return
    path = Path(place).resolve()
    if path.exists() and not path.is_file():
        why = "which is none; do leave --out away for standard output"
        raise Stopped(Exit.USAGE, f"expected the name of a file, got {place}, {why}")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # two that export at once write two files
    with _blamed(place):
        file = part.open("wb")
    try:
        with file:
            yield lambda line: _line_into(file, place, line)
            with _blamed(place):
                file.flush()
                os.fsync(file.fileno())
        with _blamed(place):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _blamed(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Stopped(Exit.USAGE, f"expected a file that can be written, got {place}: {error.strerror}") from error


def _line_into(file: IO[bytes], place: str, line: str) -> None:
    with _blamed(place):
        file.write(f"{line}\n".encode())


@click.command("import")
@store_options
@needed_actor_option
@operation_options
@click.option("--origin", metavar="PLACE", help="Where they come from, kept in the journal.  [default: the file]")
@click.option("--no-replay", is_flag=True, help="Look at hashes only, not whether today's code takes the same steps.")
@click.argument("file", metavar="FILE")
@click.pass_context
def import_(
    ctx: click.Context,
    actor: str,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
    origin: str | None,
    no_replay: bool,  # noqa: FBT001
    file: str,
) -> int:
    """Take in the instances of FILE, as `telic export` has written it; - is standard input.

    Each is checked, and written whole or not at all; one that is here already is left as it is. What runs arrives
    paused, and its intents are set aside: see `telic outbox release`, then `telic resume`.
    """
    session = session_of(ctx)
    told_file = "standard input" if file == _STREAM else file
    told = origin if origin is not None else told_file

    async def act(at_hand: Served) -> Exit:
        arrival = Arrival(told, actor, operation or str(uuid4()), _not_looked_at if no_replay else _replayed)

        async def one(archived: Archived) -> Acted:
            runtime = seen_from(at_hand.runtime(archived.machine), session.tenant or archived.tenant)
            return await imported(runtime, archived, arrival, dry_run=dry_run)

        async def acts(opened: IO[bytes]) -> AsyncGenerator[Acted, None]:
            found = _instances(session, at_hand, _text(opened, told_file))
            while group := tuple(islice(found, _TOGETHER)):
                for act in await _together(one, group):
                    yield act

        # A table would have to wait for its last line.
        out = Output(Form.PLAIN, quiet=session.quiet) if session.out.form is Form.TABLE else session.out
        with _opened(file) as opened:
            _held_to_be_whole(opened, told_file)
            return await Tally(out).tell(acts(opened))

    return served(session, act)


async def _together(one: Callable[[Archived], Awaitable[Acted]], group: Sequence[Archived]) -> list[Acted]:
    """Take in some at once, for which a store needs few transactions; return what came of them, in order."""
    came: dict[int, Acted] = {}
    failed: list[Exception] = []

    async def take(number: int) -> None:
        try:
            came[number] = await one(group[number])
        except Exception as error:  # noqa: BLE001  (it is raised when all have ended)
            failed.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(len(group)):
            tasks.start_soon(take, number)
    if failed:
        raise failed[0]
    return [came[number] for number in range(len(group))]


def _replayed(machine: AnyMachine, meta: Meta, entries: Sequence[JournalEntry]) -> Snapshot[BaseModel] | str | None:
    """Take a journal once more, as `telic replay --verify` does."""
    (found,) = replay(machine, [Journal(meta, entries)]).replayed
    if found.agreement in (Agreement.DIVERGED, Agreement.FAILED):
        return f"at revision {found.revision} it says {found.old}, and the code {found.new}"
    return found.snapshot


def _not_looked_at(machine: AnyMachine, meta: Meta, entries: Sequence[JournalEntry]) -> None:
    del machine, meta, entries


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == _STREAM:
        yield sys.stdin.buffer
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115  (closed below; what fails there is not the file)
    except OSError as error:
        raise Stopped(Exit.NOT_FOUND, f"expected an export, got {file}: {error.strerror}") from error
    with opened:
        yield opened


def _held_to_be_whole(opened: IO[bytes], file: str) -> None:
    """Read a file to its end before anything of it is taken in; what comes through a pipe is known at its end only."""
    if not opened.seekable():
        return
    start, lines = opened.tell(), _sealed(_text(opened, file))
    _heading_in(next(lines)[1])
    for _ in lines:
        pass
    opened.seek(start)


def _text(opened: IO[bytes], file: str) -> Iterator[str]:
    """Yield the lines; an export is UTF-8 wherever it is read."""
    try:
        for line in opened:
            yield line.decode()
    except UnicodeDecodeError as error:
        raise Stopped(Exit.INVALID, f"expected an export, got {file}, which is no text") from error


def _instances(session: Session, at_hand: Served, text: Iterator[str]) -> Iterator[Archived]:
    """Yield the instances of an export, line by line."""
    lines = _sealed(text)
    _begun(session, at_hand, next(lines)[1])
    for number, line in lines:
        try:
            archived = archived_in(line)
        except ValueError as error:
            raise Stopped(Exit.INVALID, f"line {number}: {error}") from error
        yield archived


def _sealed(text: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines but the last, which has to be there, to be the last, and to tell what was before it."""
    lines = enumerate(text, 1)
    first = next(lines, (1, ""))
    yield first
    digest, count = sha256(first[1].encode()), 0
    for number, line in lines:
        if (end := _end_in(line, number)) is not None:
            if end.instances != count:
                got = f"expected the end after {end.instances} instances, got {count}"
                raise Stopped(Exit.INVALID, f"line {number}: {got}")
            if end.digest != digest.hexdigest():
                got = f"got {digest.hexdigest()[:8]}: they were changed since; do export them once more"
                raise Stopped(Exit.INVALID, f"line {number}: expected lines of digest {end.digest[:8]}, {got}")
            _ended(lines)
            return
        yield number, line
        digest.update(line.encode())
        count += 1
    raise Stopped(Exit.INVALID, f"expected the last line of an export, got the end after {count} instances")


def _ended(lines: Iterator[tuple[int, str]]) -> None:
    for number, line in lines:
        if line.strip():
            got = f"got {line[:60]!r}; do import each export by itself"
            raise Stopped(Exit.INVALID, f"line {number}: expected nothing after the end of an export, {got}")


def _begun(session: Session, at_hand: Served, line: str) -> None:
    """Read the first line, and say what has changed since."""
    for name, told in _heading_in(line).items():
        found = at_hand.runtimes.get(name)
        if found is not None:
            _compared(session.out, found.machine, told)


def _heading_in(line: str) -> dict[str, object]:
    """Return the fingerprints of the machines that the first line tells."""
    heading = _object_in(line)
    if heading.get("kind") != _KIND:
        raise Stopped(Exit.INVALID, f"line 1: expected the heading of an export, got {line[:60]!r}")
    if heading.get("format") != FORMAT:
        raise Stopped(
            Exit.INVALID,
            f"line 1: expected format {FORMAT}, got {heading.get('format')!r} of telic {heading.get('telic')}; "
            "do use the same telic on both sides",
        )
    machines = heading.get("machines")
    if not isinstance(machines, dict):
        raise Stopped(Exit.INVALID, f"line 1: expected the machines of an export, got {machines!r}")
    return machines


def _compared(out: Output, machine: AnyMachine, told: object) -> None:
    try:
        before = Fingerprint.model_validate(told)
    except ValueError as error:
        got = f"got {str(told)[:60]}"
        raise Stopped(Exit.INVALID, f"line 1: expected the fingerprint of machine {machine.name}, {got}") from error
    verdict = compatible(before, fingerprint(machine)).verdict
    if verdict is not Change.COMPATIBLE:
        out.say(f"machine {machine.name} is another one than where they come from: {verdict}; see telic diff")


def _end_in(line: str, number: int) -> _End | None:
    """Return what the last line tells; nothing of another line."""
    if _END not in line[:60]:
        return None
    found = _object_in(line)
    if found and found.get("kind") != _END:
        return None
    count, digest = found.get("instances"), found.get("digest")
    if not isinstance(count, int) or not isinstance(digest, str):
        raise Stopped(Exit.INVALID, f"line {number}: expected the last line of an export, got {line[:60]!r}")
    return _End(count, digest)


def _object_in(line: str) -> dict[str, object]:
    """Return the object that a line holds; an empty one where it holds none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
