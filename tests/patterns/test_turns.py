"""Turns: each once, one at a time, and after what it has to come after; explored in a visit to the vet."""

from enum import StrEnum
from itertools import permutations
from typing import Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    HumanTask,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)
from telic.patterns import AllDone, BadDefinition, DoneAlready, HeldAlready, NotAsked, NotYet, Refusal, Turns
from telic.testing import suite
from telic.verify import always, ended, eventually, explore, weak

Plain = Turns[str]
DOSE = {"dose": ["weigh"]}


def test_turns_of_nothing_or_of_one_twice_are_refused():
    for keys, problem in (
        ((), "expected at least one activity, got none; do go on without turns where there is nothing to do"),
        (("a", "b", "a"), "expected each once, got a twice; do name each once"),
    ):
        with pytest.raises(ValueError, match="^turns: ") as caught:
            Plain.of(*keys)
        assert str(caught.value) == f"turns: {problem}"
        assert Plain.over(keys) == BadDefinition(what="turns", problem=problem)
    with pytest.raises(ValidationError, match="expected each once, got a twice"):
        Plain(left=FrozenSet("a"), running="a")


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        ({"c": ["a"]}, "expected an order of a, b, got c; do name these"),
        ({"b": ["aa"]}, "expected an order of a, b, got aa (did you mean 'a'?); do name these"),
        ({"b": ["b"]}, "expected an order that can be kept, got b after b; do leave one of these out"),
        (
            {"b": ["a"], "a": ["b"]},
            "expected an order that can be kept, got b after a after b; do leave one of these out",
        ),
    ],
)
def test_an_order_that_cannot_be_kept_is_refused(after, problem):
    assert Plain.over("ab", after=after) == BadDefinition(what="turns", problem=problem)


def test_a_circle_is_named_without_what_leads_to_it():
    after = {"a": ["b"], "b": ["c"], "c": ["d", "b"], "d": []}
    assert Plain.over("abcd", after=after).problem.startswith(
        "expected an order that can be kept, got b after c after b;"
    )


def test_while_one_is_under_way_no_other_begins():
    weighing = Plain.of("weigh", "dose", after=DOSE).begin("weigh")
    assert (weighing.running, weighing.ready) == ("weigh", FrozenSet())
    assert Plain.of("a", "b").begin("a").ready == FrozenSet()
    assert [weighing.begin(one) for one in ("weigh", "dose", "x")] == [HeldAlready(holder="weigh")] * 3


def test_what_comes_after_others_has_to_wait_for_them():
    turns = Plain.of("weigh", "dose", after=DOSE)
    assert turns.ready == FrozenSet(("weigh",))
    assert turns.begin("dose") == NotYet(what="dose", missing=("weigh",))
    assert turns.begin("weigh").end().ready == FrozenSet(("dose",))


def test_what_is_done_or_not_there_does_not_begin():
    weighed = Plain.of("weigh", "dose", after=DOSE).begin("weigh").end()
    assert weighed.begin("weigh") == DoneAlready(what="weigh")
    assert weighed.begin("comb") == NotAsked(who="comb", asked=("dose",))


def test_nothing_ends_that_has_not_begun_and_the_last_end_is_told_apart():
    turns = Plain.of("weigh")
    assert turns.end() == NotAsked(who="", asked=("weigh",))
    assert turns.begin("weigh").end() == AllDone(Plain(left=FrozenSet(), done=FrozenSet(("weigh",))))


KEYS = "abcd"
orders = st.dictionaries(st.sampled_from(KEYS), st.sets(st.sampled_from(KEYS)))
moves = st.lists(st.sampled_from([*KEYS, "end"]))


@given(orders, moves)
def test_each_has_one_turn_alone_and_after_what_it_comes_after(after, came):
    turns = Plain.over(KEYS, after=after)
    if isinstance(turns, BadDefinition):
        assert not [order for order in permutations(KEYS) if kept(order, after)]
        return
    begun: list[str] = []
    for move in came:
        outcome = turns.end() if move == "end" else turns.begin(move)
        if isinstance(outcome, Refusal):
            continue
        begun += [move] if move != "end" else []
        turns = outcome.turns if isinstance(outcome, AllDone) else outcome
        assert isinstance(outcome, AllDone) == (len(turns.done) == len(KEYS))
        assert [*turns.done, *filter(None, [turns.running])] == [*sorted(turns.done), *begun[len(turns.done) :]]
    assert len({*begun}) == len(begun)
    assert all(begun.index(before) < begun.index(one) for one in begun for before in after.get(one, ()))


@given(orders)
def test_whatever_is_ready_can_begin_and_every_order_that_is_allowed_can_be_taken(after):
    turns = Plain.over(KEYS, after=after)
    allowed = [order for order in permutations(KEYS) if kept(order, after)]
    assert isinstance(turns, BadDefinition) == (not allowed)
    if isinstance(turns, Turns):
        assert sorted(taken(turns, ())) == allowed


def kept(order, after):
    return all(order.index(before) < order.index(one) for one in order for before in after.get(one, ()))


def taken(turns, so_far):
    """Every order in which the activities that are left can be taken."""
    for key in turns.ready:
        outcome = turns.begin(key).end()
        if isinstance(outcome, AllDone):
            yield (*so_far, key)
        else:
            yield from taken(outcome, (*so_far, key))


class VisitKind(StrEnum):
    CHOOSING = "choosing"
    TREATING = "treating"
    OVER = "over"


class Treatment(StrEnum):
    WEIGH = "weigh"
    GROOM = "groom"
    VACCINATE = "vaccinate"


class BringDog(Command): ...


class ChooseNext(Command):
    treatment: Treatment


class DogTreated(Fact): ...


class TreatDog(Intent[DogTreated]):
    treatment: Treatment


class Choosing(State):
    kind: Literal[VisitKind.CHOOSING] = VisitKind.CHOOSING
    turns: Turns[Treatment] = Turns[Treatment].of(*Treatment, after={Treatment.VACCINATE: [Treatment.WEIGH]})

    @classmethod
    @start
    def bring(cls, event: BringDog) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    def waits(self) -> tuple[HumanTask[ChooseNext]]:
        return (HumanTask(answer=ChooseNext),)

    @transition
    def choose(self, event: ChooseNext) -> tuple["Treating", TreatDog] | tuple[Self, Reject]:
        turns = self.turns.begin(event.treatment)
        if isinstance(turns, Refusal):
            return self, Reject(turns)
        return Treating(turns=turns), TreatDog(treatment=event.treatment)


class Treating(State):
    kind: Literal[VisitKind.TREATING] = VisitKind.TREATING
    turns: Turns[Treatment]

    @transition
    def finish(self, event: DogTreated) -> tuple[Choosing, NoIntent] | tuple["Over", NoIntent]:
        turns = self.turns.end()
        return (Over(), NoIntent()) if isinstance(turns, AllDone) else (Choosing(turns=turns), NoIntent())


class Over(FinalState):
    kind: Literal[VisitKind.OVER] = VisitKind.OVER


visit = Machine[Choosing | Treating | Over, BringDog | ChooseNext | DogTreated](name="visit")


def has_its_turn(world):
    """What is open is what has its turn."""
    running = None if ended(world) else world.state.turns.running
    return [one.treatment for one in world.open] == ([running] if running else [])


def can_go_on(world):
    """Something may begin wherever a choice is asked for."""
    return not isinstance(world.state, Choosing) or bool(world.state.turns.ready)


TestVisit = suite(
    visit,
    check=[
        always("one at a time, and that one", has_its_turn),
        always("there is a choice", can_go_on),
        eventually("it is over, if somebody chooses", ended, fair=weak(ChooseNext)),
    ],
    worlds=13,
)
ORDERS = [order for order in permutations(Treatment) if order.index(Treatment.WEIGH) < order.index(Treatment.VACCINATE)]


def test_a_visit_has_a_world_for_each_way_to_stand_and_no_other():
    choosing = {frozenset(order[:number]) for order in ORDERS for number in range(len(Treatment))}
    treating = {(frozenset(order[:number]), order[number]) for order in ORDERS for number in range(len(Treatment))}
    assert explore(visit).stats.worlds == len(choosing) + len(treating) + 1
