"""Commands on what is to be done: ``outbox ls|redrive|release`` and ``deadlines ls``.

What may never be here: a handler.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Container
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from telic.cli.acting import Tally, agreed, operation_options, yes_option
from telic.cli.databases import Served, served
from telic.cli.exits import Exit, Stopped
from telic.cli.lazily import LazyGroup
from telic.cli.letters import all_letters, letters_of, name_of, problem_of
from telic.cli.options import filter_options, limit_option, machine_option, needed_actor_option
from telic.cli.output import Row
from telic.cli.session import session_of, store_options
from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.acts import KeepsActs
from telic.runtime.claims import DeadLetter
from telic.runtime.protocols import DurableStore, ListsOutbox
from telic.runtime.queries import Query
from telic.shell.operators import Operators

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["deadlines", "outbox"]

_INTENTS = ("machine", "id", "name", "intent", "stands", "attempts", "problem")
_LAST = datetime.max.replace(tzinfo=UTC)


@click.group(cls=LazyGroup)
def outbox() -> None:
    """What instances have asked for and nobody has answered yet."""


@outbox.command("ls")
@store_options
@machine_option
@click.option("--dead", is_flag=True, help="Dead letters only: nobody tries these again until they are redriven.")
@limit_option
@click.option("--after", metavar="INTENT", help="With --dead: go on after this intent.")
@click.pass_context
def list_(ctx: click.Context, machine: str | None, dead: bool, limit: int, after: str | None) -> int:  # noqa: FBT001
    """List open intents, the one that waits longest first."""
    if after is not None and not dead:
        raise Stopped(Exit.USAGE, "expected --dead with --after, got none; do add it, or raise --limit")
    session = session_of(ctx)

    async def act(at_hand: Served) -> None:
        runtimes = at_hand.chosen(machine)
        rows = [
            row
            for runtime in runtimes
            for row in await (_dead_rows(runtime, limit, after) if dead else _open_rows(runtime, limit))
        ]
        session.out.rows(rows[:limit], _INTENTS)
        if len(rows) < limit:
            return
        how = f"--dead --after {rows[limit - 1]['intent']}" if dead and len(runtimes) == 1 else f"--limit {2 * limit}"
        session.out.say(f"there may be more; do telic outbox ls {how}")

    served(session, act)
    return Exit.OK


async def _open_rows(runtime: AnyRuntime, limit: int) -> list[Row]:
    store: object = runtime.store
    if not isinstance(store, ListsOutbox):
        raise Stopped(Exit.USAGE, f"expected a store that lists open intents, got {type(store).__name__}")
    listed = await store.outbox(limit)
    dead: dict[IntentId, DeadLetter] = {}
    aside: set[IntentId] = set()
    for id in dict.fromkeys(id for id, _ in listed):
        if isinstance(store, DurableStore):
            dead |= {one.opened.id: one for one in await letters_of(store, id)}
        if isinstance(store, KeepsActs):
            aside |= {one.id for one in await store.aside(id)}
    return [_row(runtime, id, opened, dead.get(opened.id), aside) for id, opened in listed]


async def _dead_rows(runtime: AnyRuntime, limit: int, after: str | None) -> list[Row]:
    rows: list[Row] = []
    async with aclosing(all_letters(durable(runtime), None if after is None else IntentId(after))) as letters:
        async for one in letters:
            rows.append(_row(runtime, one.workflow_id, one.opened, one))
            if len(rows) == limit:
                break
    return rows


def durable(runtime: AnyRuntime) -> DurableStore:
    """Return the store of a runtime as one that keeps books.

    Raises:
        Stopped: When it does not.
    """
    store: object = runtime.store
    if not isinstance(store, DurableStore):
        raise Stopped(Exit.USAGE, f"expected a store that keeps books, got {type(store).__name__}")
    return store


def _row(
    runtime: AnyRuntime, id: WorkflowId, opened: OpenIntent, dead: DeadLetter | None, aside: Container[IntentId] = ()
) -> Row:
    problem = problem_of(opened)
    stands = "aside" if opened.id in aside else "withdrawn" if opened.withdrawn else "open"
    row: dict[str, object] = {
        "machine": runtime.machine.name,
        "id": id,
        "name": name_of(opened),
        "intent": opened.id,
        "stands": "dead" if dead is not None else stands,
        "attempts": dead.attempt if dead is not None else None,
        "crashes": dead.crashes if dead is not None else None,
        "cause": dead.cause if dead is not None else None,
        "problem": dead.problem if dead is not None else "",
    }
    return {**row, "stands": "unread", "problem": problem} if problem else row


@outbox.command("redrive")
@store_options
@machine_option
@needed_actor_option
@operation_options
@click.option("--all", "all_", is_flag=True, help="All dead letters of the machine.")
@click.argument("intents", metavar="INTENT...", nargs=-1)
@click.pass_context
def redrive(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
    all_: bool,  # noqa: FBT001
    intents: tuple[str, ...],
) -> int:
    """Have dead letters carried out again, as if for the first time."""
    if bool(intents) == all_:
        raise Stopped(Exit.USAGE, f"expected either ids of intents or --all, got {'both' if all_ else 'neither'}")
    session = session_of(ctx)
    which = Query() if all_ else tuple(IntentId(one) for one in intents)

    async def act(at_hand: Served) -> Exit:
        name = at_hand.runtime(machine).machine.name
        acts = Operators(at_hand.whole(), actor=actor).redrive(name, which, operation=operation, dry_run=dry_run)
        return await Tally(session.out).tell(acts)

    return served(session, act)


@outbox.command("release")
@store_options
@machine_option
@needed_actor_option
@operation_options
@yes_option
@click.option("--of", metavar="ID", help="All that are set aside of an instance: of a fork, or of what was imported.")
@click.option("--all", "all_", is_flag=True, help="All that are set aside of all instances of the machine.")
@filter_options
@click.argument("intents", metavar="INTENT...", nargs=-1)
@click.pass_context
def release(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
    of: str | None,
    all_: bool,  # noqa: FBT001
    query: Query,
    intents: tuple[str, ...],
) -> int:
    """Let intents be carried out that are set aside, of a fork or of what was imported.

    Over a filter, or over all, it asks first; off a terminal it needs `--yes`.
    """
    ways = (bool(intents), of is not None, all_ or query != Query())
    if sum(ways) != 1:
        got = "several" if any(ways) else "none"
        raise Stopped(Exit.USAGE, f"expected ids of intents, --of ID, a filter, or --all, got {got} of these")
    session = session_of(ctx)
    if ways[2] and not dry_run:  # among them may be those of trials, and of instances that have moved elsewhere
        agreed(session, "release")

    async def act(at_hand: Served) -> Exit:
        runtime = at_hand.runtime(machine)
        which: Query | list[IntentId] = query if ways[2] else [IntentId(one) for one in intents]
        store: object = runtime.store
        if of is not None and isinstance(store, KeepsActs):
            which = [one.id for one in await store.aside(WorkflowId(of))]
        operators = Operators(at_hand.whole(), actor=actor)
        acts = operators.release(runtime.machine.name, which, operation=operation, dry_run=dry_run)
        return await Tally(session.out).tell(acts)

    return served(session, act)


@click.group(cls=LazyGroup)
def deadlines() -> None:
    """What happens by itself, and when."""


@deadlines.command("ls")
@store_options
@machine_option
@click.option("--by", type=click.DateTime(), help="Those up to a moment (UTC) only.")
@limit_option
@click.pass_context
def list_deadlines(ctx: click.Context, machine: str | None, by: datetime | None, limit: int) -> int:
    """List deadlines, and reminders of tasks, the next one first; those of paused instances wait."""
    session = session_of(ctx)
    until = _LAST if by is None else by.replace(tzinfo=UTC)

    async def act(at_hand: Served) -> int:
        rows = [row for runtime in at_hand.chosen(machine) async for row in _deadline_rows(runtime, until, limit)]
        rows.sort(key=lambda row: (row["at"], row["id"]))
        session.out.rows(rows[:limit], ("machine", "id", "key", "at", "overdue"))
        return len(rows)

    if served(session, act) >= limit:
        session.out.say(f"there may be more; do telic deadlines ls --limit {2 * limit}")
    return Exit.OK


async def _deadline_rows(runtime: AnyRuntime, until: datetime, limit: int) -> AsyncIterator[Row]:
    now = runtime.clock.now()
    for one in await durable(runtime).due_deadlines(until, limit):
        yield {
            "machine": runtime.machine.name,
            "id": one.workflow_id,
            "key": one.key,
            "at": one.at,
            "overdue": one.at <= now,
        }
