"""Transient Trigger: a cue is taken when it is waited for, and is lost at any other moment."""

from examples.patterns.wcp23_transient_trigger import (
    BeginScene,
    ChangeCostume,
    Changing,
    CostumeChanged,
    GiveCue,
    Over,
    Playing,
    PlayScene,
    Ready,
    ScenePlayed,
    transient_trigger,
)
from telic import Defer, Machine, transition
from telic.kernel.results import Ended
from telic.testing import begin, suite
from telic.verify import ended, eventually, weak
from tests.examples.patterns.stories import in_order, stories

EVENT = BeginScene | GiveCue | CostumeChanged | ScenePlayed

TestTransientTrigger = suite(
    transient_trigger, check=[eventually("it is over, if cues go on", ended, fair=weak(GiveCue))], worlds=4
)


def only_in_time(story):
    """Say whether the cue that sets off the scene comes when the actor is ready."""
    return in_order(story, "CostumeChanged", "GiveCue", "PlayScene")


def test_a_cue_in_time_sets_off_the_scene_at_once():
    told = stories(transient_trigger)
    assert all(map(only_in_time, told))
    assert all(story[story.index("GiveCue") + 1] == "PlayScene" for story in told)


def test_a_cue_that_comes_too_early_or_too_late_is_lost():
    scene = begin(transient_trigger, BeginScene())
    scene.when(GiveCue()).then_ignored("nobody is ready to go on stage")
    scene.expect(ChangeCostume).answer(CostumeChanged())
    assert (scene.state, len(scene.snapshot.open), scene.snapshot.parked) == (Ready(), 0, ())
    scene.when(GiveCue()).then(Playing, intents=[PlayScene])
    scene.when(GiveCue()).then_ignored("the scene is being played")
    scene.expect(PlayScene).answer(ScenePlayed())
    assert isinstance(scene.when(GiveCue()).result, Ended)


class ChangingPatiently(Changing):
    @transition
    def keep(self, event: GiveCue) -> tuple["ChangingPatiently", Defer]:
        return self, Defer()


def test_a_cue_that_is_made_up_for_is_noticed():
    patient = Machine[ChangingPatiently | Ready | Playing | Over, EVENT](name="patient")
    assert not all(map(only_in_time, stories(patient)))
