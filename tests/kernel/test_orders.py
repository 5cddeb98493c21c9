"""What is said of intents themselves: withdrawals, failures, and that one was carried out."""

from typing import Never

import pytest

from telic import Fact, Intent, IntentFailed, NoIntent, Withdraw
from telic.kernel.orders import FailureCause, IntentDone


class Sent(Fact): ...


class Beep(Intent[Never]):
    times: int = 1


class Blink(Intent[Sent]): ...


def test_a_withdrawal_names_an_intent_or_a_type():
    one, every = Withdraw(intent=Beep()), Withdraw(every=Beep)
    assert (one.takes(Beep()), one.takes(Beep(times=2)), every.takes(Beep(times=2)), every.takes(Blink())) == (
        True,
        False,
        True,
        False,
    )
    assert (repr(one), repr(every), one == every, hash(one) == hash(Withdraw(intent=Beep()))) == (
        "Withdraw(intent=Beep(times=1))", "Withdraw(every=Beep)", False, True,
    )  # fmt: skip
    for wrong in ({}, {"intent": Beep(), "every": Beep}):
        with pytest.raises(
            ValueError, match="expected one of intent=, each= and every=, got several or none; do name one"
        ):
            Withdraw(**wrong)


def test_a_withdrawal_may_name_several_intents_or_none_of_them():
    some, none = Withdraw(each=[Beep(), Blink()]), Withdraw(each=())
    assert [one.takes(Beep()) for one in (some, none)] == [True, False]
    assert (some.takes(Blink()), some.takes(Beep(times=2))) == (True, False)
    assert (repr(some), repr(none)) == ("Withdraw(each=(Beep(times=1), Blink()))", "Withdraw(each=())")
    assert (some == Withdraw(each=(Beep(), Blink())), some == none, hash(none) == hash(Withdraw(each=[]))) == (
        True, False, True,
    )  # fmt: skip


def test_a_withdrawal_is_joined_to_intents_like_one():
    order = Withdraw(every=Blink)
    assert list(order & Beep()) == [order, Beep()]
    assert order & NoIntent() == order


def test_a_failure_is_a_fact_of_its_own_for_each_intent():
    failure = IntentFailed[Beep](intent=Beep(), cause="in_doubt")
    assert (failure.cause, failure.detail) == (FailureCause.IN_DOUBT, "")
    assert (isinstance(failure, IntentFailed), isinstance(failure, IntentFailed[Blink])) == (True, False)
    assert (IntentFailed.__tag__, IntentDone.__tag__) == ("telic.intent_failed", "telic.intent_done")
