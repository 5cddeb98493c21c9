"""Cancel Activity: what is taken back does not go on for nobody, and a late result changes nothing."""

from examples.patterns.wcp19_cancel_activity import (
    AppraiseCar,
    Appraising,
    BuyCar,
    CarAppraised,
    CarDelivered,
    DeliverCar,
    Delivered,
    Delivering,
    PayCash,
    cancel_activity,
)
from telic import Machine, transition
from telic.testing import suite
from telic.verify import always, ended, eventually, explore, is_, sometimes
from tests.examples.patterns.stories import stories

EVENT = BuyCar | PayCash | CarAppraised | CarDelivered


def not_beyond_its_state(world):
    """Beyond the state that needs it, an appraisal that is open is withdrawn."""
    running = [one for one in world.open if isinstance(one, AppraiseCar)]
    return is_(Appraising)(world) or all(one in world.withdrawn for one in running)


STOPPED = always("no appraisal goes on for nobody", not_beyond_its_state)

TestCancelActivity = suite(
    cancel_activity,
    check=[
        STOPPED,
        sometimes("one is called off while it runs", lambda world: world.withdrawn == (AppraiseCar(),)),
        eventually("the car is delivered", ended),
    ],
    worlds=5,
)


def test_the_activity_is_withdrawn_in_the_step_that_no_longer_needs_it():
    for story in stories(cancel_activity):
        if "PayCash" in story:
            at = story.index("PayCash")
            assert story[at + 1 : at + 3] == ("withdraw AppraiseCar", "DeliverCar")
        else:
            assert "withdraw AppraiseCar" not in story


def test_the_rest_goes_on_whatever_becomes_of_it():
    told = stories(cancel_activity)
    assert {
        tuple(word for word in story if word.endswith(("DeliverCar", "CarDelivered", "Delivered"))) for story in told
    } == {("DeliverCar", "CarDelivered", "Delivered")}


def test_it_may_stop_answer_late_or_both():
    after = {
        tuple(word for word in story[story.index("PayCash") :] if word in ("AppraiseCar stopped", "CarAppraised"))
        for story in stories(cancel_activity)
        if "PayCash" in story
    }
    assert after == {(), ("AppraiseCar stopped",), ("CarAppraised",), ("AppraiseCar stopped", "CarAppraised")}


class AppraisingForNobody(Appraising):
    @transition
    def cancel_appraisal(self, event: PayCash) -> tuple[Delivering, DeliverCar]:
        return Delivering(), DeliverCar()


def test_an_activity_that_is_not_withdrawn_is_noticed():
    wasteful = Machine[AppraisingForNobody | Delivering | Delivered, EVENT](name="wasteful")
    assert [one.name for one in explore(wasteful, check=[STOPPED]).failures] == [STOPPED.name]
