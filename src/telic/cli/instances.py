"""Commands on instances: ``start``, ``send``, ``show``, ``history``, ``replay``.

What may never be here: a rule of a machine; what comes of an event is what the step says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

import click
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from telic.cli.databases import Served, served
from telic.cli.exits import Exit, Stopped
from telic.cli.letters import letters_of, name_of
from telic.cli.options import actor_option, data_option, machine_option, read_data
from telic.cli.outcomes import EXIT_OF
from telic.cli.output import Output, Row, text_of
from telic.cli.progress import progress
from telic.cli.session import session_of, store_options
from telic.cli.waiting import Waiting, awaited, waited, waiting_options
from telic.kernel.errors import nearest
from telic.kernel.events import Control, Event
from telic.kernel.journal import JournalEntry, fold
from telic.kernel.machine import AnyMachine
from telic.kernel.results import Rejected, ResultKind, Written
from telic.kernel.snapshot import Begin, Snapshot
from telic.kernel.values import EventId, WorkflowId
from telic.kernel.waits import Deadline, HumanTask, Topic, Wait
from telic.runtime.acts import KeepsActs
from telic.runtime.claims import DeadLetter
from telic.runtime.protocols import DurableStore
from telic.runtime.results import RunResult

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["history", "replay", "send", "show", "start"]


def event_of(machine: AnyMachine, name: str, data: str) -> Event:
    """Return the event of a name, with the fields that were given.

    Args:
        machine: The machine that takes it.
        name: Its class or its tag.
        data: The fields.

    Raises:
        Stopped: When there is no such event, or its fields are wrong.
    """
    known = {one.__name__: one for one in machine.events} | {one.__tag__: one for one in machine.events}
    if name not in known:
        names = [one.__name__ for one in machine.events]
        raise Stopped(
            Exit.NOT_FOUND, f"expected an event of machine {machine.name!r}, got {name!r}{nearest(name, names)}"
        )
    parsed = machine.codec.parse_event({"type": known[name].__tag__, **read_data(data)})
    if isinstance(parsed, tuple):
        raise Stopped(Exit.INVALID, f"expected the fields of {name}: " + "; ".join(parsed))
    return parsed


def told(result: RunResult[BaseModel]) -> Row:
    """Return what came of a step, as data."""
    row: dict[str, object] = {"id": result.id, "result": result.kind}
    if isinstance(result, Written):
        return {
            **row,
            "revision": result.revision,
            "state": type(result.state).__name__,
            "intents": [type(one.intent).__name__ for one in result.intents],
        }
    if isinstance(result, Rejected):
        return {**row, "reasons": result.reasons}  # a table shows the sentence of each, JSON its fields
    rest = {name: value for name, value in result._asdict().items() if name not in ("id", "kind")}
    return {**row, **cast("dict[str, object]", to_jsonable_python(rest, fallback=str))}


@click.command()
@store_options
@machine_option
@actor_option
@data_option
@click.option("-k", "--key", help="The business key; a second start under it is known again.")
@click.option("--id", "id_", help="The id, in place of a key.")
@waiting_options
@click.argument("event")
@click.pass_context
def start(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    data: str,
    key: str | None,
    id_: str | None,
    waiting: Waiting | None,
    event: str,
) -> int:
    """Begin an instance with EVENT."""
    if (key is None) == (id_ is None):
        raise Stopped(Exit.USAGE, "expected either --key or --id, got " + ("none" if key is None else "both"))
    session = session_of(ctx)

    async def act(at_hand: Served) -> int:
        runtime = at_hand.runtime(machine)
        first = event_of(runtime.machine, event, data)
        awaited(runtime.machine, waiting)
        if key is not None:
            result = await runtime.start(first, key=key, actor=actor)
        else:
            result = await runtime.run_step(WorkflowId(str(id_)), first, actor=actor)
        return await _ended(runtime, result, waiting, session.out)

    return served(session, act)


async def _ended(runtime: AnyRuntime, result: RunResult[BaseModel], waiting: Waiting | None, out: Output) -> int:
    """Say what came of a step, and where it has led to by the end of waiting."""
    code = EXIT_OF[result.kind]
    if waiting is None or code is not Exit.OK:
        out.one(told(result))
        return code
    code, snapshot = await waited(runtime, result.id, waiting, out)
    out.one({**told(result), **reached(snapshot)})
    return code


def reached(snapshot: Snapshot[BaseModel]) -> Row:
    """Return where an instance stands, as data."""
    return {"revision": snapshot.revision, "status": snapshot.status, "state": type(snapshot.state).__name__}


@click.command()
@store_options
@machine_option
@actor_option
@data_option
@click.option("--event-id", help="Your id for it; sent again, it is known again.")
@click.option("--if-revision", type=click.IntRange(min=0), help="Only if the instance is at this revision.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and change nothing.")
@waiting_options
@click.argument("id_", metavar="ID")
@click.argument("event")
@click.pass_context
def send(  # noqa: PLR0913, PLR0917  (each is an option)
    ctx: click.Context,
    machine: str | None,
    actor: str,
    data: str,
    event_id: str | None,
    if_revision: int | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
    waiting: Waiting | None,
    id_: str,
    event: str,
) -> int:
    """Send EVENT to the instance ID."""
    session = session_of(ctx)
    id = WorkflowId(id_)

    if dry_run and waiting is not None:
        raise Stopped(Exit.USAGE, "expected either --dry-run or --wait, got both")

    async def act(at_hand: Served) -> int:
        runtime = at_hand.runtime(machine)
        sent = event_of(runtime.machine, event, data)
        awaited(runtime.machine, waiting)
        given = None if event_id is None else EventId(event_id)
        if dry_run:
            from telic.cli.foreseeing import foreseen

            result = await foreseen(runtime, id, sent, actor=actor, event_id=given, if_revision=if_revision)
            session.out.one({**told(result), "dry_run": True})
            return EXIT_OF[result.kind]
        result = await runtime.run_step(id, sent, actor=actor, event_id=given, if_revision=if_revision)
        if result.kind is ResultKind.NOT_FOUND:
            session.out.say(f"no instance {id_}; do telic ls")
        return await _ended(runtime, result, waiting, session.out)

    return served(session, act)


@click.command()
@store_options
@machine_option
@click.option("--at", "revision", type=click.IntRange(min=1), help="As it was after this revision.")
@waiting_options
@click.argument("id_", metavar="ID")
@click.pass_context
def show(ctx: click.Context, machine: str | None, revision: int | None, waiting: Waiting | None, id_: str) -> int:
    """Show an instance: its state, what it waits for, since when and on whom, the last errors."""
    session = session_of(ctx)
    if revision is not None and waiting is not None:
        raise Stopped(Exit.USAGE, "expected either --at or --wait, got both")

    async def act(at_hand: Served) -> tuple[Exit, Row]:
        runtime = at_hand.runtime(machine)
        code = Exit.OK
        if waiting is not None:
            code, _ = await waited(runtime, WorkflowId(id_), waiting, session.out)
        snapshot = await loaded_at(runtime, WorkflowId(id_), revision)
        letters = {} if revision is not None else await _problems(runtime, snapshot)
        return code, shown(snapshot, letters, await _since(runtime, snapshot))

    code, row = served(session, act)
    if session.out.is_for_programs:
        session.out.one(row)
    else:
        session.out.text("\n".join(_page(row)))
    return code


async def loaded_at(runtime: AnyRuntime, id: WorkflowId, revision: int | None) -> Snapshot[BaseModel]:
    """Return an instance as it is, or as it was.

    Raises:
        Stopped: When there is none, or it had not come so far.
    """
    snapshot: Snapshot[BaseModel] | None = await runtime.load(id)
    if snapshot is None:
        raise Stopped(Exit.NOT_FOUND, f"expected an instance of {runtime.machine.name!r}, got no {id}; do telic ls")
    if revision is None or revision == snapshot.revision:
        return snapshot
    if revision > snapshot.revision:
        raise Stopped(Exit.NOT_FOUND, f"expected a revision up to {snapshot.revision}, got {revision}")
    entries = [one for one in await journal_of(runtime, id) if one.revision <= revision]
    if not entries:
        raise Stopped(Exit.NOT_FOUND, f"expected the journal of {id} at revision {revision}, got it cut behind that")
    return fold(runtime.machine, snapshot.meta, entries)


async def journal_of(runtime: AnyRuntime, id: WorkflowId) -> tuple[JournalEntry, ...]:
    """Return the journal of an instance.

    Raises:
        Stopped: When the store keeps none.
    """
    read = getattr(runtime.store, "journal", None)
    if read is None:
        raise Stopped(Exit.USAGE, f"expected a store with journals, got {type(runtime.store).__name__}")
    found: tuple[JournalEntry, ...] = tuple(await read(id))
    return found


async def _problems(runtime: AnyRuntime, snapshot: Snapshot[BaseModel]) -> dict[str, str]:
    """Return what went wrong with the intents that are open, by their ids."""
    store: object = runtime.store
    if not isinstance(store, DurableStore):
        return {}
    letters = await letters_of(store, snapshot.id)
    aside = await store.aside(snapshot.id) if isinstance(store, KeepsActs) and snapshot.open else ()
    told = {str(one.id): f"set aside; do telic outbox release --of {snapshot.id}" for one in aside}
    return told | {one.opened.id: f"{_attempts(one)}{one.cause or 'dead letter'}: {one.problem}" for one in letters}


async def _since(runtime: AnyRuntime, snapshot: Snapshot[BaseModel]) -> dict[str, datetime]:
    """Return when the open intents were emitted, by their ids, as far as the journal goes back."""
    if not snapshot.open or not hasattr(runtime.store, "journal"):
        return {}
    return {id: entry.at for entry in await journal_of(runtime, snapshot.id) for id in entry.intent_ids}


def _attempts(letter: DeadLetter) -> str:
    return f"after {letter.attempt} attempt{'' if letter.attempt == 1 else 's'}, "


def shown(snapshot: Snapshot[BaseModel], problems: dict[str, str], since: dict[str, datetime]) -> Row:
    """Return an instance as data: its state, and the one list of all that it waits for."""
    return {
        "id": snapshot.id,
        "status": snapshot.status,
        "paused_for": snapshot.paused_for,
        "revision": snapshot.revision,
        "at": snapshot.at,
        "key": snapshot.meta.key,
        "parent": snapshot.meta.parent,
        "kind": getattr(snapshot.state, "kind", None),
        "state": type(snapshot.state).__name__,
        "fields": to_jsonable_python(snapshot.state, fallback=str),
        "waits": [
            *_open(snapshot, problems, since),
            *(_waiting(one.wait, one.opened_at, one.key) for one in snapshot.waits),
        ],
        "kept": [{"event": type(one.event).__name__, "why": str(one.outcome)} for one in snapshot.parked],
    }


def _open(
    snapshot: Snapshot[BaseModel], problems: dict[str, str], since: dict[str, datetime]
) -> Iterator[dict[str, object]]:
    for one in snapshot.open.values():
        yield {
            "for": "answer",
            "what": name_of(one),
            "key": one.id,
            "on": "withdrawn" if one.withdrawn else "worker",
            "since": since.get(one.id),
            "problem": problems.get(one.id),
        }


def _waiting(wait: Wait, since: datetime, key: str) -> dict[str, object]:
    row: dict[str, object] = {"key": key, "since": since}
    if isinstance(wait, Deadline):
        return {"for": "deadline", "what": type(wait.event).__name__, "on": "time", "until": wait.at, **row}
    if isinstance(wait, HumanTask):
        on = wait.assignee or ", ".join(wait.groups) or "anybody"
        return {"for": "task", "what": wait.title or wait.answer.__name__, "on": on, "until": wait.due, **row}
    if isinstance(wait, Topic):
        return {"for": "topic", "what": wait.fact.__name__, "on": wait.name, **row}
    return {"for": "wait", "what": type(wait).__name__, "on": "", **row}


def _page(row: Row) -> Iterator[str]:
    yield f"{row['id']}  {row['state']}  {row['status']}  revision {row['revision']}  {text_of(row['at'])}"
    if row["paused_for"]:
        yield f"  paused for: {text_of(row['paused_for'])}"
    fields = cast("dict[str, object]", row["fields"])
    yield from (f"  {name}: {text_of(value)}" for name, value in fields.items() if name != "kind")
    waits = cast("list[dict[str, object]]", row["waits"])
    yield "waits for" if waits else "waits for nothing"
    for one in waits:
        facts = [f"{name} {text_of(one[name])}" for name in ("on", "since", "until") if one.get(name)]
        yield f"  {one['for']} {one['what']}: {', '.join(facts)}"
        if one.get("problem"):
            yield f"    {one['problem']}"
    for kept in cast("list[dict[str, object]]", row["kept"]):
        yield f"keeps {kept['event']}, {kept['why']}"


@click.command()
@store_options
@machine_option
@click.option("-f", "--follow", is_flag=True, help="Wait for what comes.")
@click.option("--sequence", is_flag=True, help="Draw it as a sequence diagram (Mermaid).")
@click.argument("id_", metavar="ID")
@click.pass_context
def history(ctx: click.Context, machine: str | None, follow: bool, sequence: bool, id_: str) -> int:  # noqa: FBT001
    """Show what happened to an instance, line by line."""
    session = session_of(ctx)

    async def act(at_hand: Served) -> None:
        runtime = at_hand.runtime(machine)
        await loaded_at(runtime, WorkflowId(id_), None)
        if sequence:
            from telic.graph import sequence as drawn

            session.out.text(drawn(runtime.machine, await journal_of(runtime, WorkflowId(id_))).mermaid())
            return
        columns = ("revision", "at", "event", "outcome", "state", "actor", "why")
        await session.out.stream(_lines(runtime, WorkflowId(id_), follow=follow), columns)

    served(session, act)
    return Exit.OK


async def _lines(runtime: AnyRuntime, id: WorkflowId, *, follow: bool) -> AsyncIterator[Row]:
    import anyio

    told = 0
    while True:
        for entry in await journal_of(runtime, id):
            if entry.revision > told:
                told = entry.revision
                yield line_of(entry)
        if not follow:
            return
        await anyio.sleep(0.5)


def line_of(entry: JournalEntry) -> Row:
    """Return a line of a journal as data."""
    event = entry.event.state if isinstance(entry.event, Begin) else entry.event
    return {
        "revision": entry.revision,
        "at": entry.at,
        "event": type(event).__name__,
        "fields": to_jsonable_python(event, fallback=str),
        "outcome": entry.outcome,
        "state": entry.kind,
        "actor": entry.actor,
        "answers": entry.answers,
        "intents": list(entry.intent_ids),
        "why": "; ".join(entry.why) or str(getattr(event, "reason", "") if isinstance(event, Control) else ""),
        "code_version": entry.code_version,
    }


@click.command()
@store_options
@machine_option
@click.option("--verify", is_flag=True, help="End with 9 when today's code comes to something else.")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.pass_context
def replay(ctx: click.Context, machine: str | None, verify: bool, ids: tuple[str, ...]) -> int:  # noqa: FBT001
    """Make the steps of instances again with today's code, and say where they differ."""
    from telic.verify import replay as replayed
    from telic.verify.replaying import Agreement, Journal

    session = session_of(ctx)

    async def act(at_hand: Served) -> list[Row]:
        runtime = at_hand.runtime(machine)
        rows: list[Row] = []
        with progress(session.out, "replaying") as so_far:
            for id in ids:
                snapshot = await loaded_at(runtime, WorkflowId(id), None)
                entries = await journal_of(runtime, WorkflowId(id))
                (found,) = replayed(runtime.machine, [Journal(snapshot.meta, entries)]).replayed
                rows.append({"records": len(entries), **found._replace(snapshot=None)._asdict()})
                so_far.step(id)
        return rows

    rows = served(session, act)
    session.out.rows(rows, ("id", "records", "agreement", "revision", "old", "new"))
    wrong = any(row["agreement"] in (Agreement.DIVERGED, Agreement.FAILED) for row in rows)
    return Exit.PROBLEMS if verify and wrong else Exit.OK
