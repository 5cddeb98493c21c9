"""One line plays a whole machine; what is broken is found, what is right stays green."""

import dataclasses
from contextlib import asynccontextmanager
from enum import StrEnum
from itertools import count
from typing import Annotated, Literal

import pytest
from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from pydantic import Field, PlainSerializer

from examples.signup.machine import SignupEvent, SignupState, SignupVerified, signup
from telic import (
    Command,
    Fact,
    FinalState,
    FrozenMap,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    State,
    TypedId,
    WorkflowRuntime,
    start,
    transition,
)
from telic.kernel.errors import BrokenClaim, JournalDiverged
from telic.stores.memory import MemoryStore
from telic.testing.playing import stateful
from tests.kernel.machines import Open, Poke, shop
from tests.small_order.machine import order

quick = settings(max_examples=25, stateful_step_count=20)
found = settings(quick, max_examples=60, phases=[Phase.generate], database=None, report_multiple_bugs=False)


@asynccontextmanager
async def in_memory():
    yield WorkflowRuntime(machine=signup, store=MemoryStore(signup))


TestOrder = stateful(order, settings=quick).TestCase
TestSignup = stateful(signup, settings=quick).TestCase
TestOrderInMemory = stateful(
    order,
    runtime=lambda: WorkflowRuntime(machine=order, store=MemoryStore(order)),
    settings=settings(quick, max_examples=5),
).TestCase
TestSignupInABlock = stateful(signup, runtime=in_memory, settings=settings(quick, max_examples=5)).TestCase
POKES = {Poke: st.builds(Poke, how=st.sampled_from(["", "mail", "both", "hush"]))}
TestShop = stateful(shop, domain={**POKES, Open: st.builds(Open, parts=st.integers(-1, 2))}, settings=quick).TestCase


def play(machine, **how):
    stateful(machine, settings=found, **how).TestCase("runTest").runTest()


def told(error):
    return "\n".join((str(error), *getattr(error, "__notes__", ())))


# A small machine, to be broken.


class Kind(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Left(TypedId): ...


Shrinking = Annotated[int, PlainSerializer(lambda number: number - 1)]


class Begin(Command): ...


class Count(Command):
    by: int = 1


class Close(Command): ...


class Done(Fact): ...


class Do(Intent[Done]): ...


CALLS = count()


def machine_of(count_by, *, claims=(), extra=int, start_value=0):
    """A machine that counts, closes, and is as broken as it is asked to be."""

    class Opened(State):
        kind: Literal[Kind.OPEN] = Kind.OPEN
        number: int = 0
        it: extra = start_value

        @classmethod
        @start
        def begin(cls, event: Begin) -> tuple["Opened", Do]:
            return cls(), Do()

        @transition
        def add(self, event: Count) -> tuple["Opened", NoIntent]:
            return self.evolve(number=count_by(self.number, event.by)), NoIntent()

        @transition
        def done(self, event: Done) -> tuple["Opened", NoIntent]:
            return self, NoIntent()

        @transition
        def close(self, event: Close) -> tuple["Closed", NoIntent]:
            return Closed(), NoIntent()

    class Closed(FinalState):
        kind: Literal[Kind.CLOSED] = Kind.CLOSED
        settles = claims
        ignores = (Ignores(Done, why="closed"),)

    union = Annotated[Opened | Closed, Field(discriminator="kind")]
    return Machine[union, Begin | Count | Close | Done](name="counter")


def test_the_small_machine_is_right_by_itself():
    play(machine_of(lambda number, by: number + by))


def test_an_exception_in_a_transition_is_found_and_told_with_its_story():
    def fails_beyond(number, by):
        if number > 2:
            raise ZeroDivisionError("too far")
        return number + 1

    with pytest.raises(ZeroDivisionError) as caught:
        play(machine_of(fails_beyond))
    assert "the story of counter-1:\n  1. Begin() -> Started, Opened; opens Do()" in told(caught.value)


class Fetched(Fact):
    of: Left


class Fetch(Intent[Fetched]):
    of: Left


class Fetching(State):
    """Forgets what was given up, and then takes it for granted that it is there."""

    kind: Literal[Kind.OPEN] = Kind.OPEN
    wanted: FrozenMap[Left, bool]

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple["Fetching", Fetch]:
        return cls(wanted=FrozenMap({Left("it"): False})), Fetch(of=Left("it"))

    @transition
    def fetched(self, event: Fetched) -> tuple["Fetching", NoIntent]:
        assert not self.wanted[event.of]
        return self.evolve(wanted=self.wanted.put(event.of, value=True)), NoIntent()

    @transition
    def gave_up(self, event: IntentFailed[Fetch]) -> tuple["Fetching", NoIntent]:
        return self.evolve(wanted=self.wanted.without(event.intent.of)), NoIntent()


def test_a_success_after_a_failure_that_was_taken_is_tried():
    with pytest.raises(KeyError) as caught:
        play(Machine[Fetching, Begin | Fetched](name="fetching", perpetual=True))
    assert "IntentFailed[Fetch](" in told(caught.value)


def test_a_false_claim_is_found():
    with pytest.raises(BrokenClaim):
        play(machine_of(lambda number, by: number + by, claims=(Do,)))


def test_a_transition_that_is_not_pure_is_found_by_its_journal():
    with pytest.raises(JournalDiverged):
        play(machine_of(lambda number, by: next(CALLS)))


def test_a_value_that_does_not_come_back_from_its_bytes_is_found():
    with pytest.raises(AssertionError, match="expected a snapshot to come back from its bytes as it was: state"):
        play(machine_of(lambda number, by: number, extra=Shrinking, start_value=7))


def test_a_predicate_that_does_not_hold_is_named():
    def small(snapshot):
        return getattr(snapshot.state, "number", 0) < 3

    with pytest.raises(AssertionError, match=r"expected small to hold always, got Opened\("):
        play(machine_of(lambda number, by: number + 1), always=[small])


def test_a_lost_answer_is_found():
    # A machine refuses to be built so; it comes to be with instances that older code has left behind.
    older = Machine[SignupState, SignupEvent](name="signup")
    older.infos[SignupVerified] = dataclasses.replace(older.infos[SignupVerified], ignored={})
    with pytest.raises(AssertionError) as caught:
        play(older)
    assert "got nothing that takes it: a lost answer; do handle it there" in told(caught.value)


class Forgetful(MemoryStore):
    """Loses the open intents of what it is given."""

    async def save(self, commit):
        await super().save(commit._replace(after=commit.after._replace(open={})))


def test_a_store_that_loses_something_is_found():
    with pytest.raises(AssertionError, match="expected what was saved to be loaded: open: expected"):
        play(order, runtime=lambda: WorkflowRuntime(machine=order, store=Forgetful(order)))


def test_every_transition_of_the_order_is_reached_in_few_runs():
    reached = set()
    made = stateful(order, settings=quick)

    class Counted(made):
        def teardown(self):
            reached.update(self.taken)
            super().teardown()

    Counted.TestCase.settings = settings(found, max_examples=100, stateful_step_count=25)
    Counted.TestCase("runTest").runTest()
    assert reached == {row for info in order.infos.values() for row in info.rows.values()}


def test_two_plays_of_one_seed_are_the_same():
    def stories():
        told = []

        class Told(stateful(order, settings=quick)):
            def teardown(self):
                told.append(tuple(self.story))
                super().teardown()

        Told.TestCase.settings = settings(quick, max_examples=10, database=None, derandomize=False)
        seed(7)(Told)
        Told.TestCase("runTest").runTest()
        return told

    assert stories() == stories()


def test_one_line_gives_a_class_with_the_name_of_the_machine():
    made = stateful(signup)
    assert made.__name__ == "SignupTest"
    assert made.TestCase.settings.max_examples == settings().max_examples
