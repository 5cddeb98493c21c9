"""What is owed is followed under its changing looks: fresh names and instants change from world to world."""

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
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    Value,
    start,
    transition,
)
from telic.verify import Verdict, ended, eventually, explore
from telic.verify.threads import Thread, Threads
from tests.verify.replaying import replayed

DAY = timedelta(days=1)


class K(StrEnum):
    GOING = "going"
    END = "end"


class JobId(TypedId): ...


class Begin(Command): ...


class Done(Fact):
    job: JobId


class Job(Intent[Done]):
    job: JobId
    made_at: AwareDatetime


class End(FinalState):
    kind: Literal[K.END] = K.END
    ignores = (Ignores(Done, why="it is over"),)


def new(ctx, label):
    return JobId(str(ctx.uuid(label)))


class Queue(State):
    """Goes on for as long as the job at one place is done first; each one done makes way for a new one."""

    kind: Literal[K.GOING] = K.GOING
    jobs: tuple[JobId, ...]

    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Queue", Many[Job]]:
        jobs = tuple(new(ctx, label) for label in "abc")
        return cls(jobs=jobs), Many.of(Job(job=job, made_at=ctx.now) for job in jobs)

    @transition
    def done(self, event: Done, ctx: Context) -> tuple["Queue", Many[Job]] | tuple[End, NoIntent]:
        if event.job != self.jobs[0]:
            return End(), NoIntent()
        job = new(ctx, "next")
        return Queue(jobs=(*self.jobs[1:], job)), Many.of([Job(job=job, made_at=ctx.now)])


class Stack(Queue):
    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Stack", Many[Job]]:
        jobs = tuple(new(ctx, label) for label in "abc")
        return cls(jobs=jobs), Many.of(Job(job=job, made_at=ctx.now) for job in jobs)

    @transition
    def done(self, event: Done, ctx: Context) -> tuple["Stack", Many[Job]] | tuple[End, NoIntent]:
        if event.job != self.jobs[-1]:
            return End(), NoIntent()
        job = new(ctx, "next")
        return Stack(jobs=(*self.jobs[:-1], job)), Many.of([Job(job=job, made_at=ctx.now)])


class Ring(Queue):
    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Ring", Many[Job]]:
        jobs = tuple(new(ctx, label) for label in "abc")
        return cls(jobs=jobs), Many.of(Job(job=job, made_at=ctx.now) for job in jobs)

    @transition
    def done(self, event: Done, ctx: Context) -> tuple["Ring", Many[Job]]:
        job = new(ctx, "next")
        others = (one for one in self.jobs if one != event.job)
        return Ring(jobs=(*others, job)), Many.of([Job(job=job, made_at=ctx.now)])


class Mailed(Fact):
    mail: JobId


class Mail(Intent[Mailed]):
    mail: JobId = JobId("mail")
    sent_at: AwareDatetime


class Ticked(Fact): ...


class Over(FinalState):
    kind: Literal[K.END] = K.END
    ignores = (Ignores(Mailed, why="it is over"),)


class Daily(State):
    """Sends a mail each day; goes on for as long as each takes a day."""

    kind: Literal[K.GOING] = K.GOING
    next_at: AwareDatetime
    under_way: int = 0

    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Daily", NoIntent]:
        return cls(next_at=ctx.now + DAY), NoIntent()

    @transition
    def tick(self, _: Ticked, ctx: Context) -> tuple["Daily", Mail] | tuple[Over, NoIntent]:
        if self.under_way == 2:
            return Over(), NoIntent()
        return Daily(next_at=ctx.now + DAY, under_way=self.under_way + 1), Mail(sent_at=ctx.now)

    @transition
    def mailed(self, _: Mailed, ctx: Context) -> tuple["Daily", NoIntent] | tuple[Over, NoIntent]:
        if self.is_wrong(ctx.now - ctx.answers.sent_at):
            return Over(), NoIntent()
        return self.evolve(under_way=self.under_way - 1), NoIntent()

    def is_wrong(self, age: timedelta) -> bool:
        return age < DAY

    def waits(self) -> tuple[Deadline[Ticked]]:
        return (Deadline(at=self.next_at, event=Ticked()),)


class Passed(FinalState):
    kind: Literal[K.END] = K.END


class Lapsed(Fact):
    job: JobId


class Slot(Value):
    job: JobId
    at: AwareDatetime


class Calendar(State):
    """Goes on for as long as the first deadline fires first."""

    kind: Literal[K.GOING] = K.GOING
    slots: tuple[Slot, ...]

    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Calendar", NoIntent]:
        first, second = Slot(job=new(ctx, "a"), at=ctx.now + DAY), Slot(job=new(ctx, "b"), at=ctx.now + 2 * DAY)
        return cls(slots=(first, second)), NoIntent()

    @transition
    def lapse(self, event: Lapsed, ctx: Context) -> tuple["Calendar", NoIntent] | tuple[Passed, NoIntent]:
        first, second = self.slots
        if event.job != first.job:
            return Passed(), NoIntent()
        return Calendar(slots=(second, Slot(job=new(ctx, "c"), at=second.at + DAY))), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed], ...]:
        return tuple(Deadline(at=one.at, event=Lapsed(job=one.job), key=str(one.job)) for one in self.slots)


queue = Machine[Queue | End, Begin | Done](name="queue")
stack = Machine[Stack | End, Begin | Done](name="stack")
daily = Machine[Daily | Over, Begin | Mailed | Ticked](name="daily")
ring = Machine[Ring, Begin | Done](name="ring", perpetual=True)
calendar = Machine[Calendar | Passed, Begin | Lapsed](name="calendar")


def asked(machine):
    report = explore(machine, check=[eventually("ends", ended)])
    check = report.check("ends")
    if check.verdict is Verdict.REFUTED:
        replayed(report, check.trace)
    return check


def test_jobs_that_are_done_in_turn_are_all_done_though_the_last_one_looks_the_same_for_ever():
    check = asked(queue)
    assert check.verdict is Verdict.REFUTED
    assert len(check.trace.cycle) == 3, "all that is owed at first is done in one round"


def test_a_job_that_others_go_before_for_ever_is_not_done():
    assert asked(stack).verdict is Verdict.PROVED


def test_an_intent_that_ages_is_the_same_intent():
    check = asked(daily)
    assert check.verdict is Verdict.REFUTED
    assert [type(step.move.event) for step in check.trace.cycle] == [Ticked, Mailed]


def test_a_deadline_under_a_fresh_name_is_the_same_deadline():
    check = asked(calendar)
    assert check.verdict is Verdict.REFUTED
    assert len(check.trace.cycle) == 2


def test_what_one_of_several_instances_owes_is_followed_too():
    def queue_ended(world):
        return ended(world.others["queue"])

    check = [eventually("ends", queue_ended)]
    assert explore(queue, calendar, check=check).check("ends").verdict is Verdict.REFUTED
    assert explore(stack, calendar, check=[eventually("ends", ended)]).check("ends").verdict is Verdict.PROVED
    both = explore(stack, calendar, check=[eventually("ends", lambda world: ended(world.others["calendar"]))])
    assert both.check("ends").verdict is Verdict.REFUTED


@pytest.fixture(scope="module")
def found():
    graph = explore(queue).graph
    going = next(place for place in range(len(graph.worlds)) if not ended(graph.shown(place)))
    loop = next(label for label, target in graph.steps(going) if target == going)
    return graph, Threads(graph), going, loop


def test_each_open_intent_is_owed(found):
    graph, threads, going, _ = found
    assert len(threads.owed(going)) == len(graph.shown(going).open) == 3


def test_a_thread_is_followed_to_its_new_look_until_it_is_done(found):
    _, threads, going, loop = found
    ways = {one: threads.after(one, going, loop, going) for one in threads.owed(going)}
    assert sum(after is None for after in ways.values()) == 1
    assert all(after != one for one, after in ways.items())
    assert len(threads.left(threads.owed(going), going, [(loop, going)] * 2)) == 1
    assert threads.left(threads.owed(going), going, [(loop, going)] * 3) == set()


def test_each_step_gives_names_of_its_own():
    graph = explore(ring).graph
    assert len(graph.worlds) == 1
    threads = Threads(graph)
    first, second, third = sorted(threads.owed(0), key=repr)
    loops = {threads._done_by(label): label for label, _ in graph.steps(0)}
    after = {done: [threads.after(one, 0, loops[done], 0) for one in (first, second, third)] for done in loops}
    assert after == {first: [None, first, second], second: [first, None, second], third: [first, second, None]}


def test_a_way_to_what_is_owed_is_a_shortest_one(found):
    _, threads, going, _ = found
    lengths = sorted(len(threads.way_to_done({going}, going, one)) for one in threads.owed(going))
    assert lengths == [1, 2, 3]


def test_a_way_to_what_is_not_owed_is_refused(found):
    _, threads, going, _ = found
    with pytest.raises(AssertionError, match="expected a way on which"):
        threads.way_to_done(set(), going, Thread("", "nothing"))


def test_worlds_in_which_something_stays_owed_are_doomed(found):
    graph, threads, going, _ = found
    assert threads.doomed({going}) == set()
    assert threads.doomed(set(range(len(graph.worlds)))) == set()
    other = explore(stack).graph
    here = next(place for place in range(len(other.worlds)) if not ended(other.shown(place)))
    assert Threads(other).doomed({here}) == {here}
