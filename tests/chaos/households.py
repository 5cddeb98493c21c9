"""Stories of all that a store does beside steps: claims and dead letters, tasks, operators, timetables, a purge.

Each does something with its store, again and again until it is answered, says what has to be
by then, and lets everything come to its end. What may never be here: what goes wrong.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from telic import EventId, WorkflowId
from telic.kernel.snapshot import Status
from telic.runtime.claims import Claim, buried, retried
from telic.shell.forking import Forked
from telic.shell.hooks import Hook, Hooks
from telic.shell.operators import Acted, Operators
from telic.shell.retention import Retention, purge
from telic.shell.schedules import Every, Schedule, Schedules
from telic.shell.tasks import Inbox
from telic.shell.topics import publish
from telic.shell.triggers import Trigger, Triggers
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Story
from tests.chaos.machine import REST, Announce, Begin, Hurry, Paid, Pay, Work, Worked, errand
from tests.chaos.points import Points
from tests.chaos.scenes import BEGAN, LEASE, Scene

ONE = WorkflowId("one")
_ALL = 1_000
_HOUR = timedelta(hours=1)


class Household(Scene):
    """Some errands, and all who have to do with them."""

    def bindings(self) -> tuple:
        async def work(intent, call):
            await self.acted(intent, call)
            return Worked(ref=intent.ref)

        async def pay(intent, call):
            await self.acted(intent, call)
            return Paid(ref=intent.ref)

        return Work.handled_by(work), Pay.handled_by(pay), Announce.handled_by(self.acted)

    async def begin(self) -> None:
        await self.send(ONE, "ada#0", Begin(rounds=1))

    async def claimed(self) -> Claim:
        """Claim what is due, as somebody who comes again after the lease when they were cut off."""

        async def claim() -> Claim | None:
            now = self.clock.now()
            found = await self.store.claim({Work.__tag__: 1}, 1, now=now, until=now + LEASE, worker="bob")
            self.clock.move(_HOUR + timedelta(seconds=1))
            return found[0] if found else None

        found = await self.insisted(claim)
        assert found is not None, "expected something to claim, got nothing"
        return found

    async def acts(self, act: Callable[[], Any]) -> list[Acted]:
        """Have an operator do something under one id until it is done."""

        async def done() -> list[Acted]:
            return [one async for one in act()]

        return await self.insisted(done)

    async def instances(self) -> dict[WorkflowId, Status]:
        """All instances, and where they stand."""

        async def found() -> dict[WorkflowId, Status]:
            page = await self.store.find(limit=_ALL)
            return {one.id: one.status for one in page.items}

        return await self.insisted(found)


async def claims(house: Household) -> None:
    """An intent is claimed, kept, given back, buried, redriven, and carried out in the end."""
    await house.begin()
    claim = await house.claimed()
    await house.insisted(lambda: house.store.renew([claim], house.clock.now() + LEASE))
    house.clock.move(LEASE)
    again = await house.claimed()
    await house.insisted(lambda: house.store.settle([retried(again, house.clock.now(), "later")]))
    last = await house.claimed()
    await house.insisted(lambda: house.store.settle([buried(last, "never")]))
    letters = await house.insisted(house.store.dead_letters)
    assert [one.opened.id for one in letters] == [last.id], letters
    await house.insisted(lambda: house.store.redrive([last.id], now=house.clock.now()))
    await house.tried(lambda: house.store.next_due([Work.__tag__]))
    await house.insisted(house.store.sweep)
    await house.work()


async def tasks(house: Household) -> None:
    """Somebody finds a task, takes it, writes a draft, gives it back, takes it again, and answers it."""
    await house.begin()
    await house.tried(house._worked)
    house.clock.move(-REST)  # whose deadline has not come
    desk = Inbox(house.system)

    async def one():
        page = await desk.tasks()
        return page.items[0] if page.items else None

    for _ in range(3):
        task = await house.insisted(one)
        if task is not None:
            break
        house.clock.move(LEASE)  # whoever carried out the work was cut off
        await house.tried(house._worked)
    assert task is not None, "expected a task, got none"
    await house.insisted(lambda: desk.claim(task, actor="ann"))
    task = await house.insisted(lambda: desk.task(task.ref))
    await house.insisted(lambda: desk.draft(task, {}, actor="ann"))
    await house.insisted(lambda: desk.unclaim(task.ref, actor="ann"))
    await house.insisted(lambda: desk.assign(task.ref, "ben", actor="ann"))
    row = await house.insisted(lambda: desk.task(task.ref))
    assert (row.claimant, row.assignee) == (None, "ben"), row
    done = await house.insisted(lambda: desk.complete(task.ref, Hurry(), actor="ben", event_id=EventId("hurry#0")))
    assert done.kind in ("stepped", "duplicate"), done
    await house.work()


async def operators(house: Household) -> None:
    """An operator halts an errand, forks it, lets the fork go, and lets the errand go on."""
    await house.begin()
    operator = Operators(house.system, actor="ann")
    await house.acts(lambda: operator.pause("errand", ONE, operation="pause"))
    await house.tried(house._worked)
    assert (await house.instances())[ONE] is Status.PAUSED
    forked = await house.insisted(lambda: operator.fork("errand", ONE, 1, operation="fork"))
    assert isinstance(forked, Forked), forked
    assert len(await house.instances()) == 2
    await house.acts(lambda: operator.release("errand", [one.id for one in forked.aside], operation="release"))
    await house.acts(lambda: operator.resume("errand", ONE, operation="resume"))
    await house.work()
    acts = await house.insisted(lambda: house.store.acts(forked.id))
    assert [one.actor for one in acts] == ["ann"] * len(forked.aside), acts


async def timetables(house: Household) -> None:
    """A schedule and a trigger start errands, one each, and a hook is told of all that happens."""
    heard: set[tuple[WorkflowId, int | None]] = set()

    async def listen(happenings) -> None:
        heard.update((one.workflow_id, one.revision) for one in happenings)

    hooks = Hooks(house.system, [Hook("log", listen)], clock=house.clock, lease_seconds=LEASE.total_seconds())
    schedules, triggers = (kind(house.system, house.timing) for kind in (Schedules, Triggers))
    for _ in range(2):
        await house.tried(hooks.drain)  # from now on it is told
        house.clock.move(LEASE)
    await house.insisted(lambda: _asked(house))
    for _ in range(3):
        await house.tried(schedules.fire)  # from now on its instants count
    house.clock.move(_HOUR)
    for _ in range(3):
        await house.tried(schedules.fire)
        await house.tried(triggers.fire)
    assert len(await house.instances()) == 2
    await house.work(hooks.drain)
    await house.tried(hooks.drain)
    house.clock.move(LEASE)
    await house.tried(hooks.drain)
    with house.points.resting():
        for id in await house.store.ids():
            began = {(id, 1)}
            assert began <= heard, f"expected the hook to be told of {began - heard}"


async def _asked(house: Household) -> bool:
    await publish(house.system, Worked(ref="asked"), name="asked", event_id=EventId("ask#0"))
    return True


async def purged(house: Household) -> None:
    """What is over is deleted, whole."""
    await house.begin()
    await house.work()
    house.clock.move(timedelta(days=40))
    await house.insisted(lambda: purge(house.system, Retention(), now=house.clock.now()))
    for _ in range(2):
        await house.insisted(lambda: purge(house.system, Retention(), now=house.clock.now()))
    house.forget()


def _every_hour() -> Schedule:
    return Schedule(
        "hourly", machine=errand, recurrence=Every(1000 * _HOUR, BEGAN + 2.5 * LEASE), event=lambda _: Begin(rounds=1)
    )  # fmt: skip


def _when_asked() -> Trigger:
    return Trigger(
        "asked", fact=Worked, topic="asked", machine=errand, event=lambda _: Begin(rounds=1), key=lambda fact: fact.ref
    )  # fmt: skip


def _story(play: Callable[[Household], Awaitable[None]], **system: Callable[[], Any]) -> Story:
    async def played(store, points: Points) -> Evidence:
        house = Household(errand, store, points, **{name: [make()] for name, make in system.items()})
        await play(house)
        return house.evidence

    return Story(play.__name__, errand, played)


HOUSEHOLDS = (
    _story(claims),
    _story(tasks),
    _story(operators),
    _story(timetables, schedules=_every_hour, triggers=_when_asked),
    _story(purged),
)
