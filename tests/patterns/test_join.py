"""Joins: what counts as enough, what is refused, and what holds of any run of answers."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic import Fact, FrozenMap, FrozenSet, Intent, Many, TypedId, Withdraw
from telic.patterns import AnsweredAlready, BadDefinition, Join, Joined, NotAsked, NotGrowing, Unjoinable


class BoxId(TypedId): ...


class Weighed(Fact):
    box: BoxId


class Weigh(Intent[Weighed]):
    box: BoxId


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


A, B, C = map(BoxId, "abc")
Boxes = Join[BoxId, int]
NOTHING = "expected at least one key, got none; do go on without a join where there is nothing to wait for"


def weigh(box: BoxId) -> Weigh:
    return Weigh(box=box)


def kept(outcome):
    """The join inside of whatever a call returned."""
    return outcome if isinstance(outcome, Join) else outcome.join


# --- what can be begun ------------------------------------------------------------------------


def test_keys_in_the_code_are_checked_where_the_join_is_made():
    for keys, need, problem in (
        ((), None, NOTHING),
        ((A, B, A), None, "expected each key once, got a twice; do name each once"),
        ((A, B), 3, "expected a need from 0 to 2, got 3; do ask for as many as there are keys"),
        ((A, B), -1, "expected a need from 0 to 2, got -1; do ask for as many as there are keys"),
    ):
        with pytest.raises(ValueError, match="^join: ") as caught:
            Boxes.of(*keys, need=need)
        assert str(caught.value) == f"join: {problem}"
        assert Boxes.over(keys, need) == BadDefinition(what="join", problem=problem)


def test_a_join_that_cannot_be_is_no_value_either():
    with pytest.raises(ValidationError, match="expected a need from 0 to 1, got 2"):
        Boxes(waiting=FrozenSet([A]), need=2)
    with pytest.raises(ValidationError, match="expected each key once, got a twice"):
        Boxes(waiting=FrozenSet([A]), failed=FrozenSet([A]))


def test_the_keys_may_be_those_of_an_enum():
    both = Join[Side, bool].of(*Side)
    assert both.waiting == FrozenSet(Side)


# --- what is enough ---------------------------------------------------------------------------


def test_all_are_needed_unless_said():
    one = Boxes.of(A, B).answered(B, 2)
    assert (kept(one).done, kept(one).settled) == (False, False)
    done = kept(one).answered(A, 1)
    assert done == Joined(Boxes(waiting=FrozenSet(), results=FrozenMap({A: 1, B: 2})))
    assert (done.results, done.rest) == (FrozenMap({A: 1, B: 2}), FrozenSet())


def test_some_may_be_enough_and_the_rest_is_named():
    done = kept(Boxes.of(A, B, C, need=2).answered(A, 1)).answered(C, 3)
    assert isinstance(done, Joined)
    assert done.rest == FrozenSet([B])


def test_a_join_is_reached_once_and_goes_on_until_nobody_is_waited_for():
    done = Boxes.of(A, B, need=1).answered(A, 1)
    later = done.join.answered(B, 2)
    assert isinstance(done, Joined)
    assert isinstance(later, Join)
    assert (done.join.settled, later.settled) == (False, True)


def test_a_failure_that_leaves_enough_changes_nothing_else():
    after = Boxes.of(A, B, need=1).gave_up(A)
    assert after == Boxes(waiting=FrozenSet([B]), failed=FrozenSet([A]), need=1)


def test_a_join_that_cannot_be_reached_any_more_is_told_once():
    lost = Boxes.of(A, B, C, need=2).gave_up(A)
    lost = kept(lost).gave_up(B)
    assert lost == Unjoinable(Boxes(waiting=FrozenSet([C]), failed=FrozenSet([A, B]), need=2))
    assert (lost.failed, lost.rest) == (FrozenSet([A, B]), FrozenSet([C]))
    assert isinstance(lost.join.gave_up(C), Join)
    assert isinstance(Boxes.of(A, B).gave_up(A), Unjoinable)


def test_nothing_is_needed_where_each_is_only_to_be_heard():
    assert isinstance(kept(Boxes.of(A, B, need=0).gave_up(A)).answered(B, 1), Joined)
    assert isinstance(kept(Boxes.of(A, B, need=0).gave_up(A)).gave_up(B), Joined)


# --- what is refused --------------------------------------------------------------------------


def test_an_answer_for_a_key_that_is_not_there_changes_nothing():
    join = Boxes.of(A, B)
    assert join.answered(C, 1) == NotAsked(who="c", asked=("a", "b"))
    assert join.gave_up(C) == NotAsked(who="c", asked=("a", "b"))


def test_a_key_answers_once():
    one, other = kept(Boxes.of(A, B, need=1).answered(A, 1)), kept(Boxes.of(A, B, need=1).gave_up(A))
    assert [one.answered(A, 2), one.gave_up(A), other.answered(A, 2)] == [AnsweredAlready(who="a")] * 3


# --- any number, growing, changing ------------------------------------------------------------


def test_keys_may_join_in_until_it_is_closed():
    open_ = Boxes.over([], growing=True)
    grown = open_.grow(A, B)
    assert grown.waiting == FrozenSet([A, B])
    assert grown.grow(A) == BadDefinition(what="join", problem="expected each key once, got a twice; do name each once")
    assert Boxes.over([A], 3, growing=True).grow(B).waiting == FrozenSet([A, B])
    both = kept(kept(grown.answered(A, 1)).answered(B, 2))
    assert (both.done, both.settled) == (False, True)
    assert isinstance(both.close(), Joined)
    assert [both.close().join.grow(C), both.close().join.close()] == [NotGrowing()] * 2


def test_a_join_over_nothing_cannot_be_closed():
    assert Boxes.over([], growing=True).close() == BadDefinition(what="join", problem=NOTHING)


def test_closing_may_leave_too_few():
    few = Boxes.over([A], 2, growing=True)
    assert few.close() == Unjoinable(few)
    half = kept(Boxes.over([A, B], 2, growing=True).gave_up(A))
    assert half.close() == Unjoinable(half.evolve(growing=False))
    answered = kept(Boxes.over([A, B], 2, growing=True).answered(A, 1))
    assert answered.close() == answered.evolve(growing=False)
    assert isinstance(Boxes.over([A], growing=True).close(), Join)
    assert Boxes.over([A, B], 2, growing=True).close() == Boxes.of(A, B, need=2)


def test_how_many_are_needed_may_change():
    one = kept(Boxes.of(A, B, C).answered(A, 1))
    assert isinstance(one.needing(1), Joined)
    assert one.needing(2) == one.evolve(need=2)
    assert one.needing(4) == BadDefinition(
        what="join", problem="expected a need from 0 to 3, got 4; do ask for as many as there are keys"
    )
    assert isinstance(kept(Boxes.of(A, B, C, need=1).gave_up(A)).needing(3), Unjoinable)


# --- what is asked ----------------------------------------------------------------------------


def test_each_key_that_is_waited_for_is_asked_or_called_off():
    rest = kept(Boxes.of(A, B, C).answered(B, 1))
    assert rest.fan_out(weigh) == Many.of([Weigh(box=A), Weigh(box=C)])
    assert rest.fan_out(weigh, [C]) == Many.of([Weigh(box=C)])
    assert rest.withdraw(weigh) == Withdraw(each=[Weigh(box=A), Weigh(box=C)])


# --- laws -------------------------------------------------------------------------------------

answers = st.lists(st.tuples(st.sampled_from([A, B, C, BoxId("z")]), st.booleans()), max_size=8)
needs = st.one_of(st.none(), st.integers(0, 3))


def run(join, came):
    """The join after these answers, and what was told on the way."""
    told = []
    for key, succeeds in came:
        outcome = join.answered(key, 1) if succeeds else join.gave_up(key)
        if isinstance(outcome, (Joined, Unjoinable)):
            told.append(type(outcome))
        if isinstance(outcome, (Join, Joined, Unjoinable)):
            join = kept(outcome)
    return join, told


@given(needs, answers)
def test_each_key_is_in_one_place_and_none_is_lost(need, came):
    join, _ = run(Boxes.of(A, B, C, need=need), came)
    assert sorted([*join.waiting, *join.results, *join.failed]) == [A, B, C]


@given(needs, answers)
def test_it_is_told_at_most_once_and_exactly_when_it_holds(need, came):
    join, told = run(Boxes.of(A, B, C, need=need), came)
    assert len(told) <= 1
    assert (Joined in told, Unjoinable in told) == (join.done, join.hopeless)


@given(needs, answers)
def test_once_all_have_answered_it_is_decided(need, came):
    everybody = [*came, *((key, True) for key in (A, B, C))]
    join, told = run(Boxes.of(A, B, C, need=need), everybody)
    assert join.settled
    assert len(told) == 1


@given(needs, answers, st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_nothing_in_the_end(need, came, chance):
    first = dict(reversed(came))  # of each key the first answer, whatever the order
    shuffled = list(first.items())
    chance.shuffle(shuffled)
    assert run(Boxes.of(A, B, C, need=need), first.items()) == run(Boxes.of(A, B, C, need=need), shuffled)
