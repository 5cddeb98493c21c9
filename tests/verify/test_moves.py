"""Moves as lines of a story."""

from datetime import timedelta

import pytest

from telic import IntentFailed
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import Begin
from telic.verify import How, Move
from telic.verify.moves import described
from tests.verify.buggy.words import Ask, End, Go, Lapsed, News, Oid, Paid, Pay

PAY = Pay(oid=Oid("o"))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("move", "text"),
    [
        (Move(How.BEGIN, Go()), "Go()"),
        (Move(How.BEGIN, Begin(End())), "End(kind=<K.D: 'd'>)"),
        (Move(How.COMMAND, Ask(yes=True)), "Ask(yes=True)"),
        (Move(How.COMMAND, Ask(yes=True), actor="ada"), "Ask(yes=True) by ada"),
        (Move(How.TASK, Ask(yes=True), wait="boss"), "task boss is completed with Ask(yes=True)"),
        (Move(How.TASK, Ask(yes=True), wait="boss", actor="ada"), "task boss is completed with Ask(yes=True) by ada"),
        (Move(How.ANSWER, Paid(oid=Oid("o")), PAY), "Pay answers Paid(oid=Oid('o'))"),
        (Move(How.LATE, Paid(oid=Oid("o")), PAY), "Pay answers late Paid(oid=Oid('o'))"),
        (Move(How.FAILURE, IntentFailed[Pay](intent=PAY, cause=FailureCause.EXHAUSTED), PAY), "Pay fails: exhausted"),
        (Move(How.END, None, PAY), "Pay ends without an answer"),
        (
            Move(How.DEADLINE, Lapsed(), wait="Lapsed", after=DAY),
            "deadline Lapsed fires Lapsed(), 1 day, 0:00:00 later",
        ),
        (Move(How.DEADLINE, Lapsed(), wait="Lapsed"), "deadline Lapsed fires Lapsed()"),
        (Move(How.TOPIC, News(), wait="News"), "topic News brings News()"),
        (Move(How.TIME, None, after=DAY), "1 day, 0:00:00 pass"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_each_move_is_one_line(move, text):
    assert described(move) == text
