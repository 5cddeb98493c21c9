"""Cancelling Discriminator: one taxi, that of the first; the others are not asked any longer."""

from examples.patterns.wcp29_cancelling_discriminator import (
    DRIVERS,
    AskDriver,
    Asking,
    CallTaxi,
    DriveGuest,
    Driving,
    Over,
    RideAccepted,
    RideDriven,
    cancelling_discriminator,
)
from telic import Machine, transition
from telic.testing import suite
from telic.verify import always, ended, eventually, explore, is_, sometimes
from tests.examples.patterns.stories import stories

EVENT = CallTaxi | RideAccepted | RideDriven


def not_beyond_its_state(world):
    return is_(Asking)(world) or all(one in world.withdrawn for one in world.open if isinstance(one, AskDriver))


STOPPED = always("nobody is asked for nothing", not_beyond_its_state)

TestDiscriminator = suite(
    cancelling_discriminator,
    check=[
        STOPPED,
        sometimes("two are called off", lambda world: len(world.withdrawn) == len(DRIVERS) - 1),
        eventually("the guest has arrived", ended),
    ],
    worlds=29,
)


def discriminates(story):
    """Say whether the first to accept drives, alone, and the others are called off in that step."""
    first = story.index(next(word for word in story if word.startswith("RideAccepted")))
    driver = story[first].split()[1]
    off = {word.split()[-1] for word in story[first:] if word.startswith("withdraw AskDriver")}
    rides = [word.split()[1] for word in story if word.startswith("DriveGuest")]
    return rides == [driver] and off == {*DRIVERS} - {driver}


def test_the_first_goes_on_and_the_others_are_called_off():
    told = stories(cancelling_discriminator)
    assert all(map(discriminates, told))
    assert {word for story in told for word in story if word.startswith("DriveGuest")} == {
        f"DriveGuest {one}" for one in DRIVERS
    }


class AskingOn(Asking):
    @transition
    def take_first(self, event: RideAccepted) -> tuple[Driving, DriveGuest]:
        return Driving(), DriveGuest(driver=event.driver)


def test_a_discriminator_that_calls_nobody_off_is_noticed():
    lazy = Machine[AskingOn | Driving | Over, EVENT](name="lazy")
    assert [one.name for one in explore(lazy, check=[STOPPED]).failures] == [STOPPED.name]
    assert not any(map(discriminates, stories(lazy)))
