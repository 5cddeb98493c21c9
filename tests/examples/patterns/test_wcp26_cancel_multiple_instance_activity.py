"""Cancel Multiple Instance Activity: whoever has not been reached is not phoned any more."""

from examples.patterns.wcp26_cancel_multiple_instance_activity import (
    Closed,
    FindHarmless,
    NoticePrinted,
    Notifying,
    Owner,
    OwnerReached,
    PhoneOwner,
    Phoning,
    PrintNotice,
    RecallCars,
    Reporting,
    ReportWritten,
    cancel_multiple_instance_activity,
)
from telic import Batch, FrozenSet, Machine, Withdraw, transition
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, explore, is_
from tests.examples.patterns.stories import stories

EVENT = RecallCars | FindHarmless | OwnerReached | ReportWritten | NoticePrinted
OWNERS = [Owner(name) for name in ("a", "b")]
RECALLS = Domain().field(RecallCars, "owners", *(FrozenSet(OWNERS[:number]) for number in range(3)))


def not_beyond_its_state(world):
    """Once the calls are stopped, each that is still open is withdrawn."""
    return is_(Phoning)(world) or all(one in world.withdrawn for one in world.open if isinstance(one, PhoneOwner))


STOPPED = always("nobody is phoned for nothing", not_beyond_its_state)

TestCancelInstances = suite(
    cancel_multiple_instance_activity,
    domain=RECALLS,
    check=[STOPPED, eventually("it is closed, if calls are answered", ended)],
    worlds=14,
)


def cancels(story):
    """Say whether exactly those are called off that were begun and have not ended."""
    at = story.index("FindHarmless")
    begun = {word.split()[1] for word in story if word.startswith("PhoneOwner")}
    over = {word.split()[1] for word in story[:at] if word.startswith("OwnerReached")}
    off = {word.split()[2] for word in story[at + 1 :] if word.startswith("withdraw PhoneOwner")}
    return off == begun - over


def test_all_that_have_not_ended_are_called_off_in_one_step_and_the_others_stay_as_they_are():
    told = stories(cancel_multiple_instance_activity, domain=RECALLS)
    stopped = [story for story in told if "FindHarmless" in story]
    assert all(map(cancels, stopped))
    assert {sum(word.startswith("withdraw") for word in story) for story in stopped} == {1, 2}


def test_it_goes_on_to_the_notice_after_a_cancellation_and_to_the_report_otherwise():
    for story in stories(cancel_multiple_instance_activity, domain=RECALLS):
        assert ("PrintNotice" in story, "WriteReport" in story) == (
            "FindHarmless" in story,
            "FindHarmless" not in story,
        )


class PhoningOn(Phoning):
    @transition
    def stop(self, event: FindHarmless) -> tuple[Notifying, PrintNotice]:
        return Notifying(), PrintNotice()


class PhoningTheLast(Phoning):
    @transition
    def stop(self, event: FindHarmless) -> tuple[Notifying, Batch[Withdraw | PrintNotice]]:
        return Notifying(), Withdraw(intent=PhoneOwner(owner=[*self.left][-1])) & PrintNotice()


def test_a_call_that_goes_on_or_is_the_only_one_called_off_is_noticed():
    for wrong in (PhoningOn, PhoningTheLast):
        machine = Machine[wrong | Reporting | Notifying | Closed, EVENT](name="wrong")
        assert [one.name for one in explore(machine, domain=RECALLS, check=[STOPPED]).failures] == [STOPPED.name]
