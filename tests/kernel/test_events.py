"""Events: commands and facts, and the names under which they are stored."""

from telic import Cancel, Command, Fact
from telic.kernel.events import Control, Event, Pause, Resume, Terminate


class Paid(Fact): ...


class Settled(Paid, tag="paid"): ...


def test_an_event_is_stored_under_its_class_name_or_its_tag():
    assert (Paid.__tag__, Settled.__tag__) == ("Paid", "paid")


def test_a_tag_is_not_inherited():
    class Late(Settled): ...

    assert Late.__tag__ == "Late"


def test_an_event_is_a_command_or_a_fact():
    assert {Command, Fact} == {cls for cls in Event.__subclasses__() if cls.__module__ == Event.__module__}


def test_the_kernels_own_commands_are_commands_with_names_of_their_own():
    kernel = (Cancel, Terminate, Pause, Resume)
    assert all(issubclass(one, Control) and issubclass(one, Command) for one in kernel)
    assert [one.__tag__ for one in kernel] == ["telic.cancel", "telic.terminate", "telic.pause", "telic.resume"]
    assert (Cancel().reason, Cancel(reason="late").reason) == ("", "late")
