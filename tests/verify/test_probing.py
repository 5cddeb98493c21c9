"""The context of an exploration: what it gives, and what it notes."""

import pytest

from telic.verify.probing import EPOCH, INSTANCE, ChanceNeeded, Probe, ProbingContext
from telic.verify.rebuilding import new_name


def inside(probe, actor="", revision=3):
    return ProbingContext(probe, EPOCH, actor).in_step(INSTANCE, "", actor, revision, None)


def test_what_a_world_does_not_hold_is_noted_when_it_is_asked_for():
    probe = Probe({})
    ctx = inside(probe, "ada")
    assert not probe.asked & {"actor", "revision", "event_id"}
    assert (ctx.actor, ctx.revision) == ("ada", 3)
    assert ctx.event_id.endswith(":3")
    assert probe.asked >= {"actor", "revision", "event_id"}


def test_what_a_world_does_hold_is_not_noted():
    probe = Probe({})
    ctx = inside(probe)
    assert (ctx.workflow_id, ctx.tenant, ctx.answers, ctx.task) == (INSTANCE, "", None, None)
    assert not probe.asked & {"workflow_id", "tenant", "answers", "task", "actor"}


def test_the_clock_stands_still():
    ctx = inside(Probe({}))
    assert ctx.now == ctx.now == EPOCH


def test_each_label_has_one_fresh_name_and_each_record_its_own():
    probe = Probe({})
    first, second = inside(probe, revision=1), inside(probe, revision=2)
    assert (first.uuid("a"), first.uuid("b"), first.uuid("a")) == (new_name(0), new_name(1), new_name(0))
    assert second.uuid("a") == new_name(2)
    assert probe.names == 3


def test_a_number_that_was_not_chosen_is_asked_for_and_no_transition_can_swallow_that():
    ctx = inside(Probe({"coin": 0.25}))
    assert ctx.random("coin") == 0.25
    with pytest.raises(ChanceNeeded) as caught:
        ctx.random("dice")
    assert caught.value.label == "dice"
    assert not issubclass(ChanceNeeded, Exception)
