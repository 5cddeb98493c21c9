"""The onboarding as a user lives it, in memory and on SQLite, and what can be asked about it meanwhile."""

from examples.scenarios.onboarding.handlers import handlers
from examples.scenarios.onboarding.machine import (
    BeginOnboarding,
    CompleteProfile,
    GiveUpOnboarding,
    OnboardingAwaitingProfile,
    OnboardingCompleted,
    OnboardingEscalated,
    OnboardingFailed,
    OnboardingKind,
    ProfileMissed,
    RemindUser,
    SendWelcome,
    UserId,
    WelcomeSent,
    onboarding,
)
from telic import Deadline, WorkflowId
from telic.kernel.snapshot import Status
from telic.shell import Simulation
from telic.shell.deadlines import Deadlines
from telic.shell.operators import Operators
from telic.shell.timing import Timing
from tests.examples.scenarios.stage import DAY, HOUR

BEGIN = BeginOnboarding(user_id=UserId("ada"))
MAILED = ["welcoming", "awaiting_profile"]


async def begun(stage, event=BEGIN):
    play = stage(onboarding, handlers=handlers)
    return play, await play.start(onboarding, event, key=event.user_id)


async def test_the_welcome_goes_out_at_once_and_the_state_says_that_it_did(stage):
    play, id = await begun(stage)
    assert await play.kinds(onboarding, id) == MAILED
    assert (await play.state(onboarding, id)).user_id == "ada"


async def test_a_second_start_under_one_key_is_told_of_the_first(stage):
    play, id = await begun(stage)
    again = await play.runtime(onboarding).start(BEGIN, key="ada")
    assert (again.kind, again.id) == ("duplicate", id)
    assert await play.instances(onboarding) == [id]


async def test_a_profile_ends_the_onboarding_and_its_reminders(stage):
    play, id = await begun(stage)
    await play.skip(DAY + HOUR)
    await play.send(onboarding, id, CompleteProfile())
    await play.skip(9 * DAY)
    assert await play.kinds(onboarding, id) == [*MAILED, "completed"]
    assert await play.state(onboarding, id) == OnboardingCompleted(user_id=UserId("ada"))


async def test_a_reminder_goes_out_each_day_and_after_the_third_somebody_is_asked_to_call(stage):
    play, id = await begun(stage)
    await play.skip(DAY - HOUR)
    journal = play.runtime(onboarding).store.journal
    assert len(await journal(id)) == 2
    await play.skip(HOUR)
    assert isinstance(await play.state(onboarding, id), OnboardingAwaitingProfile)
    await play.skip(2 * DAY)
    assert isinstance(await play.state(onboarding, id), OnboardingEscalated)
    missed = [entry.at for entry in await journal(id) if isinstance(entry.event, ProfileMissed)]
    assert missed == [play.now - 2 * DAY, play.now - DAY, play.now]
    done = await play.complete({"reason": "no time"}, actor="eve", groups=("customer care",))
    assert done.state == OnboardingFailed(reason="no time")


async def test_an_address_that_does_not_exist_fails_the_onboarding_with_a_reason(stage):
    play, id = await begun(stage, BeginOnboarding(user_id=UserId("ghost")))
    assert await play.state(onboarding, id) == OnboardingFailed(reason="there is no such address")


async def test_one_asks_which_instances_wait_for_what_and_when_they_wake(stage):
    play, id = await begun(stage)
    await play.start(onboarding, BeginOnboarding(user_id=UserId("ghost")), key="ghost")
    store = play.runtime(onboarding).store
    (waiting,) = (await store.find(kind=OnboardingKind.AWAITING_PROFILE)).items
    (failed,) = (await store.find(kind=OnboardingKind.FAILED)).items
    (by_user,) = (await store.find(attributes={"user_id": "ada"})).items
    assert waiting == by_user
    assert (waiting.id, waiting.status, waiting.key) == (id, Status.RUNNING, "ada")
    assert (await play.state(onboarding, failed.id)).reason == "there is no such address"
    snapshot = await play.runtime(onboarding).load(id)
    assert [one.wait for one in snapshot.waits] == [Deadline(at=play.now + DAY, event=ProfileMissed())]


async def test_an_operator_cancels_it_for_a_reason_and_nothing_fires_any_more(stage):
    play, id = await begun(stage)
    acts = [one async for one in Operators(play.system, actor="ann").cancel("onboarding", id, reason="a test user")]
    assert len(acts) == 1
    await play.skip(9 * DAY)
    snapshot = await play.runtime(onboarding).load(id)
    assert (snapshot.status, type(snapshot.state)) == (Status.CANCELLED, OnboardingAwaitingProfile)
    (*_, last) = await play.runtime(onboarding).store.journal(id)
    assert (last.event.reason, last.actor) == ("a test user", "ann")


async def test_what_is_due_is_done_by_hand_where_no_worker_runs(stage):
    play, id = await begun(stage)
    play.clock.move(DAY.total_seconds())
    assert await Deadlines(play.system, Timing(play.clock)).fire() == 1
    assert await Deadlines(play.system, Timing(play.clock)).fire() == 0
    assert len((await play.state(onboarding, id)).reminder.moments) == 2


def test_four_days_pass_in_a_test_without_an_event_loop():
    with Simulation(onboarding, handlers=handlers) as world:
        ada = world.start(onboarding, BEGIN, key="ada")
        world.skip(4 * DAY)
        assert isinstance(ada.state, OnboardingEscalated)
        numbers = [one.intent.number for one in world.attempts if isinstance(one.intent, RemindUser)]
        assert numbers == [1, 2, 3]
        ada.send(CompleteProfile())
        assert isinstance(ada.state, OnboardingCompleted)


def test_a_profile_that_is_quicker_than_the_mail_is_taken():
    with Simulation(onboarding, handlers=handlers, answers={SendWelcome: WelcomeSent()}) as world:
        ada = world.start(onboarding, BEGIN, key="ada")
        assert ada.send(CompleteProfile()).kind == "stepped"
        world.settle()
        assert [entry.kind for entry in ada.journal] == ["welcoming", "completed", "completed"]


async def test_an_onboarding_that_was_never_begun_is_not_found(stage):
    play = stage(onboarding, handlers=handlers)
    result = await play.send(onboarding, WorkflowId("nobody"), GiveUpOnboarding(reason="x"))
    assert result.kind == "not_found"
