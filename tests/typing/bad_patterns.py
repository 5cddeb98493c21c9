"""What both type checkers must refuse of the parts in ``telic.patterns``: each line that is marked, and no other."""

from typing import assert_never

from telic import Command, Fact, NoIntent, Reject, State, start, transition
from telic.patterns import Approval, Approved, Choice, Declined, Join, Joined, Panel, Refusal
from tests.typing.good_patterns import ADA, NOON, PersonId, SupplierId, approval, ask, lead, quotes, turns


class Unanswerable(Fact): ...


quotes.answered(ADA, 7)  # expect-error: a key of another type
quotes.answered(SupplierId("a"), "7")  # expect-error: a result of another type
Join[PersonId, int].of(ADA).fan_out(ask)  # expect-error: an intent made from another key
approval.hand_over("ada", SupplierId("a"))  # expect-error: a person of another type
approval.tasks(Unanswerable)  # expect-error: a task that is answered by a fact
approval.decide("ada", "approve", "", NOON)  # expect-error: a choice that is any text
Panel[PersonId].of("ada")  # expect-error: a person that is any text
Approval[SupplierId].asked([lead], NOON)  # expect-error: a panel of others
approval.stage = 2  # expect-error: mutation of a part
quotes.answered(SupplierId("a"), 7).evolve(need=1)  # expect-error: not every outcome is a join
turns.begin(ADA)  # expect-error: an activity of another type
turns.begin(SupplierId("a")).end()  # expect-error: not every outcome is turns


def decided(given: Approval[PersonId]) -> str:
    outcome = given.decide("ada", Choice.APPROVE, "", NOON)
    match outcome:
        case Approval() | Approved():
            return "on"
        case Declined(reason=reason):
            return reason
        case Refusal():
            return "no"
        case _:
            assert_never(outcome)  # expect-error: a return for changes was not thought of


def answered(given: Join[SupplierId, int]) -> int:
    match given.answered(SupplierId("a"), 7):
        case Joined(results=results):
            return sum(results.keys())  # expect-error: keys are no numbers
        case _:
            return 0


class Begin(Command): ...


class Beginning(State):
    @start  # expect-error: a start without a state that does not refuse
    def begin(self, event: Begin) -> tuple[None, NoIntent]:
        return None, NoIntent()

    @transition  # expect-error: a transition without a state
    def go_on(self, event: Begin) -> tuple[None, Reject]:
        return None, Reject("no")
