"""Commands of operators: ``pause``, ``resume``, ``cancel``, ``terminate``, ``redrive`` and ``fork``.

What may never be here: a decision about an instance.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from functools import wraps
from typing import TypeAlias, TypeVar

import click

from telic.cli.acting import Tally, agreed, operation_options, yes_option
from telic.cli.books import durable
from telic.cli.databases import Served, served
from telic.cli.exits import Exit, Stopped
from telic.cli.letters import letters_of
from telic.cli.options import filter_options, machine_option, needed_actor_option
from telic.cli.session import session_of, store_options
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.queries import Query
from telic.shell.forking import ForkRefused
from telic.shell.operators import Acted, Operators

__all__ = ["cancel", "fork", "pause", "redrive", "resume", "terminate"]

T = TypeVar("T")
_Which: TypeAlias = Query | tuple[WorkflowId, ...]
_Begin: TypeAlias = Callable[[Operators, str], AsyncGenerator[Acted, None]]

_reason_option = click.option("--reason", default="", help="Why; kept in the journal.")


def _on_instances(command: Callable[..., T]) -> Callable[..., T]:
    """Add ids, a filter and ``--all``; the command gets what is meant as ``which``."""

    @wraps(command)
    def chosen(*arguments: object, query: Query, all_: bool, ids: tuple[str, ...], **options: object) -> T:
        filtered = all_ or query != Query()
        if bool(ids) == filtered:
            got = "both" if ids else "neither"
            raise Stopped(Exit.USAGE, f"expected either ids or a filter, got {got}; do name ids, or add --all")
        return command(*arguments, which=tuple(map(WorkflowId, ids)) if ids else query, **options)

    found = filter_options(chosen)
    found = click.option("--all", "all_", is_flag=True, help="All instances of the machine.")(found)
    found = click.argument("ids", metavar="ID...", nargs=-1)(found)
    return store_options(machine_option(needed_actor_option(operation_options(found))))


def _done(ctx: click.Context, machine: str | None, actor: str, begin: _Begin) -> int:
    """Do an act, and tell what came of it."""
    session = session_of(ctx)

    async def act(at_hand: Served) -> Exit:
        name = at_hand.runtime(machine).machine.name
        return await Tally(session.out).tell(begin(Operators(at_hand.whole(), actor=actor), name))

    return served(session, act)


@click.command()
@_on_instances
@_reason_option
@click.pass_context
def pause(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    which: _Which,
    reason: str,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
) -> int:
    """Halt instances: commands are rejected, facts are kept, intents and deadlines wait."""
    return _done(
        ctx, machine, actor,
        lambda who, name: who.pause(name, which, reason=reason, operation=operation, dry_run=dry_run),
    )  # fmt: skip


@click.command()
@_on_instances
@click.option("--paused-for", metavar="REASON", help="Only those that were paused for this reason, word for word.")
@click.pass_context
def resume(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    which: _Which,
    paused_for: str | None,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
) -> int:
    """Let paused instances go on."""
    return _done(
        ctx, machine, actor,
        lambda who, name: who.resume(name, which, paused_for=paused_for, operation=operation, dry_run=dry_run),
    )  # fmt: skip


@click.command()
@_on_instances
@yes_option
@click.option("--reason", required=True, help="Why; kept in the journal.")
@click.pass_context
def cancel(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    which: _Which,
    reason: str,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
) -> int:
    """End instances for a reason; their states may compensate first."""
    if isinstance(which, Query) and not dry_run:
        agreed(session_of(ctx), "cancel")
    return _done(
        ctx, machine, actor,
        lambda who, name: who.cancel(name, which, reason=reason, operation=operation, dry_run=dry_run),
    )  # fmt: skip


@click.command()
@_on_instances
@yes_option
@_reason_option
@click.pass_context
def terminate(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    which: _Which,
    reason: str,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
) -> int:
    """End instances at once, without any code of their machine."""
    if isinstance(which, Query) and not dry_run:
        agreed(session_of(ctx), "terminate")
    return _done(
        ctx, machine, actor,
        lambda who, name: who.terminate(name, which, reason=reason, operation=operation, dry_run=dry_run),
    )  # fmt: skip


@click.command()
@_on_instances
@click.pass_context
def redrive(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    which: _Which,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
) -> int:
    """Have the dead letters of instances carried out again; see `telic outbox ls --dead`."""
    session = session_of(ctx)

    async def act(at_hand: Served) -> Exit:
        runtime = at_hand.runtime(machine)
        found: Query | list[IntentId] = []
        if isinstance(which, Query):
            found = which
        else:
            letters = [one for id in which for one in await letters_of(durable(runtime), id)]
            found = [one.opened.id for one in letters]
        operators = Operators(at_hand.whole(), actor=actor)
        acts = operators.redrive(runtime.machine.name, found, operation=operation, dry_run=dry_run)
        return await Tally(session.out).tell(acts)

    return served(session, act)


@click.command()
@store_options
@machine_option
@needed_actor_option
@click.option("--at", "revision", type=click.IntRange(min=1), help="As it was after this revision; now by default.")
@click.option("--operation", help="Your id for this act: under one there is one fork.")
@click.option("--dry-run", is_flag=True, help="Say what fork there would be, and write nothing.")
@click.argument("id_", metavar="ID")
@click.pass_context
def fork(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    revision: int | None,
    operation: str | None,
    dry_run: bool,  # noqa: FBT001  (click passes it so)
    id_: str,
) -> int:
    """Make a new instance of what ID was; what it asks for is set aside until it is released."""
    session = session_of(ctx)

    async def act(at_hand: Served) -> int:
        name = at_hand.runtime(machine).machine.name
        operators = Operators(at_hand.whole(), actor=actor)
        made = await operators.fork(name, WorkflowId(id_), revision, operation=operation, dry_run=dry_run)
        if isinstance(made, ForkRefused):
            raise Stopped(Exit.REFUSED, made.why)
        session.out.one(
            {"id": made.id, "of": id_, "revision": made.revision, "aside": [one.id for one in made.aside],
             "stopped": made.stopped}
        )  # fmt: skip
        if made.aside and not dry_run:
            session.out.say(f"its intents are set aside; do telic outbox release --of {made.id}")
        return Exit.OK

    return served(session, act)
