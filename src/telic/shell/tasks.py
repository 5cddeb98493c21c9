"""``Inbox``: the tasks that people have to do: to list, claim, hand on, draft and complete.

Who may do what stands here; what the answer does is decided by ``advance``. What may never be
here: an actor that comes from the data of a form.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.errors import ConfigurationError, nearest
from telic.kernel.events import Command, Event
from telic.kernel.results import Conflict, Duplicate, Invalid, Written
from telic.kernel.values import EventId
from telic.runtime.acts import Act, KeepsActs
from telic.runtime.queries import Page
from telic.runtime.results import RunResult
from telic.runtime.tasks import KeepsTasks, TaskChange, TaskRow
from telic.shell.task_results import (
    Changed,
    ClaimedByOther,
    NotEntitled,
    NotOpen,
    Outdated,
    Task,
    TaskRef,
    TaskRefusal,
)

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime, System

__all__ = ["Inbox"]

_OPERATION = "telic.task:"
_NEVER_US = 2**63 - 1


class _New(NamedTuple):
    """What people have written into a row, or are about to."""

    claimant: str | None
    assigned: str | None
    draft: bytes | None


class _Deed(NamedTuple):
    """Who does what."""

    name: str
    actor: str
    detail: str = ""


class _Books(KeepsTasks, KeepsActs, Protocol):
    """A store with both."""


class Inbox:
    """The open tasks of a system.

    A task is open as long as its state declares it. What people do to it changes no state and
    takes no revision; each act leaves a trace with its actor. Every ``actor`` and ``groups``
    is who is calling, as you have authenticated them.

    Example:
        ``page = await Inbox(system).tasks(assignee="ann", groups=("desk",))``
    """

    def __init__(self, system: System) -> None:
        """Look at the machines of a system.

        Raises:
            ConfigurationError: For a machine with tasks whose store does not list them.
        """
        self._runtimes = {name: one for name, one in system.runtimes.items() if one.machine.task_commands}
        findings = tuple(
            f"expected a store that lists the tasks of machine {name!r}, got {type(one.store).__name__}; "
            "do use one with the methods of KeepsTasks and KeepsActs"
            for name, one in self._runtimes.items()
            if not (isinstance(one.store, KeepsTasks) and isinstance(one.store, KeepsActs))
        )
        if findings:
            raise ConfigurationError("Inbox", findings)

    async def tasks(
        self,
        *,
        assignee: str | None = None,
        groups: Collection[str] = (),
        machine: str | None = None,
        due_by: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Task]:
        """Return a page of open tasks in the order of their due dates; those without one come last.

        Args:
            assignee: Those that this person has claimed, or is asked for and nobody has claimed.
            groups: Those that ask one of these groups and that nobody has claimed. With an
                assignee, too, both sorts; without either, all.
            machine: Those of one machine; of all by default.
            due_by: Those that are due at a moment or before.
            after: ``next`` of the page before.
            limit: How many at most.

        Raises:
            ValueError: For a limit below 1, or a text that is no ``next``.
            ConfigurationError: For a machine without tasks.
        """
        names = sorted(self._runtimes) if machine is None else [machine]
        last = _cursor(after) if after is not None else None
        found: list[tuple[str, TaskRow]] = []
        for name in names:
            rows = await self._store(name).tasks(
                holder=assignee,
                groups=groups,
                due_by=due_by,
                after=_after(name, last),
                limit=limit + 1 if limit > 0 else limit,
            )
            found += [(name, row) for row in rows]
        chosen = heapq.nsmallest(limit + 1, found, key=_order)
        page = tuple(_task(name, row) for name, row in chosen[:limit])
        return Page(page, _next(*chosen[limit - 1]) if len(chosen) > limit else None)

    async def task(self, ref: TaskRef) -> Task | None:
        """Return a task as it stands, or ``None`` where it is not open."""
        row = await self._row(ref)
        return _task(ref.machine, row) if row is not None else None

    def form(self, task: Task) -> dict[str, object]:
        """Return the JSON Schema of the command that answers a task.

        Args:
            task: The task.

        Raises:
            ConfigurationError: For a task that no machine of the system asks for any more.
        """
        return self._command(task.ref.machine, task.command).model_json_schema()

    async def history(self, task: TaskRef | Task) -> tuple[Act, ...]:
        """Return what people did to a task, the oldest first; its answer stands in the journal."""
        ref = _ref(task)
        acts = await self._store(ref.machine).acts(ref.id)
        return tuple(one for one in acts if one.subject == ref.key and one.operation.startswith(_OPERATION))

    async def claim(self, task: TaskRef | Task, *, actor: str, groups: Collection[str] = ()) -> Changed | TaskRefusal:
        """Take a task that nobody has claimed; whoever has it already keeps it.

        Args:
            task: The task.
            actor: Who takes it.
            groups: The groups of the actor.
        """

        def decide(row: TaskRow) -> _New | TaskRefusal:
            refusal = _hindrance(_ref(task).machine, row, actor, groups)
            return refusal if refusal is not None else _new(row)._replace(claimant=actor)

        return await self._change(_ref(task), _Deed("claim", actor), decide)

    async def unclaim(self, task: TaskRef | Task, *, actor: str) -> Changed | TaskRefusal:
        """Give back a task that the actor has claimed.

        Args:
            task: The task.
            actor: Who gives it back.
        """

        def decide(row: TaskRow) -> _New | TaskRefusal:
            if row.claimant == actor:
                return _new(row)._replace(claimant=None)
            now = _task(_ref(task).machine, row)
            return NotEntitled(now, actor) if row.claimant is None else ClaimedByOther(now)

        return await self._change(_ref(task), _Deed("unclaim", actor), decide)

    async def assign(self, task: TaskRef | Task, to: str | None, *, actor: str) -> Changed | TaskRefusal:
        """Ask another person, whoever has claimed it; for operators, whom you have let in.

        An answer of the claimant that is under way at that moment still counts.

        Args:
            task: The task.
            to: Whom to ask; ``None`` for whomever the state asks.
            actor: Who assigns.
        """
        deed = _Deed("assign", actor, to or "")
        return await self._change(_ref(task), deed, lambda row: _New(None, to, row.draft))

    async def delegate(
        self, task: TaskRef | Task, to: str, *, actor: str, groups: Collection[str] = ()
    ) -> Changed | TaskRefusal:
        """Hand a task on to another person, who has then claimed it, asked for or not.

        Args:
            task: The task.
            to: Who has it from now on.
            actor: Who has it, or might claim it.
            groups: The groups of the actor.
        """

        def decide(row: TaskRow) -> _New | TaskRefusal:
            refusal = _hindrance(_ref(task).machine, row, actor, groups)
            return refusal if refusal is not None else _new(row)._replace(claimant=to)

        return await self._change(_ref(task), _Deed("delegate", actor, to), decide)

    async def draft(
        self, task: Task, data: Mapping[str, object] | None, *, actor: str, groups: Collection[str] = ()
    ) -> Changed | TaskRefusal:
        """Write down what is not complete yet, unless somebody has changed the task since it was read.

        Args:
            task: The task as it was read.
            data: Fields of the form, checked only when the task is completed; ``None`` for nothing.
            actor: Who has claimed the task, or might.
            groups: The groups of the actor.
        """
        written = pydantic_core.to_json(data) if data is not None else None

        def decide(row: TaskRow) -> _New | TaskRefusal:
            refusal = _hindrance(task.ref.machine, row, actor, groups)
            if refusal is None and row.edition != task.edition:
                return Outdated(_task(task.ref.machine, row))
            return refusal if refusal is not None else _new(row)._replace(draft=written)

        return await self._change(task.ref, _Deed("draft", actor), decide)

    async def complete(
        self,
        task: TaskRef | Task,
        data: Mapping[str, object] | Command,
        *,
        actor: str,
        groups: Collection[str] = (),
        event_id: EventId | None = None,
    ) -> RunResult[BaseModel] | TaskRefusal:
        """Answer a task. Whoever answers has claimed it first, so that nobody else can meanwhile.

        A state may still reject the answer; then the task stays open, and unclaimed if it was.

        Args:
            task: The task.
            data: The form, or the command.
            actor: Who answers; the state sees them as ``ctx.actor``.
            groups: The groups of the actor.
            event_id: Your id for the answer; sent again, it is a ``Duplicate``.

        Raises:
            TransitionError: When the code of the machine is broken; nothing has changed.
            StoreError: When the store cannot load or save.
        """
        ref = _ref(task)
        runtime = self._runtime(ref.machine)
        if event_id is not None:
            known = await runtime.store.load(ref.id, (event_id,))
            if known is not None and event_id in known.seen:
                return Duplicate(ref.id, event_id, known.seen[event_id])
        before = await self._row(ref)
        if before is None:
            return NotOpen(ref)
        command = self._parsed(ref, before, data)
        if isinstance(command, Invalid):
            return command
        taken = await self.claim(ref._replace(since=before.since), actor=actor, groups=groups)
        if not isinstance(taken, Changed):
            return taken
        result = await self._answered(runtime, taken.task.ref, command, actor, event_id)
        if before.claimant is None and not isinstance(result, (Written, NotOpen)):
            await self.unclaim(taken.task.ref, actor=actor)
        return result

    async def _answered(
        self, runtime: AnyRuntime, ref: TaskRef, command: Event, actor: str, event_id: EventId | None
    ) -> RunResult[BaseModel] | NotOpen:
        """Take the step on the very opening of the task that the actor has claimed."""
        while True:
            snapshot = await runtime.load(ref.id)
            if snapshot is None or (ref.key, ref.since) not in {(one.key, one.since) for one in snapshot.waits}:
                return NotOpen(ref)
            result = await runtime.run_step(
                ref.id, command, event_id=event_id, wait=ref.key, actor=actor, if_revision=snapshot.revision
            )
            if not isinstance(result, Conflict):
                return cast("RunResult[BaseModel]", result)

    async def _change(
        self,
        ref: TaskRef,
        deed: _Deed,
        decide: Callable[[TaskRow], _New | TaskRefusal],
    ) -> Changed | TaskRefusal:
        """Read, decide and write, again as long as somebody else is quicker."""
        store, clock = self._store(ref.machine), self._runtime(ref.machine).clock
        while True:
            row = await self._row(ref)
            if row is None:
                return NotOpen(ref)
            new = decide(row)
            if not isinstance(new, _New):
                return new
            if new == _new(row):
                return Changed(_task(ref.machine, row))
            operation = f"{_OPERATION}{row.since}:{row.edition}"
            act = Act(row.workflow_id, operation, row.key, deed.name, deed.actor, clock.now(), deed.detail)
            if await store.change_task(TaskChange(row, *new, act)):
                after = row._replace(
                    claimant=new.claimant, assigned=new.assigned, draft=new.draft, edition=row.edition + 1
                )
                return Changed(_task(ref.machine, after))

    def _parsed(self, ref: TaskRef, row: TaskRow, data: Mapping[str, object] | Command) -> Event | Invalid:
        if isinstance(data, Command):
            if data.__tag__ == row.command:
                return data
            return Invalid(ref.id, (f"expected {row.command} for task {ref.key!s}, got {type(data).__name__}",))
        event = self._runtime(ref.machine).machine.codec.parse_event({**data, "type": row.command})
        return Invalid(ref.id, event) if isinstance(event, tuple) else event

    def _command(self, machine: str, tag: str) -> type[Event]:
        for one in self._runtime(machine).machine.task_commands:
            if one.__tag__ == tag:
                return one
        raise _misfit(f"expected a command that a task of machine {machine!r} asks for, got {tag!r}; do read it again")

    async def _row(self, ref: TaskRef) -> TaskRow | None:
        row = await self._store(ref.machine).task(ref.id, ref.key)
        return row if row is not None and ref.since in (None, row.since) else None

    def _runtime(self, machine: str) -> AnyRuntime:
        found = self._runtimes.get(machine)
        if found is None:
            told = nearest(machine, self._runtimes)
            raise _misfit(f"expected a machine of the system with tasks, got {machine!r}{told}; do name one")
        return found

    def _store(self, machine: str) -> _Books:
        return cast("_Books", self._runtime(machine).store)


def _ref(task: TaskRef | Task) -> TaskRef:
    return task.ref if isinstance(task, Task) else task


def _new(row: TaskRow) -> _New:
    return _New(row.claimant, row.assigned, row.draft)


def _hindrance(machine: str, row: TaskRow, actor: str, groups: Collection[str]) -> NotEntitled | ClaimedByOther | None:
    """Return why somebody may not work on a task; nothing where they may."""
    if row.claimant is not None:
        return None if row.claimant == actor else ClaimedByOther(_task(machine, row))
    asked = actor == row.assignee or not set(groups).isdisjoint(row.groups)
    anybody = row.assignee is None and not row.groups
    return None if asked or anybody else NotEntitled(_task(machine, row), actor)


def _task(machine: str, row: TaskRow) -> Task:
    draft = cast("Mapping[str, object]", pydantic_core.from_json(row.draft)) if row.draft is not None else None
    return Task(
        TaskRef(machine, row.workflow_id, row.key, row.since), row.command, row.title, row.description, row.assignee,
        row.groups, row.due, row.priority, row.opened_at, row.claimant, draft, row.edition,
    )  # fmt: skip


def _order(one: tuple[str, TaskRow]) -> tuple[int, str, str, str]:
    machine, row = one
    return (microseconds(row.due) if row.due is not None else _NEVER_US, machine, row.workflow_id, row.key)


def _next(machine: str, row: TaskRow) -> str:
    return pydantic_core.to_json(_order((machine, row))).decode()


def _cursor(text: str) -> tuple[int, str, str, str]:
    try:
        due_us, machine, id, key = pydantic_core.from_json(text)
        return int(due_us), str(machine), str(id), str(key)
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected the next= of a page of tasks, got {text!r}") from error


def _after(machine: str, last: tuple[int, str, str, str] | None) -> tuple[datetime | None, str, str] | None:
    """Return where the list of one machine goes on after the last task of a page of several machines."""
    if last is None:
        return None
    due_us, other, id, key = last
    due = moment(due_us) if due_us != _NEVER_US else None
    if machine == other:
        return due, id, key
    # All of that moment come before it, or after it: by the names of the machines.
    return (due, "", "") if machine > other else (due, "\U0010ffff", "")


def _misfit(finding: str) -> ConfigurationError:
    return ConfigurationError("Inbox", (finding,))
