"""Commands on tasks: ``tasks ls|show|claim|unclaim|assign|draft|complete``.

What may never be here: who may do what; ``Inbox`` says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

import click
from pydantic import BaseModel

from telic.cli.databases import Served, served, tenants_of
from telic.cli.exits import Exit, Stopped
from telic.cli.instances import loaded_at, told
from telic.cli.lazily import LazyGroup
from telic.cli.options import data_option, limit_option, machine_option, needed_actor_option, read_data
from telic.cli.outcomes import EXIT_OF
from telic.cli.output import Row
from telic.cli.session import session_of, store_options
from telic.kernel.errors import nearest
from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.kernel.waits import HumanTask
from telic.runtime.results import RunResult
from telic.shell.task_results import Changed, ClaimedByOther, NotEntitled, NotOpen, Outdated, Task, TaskRef, TaskRefusal
from telic.shell.tasks import Inbox

__all__ = ["tasks"]

F = TypeVar("F", bound=Callable[..., object])
_Came: TypeAlias = Changed | TaskRefusal | RunResult[BaseModel]

_COLUMNS = ("machine", "id", "key", "title", "on", "claimant", "due", "priority")
_groups_option = click.option("-g", "--group", "groups", multiple=True, help="A group that who acts is in.")


@click.group(cls=LazyGroup)
def tasks() -> None:
    """What people have to do: list it, claim it, hand it on, answer it."""


def _on_task(command: F) -> F:
    """Add what names a task, and the options of the store."""
    command = click.argument("key", required=False)(command)
    command = click.argument("id_", metavar="ID")(command)
    return store_options(machine_option(command))


@tasks.command("ls")
@store_options
@machine_option
@click.option("--mine", is_flag=True, help="Those that --actor has claimed, or is asked for.")
@click.option("--actor", default="", envvar="TELIC_ACTOR", help="Whose, with --mine.  [env: TELIC_ACTOR]")
@click.option("-g", "--group", "groups", multiple=True, help="Those that ask this group and nobody has claimed.")
@click.option("--all-tenants", is_flag=True, help="Those of every tenant that the database has.")
@click.option("--due-by", type=click.DateTime(), help="Those that are due at a moment (UTC) or before.")
@limit_option
@click.option("--after", help="Go on after a page, as that page says.")
@click.pass_context
def list_(
    ctx: click.Context,
    machine: str | None,
    mine: bool,  # noqa: FBT001  (click passes it so)
    actor: str,
    groups: tuple[str, ...],
    all_tenants: bool,  # noqa: FBT001
    due_by: datetime | None,
    limit: int,
    after: str | None,
) -> int:
    """List open tasks by due date, those without one last."""
    if mine and not actor:
        raise Stopped(Exit.USAGE, "expected whose tasks with --mine, got nobody; do add --actor NAME")
    session = session_of(ctx)

    async def act(at_hand: Served) -> str | None:
        try:
            tenants = await tenants_of(at_hand) if all_tenants else None
            page = await Inbox(at_hand.whole(), tenants=tenants).tasks(
                assignee=actor if mine else None,
                groups=groups,
                machine=machine,
                due_by=_in_utc(due_by),
                after=after,
                limit=limit,
            )
        except ValueError as error:
            raise Stopped(Exit.USAGE, str(error)) from error
        columns = ("tenant", *_COLUMNS) if all_tenants else _COLUMNS
        session.out.rows([_row(one) for one in page.items], columns)
        return page.next

    follows = served(session, act)
    if follows is not None:
        session.out.say(f"there are more; do telic tasks ls --after '{follows}'")
    return Exit.OK


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def _row(task: Task) -> Row:
    return {
        "machine": task.ref.machine,
        "tenant": task.ref.tenant,
        "id": task.ref.id,
        "key": task.ref.key,
        "title": task.title or task.command,
        "on": task.assignee or ", ".join(task.groups) or "anybody",
        "claimant": task.claimant,
        "due": task.due,
        "overdue": task.overdue,
        "priority": task.priority,
        "opened_at": task.opened_at,
        "command": task.command,
        "description": task.description,
        "groups": list(task.groups),
        "draft": task.draft,
    }


@tasks.command("show")
@_on_task
@click.pass_context
def show(ctx: click.Context, machine: str | None, id_: str, key: str | None) -> int:
    """Show a task: what is asked, the form of its answer, and what people did to it."""
    session = session_of(ctx)

    async def act(at_hand: Served) -> Row:
        inbox = Inbox(at_hand.whole())
        task = await _read(at_hand, inbox, machine, id_, key)
        acts = [
            {"name": one.name, "actor": one.actor, "at": one.at, "detail": one.detail}
            for one in await inbox.history(task)
        ]
        return {**_row(task), "form": inbox.form(task), "acts": acts}

    row = served(session, act)
    shown = row if session.out.is_for_programs else {name: one for name, one in row.items() if one not in (None, [])}
    session.out.one(shown)
    return Exit.OK


@tasks.command("claim")
@_on_task
@needed_actor_option
@_groups_option
@click.pass_context
def claim(
    ctx: click.Context, machine: str | None, actor: str, groups: tuple[str, ...], id_: str, key: str | None
) -> int:
    """Take a task that nobody has claimed."""
    return _changed(ctx, machine, id_, key, lambda inbox, task: inbox.claim(task, actor=actor, groups=groups))


@tasks.command("unclaim")
@_on_task
@needed_actor_option
@click.pass_context
def unclaim(ctx: click.Context, machine: str | None, actor: str, id_: str, key: str | None) -> int:
    """Give back a task that --actor has claimed."""
    return _changed(ctx, machine, id_, key, lambda inbox, task: inbox.unclaim(task, actor=actor))


@tasks.command("assign")
@_on_task
@needed_actor_option
@click.option("--to", metavar="NAME", help="Whom to ask; left out, whomever the state asks.")
@click.pass_context
def assign(ctx: click.Context, machine: str | None, actor: str, to: str | None, id_: str, key: str | None) -> int:
    """Ask another person, whoever has claimed the task."""
    return _changed(ctx, machine, id_, key, lambda inbox, task: inbox.assign(task, to, actor=actor))


@tasks.command("draft")
@_on_task
@needed_actor_option
@_groups_option
@data_option
@click.option("--clear", is_flag=True, help="Throw away what was written down.")
@click.pass_context
def draft(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    groups: tuple[str, ...],
    data: str,
    clear: bool,  # noqa: FBT001  (click passes it so)
    id_: str,
    key: str | None,
) -> int:
    """Write down an answer that is not complete yet."""
    fields = None if clear else read_data(data)
    return _changed(ctx, machine, id_, key, lambda inbox, task: inbox.draft(task, fields, actor=actor, groups=groups))


@tasks.command("complete")
@_on_task
@needed_actor_option
@_groups_option
@data_option
@click.option("--event-id", help="Your id for the answer; sent again, it is known again.")
@click.pass_context
def complete(
    ctx: click.Context,
    machine: str | None,
    actor: str,
    groups: tuple[str, ...],
    data: str,
    event_id: str | None,
    id_: str,
    key: str | None,
) -> int:
    """Answer a task with the fields of its form."""
    fields = read_data(data)
    given = None if event_id is None else EventId(event_id)

    async def completed(inbox: Inbox, task: Task) -> _Came:
        return await inbox.complete(task, fields, actor=actor, groups=groups, event_id=given)

    return _changed(ctx, machine, id_, key, completed)


def _changed(
    ctx: click.Context,
    machine: str | None,
    id_: str,
    key: str | None,
    change: Callable[[Inbox, Task], Awaitable[_Came]],
) -> int:
    """Do something to a task, and say what came of it."""
    session = session_of(ctx)

    async def act(at_hand: Served) -> tuple[_Came, Task]:
        inbox = Inbox(at_hand.whole())
        task = await _read(at_hand, inbox, machine, id_, key)
        return await change(inbox, task), task

    came, task = served(session, act)
    if isinstance(came, Changed):
        session.out.one({"result": came.kind, **_brief(came.task)})
        return Exit.OK
    if isinstance(came, NotOpen):
        raise Stopped(
            Exit.NOT_FOUND, f"expected an open task {task.ref.key!s} of {id_}, got it done; do telic tasks ls"
        )
    if isinstance(came, NotEntitled | ClaimedByOther | Outdated):
        session.out.one({"result": came.kind, **_brief(came.task)})
        session.out.say(_why(came))
        return Exit.REFUSED
    session.out.one({**told(came), "key": task.ref.key})
    return EXIT_OF[came.kind]


def _brief(task: Task) -> Row:
    row = _row(task)
    return {name: row[name] for name in ("machine", "id", "key", "title", "on", "claimant", "draft")}


def _why(refusal: NotEntitled | ClaimedByOther | Outdated) -> str:
    task = refusal.task
    if isinstance(refusal, ClaimedByOther):
        return f"{task.claimant} has claimed it; do ask them, or telic tasks assign"
    if isinstance(refusal, Outdated):
        return "somebody has changed it since it was read; do it again"
    on = task.assignee or ", ".join(task.groups) or "somebody who has claimed it"
    return f"expected {on}, got {refusal.actor}; do add --group, or telic tasks assign"


async def _read(at_hand: Served, inbox: Inbox, machine: str | None, id_: str, key: str | None) -> Task:
    """Return the task that is meant; the only one of an instance where no key is given.

    Raises:
        Stopped: When there is none, or which one is meant is open.
    """
    runtime = at_hand.runtime(machine)
    snapshot = await loaded_at(runtime, WorkflowId(id_), None)
    keys = [str(one.key) for one in snapshot.waits if isinstance(one.wait, HumanTask)]
    if key is None and len(keys) > 1:
        raise Stopped(Exit.USAGE, f"expected the key of a task of {id_}, got none; do name one of {', '.join(keys)}")
    wanted = key if key is not None else next(iter(keys), None)
    task = None
    if wanted in keys:
        task = await inbox.task(TaskRef(runtime.machine.name, WorkflowId(id_), WaitKey(str(wanted))))
    if task is None:
        got = f"no {key}{nearest(key, keys)}" if key is not None else "none"
        raise Stopped(Exit.NOT_FOUND, f"expected an open task of {id_}, got {got}; do telic tasks ls")
    return task
