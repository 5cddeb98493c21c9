"""The intents that telic itself carries out: children, signals, publications."""

import pytest

from telic import Command, Fact, Retry, WorkflowId
from telic.kernel.messages import Close, Publish, Reach, Signal, Spawn


class Go(Command): ...


class Passed(Fact): ...


class Check(Spawn[Passed], machine=lambda: CHILD, tag="check", retry=Retry(max_attempts=2)):
    def begin(self) -> Go:
        return Go()


CHILD = object()


def test_a_spawn_names_its_machine_late_and_hands_it_on():
    class Again(Check): ...

    assert Check.__machine__() is Check().__machine__() is Again.__machine__() is CHILD
    assert (Check.__tag__, Again.__tag__, Again.__retry__) == ("check", "Again", Retry(max_attempts=2))


def test_a_spawn_says_how_its_child_begins():
    class Vague(Spawn[Passed]): ...

    assert (Check().begin(), Vague.__machine__) == (Go(), None)
    with pytest.raises(
        NotImplementedError, match=r"expected Vague.begin to return the child's start command; do override it"
    ):
        Vague().begin()


def test_a_signal_carries_a_command_to_an_instance_of_a_machine():
    class Nudge(Signal[Go], machine="order", tag="nudge"): ...

    class Anybody(Signal[Go]): ...

    nudge = Nudge(to=WorkflowId("w"), command=Go())
    assert (nudge.to, nudge.command, Nudge.__target__, Nudge.__tag__) == ("w", Go(), "order", "nudge")
    assert Anybody.__target__ == ""


def test_a_publication_carries_a_fact_under_a_name_and_a_key():
    class Announce(Publish[Passed]): ...

    told = Announce(fact=Passed(), name="checks")
    assert (told.fact, told.name, told.key) == (Passed(), "checks", "")


def test_a_spawn_says_what_becomes_of_its_child():
    class Stop(Check, close=Close.TERMINATE): ...

    class Again(Stop): ...

    assert (Check.__close__, Stop.__close__, Again.__close__) == (Close.CANCEL, Close.TERMINATE, Close.TERMINATE)


def test_a_publication_says_for_how_long_it_is_kept():
    class Announce(Publish[Passed], tag="announce", retry=Retry(max_attempts=2)): ...

    class Whisper(Announce, ttl_seconds=5): ...

    class Again(Whisper): ...

    assert (Announce.__ttl_seconds__, Announce.__tag__, Announce.__retry__) == (
        7 * 24 * 3600,
        "announce",
        Retry(max_attempts=2),
    )
    assert (Whisper.__ttl_seconds__, Again.__ttl_seconds__) == (5, 5)


def test_messages_have_a_priority_like_every_intent():
    class Alarm(Publish[Passed], priority=2): ...

    class Wake(Signal[Go], machine="child", priority=3): ...

    class Rush(Check, priority=4): ...

    assert [one.__priority__ for one in (Alarm, Wake, Rush, Check)] == [2, 3, 4, 0]


def test_a_publication_is_for_all_unless_its_class_says_that_it_is_for_the_first():
    class Told(Publish[Fact]): ...

    class Offered(Publish[Fact], reach=Reach.FIRST_WAITER): ...

    class OfferedToo(Offered): ...

    assert [one.__reach__ for one in (Told, Offered, OfferedToo)] == [
        Reach.BROADCAST,
        Reach.FIRST_WAITER,
        Reach.FIRST_WAITER,
    ]
