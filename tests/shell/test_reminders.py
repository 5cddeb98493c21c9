"""Somebody is reminded of a task at each moment that it names: late rather than never, never early, once."""

from datetime import timedelta

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.handling import Binding
from telic.kernel.reminders import Remind, ReminderDue
from telic.kernel.results import ResultKind, Unasked
from telic.kernel.retry import Retry
from telic.kernel.values import WaitKey
from telic.shell.deadlines import Deadlines
from telic.shell.task_results import TaskRef
from telic.shell.tasks import Inbox
from telic.shell.timing import Timing
from tests.shell.chores import Close, Drop, chores
from tests.shell.test_tasks import SWEEP, A, post
from tests.shell.test_worker import OnlyLists
from tests.shell.till import NOW, HandClock, until

HOUR = timedelta(hours=1)
DUE = NOW + 10 * HOUR
BOTH = (5 * HOUR, HOUR)


class Office:
    """A board of chores, and somebody who writes down of what people are reminded."""

    def __init__(self, store):
        self.clock = HandClock()
        self.board = WorkflowRuntime(machine=chores, store=store, clock=self.clock)
        self.told = []
        self.broken = False
        self.system = System(
            runtimes=[self.board], handlers=Handlers(Remind.handled_by(self._notify, retry=Retry(max_attempts=1)))
        )
        self.deadlines = Deadlines(self.system, Timing(self.clock))
        self.worker = Worker(self.system, clock=self.clock)

    async def _notify(self, remind, call):
        if self.broken:
            raise OSError("no line")
        task = await Inbox(self.system).task(
            TaskRef(call.machine, call.workflow_id, WaitKey(remind.task), remind.since)
        )
        self.told.append((remind.at - NOW, remind.due - NOW, task.claimant or remind.assignee))

    async def passes(self, time):
        """Let time pass, fire what is due then, and carry it out."""
        self.clock.move(time.total_seconds())
        fired = await self.deadlines.fire()
        await self.worker.drain()
        return fired

    async def intents(self):
        return [one.intent for one in (await self.board.load(A)).open.values()]


@pytest.fixture
def office(chore_stores):
    return Office(chore_stores(chores))


async def test_each_moment_reminds_once_and_not_early(office):
    await post(office.board, "sweep", due=DUE, remind=BOTH, assignee="ann")
    assert await office.board.store.next_deadline() == NOW + 5 * HOUR
    assert await office.passes(5 * HOUR - timedelta(microseconds=1)) == 0
    assert await office.passes(timedelta(microseconds=1)) == 1
    assert office.told == [(5 * HOUR, 10 * HOUR, "ann")]
    assert [await office.passes(one * HOUR) for one in (3, 1, 5)] == [0, 1, 0]
    assert office.told[1:] == [(9 * HOUR, 10 * HOUR, "ann")]
    assert await office.board.store.next_deadline() is None
    assert await office.intents() == []


async def test_what_was_missed_reminds_late_each_moment_in_its_order(office):
    await post(office.board, "sweep", due=DUE, remind=BOTH)
    await office.passes(100 * HOUR)
    given = [one.event.at - NOW for one in await office.board.store.journal(A) if isinstance(one.event, ReminderDue)]
    assert given == sorted(at for at, _, _ in office.told) == [5 * HOUR, 9 * HOUR]
    assert await office.passes(HOUR) == 0


async def test_a_reminder_names_the_opening_of_its_task_and_finds_who_has_it_now(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,), groups=("hall",))
    await Inbox(office.system).claim(SWEEP, actor="bob", groups=("hall",))
    await office.passes(9 * HOUR)
    assert office.told == [(9 * HOUR, 10 * HOUR, "bob")]


async def test_a_task_that_is_closed_reminds_nobody(office):
    await post(office.board, "sweep", due=DUE, remind=BOTH)
    await office.board.run_step(A, Drop(key="sweep"))
    assert await office.board.store.next_deadline() is None
    assert await office.passes(20 * HOUR) == 0
    assert office.told == []


async def test_a_task_that_is_due_at_another_moment_reminds_of_that_one(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    await post(office.board, "sweep", due=DUE + 5 * HOUR, remind=(HOUR,))
    assert await office.passes(9 * HOUR) == 0
    assert await office.passes(5 * HOUR) == 1
    assert office.told == [(14 * HOUR, 15 * HOUR, None)]


async def test_a_moment_that_was_given_is_not_given_again_when_the_task_comes_back_to_it(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    await office.passes(9 * HOUR)
    for due in (DUE + HOUR, DUE):
        await post(office.board, "sweep", due=due, remind=(HOUR,))
    assert await office.passes(timedelta(0)) == 0
    await office.board.run_step(A, Drop(key="sweep"))
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    assert await office.passes(timedelta(0)) == 1
    assert len(office.told) == 2


@pytest.mark.parametrize("moves", [False, True])
async def test_a_reminder_that_nobody_has_claimed_yet_is_taken_back_with_its_task(office, moves):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    office.clock.move(9 * 3600)
    assert await office.deadlines.fire() == 1
    assert len(await office.intents()) == 1
    if moves:
        await post(office.board, "sweep", due=DUE + HOUR, remind=(HOUR,))
    else:
        await office.board.run_step(A, Drop(key="sweep"))
    await office.worker.drain()
    assert (office.told, await office.intents(), await office.board.store.dead_letters()) == ([], [], ())


@pytest.mark.parametrize("end", [Cancel(), Close()])
async def test_an_instance_that_is_over_leaves_no_reminder_behind(office, end):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    office.clock.move(9 * 3600)
    await office.deadlines.fire()
    await office.board.run_step(A, end)
    await office.worker.drain()
    assert (office.told, await office.intents(), await office.board.store.dead_letters()) == ([], [], ())


async def test_a_paused_instance_reminds_after_its_resumption(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    await office.board.run_step(A, Pause())
    assert await office.passes(9 * HOUR) == 0
    refused = await office.board.run_step(A, ReminderDue(at=NOW + 9 * HOUR), wait=SWEEP.key)
    assert refused == Unasked(
        A, "expected a running instance for a reminder, got one that is paused; do give it after the resumption"
    )
    await office.board.run_step(A, Resume())
    assert await office.passes(timedelta(0)) == 1


async def test_a_reminder_that_cannot_be_told_is_a_dead_letter_and_is_redriven(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    office.broken = True
    office.clock.move(9 * 3600)
    await office.deadlines.fire()

    async def buried():
        return bool(await office.board.store.dead_letters())

    async with anyio.create_task_group() as group:
        group.start_soon(office.worker.run)
        await until(buried)
        group.cancel_scope.cancel()
    office.broken = False
    assert await office.board.store.redrive(now=office.clock.now()) == 1
    await office.worker.drain()
    assert len(office.told) == 1


async def test_a_reminder_is_a_line_of_the_journal_that_leaves_the_state_as_it_is(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    before = await office.board.load(A)
    await office.passes(9 * HOUR)
    entry, done = (await office.board.store.journal(A))[-2:]
    assert (entry.outcome, entry.event, entry.wait) == ("stepped", ReminderDue(at=NOW + 9 * HOUR), "sweep")
    assert (done.answers, done.revision) == (entry.intent_ids[0], entry.revision + 1)
    after = await office.board.load(A)
    assert (after.state, after.waits[0].since) == (before.state, before.waits[0].since)
    assert after.waits[0].reminded == (NOW + 9 * HOUR,)


async def test_a_reminder_that_is_not_due_is_not_given(office):
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    for at in (NOW + 9 * HOUR, NOW):
        result = await office.board.run_step(A, ReminderDue(at=at), wait=SWEEP.key)
        assert result.kind is ResultKind.UNASKED


async def test_without_a_handler_a_reminder_is_logged(chore_stores, caplog):
    office = Office(chore_stores(chores))
    worker = Worker(System(runtimes=[office.board], handlers=Handlers()), clock=office.clock)
    await post(office.board, "sweep", due=DUE, remind=(HOUR,))
    office.clock.move(9 * 3600)
    await office.deadlines.fire()
    await worker.drain()
    (record,) = [one for one in caplog.records if one.name == "telic.reminders"]
    assert record.getMessage() == (
        f"task sweep of a is due at {DUE.isoformat()}, and no handler tells anybody; do bind Remind.handled_by(...)"
    )
    assert await office.intents() == []


async def test_only_a_machine_with_tasks_and_a_durable_store_reminds(office):
    assert Remind in office.system.intents(office.board)
    assert isinstance(office.system.binding(Remind), Binding)
    bare = WorkflowRuntime(machine=chores, store=OnlyLists(chores))
    assert Remind not in System(runtimes=[bare], handlers=Handlers()).intents(bare)
    with pytest.raises(ConfigurationError, match="expected intents that a machine emits, got a handler for Remind"):
        System(runtimes=[bare], handlers=office.system.handlers)
