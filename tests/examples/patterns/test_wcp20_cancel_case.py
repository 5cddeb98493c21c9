"""Cancel Case: wherever the study stands it can be stopped, and then nothing of it goes on."""

from examples.patterns.wcp01_sequence import BakeCake, CakeBaked, DecorateCake, Decorating, OrderCake, sequence
from examples.patterns.wcp20_cancel_case import (
    AnswersEvaluated,
    AskExperts,
    Asking,
    AskPanel,
    BeginStudy,
    EvaluateAnswers,
    Evaluating,
    ExpertsAnswered,
    PanelAnswered,
    Published,
    Stopped,
    cancel_case,
)
from telic import Cancel, Machine, NoIntent, Withdraw, transition
from telic.kernel.results import Ended
from telic.kernel.snapshot import Status
from telic.testing import begin, given, suite
from telic.verify import ended, eventually
from tests.examples.patterns.stories import possible, stories

EVENT = BeginStudy | PanelAnswered | ExpertsAnswered | AnswersEvaluated
ANSWERS = {AskPanel: PanelAnswered, AskExperts: ExpertsAnswered, EvaluateAnswers: AnswersEvaluated}

TestCancelCase = suite(cancel_case, check=[eventually("it is published or stopped", ended)], worlds=6)


def cancelled(machine):
    """Each world in which the instance is not over, after a cancellation."""
    running = [world for world, _ in possible(machine) if not ended(world)]
    assert running
    return [given(machine, world.state, open=world.open).when(Cancel()) for world in running]


def calls_everything_off(machine):
    """Say whether a cancellation ends the instance in every world, and takes back all that is open."""
    return all(
        isinstance(flow.state, Stopped) and all(one.withdrawn for one in flow.snapshot.open.values())
        for flow in cancelled(machine)
    )


def test_it_can_be_cancelled_in_every_world_that_is_not_over():
    assert all(("Cancel" in events) == (not ended(world)) for world, events in possible(cancel_case))
    assert all(
        story.index("Stopped") == story.index("Cancel") + 1 for story in stories(cancel_case) if "Cancel" in story
    )


def test_all_that_runs_is_taken_back():
    assert calls_everything_off(cancel_case)
    assert {len(flow.snapshot.open) for flow in cancelled(cancel_case)} == {1, 2}


def test_what_comes_late_changes_nothing():
    for flow in cancelled(cancel_case):
        for opened in flow.snapshot.open.values():
            flow.deliver(opened, ANSWERS[type(opened.intent)]()).then_ignored("the study has been stopped")
        assert (flow.state, len(flow.snapshot.open)) == (Stopped(), 0)


def test_nobody_has_to_write_a_transition_for_it():
    cakes = [begin(sequence, OrderCake()), begin(sequence, OrderCake()).expect(BakeCake).answer(CakeBaked())]
    for cake in cakes:
        cake.when(Cancel()).assert_status(Status.CANCELLED)
        assert [one.withdrawn for one in cake.snapshot.open.values()] == [True]
        assert isinstance(cake.when(OrderCake()).result, Ended)
    assert [type(one.intent) for one in cakes[1].snapshot.open.values()] == [DecorateCake]
    assert isinstance(cakes[1].state, Decorating)


class EvaluatingOn(Evaluating):
    @transition
    def stop(self, event: Cancel) -> tuple[Stopped, Withdraw]:
        return Stopped(), Withdraw(every=AskPanel)


class AskingOn(Asking):
    @transition
    def collect(
        self, event: PanelAnswered | ExpertsAnswered
    ) -> tuple["AskingOn", NoIntent] | tuple[EvaluatingOn, EvaluateAnswers]:
        after, out = super().collect(event)
        return (after, NoIntent()) if isinstance(out, NoIntent) else (EvaluatingOn(), out)


def test_an_activity_that_goes_on_is_noticed():
    half = Machine[AskingOn | EvaluatingOn | Published | Stopped, EVENT](name="half")
    assert not calls_everything_off(half)
