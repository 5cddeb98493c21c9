"""What both type checkers must refuse of processes in steps: each line that is marked, and no other."""

from telic import WorkflowId
from telic.patterns import SettleUndo, pipeline, saga
from tests.patterns import trips as t
from tests.patterns.onboarding import (
    AccountCreated,
    ChargeCard,
    Onboarded,
    SendWelcome,
    Subscribe,
    WelcomeSent,
)
from tests.typing.good_steps import begun, charged, created, flown, runtime, subscribed, trip

pipeline("wrong", AccountCreated)  # expect-error: it begins with a command, not with a fact
created.do(Subscribe, lambda asked, account: Subscribe(email=asked.mail, account_id=account.account_id))  # expect-error: no such field
created.do(Subscribe, lambda asked: Subscribe(email=asked.email, account_id=asked.email))  # expect-error: a function of less than is had
begun.do(Subscribe, lambda asked, account: Subscribe(email="", account_id=account.account_id))  # expect-error: a result before its step
begun.do(Onboarded)  # expect-error: a fact in the place of an intent
charged.do(SendWelcome, expect=ChargeCard)  # expect-error: an intent in the place of an answer
charged.do(SendWelcome, expect=WelcomeSent, when=lambda asked, account, paid: account.account_id)  # expect-error: a condition that is no bool
subscribed.do(SendWelcome, lambda a, b, c, news: SendWelcome(text=str(news.model_dump())), expect=WelcomeSent)  # expect-error: what may be left out
saga("wrong", t.BookTrip).do(t.BookFlight, undo=t.FlightCancelled)  # expect-error: undone by a fact
trip.do(t.BookFlight, expect=t.FlightBooked, undo=t.CancelFlight, undo_with=lambda asked, flight: flight)  # expect-error: undone by a fact
flown.do(t.Insure, undo=t.CancelFlight, undo_with=lambda a, b, c: t.CancelFlight(flight_id=c.flight_id))  # expect-error: another result


async def step_wrongly() -> None:
    await runtime.run_step(WorkflowId("w"), SettleUndo())  # expect-error: a command of another machine
    snapshot = await runtime.load(WorkflowId("w"))
    assert snapshot is not None
    print(snapshot.state.results)  # expect-error: results before the end
