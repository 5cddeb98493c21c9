"""What other systems are known to get wrong about people's tasks, each held to be right here."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

import pytest
from pydantic import AwareDatetime

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    Handlers,
    HumanTask,
    Machine,
    NoIntent,
    State,
    System,
    Worker,
    WorkflowRuntime,
    start,
    transition,
)  # fmt: skip
from telic.kernel.reminders import Remind
from telic.kernel.results import Invalid, ResultKind
from telic.kernel.values import WaitKey
from telic.shell.deadlines import Deadlines
from telic.shell.task_results import NotEntitled, NotOpen, TaskRef
from telic.shell.tasks import Inbox
from telic.shell.timing import Timing
from telic.stores.sqlite import SqliteDatabase
from tests.services import postgres_url
from tests.shell.chores import chores
from tests.shell.places import PLACES, store_in
from tests.shell.test_tasks import SWEEP, A, post
from tests.shell.till import NOW, HandClock

DAY = timedelta(days=1)


class Kind(StrEnum):
    OPEN = "open"
    ESCALATED = "escalated"
    ANSWERED = "answered"


class Ask(Command): ...


class Answer(Command):
    text: str


class Overdue(Fact): ...


class Answered(FinalState):
    kind: Literal[Kind.ANSWERED] = Kind.ANSWERED
    text: str
    by: str


class Asking(State):
    due: AwareDatetime

    @transition
    def answer(self, event: Answer, ctx: Context) -> tuple[Answered, NoIntent]:
        return Answered(text=event.text, by=ctx.actor), NoIntent()


class Open(Asking):
    kind: Literal[Kind.OPEN] = Kind.OPEN

    @classmethod
    @start
    def ask(cls, event: Ask, ctx: Context) -> tuple["Open", NoIntent]:
        return cls(due=ctx.now + DAY), NoIntent()

    @transition
    def escalate(self, event: Overdue) -> tuple["Escalated", NoIntent]:
        return Escalated(due=self.due), NoIntent()

    def waits(self) -> tuple[HumanTask[Answer], Deadline[Overdue]]:
        task = HumanTask(answer=Answer, key="answer", assignee="ann", due=self.due)
        return task, Deadline(at=self.due, event=Overdue())


class Escalated(Asking):
    kind: Literal[Kind.ESCALATED] = Kind.ESCALATED

    def waits(self) -> tuple[HumanTask[Answer]]:
        return (HumanTask(answer=Answer, key="to-boss", assignee="boss", due=self.due),)


letters = Machine[Open | Escalated | Answered, Ask | Answer | Overdue](name="letters")


@pytest.fixture(params=PLACES)
def place(request):
    return request.param, postgres_url() if request.param == "postgres" else ""


@pytest.fixture
async def office(place, tmp_path, anyio_backend_name):
    async with store_in(place[0], letters, tmp_path, place[1], anyio_backend_name) as store:
        yield WorkflowRuntime(machine=letters, store=store, clock=HandClock())


async def test_an_overdue_task_is_escalated_by_its_deadline_and_asked_of_another(office):
    system = System(runtimes=[office], handlers=Handlers())
    inbox, first = Inbox(system), TaskRef("letters", A, WaitKey("answer"))
    await office.run_step(A, Ask())
    await inbox.claim(first, actor="ann")
    office.clock.move(DAY.total_seconds())
    assert (await inbox.task(first)).overdue
    assert await Deadlines(system, Timing(office.clock)).fire() == 1
    assert await inbox.complete(first, {"text": "late"}, actor="ann") == NotOpen(first)
    (task,) = (await inbox.tasks(assignee="boss")).items
    assert isinstance(await inbox.complete(task, {"text": "x"}, actor="ann"), NotEntitled)
    done = await inbox.complete(task, {"text": "yes"}, actor="boss")
    assert done.state == Answered(text="yes", by="boss")


async def test_who_has_answered_comes_from_the_caller_and_not_from_the_form(office):
    inbox = Inbox(System(runtimes=[office], handlers=Handlers()))
    await office.run_step(A, Ask())
    ref = TaskRef("letters", A, WaitKey("answer"))
    for forged in ({"actor": "boss"}, {"completed_by": "boss"}, {"by": "boss"}):
        refused = await inbox.complete(ref, {"text": "yes"} | forged, actor="ann")
        assert isinstance(refused, Invalid)
        assert await inbox.task(ref) is not None
    done = await inbox.complete(ref, {"text": "yes"}, actor="ann")
    assert (done.state.by, done.record.actor) == ("ann", "ann")


async def test_what_a_form_says_beyond_its_fields_is_told_and_not_dropped(office):
    inbox = Inbox(System(runtimes=[office], handlers=Handlers()))
    await office.run_step(A, Ask())
    refused = await inbox.complete(TaskRef("letters", A, WaitKey("answer")), {"text": "yes", "tex": 1}, actor="ann")
    assert refused.errors == ("Answer.tex: Extra inputs are not permitted, got 1",)


async def test_what_was_filled_in_is_there_after_a_restart(tmp_path):
    for begin in (True, False):
        async with SqliteDatabase(tmp_path / "chores.db") as database:
            board = WorkflowRuntime(machine=chores, store=database.store(chores), clock=HandClock())
            inbox = Inbox(System(runtimes=[board], handlers=Handlers()))
            if begin:
                await post(board, "sweep")
                await inbox.claim(SWEEP, actor="ann")
                await inbox.draft(await inbox.task(SWEEP), {"note": "half"}, actor="ann")
                continue
            task = await inbox.task(SWEEP)
            assert (task.claimant, task.draft) == ("ann", {"note": "half"})
            assert (await inbox.complete(task, {"note": "clean"}, actor="ann")).kind is ResultKind.STEPPED
            assert (await board.load(A)).state.done == ("sweep by ann: clean",)
            assert (await board.store.journal(A))[-1].event.note == "clean"


async def test_a_reminder_survives_a_restart(tmp_path):
    told = []

    async def notify(remind, call):
        told.append(remind.task)

    clock = HandClock()
    for begin in (True, False):
        async with SqliteDatabase(tmp_path / "chores.db") as database:
            board = WorkflowRuntime(machine=chores, store=database.store(chores), clock=clock)
            if begin:
                await post(board, "sweep", due=NOW + DAY, remind=(timedelta(hours=1),))
                continue
            clock.move(3 * DAY.total_seconds())
            system = System(runtimes=[board], handlers=Handlers(Remind.handled_by(notify)))
            await Deadlines(system, Timing(clock)).fire()
            await Worker(system, clock=clock).drain()
    assert told == ["sweep"]
