"""``Inbox``: the tasks that people have to do: to list, claim, hand on, draft and complete.

Who may do what stands here; what the answer does is decided by ``advance``. What may never be
here: an actor that comes from the data of a form.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.errors import ConfigurationError, nearest
from telic.kernel.events import Command, Event
from telic.kernel.results import Duplicate, Ended, Invalid, NoOpenTask, Rejected
from telic.kernel.values import EventId
from telic.runtime.acts import Act, KeepsActs
from telic.runtime.queries import Page
from telic.runtime.results import RunResult
from telic.runtime.tasks import KeepsTasks, TaskChange, TaskRow
from telic.shell.answering import AnsweringStore, Books, TaskChanged
from telic.shell.task_pages import Place, after, cursor, next_of, place_of
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


class _SeenFromTenants(Protocol):
    """A store that can be seen from one tenant."""

    def within(self, *, tenant: str) -> Books: ...


class _Desk(NamedTuple):
    """The tasks of one machine and one tenant."""

    machine: str
    tenant: str | None
    runtime: AnyRuntime

    @property
    def store(self) -> Books:
        return cast("Books", self.runtime.store)

    def task(self, row: TaskRow) -> Task:
        """Return a task as people see it."""
        draft = cast("Mapping[str, object]", pydantic_core.from_json(row.draft)) if row.draft is not None else None
        return Task(
            TaskRef(self.machine, row.workflow_id, row.key, row.since, self.tenant), row.command, row.title,
            row.description, row.assignee, row.groups, row.due, row.priority, row.opened_at, row.claimant, draft,
            row.edition, row.due is not None and row.due <= self.runtime.clock.now(),
        )  # fmt: skip

    def place(self, row: TaskRow) -> Place:
        """Return where a task stands among those of all desks."""
        return place_of(self.machine, self.tenant or "", row)


class Inbox:
    """The open tasks of a system.

    A task is open as long as its state declares it. What people do to it changes no state and
    takes no revision; each act leaves a trace with its actor. Every ``actor`` and ``groups``
    is who is calling, as you have authenticated them.

    Example:
        ``page = await Inbox(system).tasks(assignee="ann", groups=("desk",))``
    """

    def __init__(self, system: System, *, tenants: Collection[str] | None = None) -> None:
        """Look at the machines of a system.

        Args:
            system: The machines, each with its store.
            tenants: The tenants for whom the caller may act, as you have authenticated them: tasks of
                others are not there for this inbox. By default those of the stores themselves.

        Raises:
            ConfigurationError: For a machine with tasks whose store does not list them, or cannot be
                seen from other tenants where some are named.
        """
        self._names = [name for name, one in sorted(system.runtimes.items()) if one.machine.task_commands]
        self._tenants = None if tenants is None else tuple(sorted(set(tenants)))
        findings = [text for name in self._names for text in self._misfits(name, system.runtimes[name].store)]
        if findings:
            raise ConfigurationError("Inbox", tuple(findings))
        desks = [one for name in self._names for one in self._desks_of(name, system.runtimes[name])]
        self._desks = {(one.machine, one.tenant): one for one in desks}

    async def tasks(
        self,
        *,
        assignee: str | None = None,
        groups: Collection[str] = (),
        machine: str | None = None,
        tenant: str | None = None,
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
            tenant: Those of one of the inbox's tenants; of all by default.
            due_by: Those that are due at a moment or before; by now for those that are overdue.
            after: ``next`` of the page before.
            limit: How many at most.

        Raises:
            ValueError: For a limit below 1, or a text that is no ``next``.
            ConfigurationError: For a machine without tasks.
        """
        last = cursor(after) if after is not None else None
        asked = None if machine is None else self._known(machine)
        found: list[tuple[Place, _Desk, TaskRow]] = []
        for desk in self._chosen(asked, tenant):
            rows = await desk.store.tasks(
                holder=assignee,
                groups=groups,
                due_by=due_by,
                after=_after(desk, last),
                limit=limit + 1 if limit > 0 else limit,
            )
            found += [(desk.place(row), desk, row) for row in rows]
        chosen = heapq.nsmallest(limit + 1, found, key=lambda one: one[0])
        page = tuple(desk.task(row) for _, desk, row in chosen[:limit])
        return Page(page, next_of(chosen[limit - 1][0]) if len(chosen) > limit else None)

    async def task(self, ref: TaskRef) -> Task | None:
        """Return a task as it stands, or ``None`` where it is not open."""
        desk = self._desk(ref)
        row = await _row(desk, ref) if desk is not None else None
        return desk.task(row) if desk is not None and row is not None else None

    def form(self, task: Task) -> dict[str, object]:
        """Return the JSON Schema of the command that answers a task.

        Args:
            task: The task.

        Raises:
            ConfigurationError: For a task that no machine of the system asks for any more.
        """
        machine = self._known(task.ref.machine)
        desk = next((one for one in self._desks.values() if one.machine == machine), None)
        for one in desk.runtime.machine.task_commands if desk is not None else ():
            if one.__tag__ == task.command:
                return one.model_json_schema()
        raise _misfit(
            f"expected a command that a task of machine {machine!r} asks for, got {task.command!r}; do read it again"
        )

    async def history(self, task: TaskRef | Task) -> tuple[Act, ...]:
        """Return what people did to a task, the oldest first; its answer stands in the journal."""
        ref = _ref(task)
        desk = self._desk(ref)
        acts = await desk.store.acts(ref.id) if desk is not None else ()
        return tuple(one for one in acts if one.subject == ref.key and one.operation.startswith(_OPERATION))

    async def claim(self, task: TaskRef | Task, *, actor: str, groups: Collection[str] = ()) -> Changed | TaskRefusal:
        """Take a task that nobody has claimed; whoever has it already keeps it.

        Args:
            task: The task.
            actor: Who takes it.
            groups: The groups of the actor.
        """

        def decide(desk: _Desk, row: TaskRow) -> _New | TaskRefusal:
            refusal = _hindrance(desk, row, actor, groups)
            return refusal if refusal is not None else _new(row)._replace(claimant=actor)

        return await self._change(_ref(task), _Deed("claim", actor), decide)

    async def unclaim(self, task: TaskRef | Task, *, actor: str) -> Changed | TaskRefusal:
        """Give back a task that the actor has claimed.

        Args:
            task: The task.
            actor: Who gives it back.
        """

        def decide(desk: _Desk, row: TaskRow) -> _New | TaskRefusal:
            if row.claimant == actor:
                return _new(row)._replace(claimant=None)
            now = desk.task(row)
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
        return await self._change(_ref(task), deed, lambda _, row: _New(None, to, row.draft))

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

        def decide(desk: _Desk, row: TaskRow) -> _New | TaskRefusal:
            refusal = _hindrance(desk, row, actor, groups)
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

        def decide(desk: _Desk, row: TaskRow) -> _New | TaskRefusal:
            refusal = _hindrance(desk, row, actor, groups)
            if refusal is None and row.edition != task.edition:
                return Outdated(desk.task(row))
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
        """Answer a task, as its claimant, or as somebody whom it asks while nobody has claimed it.

        That the task is open and that the actor may answer it is checked in the transaction that
        saves the answer: whoever claims it in between wins. A state may still reject the answer;
        then the task stays as it was.

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
        desk = self._desk(ref)
        if desk is None:
            return NotOpen(ref)
        if event_id is not None:
            known = await desk.store.load(ref.id, (event_id,))
            if known is not None and event_id in known.seen:
                return Duplicate(ref.id, event_id, known.seen[event_id])
        while (row := await _row(desk, ref)) is not None:
            ref = ref._replace(since=row.since)
            command = _parsed(desk, row, data)
            if isinstance(command, Invalid):
                return command
            refusal = _hindrance(desk, row, actor, groups)
            if refusal is not None:
                return refusal
            result = await _answered(desk, row, command, actor, event_id)
            if result is not None:
                return result
        return NotOpen(ref)

    async def _change(
        self, ref: TaskRef, deed: _Deed, decide: Callable[[_Desk, TaskRow], _New | TaskRefusal]
    ) -> Changed | TaskRefusal:
        """Read, decide and write, again as long as somebody else is quicker."""
        desk = self._desk(ref)
        if desk is None:
            return NotOpen(ref)
        while (row := await _row(desk, ref)) is not None:
            new = decide(desk, row)
            if not isinstance(new, _New):
                return new
            if new == _new(row):
                return Changed(desk.task(row))
            operation, at = f"{_OPERATION}{row.since}:{row.edition}", desk.runtime.clock.now()
            act = Act(row.workflow_id, operation, row.key, deed.name, deed.actor, at, deed.detail)
            if await desk.store.change_task(TaskChange(row, *new, act)):
                after = row._replace(
                    claimant=new.claimant, assigned=new.assigned, draft=new.draft, edition=row.edition + 1
                )
                return Changed(desk.task(after))
        return NotOpen(ref)

    def _misfits(self, name: str, store: object) -> Iterator[str]:
        if not (isinstance(store, KeepsTasks) and isinstance(store, KeepsActs)):
            yield (
                f"expected a store that lists the tasks of machine {name!r}, got {type(store).__name__}; "
                "do use one with the methods of KeepsTasks and KeepsActs"
            )
        elif self._tenants is not None and not callable(getattr(store, "within", None)):
            yield (
                f"expected a store of machine {name!r} that can be seen from other tenants, "
                f"got {type(store).__name__}; do use one with within(tenant=), or leave out tenants="
            )

    def _desks_of(self, name: str, runtime: AnyRuntime) -> Iterator[_Desk]:
        if self._tenants is None:
            yield _Desk(name, None, runtime)
            return
        for tenant in self._tenants:
            seen = cast("_SeenFromTenants", runtime.store)
            yield _Desk(name, tenant, runtime.through(seen.within(tenant=tenant)))

    def _chosen(self, machine: str | None, tenant: str | None) -> Iterable[_Desk]:
        return (
            one
            for one in self._desks.values()
            if machine in (None, one.machine) and tenant in (None, one.tenant or getattr(one.store, "tenant", ""))
        )

    def _desk(self, ref: TaskRef) -> _Desk | None:
        """Return where a task is; nothing for one of a tenant for whom the caller may not act."""
        machine = self._known(ref.machine)
        if self._tenants is not None and ref.tenant is None:
            raise _misfit(
                f"expected the tenant of a task in an inbox of {len(self._tenants)} tenants, got none; "
                "do name it: TaskRef(..., tenant=)"
            )
        return self._desks.get((machine, ref.tenant))

    def _known(self, machine: str) -> str:
        if machine in self._names:
            return machine
        told = nearest(machine, self._names)
        raise _misfit(f"expected a machine of the system with tasks, got {machine!r}{told}; do name one")


async def _answered(
    desk: _Desk, row: TaskRow, command: Event, actor: str, event_id: EventId | None
) -> RunResult[BaseModel] | None:
    """Take the step on a task as it was read; nothing where it is another one by now."""
    runtime = desk.runtime.through(AnsweringStore(desk.store, row))
    try:
        result = await runtime.run_step(row.workflow_id, command, event_id=event_id, wait=row.key, actor=actor)
    except TaskChanged:
        return None
    if _finds_no_task(result) and await desk.store.task(row.workflow_id, row.key) != row:
        return None
    return cast("RunResult[BaseModel]", result)


def _finds_no_task(result: object) -> bool:
    """Say whether a step has found the task closed, or its instance over."""
    if isinstance(result, Rejected):
        return any(isinstance(reason, NoOpenTask) for reason in result.reasons)
    return isinstance(result, Ended)


async def _row(desk: _Desk, ref: TaskRef) -> TaskRow | None:
    row = await desk.store.task(ref.id, ref.key)
    return row if row is not None and ref.since in (None, row.since) else None


def _parsed(desk: _Desk, row: TaskRow, data: Mapping[str, object] | Command) -> Event | Invalid:
    if isinstance(data, Command):
        if data.__tag__ == row.command:
            return data
        told = f"expected {row.command} for task {row.key!s}, got {type(data).__name__}"
        return Invalid(row.workflow_id, (told,))
    event = desk.runtime.machine.codec.parse_event({**data, "type": row.command})
    return Invalid(row.workflow_id, event) if isinstance(event, tuple) else event


def _ref(task: TaskRef | Task) -> TaskRef:
    return task.ref if isinstance(task, Task) else task


def _new(row: TaskRow) -> _New:
    return _New(row.claimant, row.assigned, row.draft)


def _hindrance(desk: _Desk, row: TaskRow, actor: str, groups: Collection[str]) -> NotEntitled | ClaimedByOther | None:
    """Return why somebody may not work on a task; nothing where they may."""
    if row.claimant is not None:
        return None if row.claimant == actor else ClaimedByOther(desk.task(row))
    asked = actor == row.assignee or not set(groups).isdisjoint(row.groups)
    anybody = row.assignee is None and not row.groups
    return None if asked or anybody else NotEntitled(desk.task(row), actor)


def _after(desk: _Desk, last: Place | None) -> tuple[datetime | None, str, str] | None:
    return after(desk.machine, desk.tenant or "", last)


def _misfit(finding: str) -> ConfigurationError:
    return ConfigurationError("Inbox", (finding,))
