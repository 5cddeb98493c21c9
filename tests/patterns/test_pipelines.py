"""Pipelines: the same machine as by hand, explored, stored, resumed, skipped, stopped, and a child."""

import gc
import pickle
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telic import (
    Command,
    Context,
    Fact,
    Handlers,
    Intent,
    IntentFailed,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
    upcast,
)
from telic.graph import mermaid
from telic.kernel.advance import advance
from telic.kernel.errors import DecodeError, TransitionError
from telic.kernel.messages import Spawn
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import Commit, Delivery, Outcome
from telic.patterns import PipelineFinished, PipelineStopped, Progress, StoppedAtStep, pipeline
from telic.stores.memory import MemoryStore
from telic.testing import suite
from telic.verify import always, behaviour_of, compatible, explore, fingerprint, impurities, is_, mutants, sometimes
from tests.patterns.onboarding import (
    PEOPLE,
    AccountCreated,
    AccountId,
    CardCharged,
    CardDeclined,
    ChargeCard,
    CreateAccount,
    Onboard,
    Onboarded,
    SendWelcome,
    Subscribe,
    Subscribed,
    WelcomeBounced,
    WelcomeSent,
    onboarding,
    steps,
)
from tests.patterns.onboarding_by_hand import by_hand
from tests.shell.places import PLACES, store_in

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ID = WorkflowId("ada")
ASKED = Onboard(email="ada@example.org", newsletter=True)
CREATED = AccountCreated(account_id=AccountId("a-1"))
BEHAVIOUR = behaviour_of(explore(onboarding, domain=PEOPLE))
TestOnboarding = suite(onboarding, domain=PEOPLE)


def answered(machine, *answers, asked=ASKED):
    """The instance after these answers, each to the intent that is open."""
    snapshot = advance(machine, None, Delivery(asked), Context(now=NOW, workflow_id=ID)).after
    commits = []
    for answer in answers:
        (opened,) = snapshot.open.values() if snapshot.open else snapshot.late.values()
        failure = IntentFailed[type(opened.intent)](intent=opened.intent, cause=FailureCause.EXHAUSTED)
        fact = failure if answer is IntentFailed else answer
        commit = advance(machine, snapshot, Delivery(fact, None, opened.id), Context(now=NOW, workflow_id=ID))
        if not isinstance(commit, Commit):
            return commit, commits
        commits.append(commit)
        snapshot = commit.after
    return snapshot, commits


def state_after(*answers, asked=ASKED):
    return answered(onboarding, *answers, asked=asked)[0].state


# --- the short way and the long way --------------------------------------------------------


def test_the_short_way_and_the_long_way_are_one_machine():
    assert fingerprint(onboarding) == fingerprint(by_hand)
    assert [state.__name__ for state in onboarding.states] == [state.__name__ for state in by_hand.states]


def test_they_are_drawn_alike():
    assert mermaid(onboarding) == mermaid(by_hand)


def test_they_come_to_the_same_worlds_by_the_same_steps():
    short, long = explore(onboarding, domain=PEOPLE), explore(by_hand, domain=PEOPLE)
    assert (short.stats, behaviour_of(short)) == (long.stats, behaviour_of(long))
    assert short.stats.worlds == 21


ANSWERS = st.sampled_from(
    [CREATED, CardCharged(), CardDeclined(retry=True), WelcomeSent(), WelcomeBounced(), Subscribed(), IntentFailed]
)


@given(st.lists(ANSWERS, max_size=7), st.booleans())
def test_they_write_the_same_journal_byte_for_byte(answers, newsletter):
    asked = Onboard(email="ada@example.org", newsletter=newsletter)
    try:
        written = [answered(machine, *answers, asked=asked) for machine in (onboarding, by_hand)]
    except ValueError:  # nothing is open any more
        return
    short, long = (
        [
            (
                record.outcome,
                machine.codec.encode_state(record.state),
                machine.codec.encode_event(record.event),
                *(machine.codec.encode_intent(one.intent) for one in record.emitted),
            )
            for commit in commits
            for record in commit.records
        ]
        for machine, (_, commits) in zip((onboarding, by_hand), written, strict=True)
    )
    assert short == long


def test_each_reads_what_the_other_has_stored():
    for answers in ((), (CREATED,), (CREATED, CardCharged()), (CREATED, IntentFailed)):
        state = state_after(*answers)
        read = by_hand.codec.decode_state(*onboarding.codec.encode_state(state))
        assert read.model_dump() == state.model_dump()
        assert onboarding.codec.decode_state(*by_hand.codec.encode_state(read)) == state


# --- what it does ---------------------------------------------------------------------------


def test_it_is_explored_to_the_end_and_its_code_is_pure():
    finished, stopped = onboarding.states[-2:]
    explore(
        onboarding,
        domain=PEOPLE,
        check=[
            always(
                "a welcome is no condition", lambda world: not is_(stopped)(world) or world.state.charge_card is None
            ),
            always(
                "who wants the newsletter has it in the end",
                lambda world: (
                    not is_(finished)(world) or world.state.begun.newsletter is (world.state.subscribe is not None)
                ),
            ),
            sometimes(
                "it goes on without a welcome", lambda world: is_(finished)(world) and not world.state.send_welcome
            ),
            sometimes("it stops where the card is declined", is_(stopped)),
        ],
    ).assert_ok()
    assert impurities(onboarding) == ()


def test_the_purity_check_comes_upon_the_functions_of_steps(tmp_path):
    told = impurities(chancy)
    assert [(one.kind, one.function) for one in told] == [("chance", "<lambda>"), ("clock", "<lambda>")]


def test_results_are_those_of_the_steps_in_order():
    state = state_after(CREATED, CardCharged(), WelcomeSent(), Subscribed())
    assert isinstance(state, PipelineFinished)
    assert state.results == (ASKED, CREATED, CardCharged(), WelcomeSent(), Subscribed())


def test_a_step_whose_condition_does_not_hold_is_left_out():
    asked = Onboard(email="ada@example.org", newsletter=False)
    state = state_after(CREATED, CardCharged(), WelcomeSent(), asked=asked)
    assert state.results == (asked, CREATED, CardCharged(), WelcomeSent(), None)


@pytest.mark.parametrize("failure", [WelcomeBounced(), IntentFailed])
def test_a_process_goes_on_without_what_was_only_attempted(failure):
    snapshot, _ = answered(onboarding, CREATED, CardCharged(), failure)
    assert (snapshot.state.step, snapshot.state.send_welcome) == ("subscribe", None)


def test_what_comes_of_an_attempt_after_all_is_ignored_with_the_reason():
    snapshot, _ = answered(onboarding, CREATED, CardCharged(), IntentFailed)
    (late,) = snapshot.late
    commit = advance(onboarding, snapshot, Delivery(WelcomeSent(), None, late), Context(now=NOW, workflow_id=ID))
    assert [(one.outcome, one.why) for one in commit.records] == [
        (Outcome.IGNORED, ("send_welcome was given up, and the process has gone on without it",))
    ]


def wants_news(asked, *had):
    return asked.newsletter


def test_steps_in_a_row_with_one_condition_are_left_out_together():
    machine = (
        pipeline("news", Onboard)
        .do(CreateAccount, when=wants_news)
        .do(Subscribe, when=wants_news)
        .do(SendWelcome, lambda *had: SendWelcome(text="hello"), expect=WelcomeSent)
        .finish()
    )
    explore(machine, domain=PEOPLE).assert_ok()
    snapshot, _ = answered(machine, WelcomeSent(), asked=Onboard(email="e", newsletter=False))
    assert snapshot.state.results[1:] == (None, None, WelcomeSent())
    snapshot, _ = answered(machine, CREATED, Subscribed())
    assert snapshot.state.step == "send_welcome"


def test_the_condition_of_a_group_is_asked_once_before_the_first_of_its_steps():
    def nothing_yet(asked, *had):
        return not had

    machine = (
        pipeline("once", Onboard)
        .do(CreateAccount, when=nothing_yet)
        .do(ChargeCard, lambda *_: ChargeCard(account_id=AccountId("a")), expect=CardCharged, when=nothing_yet)
        .finish()
    )
    assert answered(machine, CREATED)[0].state.step == "charge_card"


def test_another_answer_stops_it_and_is_kept():
    state = state_after(CREATED, CardDeclined(retry=True))
    assert isinstance(state, PipelineStopped)
    assert (state.stopped_at, state.why, state.refusal) == ("charge_card", "CardDeclined", CardDeclined(retry=True))
    assert (state.create_account, state.charge_card, state.step) == (CREATED, None, "charge_card")


def test_a_failure_stops_it_where_it_says_so():
    state = state_after(CREATED, IntentFailed)
    assert (state.stopped_at, state.why, state.refusal) == ("charge_card", "exhausted", None)
    told = IntentFailed[ChargeCard](intent=ChargeCard(account_id=AccountId("a")), cause="in_doubt", detail="no line")
    snapshot, _ = answered(onboarding, CREATED)
    (opened,) = snapshot.open
    commit = advance(onboarding, snapshot, Delivery(told, None, opened), Context(now=NOW, workflow_id=ID))
    assert commit.after.state.why == "in_doubt: no line"


def test_what_comes_after_it_has_stopped_is_kept_for_people():
    _, commits = answered(onboarding, CREATED, IntentFailed, CardCharged())
    assert [one.outcome for one in commits[-1].records] == [Outcome.UNPLACED]


def test_a_failure_is_a_dead_letter_where_nothing_else_is_said():
    refusal, _ = answered(onboarding, IntentFailed)
    assert refusal.why.endswith("a dead letter; do redrive it")


def test_progress_can_be_read_and_searched_by():
    seen = [state_after(), state_after(CREATED), state_after(CREATED, CardDeclined(retry=False))]
    seen.append(state_after(CREATED, CardCharged(), WelcomeSent(), Subscribed()))
    assert [one.progress for one in seen] == [(0, 4), (1, 4), (1, 4), (4, 4)]
    assert [one.progress.percent for one in seen] == [0, 25, 25, 100]
    assert Progress(1, 3).percent == 33
    assert dict(seen[1].attributes()) == {"percent_done": 25, "steps_done": 1, "steps_total": 4, "step": "charge_card"}
    assert dict(seen[3].attributes()) == {"percent_done": 100, "steps_done": 4, "steps_total": 4}


def test_the_types_of_results_are_for_the_checkers_alone():
    assert PipelineFinished[Onboard, AccountCreated] is PipelineFinished


def test_a_pipeline_that_never_stops_has_one_end():
    machine = pipeline("short", Onboard).do(CreateAccount).finish(Onboarded)
    assert [state.__name__ for state in machine.states] == ["AwaitingCreateAccount", "ShortFinished"]
    state = answered(machine, CREATED)[0].state
    assert (state.outcome(), onboarding.states[-1].outcome(state)) == (Onboarded(account_id=AccountId("a-1")), None)


def test_a_beginning_can_be_shared():
    short = steps.finish(version=2)
    longer = steps.do(SendWelcome, lambda *had: SendWelcome(text="bye"), expect=WelcomeSent, named="say_goodbye").finish
    assert [len(short.states), short.version] == [6, 2]
    with pytest.raises(Exception, match="WelcomeSent, which may still come from 'send_welcome'"):
        longer()


def test_a_function_that_makes_something_else_is_broken_code():
    wrong = pipeline("wrong", Onboard).do(CreateAccount, lambda asked: Subscribe(email="", account_id=AccountId("a")))
    with pytest.raises(TransitionError) as caught:
        answered(wrong.finish())
    assert str(caught.value) == (
        "create_account: expected CreateAccount, got Subscribe(email='', account_id=AccountId('a')); "
        "do return it from the function of the step"
    )
    with pytest.raises(TransitionError) as caught:
        answered(pipeline("none", Onboard).do(CreateAccount, lambda asked: None).finish())
    assert str(caught.value) == (
        "create_account: expected CreateAccount, got None; do return it, or leave the step out with when="
    )


# --- laws -----------------------------------------------------------------------------------

FACTS = [type(f"Fact{number}", (Fact,), {"__module__": __name__}) for number in range(6)]
INTENTS = [type(f"Do{number}", (Intent[FACTS[number]],), {"__module__": __name__}) for number in range(5)] + [
    type("DoEither", (Intent[FACTS[4] | FACTS[5]],), {"__module__": __name__})
]


class Go(Command):
    first: bool
    second: bool


CONDITIONS = [lambda go, *had: go.first, lambda go, *had: go.second]


@st.composite
def pipelines(draw):
    """Steps of every kind, in any number and order, each with an intent of its own."""
    built, conditions = pipeline("any", Go), list(CONDITIONS)
    for number in draw(st.lists(st.sampled_from([0, 1, 2, 3, 4]), min_size=1, max_size=4, unique=True)):
        when = conditions.pop() if conditions and draw(st.booleans()) else None
        intent, options = INTENTS[number], {"when": when, "named": f"step_{number}"}
        if number == 4:
            intent, options["expect"] = INTENTS[5], FACTS[4]
        if draw(st.booleans()):
            built = built.attempt(intent, **options)
        else:
            built = built.do(intent, stop_on_failure=draw(st.booleans()), **options)
    return built


@settings(max_examples=50)
@given(pipelines())
def test_every_pipeline_is_proved_and_goes_from_step_to_step(built):
    machine = built.finish()
    report = explore(machine)
    report.assert_ok()
    for place in range(report.stats.worlds):
        world = report.graph.shown(place)
        done, total = world.state.progress
        assert 0 <= done <= total
        assert len(world.open) == (not isinstance(world.state, (PipelineFinished, PipelineStopped)))


# --- stored, resumed, sent ------------------------------------------------------------------


def test_a_state_can_be_pickled_by_its_stored_name():
    for answers in ((), (CREATED,), (CREATED, IntentFailed), (CREATED, CardCharged(), IntentFailed, Subscribed())):
        state = state_after(*answers)
        again = pickle.loads(pickle.dumps(state))
        assert (again, type(again)) == (state, type(state))


def test_a_state_of_a_machine_that_is_gone_cannot_be_read_and_says_so():
    machine = pipeline("gone", Onboard).do(CreateAccount).finish(version=7)
    state = machine.states[0](begun=ASKED)
    written = pickle.dumps(state)
    del machine
    gc.collect()
    with pytest.raises(LookupError) as caught:
        pickle.loads(written)
    assert str(caught.value) == (
        f"expected a machine 'gone', version 7, in module {__name__}, got none; do keep it in a variable of that module"
    )


def test_stored_states_of_an_older_version_are_read():
    @upcast("awaiting_greet", from_version=1, to="awaiting_create_account")
    def renamed(data):
        return {**data, "kind": "awaiting_create_account"}

    new = pipeline("onboarding", Onboard).do(CreateAccount).finish(version=2, upcasters=(renamed,))
    stored = b'{"kind": "awaiting_greet", "begun": {"email": "ada@example.org", "newsletter": true}}'
    assert new.codec.decode_state("awaiting_greet", 1, stored) == new.states[0](begun=ASKED)
    with pytest.raises(DecodeError):
        onboarding.codec.decode_state("awaiting_greet", 1, stored)


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        (lambda begun: begun.do(Subscribe), "needs an upcaster"),
        (lambda begun: begun.do(Subscribe, when=wants_news), "compatible"),
        (lambda begun: begun.attempt(Subscribe), "compatible"),
    ],
    ids=["needed", "conditional", "attempted"],
)
def test_a_new_step_that_may_be_missing_needs_no_upcaster(add, expected):
    begun = pipeline("p", Onboard).do(CreateAccount)
    old = begun.do(ChargeCard, expect=CardCharged).finish()
    new = add(begun).do(ChargeCard, expect=CardCharged).finish(version=2)
    assert compatible(fingerprint(old), fingerprint(new)).verdict == expected


def test_its_mutants_change_what_its_user_wrote_and_are_noticed():
    found = list(mutants(onboarding))
    assert {one.where.rpartition(":")[0] for one in found} == {"tests/patterns/onboarding.py"}
    assert found
    same = [
        one
        for one in found
        if not isinstance(one.outcome, Exception) and behaviour_of(explore(one.outcome, domain=PEOPLE)) == BEHAVIOUR
    ]
    assert [one.description for one in same] == []


async def create(intent, call):
    return CREATED


async def charge(intent, call):
    return CardCharged()


async def welcome(intent, call):
    return WelcomeBounced()


async def subscribe(intent, call):
    assert (intent.email, intent.account_id) == ("ada@example.org", "a-1")
    return Subscribed()


HANDLERS = Handlers(
    CreateAccount.handled_by(create),
    ChargeCard.handled_by(charge),
    SendWelcome.handled_by(welcome),
    Subscribe.handled_by(subscribe),
)


@pytest.mark.parametrize("place", PLACES)
async def test_it_runs_on_every_store(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, onboarding, tmp_path, url, anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=onboarding, store=store)
        await runtime.run_step(ID, ASKED)
        await Worker(System(runtimes=[runtime], handlers=HANDLERS)).drain()
        snapshot = await runtime.load(ID)
        assert snapshot.state.results == (ASKED, CREATED, CardCharged(), None, Subscribed())


# --- a child --------------------------------------------------------------------------------


class Registered(Fact): ...


child = steps.finish(Onboarded)


class StartOnboarding(Spawn[Onboarded | StoppedAtStep], machine=lambda: child):
    email: str

    def begin(self):
        return Onboard(email=self.email, newsletter=False)


parent = pipeline("parent", Onboard).do(StartOnboarding, expect=Onboarded).finish()


@pytest.mark.parametrize(
    ("charged", "expected"),
    [
        (CardCharged(), Onboarded(account_id=AccountId("a-1"))),
        (CardDeclined(retry=False), StoppedAtStep(step="charge_card", why="CardDeclined")),
    ],
)
async def test_a_parent_hears_how_it_ended(charged, expected):
    async def charge_or_not(intent, call):
        return charged

    handlers = Handlers(
        CreateAccount.handled_by(create),
        ChargeCard.handled_by(charge_or_not),
        SendWelcome.handled_by(welcome),
        Subscribe.handled_by(subscribe),
    )
    parents = WorkflowRuntime(machine=parent, store=MemoryStore(parent))
    children = WorkflowRuntime(machine=child, store=MemoryStore(child))
    await parents.run_step(ID, ASKED)
    await Worker(System(runtimes=[parents, children], handlers=handlers)).drain()
    state = (await parents.load(ID)).state
    heard = state.refusal if isinstance(state, PipelineStopped) else state.results[1]
    assert heard == expected


def test_parent_and_child_are_proved_together():
    told = PEOPLE.field(StoppedAtStep, "step", "charge_card").field(StoppedAtStep, "why", "CardDeclined")
    explore(parent, child, domain=told).assert_ok()


chancy = (
    pipeline("chancy", Onboard)
    .do(CreateAccount, lambda asked: CreateAccount(email=str(random.random())))
    .do(ChargeCard, expect=CardCharged, when=lambda asked, account: datetime.now(UTC) > NOW)
    .finish()
)
