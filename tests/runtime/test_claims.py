"""Claims, and what becomes of a claimed intent that is not answered: plain values."""

import pytest

from telic.kernel.orders import FailureCause
from telic.runtime.claims import Claim, IntentState, buried, given_up, left_for_later, released, retried
from tests.kernel import machines as m
from tests.kernel.machines import HOUR, ID, NOW, OPENED, walk

CLAIM = Claim(ID, walk(m.Open()).open[OPENED], attempt=3, crashes=1, epoch=3, until=NOW)


def test_a_claim_is_named_by_the_key_and_counts_crashes_apart():
    assert (CLAIM.id, CLAIM.failures) == (OPENED, 2)


@pytest.mark.parametrize(
    ("settlement", "state", "due", "counts"),
    [
        (retried(CLAIM, NOW + HOUR, "no"), IntentState.READY, NOW + HOUR, True),
        (released(CLAIM, NOW + HOUR, "no"), IntentState.READY, NOW + HOUR, False),
        (left_for_later(CLAIM, NOW + HOUR), IntentState.LATER, NOW + HOUR, True),
        (left_for_later(CLAIM, None), IntentState.LATER, None, True),
        (buried(CLAIM, "no"), IntentState.DEAD, None, True),
    ],
)
def test_what_stays_open_is_due_in_a_state(settlement, state, due, counts):
    assert (settlement.claim, settlement.state, settlement.due, settlement.counts) == (CLAIM, state, due, counts)
    assert settlement.cause is None


def test_a_failure_that_is_still_to_be_delivered_stays_with_the_claimant_or_is_for_anybody():
    mine = given_up(CLAIM, FailureCause.EXHAUSTED, "no")
    assert (mine.state, mine.due, mine.cause, mine.problem) == (IntentState.LEASED, NOW, FailureCause.EXHAUSTED, "no")
    anybodys = given_up(CLAIM, FailureCause.EXHAUSTED, "no", due=NOW + HOUR)
    assert (anybodys.state, anybodys.due) == (IntentState.READY, NOW + HOUR)


def test_a_dead_letter_may_know_why_it_was_given_up():
    assert buried(CLAIM, "no", FailureCause.REFUSED).cause is FailureCause.REFUSED


def test_the_states_that_become_due_come_first():
    assert list(IntentState)[:3] == [IntentState.READY, IntentState.LEASED, IntentState.LATER]
