"""Following one story: where it leads, and what is wrong there."""

from telic.kernel.snapshot import Begin
from telic.verify import Domain, How, Move, explore, is_, retrace
from tests.verify import small
from tests.verify.buggy import losing
from tests.verify.buggy.words import Ask, Go, Stop
from tests.verify.leaky import Charge, Declined, leaky, mended

STORY = explore(leaky).check("stuck").trace.moves


def test_a_story_that_still_leads_into_the_leak_says_so():
    found = retrace(leaky, *STORY)
    assert found.problems == ("stuck",)
    assert type(found.world.state).__name__ == "Held"
    assert found.text().startswith("stuck: Held: expected an open intent")


def test_a_story_that_ends_well_has_no_problem():
    found = retrace(mended, *STORY)
    assert (found.problems, found.stopped) == ((), "")
    assert type(found.world.state).__name__ == "Held"


def test_a_story_that_cannot_happen_says_at_which_step_it_stops():
    found = retrace(leaky, STORY[0], Move(How.COMMAND, Stop()))
    assert (found.world, found.problems) == (None, ())
    assert found.stopped == "step 2 cannot happen any more: Stop()"
    assert found.text().startswith("step 2 cannot happen any more: Stop()\n1. Go(fast=")


def test_a_story_that_cannot_even_begin_is_told_without_one():
    found = retrace(leaky, Move(How.BEGIN, Stop()))
    assert (found.world, found.story, found.text()) == (None, "", "step 1 cannot happen any more: Stop()")


def test_a_story_may_begin_with_a_state():
    machine = small.counting()
    state = machine.states[0](count=5)
    assert retrace(machine, Move(How.BEGIN, Begin(state))).world.state == state
    after = retrace(machine, Move(How.BEGIN, Begin(state)), Move(How.COMMAND, Stop()))
    assert type(after.world.state).__name__ == "End"


def test_a_step_that_breaks_ends_the_story_with_its_problem():
    case = next(one for one in losing.CASES if str(one) == "an_end_after_the_first_of_two")
    trace = explore(case.build(True)).check("false claim").trace
    found = retrace(case.build(True), *trace.moves)
    assert found.world is None
    assert "false claim" in found.problems


def test_a_problem_on_the_way_is_told_too():
    case = next(one for one in losing.CASES if str(one) == "news_that_the_next_state_drops")
    trace = explore(case.build(True), **case.asked).check("lost answer").trace
    found = retrace(case.build(True), *trace.moves, Move(How.COMMAND, Stop()))
    assert "lost answer" in found.problems


def test_the_sender_counts_where_the_story_names_one():
    machine, domain = small.asking(lambda ctx: ctx.actor == "boss"), Domain().actors("thief", "boss")
    begin = Move(How.BEGIN, Go())
    assert retrace(machine, begin, Move(How.COMMAND, Stop(), actor="boss"), domain=domain).stopped == ""
    assert retrace(machine, begin, Move(How.COMMAND, Stop(), actor="thief"), domain=domain).stopped != ""
    assert retrace(machine, begin, Move(How.COMMAND, Stop()), domain=domain).stopped == ""


def test_the_task_counts():
    begin = Move(How.BEGIN, Go())
    yes = Ask(yes=True)
    assert type(retrace(small.tasks(), begin, Move(How.TASK, yes, wait="boss")).world.state).__name__ == "End"
    assert type(retrace(small.tasks(), begin, Move(How.TASK, yes, wait="deputy")).world.state).__name__ == "A"
    assert retrace(small.tasks(), begin, Move(How.TASK, yes, wait="nobody")).world is None


def test_further_ends_are_right_ends():
    held = next(state for state in leaky.states if state.__name__ == "Held")
    assert retrace(leaky, *STORY, ends=is_(held)).problems == ()


def test_the_intent_that_is_answered_counts():
    other = STORY[1].intent.model_validate({"oid": "o-other"})
    assert isinstance(other, Charge)
    assert isinstance(STORY[1].event, Declined)
    assert retrace(leaky, STORY[0], STORY[1]._replace(intent=other)).world is None
