"""Processes in steps: what both type checkers know of their results, at each step and at the end."""

from typing import assert_never, assert_type

from telic import Fact, Machine, WorkflowId, WorkflowRuntime
from telic.patterns import (
    Pipeline,
    PipelineFinished,
    PipelineRunning,
    PipelineStopped,
    Saga,
    SagaCancelling,
    SagaCompleted,
    SagaHandedOver,
    SagaRunning,
    SagaUndoing,
    SagaUndone,
    SettleUndo,
    pipeline,
    saga,
)
from telic.stores.memory import MemoryStore
from tests.patterns import trips as t
from tests.patterns.onboarding import (
    AccountCreated,
    CardCharged,
    ChargeCard,
    CreateAccount,
    Onboard,
    Onboarded,
    SendWelcome,
    Subscribe,
    Subscribed,
    WelcomeSent,
    onboarding,
)

begun = pipeline("typed", Onboard)
assert_type(begun, Pipeline[Onboard])
created = begun.do(CreateAccount, lambda asked: CreateAccount(email=asked.email))
assert_type(created, Pipeline[Onboard, AccountCreated])
charged = created.do(ChargeCard, lambda asked, account: ChargeCard(account_id=account.account_id), expect=CardCharged)
assert_type(charged, Pipeline[Onboard, AccountCreated, CardCharged])
subscribed = charged.do(Subscribe, when=lambda asked, account, charged: asked.newsletter)
assert_type(subscribed, Pipeline[Onboard, AccountCreated, CardCharged, Subscribed | None])
greeted = subscribed.attempt(
    SendWelcome,
    lambda asked, account, charged, news: SendWelcome(text="with news" if news is not None else asked.email),
    expect=WelcomeSent,
)
assert_type(greeted, Pipeline[Onboard, AccountCreated, CardCharged, Subscribed | None, WelcomeSent | None])
machine = greeted.finish(
    Onboarded, lambda asked, account, charged, news, welcome: Onboarded(account_id=account.account_id)
)
assert_type(
    machine,
    Machine[
        PipelineRunning
        | PipelineFinished[Onboard, AccountCreated, CardCharged, Subscribed | None, WelcomeSent | None]
        | PipelineStopped,
        Onboard | Fact,
    ],
)
repeated = created.repeat(Subscribe, while_=lambda asked, account, news: asked.newsletter and not news)
assert_type(repeated, Pipeline[Onboard, AccountCreated, tuple[Subscribed, ...]])
retried = repeated.repeat(
    ChargeCard,
    lambda asked, account, news, charged: ChargeCard(account_id=account.account_id),
    expect=CardCharged,
    until=lambda asked, account, news, charged: len(charged) == len(news),
)
assert_type(retried, Pipeline[Onboard, AccountCreated, tuple[Subscribed, ...], tuple[CardCharged, ...]])
runtime = WorkflowRuntime(machine=machine, store=MemoryStore(machine))


async def told(id: WorkflowId) -> str:
    await runtime.run_step(id, Onboard(email="ada@example.org", newsletter=True))
    snapshot = await runtime.load(id)
    state = snapshot.state if snapshot is not None else None
    match state:
        case None:
            return "unknown"
        case PipelineFinished():
            _, account, _, news, welcome = state.results
            assert_type(account, AccountCreated)
            assert_type(news, Subscribed | None)
            assert_type(welcome, WelcomeSent | None)
            return account.account_id
        case PipelineStopped():
            return f"{state.stopped_at}: {state.why}"
        case PipelineRunning():
            return f"{state.step}, {state.progress.percent} %"
        case _:
            assert_never(state)


trip = saga("typed", t.BookTrip)
assert_type(trip, Saga[t.BookTrip])
flown = trip.do(
    t.BookFlight,
    expect=t.FlightBooked,
    undo=t.CancelFlight,
    undo_with=lambda asked, flight: t.CancelFlight(flight_id=flight.flight_id),
)
assert_type(flown, Saga[t.BookTrip, t.FlightBooked])
insured = flown.do(t.Insure, when=lambda asked, flight: asked.insured)
assert_type(insured, Saga[t.BookTrip, t.FlightBooked, t.Insured | None])
assert_type(
    insured.finish(),
    Machine[
        SagaRunning
        | SagaCancelling
        | SagaUndoing
        | SagaHandedOver
        | SagaCompleted[t.BookTrip, t.FlightBooked, t.Insured | None]
        | SagaUndone,
        t.BookTrip | SettleUndo | Fact,
    ],
)
# The machine of a module that is imported has kept its types.
assert_type(
    onboarding,
    Machine[
        PipelineRunning
        | PipelineFinished[Onboard, AccountCreated, CardCharged, WelcomeSent | None, Subscribed | None]
        | PipelineStopped,
        Onboard | Fact,
    ],
)
