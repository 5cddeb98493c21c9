"""What both type checkers must refuse of processes in steps: each line that is marked, and no other."""

from telic import WorkflowId
from telic.patterns import SettleUndo, pipeline, saga
from tests.patterns import trips as t
from tests.patterns.onboarding import (
    AccountCreated,
    AccountId,
    CardCharged,
    ChargeCard,
    Onboarded,
    SendWelcome,
    Subscribe,
    Subscribed,
    WelcomeSent,
)
from tests.typing.good_steps import begun, charged, created, runtime, subscribed, trip

NEWS = Subscribe(email="ada@example.org", account_id=AccountId("a-1"))
BACK = t.CancelFlight(flight_id=t.FlightId("f-1"))


def told(news: Subscribed) -> ChargeCard:
    return ChargeCard(account_id=AccountId(repr(news)))


pipeline("wrong", AccountCreated)  # expect-error: it begins with a command, not with a fact
created.do(SendWelcome, lambda asked, _: SendWelcome(text=asked.mail), expect=WelcomeSent)  # expect-error: no field
created.do(Subscribe, lambda asked: NEWS)  # expect-error: a function of less than is had
begun.do(Subscribe, lambda asked, account: NEWS)  # expect-error: a result before its step
begun.do(Onboarded)  # expect-error: a fact in the place of an intent
charged.do(SendWelcome, expect=ChargeCard)  # expect-error: an intent in the place of an answer
charged.do(SendWelcome, expect=WelcomeSent, when=lambda a, account, c: account)  # expect-error: no condition
subscribed.do(ChargeCard, lambda a, b, c, news: told(news), expect=CardCharged)  # expect-error: what may be left out
created.repeat(Subscribe, until=lambda asked, account: True)  # expect-error: a test that is not asked of the rounds
created.repeat(Subscribe, until=lambda asked, account, news: news)  # expect-error: no test
created.repeat(Subscribe, while_=lambda a, b, news: bool(news.email))  # expect-error: one in the place of all rounds
saga("wrong", t.BookTrip).do(t.BookFlight, undo=t.FlightCancelled)  # expect-error: undone by a fact
trip.do(t.Insure, undo=t.CancelFlight, undo_with=lambda asked, insured: insured)  # expect-error: undone by a fact
trip.do(t.Insure, undo=t.CancelFlight, undo_with=lambda asked: BACK)  # expect-error: not asked for the result


async def step_wrongly() -> None:
    await runtime.run_step(WorkflowId("w"), SettleUndo())  # expect-error: a command of another machine
    snapshot = await runtime.load(WorkflowId("w"))
    assert snapshot is not None
    print(snapshot.state.results)  # expect-error: results before the end
