"""What passes between a store and a worker: claims, and what becomes of what is not answered."""

from datetime import UTC, datetime, timedelta

from telic import IntentId, WorkflowId
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import OpenIntent
from telic.runtime.claims import (
    Claim,
    DeadLetter,
    DueDeadline,
    IntentState,
    Settlement,
    Swept,
    buried,
    given_up,
    left_for_later,
    released,
    retried,
)
from tests.kernel import machines as m

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OPENED = OpenIntent(IntentId("bike:1:0"), m.Mail())
CLAIM = Claim(WorkflowId("bike"), OPENED, 4, 1, 7, LATER)


def test_a_claim_names_its_intent_and_counts_failures_apart_from_crashes():
    assert (CLAIM.id, CLAIM.failures) == ("bike:1:0", 3)
    assert (CLAIM.overdue, CLAIM.cause, CLAIM.problem) == (False, None, "")


def test_each_way_of_settling_says_what_becomes_of_the_intent():
    doubt = FailureCause.IN_DOUBT
    assert retried(CLAIM, LATER, "no") == Settlement(CLAIM, IntentState.READY, LATER, "no")
    assert released(CLAIM, NOW) == Settlement(CLAIM, IntentState.READY, NOW, counts=False)
    assert left_for_later(CLAIM, None) == Settlement(CLAIM, IntentState.LATER, None)
    assert buried(CLAIM, "no", doubt) == Settlement(CLAIM, IntentState.DEAD, None, "no", doubt)


def test_what_is_given_up_stays_with_its_claimant_unless_it_is_handed_on():
    doubt = FailureCause.IN_DOUBT
    assert given_up(CLAIM, doubt, "no") == Settlement(CLAIM, IntentState.LEASED, LATER, "no", doubt)
    assert given_up(CLAIM, doubt, "no", due=NOW) == Settlement(CLAIM, IntentState.READY, NOW, "no", doubt)


def test_what_a_store_tells_is_equal_by_content():
    assert DeadLetter(CLAIM.workflow_id, OPENED, 1, 0, None, "no").opened is OPENED
    assert DueDeadline(CLAIM.workflow_id, "Lapsed", NOW) == (CLAIM.workflow_id, "Lapsed", NOW)
    assert Swept(None, ()) == (None, ())
