"""What can happen to a single actor: it crashes, its timer fires, it makes a choice.

Numbers: Stateright, src/actor/model.rs: crash_test, resets_timer, choose_random, overwrite_choose_random.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Deadline,
    Fact,
    FinalState,
    FrozenMap,
    FrozenSet,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)
from telic.verify import explore
from tests.verify.truths.models import PROVED, Variables

NO = Reject("not enabled")
Actor = Annotated[int, Field(ge=0, le=2)]


class Crash(Command):
    actor: Actor


class Recover(Command):
    actor: Actor


class Actors(Variables):
    crashed: FrozenSet[int] = FrozenSet()

    @transition
    def crash(self, event: Crash) -> tuple["Actors", NoIntent | Reject]:
        if self.crashed:
            return self, NO  # one at most
        return Actors(crashed=FrozenSet([event.actor])), NoIntent()

    @transition
    def recover(self, event: Recover) -> tuple["Actors", NoIntent | Reject]:
        if event.actor not in self.crashed:
            return self, NO
        return Actors(crashed=self.crashed.without(event.actor)), NoIntent()


class TimerKind(StrEnum):
    SET = "set"
    FIRED = "fired"


class Begin(Command): ...


class TimedOut(Fact): ...


class Fired(FinalState):
    kind: Literal[TimerKind.FIRED] = TimerKind.FIRED


class Set(State):
    kind: Literal[TimerKind.SET] = TimerKind.SET
    at: AwareDatetime = datetime(2030, 1, 1, tzinfo=UTC)

    @classmethod
    @start
    def begin(cls, _: Begin) -> tuple["Set", NoIntent]:
        return cls(), NoIntent()

    @transition
    def fire(self, _: TimedOut) -> tuple[Fired, NoIntent]:
        return Fired(), NoIntent()

    def waits(self) -> tuple[Deadline[TimedOut]]:
        return (Deadline(at=self.at, event=TimedOut()),)


class Number(StrEnum):
    ONE = "1"
    TWO = "2"
    THREE = "3"


class Chosen(Fact):
    number: Number


class Choose(Intent[Chosen]): ...


class Chooser(Variables):
    chosen: Number | None = None

    @classmethod
    @start
    def begin(cls, _: Begin) -> tuple["Chooser", Choose]:
        return cls(), Choose()

    @transition
    def choose(self, event: Chosen) -> tuple["Chooser", NoIntent]:
        return Chooser(chosen=event.number), NoIntent()


class Pick(Command):
    key: Annotated[int, Field(ge=1, le=2)]
    number: Number


class Keyed(Variables):
    open: FrozenMap[int, tuple[Number, ...]] = FrozenMap({1: (Number.ONE,), 2: (Number.TWO, Number.THREE)})
    chosen: tuple[Number, ...] = ()

    @transition
    def pick(self, event: Pick) -> tuple["Keyed", NoIntent | Reject]:
        if event.number not in self.open.get(event.key, ()):
            return self, NO
        left = self.open.without(event.key)
        if event.number is Number.ONE:
            left = left.put(2, (Number.THREE,))  # in place of what could be chosen there before, taken or not
        return Keyed(open=left, chosen=(*self.chosen, event.number)), NoIntent()


def test_one_of_three_actors_may_be_down():
    actors = Machine[Actors, Crash | Recover](name="actors", perpetual=True, starts=(Actors,))
    assert explore(actors, starts=[Actors()]).stats.worlds == 4


def test_a_timer_fires_once():
    report = explore(Machine[Set | Fired, Begin | TimedOut](name="timer"))
    assert (report.stats.worlds, report.stats.edges) == (2, 1)
    assert report.verdict is PROVED


def test_a_choice_has_a_world_for_each_outcome():
    assert explore(Machine[Chooser, Begin | Chosen](name="chooser", perpetual=True)).stats.worlds == 4


def test_a_choice_that_is_made_anew_is_open_again():
    keyed = Machine[Keyed, Pick](name="keyed", perpetual=True, starts=(Keyed,))
    report = explore(keyed, starts=[Keyed()])
    assert report.stats.worlds == 9
    assert {"".join(report.graph.shown(place).state.chosen) for place in range(9)} == {
        *("", "1", "2", "3", "13", "21", "31", "213", "313"),
    }
