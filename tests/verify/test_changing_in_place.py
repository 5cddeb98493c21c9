"""What a transition does besides returning: changes its state, or returns something else the next time."""

from enum import StrEnum
from typing import Literal, Never

import pytest

from telic import Command, FinalState, Intent, Machine, NoIntent, State, Value, start, transition
from telic.verify import ProblemKind, Verdict, explore

CALLS = []


class BoxKind(StrEnum):
    CLOSED = "closed"
    OPEN = "open"


class Close(Command): ...


class OpenBox(Command): ...


class Tell(Intent[Never]): ...


class Lid(Value):
    scratches: int = 0


class Opened(FinalState):
    kind: Literal[BoxKind.OPEN] = BoxKind.OPEN


def box(does):
    class Closed(State):
        kind: Literal[BoxKind.CLOSED] = BoxKind.CLOSED
        lid: Lid = Lid()

        @classmethod
        @start
        def close(cls, event: Close) -> tuple["Closed", NoIntent]:
            return cls(), NoIntent()

        @transition
        def open_box(self, event: OpenBox) -> tuple[Opened, NoIntent] | tuple[Opened, Tell]:
            return Opened(), does(self)

    return Machine[Closed | Opened, Close | OpenBox](name="box")


def scratch(state):
    object.__setattr__(state.lid, "scratches", state.lid.scratches + 1)
    return NoIntent()


def every_second_time(first, second):
    def does(state):
        CALLS.append(state)
        return first if len(CALLS) % 2 else second

    return does


def test_a_change_within_a_field_is_seen():
    found = explore(box(scratch)).check(ProblemKind.MUTATION)
    assert (found.verdict, found.where) == (Verdict.REFUTED, "Closed")
    assert found.text == "expected the state to stay as it is, got one that changed, on OpenBox()"


@pytest.mark.parametrize(("first", "second"), [(Tell(), NoIntent()), (NoIntent(), Tell())])
def test_an_intent_that_is_emitted_every_second_time_is_seen(first, second):
    CALLS.clear()
    found = explore(box(every_second_time(first, second))).check(ProblemKind.NOT_DETERMINISTIC)
    assert (found.verdict, found.where) == (Verdict.REFUTED, "Closed")
    assert found.text == "expected the same result for the same event, got two that differ, on OpenBox()"


def test_a_difference_far_into_a_large_exploration_is_seen_too():
    class Far(State):
        kind: Literal[BoxKind.CLOSED] = BoxKind.CLOSED
        number: int = 0

        @classmethod
        @start
        def close(cls, event: Close) -> tuple["Far", NoIntent]:
            return cls(), NoIntent()

        @transition
        def open_box(self, event: OpenBox) -> tuple["Far", NoIntent] | tuple[Opened, NoIntent]:
            if self.number == 12_000:
                CALLS.append(self)
                return self.evolve(number=self.number + len(CALLS)), NoIntent()
            return (Opened() if self.number > 12_100 else self.evolve(number=self.number + 1)), NoIntent()

    CALLS.clear()
    found = explore(Machine[Far | Opened, Close | OpenBox](name="far"))
    assert found.check(ProblemKind.NOT_DETERMINISTIC).verdict is Verdict.REFUTED
    assert not any("determinism" in one for one in found.assumed)
