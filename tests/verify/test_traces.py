"""Stories: numbered steps, what changed, and what is open at the end."""

from telic.verify import always, ended, eventually, explore
from telic.verify.traces import Trace
from tests.verify import small
from tests.verify.buggy import losing
from tests.verify.leaky import leaky


def told(machine, name, check=()):
    return explore(machine, check=check).check(name).trace


def test_a_story_is_numbered_and_tells_only_what_changed():
    assert told(leaky, "stuck").text().splitlines() == [
        "1. Go(fast=False)  →  Open",
        "     oid = Oid('o-7e11c000-0000-8000-8000-000000000001')",
        "     until = datetime.datetime(2000, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)",
        "     opens Charge(oid=Oid('o-7e11c000-0000-8000-8000-000000000001'))",
        "2. Charge answers Declined(oid=Oid('o-7e11c000-0000-8000-8000-000000000001'), reason='fraud')  Open → Held",
        "   open: nothing; waits: nothing",
    ]


def test_a_step_that_leads_nowhere_is_the_last_of_the_story():
    case = always("no more than one round", lambda world: getattr(world.state, "count", 0) <= 1)
    trace = told(small.counting(), case.name, [case])
    assert [step.number for step in trace.steps] == [1, 2, 3]
    assert trace.end.state.count == 2
    assert trace.steps[1].changes == ("count: 0 → 1",)


def test_a_way_that_never_ends_tells_what_repeats_or_that_nothing_comes():
    trace = told(leaky, "it ends", [eventually("it ends", ended)])
    text = trace.text()
    assert ("and then, again and again:" in text) is bool(trace.cycle)
    assert ("and then nothing more, for ever" in text) is trace.stays
    assert bool(trace.cycle) is not trace.stays
    assert trace.moves == tuple(step.move for step in trace.steps)


def test_what_is_withdrawn_and_what_is_kept_is_told():
    at_b = always("not there", lambda world: type(world.state).__name__ != "B")
    assert "withdraws Pay(oid=Oid('o'))" in told(small.withdrawing(), "not there", [at_b]).text()
    kept = always("none kept", lambda world: not world.deferred)
    assert "     keeps Grade(level=0)" in told(small.keeping(lambda ctx: True), "none kept", [kept]).text()


def test_several_of_a_kind_are_counted():
    ended_ = always("it goes on", lambda world: len(world.open) != 3)
    assert told(small.many(3), "it goes on", [ended_]).text().endswith("open: 3 of Pay; waits: nothing")


def test_waits_are_named():
    two = always("no tasks", lambda world: not world.waits)
    assert told(small.tasks(), "no tasks", [two]).text().endswith("waits: HumanTask boss, HumanTask deputy")


def test_a_long_value_is_cut():
    open_ = always("nothing open", lambda world: not world.open)
    lines = told(small.many(1), "nothing open", [open_]).text().splitlines()
    assert max(map(len, lines)) <= 170


def test_a_long_story_loses_its_middle_and_says_so():
    low = always("low", lambda world: getattr(world.state, "count", 0) < 300)
    lines = told(small.counting(301), "low", [low]).text().splitlines()
    assert len(lines) == 401
    assert lines[200].strip().endswith("lines left out …")
    assert lines[-1] == "   open: nothing; waits: nothing"


def test_the_step_that_loses_an_answer_is_told_with_where_it_leads():
    case = next(one for one in losing.CASES if str(one) == "news_that_the_next_state_drops")
    trace = explore(case.build(True), **case.asked).check("lost answer").trace
    assert [type(step.after.state).__name__ for step in trace.steps] == ["A", "A", "B"]
    assert [type(one).__name__ for one in trace.end.unplaced] == ["News"]


def test_no_story_has_no_end():
    assert Trace(()).end is None
    assert Trace(()).text() == ""
