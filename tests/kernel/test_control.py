"""The kernel's own commands, in states that have no transition for them."""

from telic import Cancel
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.results import (
    Ended,
    Unasked,
)
from telic.kernel.snapshot import Outcome, Status
from tests.kernel import lamp
from tests.kernel import machines as m
from tests.kernel.machines import ID, OPENED, ORDERING, QUOTED, failed, outcomes, part, step, walk


def test_terminate_keeps_the_state_withdraws_everything_and_ends_the_waits():
    commit = step(walk(*ORDERING), Terminate(reason="fire"))
    after = commit.after
    assert (after.status, after.waits) == (Status.TERMINATED, ())
    assert all(one.withdrawn for one in after.open.values())
    assert step(after, m.Collect()) == Ended(ID, Status.TERMINATED)
    late = step(after, part(0)[0], **part(0)[1])
    assert outcomes(late) == [Outcome.UNPLACED]
    assert late.done == ("bike:3:0",)
    dead = step(after, failed(1)[0], **failed(1)[1])
    assert isinstance(dead, Unasked)


def test_pause_and_resume_need_an_instance_that_is_not_so_already():
    running, paused = walk(m.Open()), step(walk(m.Open()), Pause(reason="audit")).after
    assert step(paused, Pause()).reasons == ("expected a running instance for Pause, got one that is paused",)
    assert step(running, Resume()).reasons == ("expected a paused instance for Resume, got one that is running",)
    assert step(paused, Resume()).after.status is Status.RUNNING


def test_why_it_is_paused_is_known_until_it_is_not():
    paused = step(walk(*QUOTED), Pause(reason="audit")).after
    assert paused.paused_for == "audit"
    assert step(paused, Resume()).after.paused_for == ""
    assert step(paused, Terminate(reason="fire")).after.paused_for == ""
    assert step(step(paused, Resume()).after, Pause()).after.paused_for == ""


def test_a_fact_that_is_kept_meanwhile_leaves_the_reason_of_the_pause():
    kept = step(step(walk(m.Open()), Pause(reason="audit")).after, m.Mailed(), answers=OPENED).after
    assert (kept.paused_for, len(kept.parked)) == ("audit", 1)


def test_a_cancellation_that_no_state_takes_keeps_the_state_and_withdraws_everything():
    commit = lamp.step(lamp.walk(lamp.Install(), lamp.Switch()), Cancel(reason="enough"))
    after = commit.after
    assert (after.status, after.state, after.waits) == (Status.CANCELLED, lamp.On(), ())
    assert (commit.withdrawn, commit.records[0].event) == (("desk:2:0",), Cancel(reason="enough"))
    assert lamp.step(after, lamp.Switch()) == Ended(lamp.ID, Status.CANCELLED)


def test_what_was_kept_is_offered_after_a_resumption():
    kept = step(step(walk(m.Open()), Pause()).after, m.Mailed(), answers=OPENED).after
    resumed = step(kept, Resume())
    assert outcomes(resumed) == [Outcome.STEPPED, Outcome.IGNORED]
