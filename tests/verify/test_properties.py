"""What a user may ask, and which moves a fairness is about; for what is decided see liveness."""

from telic.kernel.snapshot import Begin
from telic.verify import How, Move, Verdict, always, ended, eventually, explore, is_, leads_to, sometimes, strong, weak
from telic.verify.properties import PropertyKind, Strength
from tests.verify import small
from tests.verify.buggy.words import Ask, End, Oid, Paid, Pay, Refused, Stop


def paid(name, intent=None):
    return Move(How.ANSWER, Paid(oid=Oid(name)), intent)


def test_each_way_to_ask_makes_its_kind():
    made = [always("a", ended), sometimes("b", ended), eventually("c", ended), leads_to("d", is_(End), ended)]
    assert [one.kind for one in made] == list(PropertyKind)
    assert [one.name for one in made] == ["a", "b", "c", "d"]
    assert made[3].when is not None
    assert made[2].answered


def test_a_fairness_stands_alone_or_with_others():
    one, other = weak(Stop), strong(Ask)
    assert eventually("e", ended, fair=one).fair == (one,)
    assert leads_to("l", ended, ended, fair=(one, other)).fair == (one, other)
    assert (one.strength, other.strength) == (Strength.WEAK, Strength.STRONG)


def test_a_fairness_is_about_the_event_or_the_intent():
    assert weak(Paid).part(paid("a")) == ()
    assert weak(Paid).part(Move(How.ANSWER, Refused(oid=Oid("a")))) is None
    assert weak(Pay).part(paid("a", Pay(oid=Oid("a")))) == ()
    assert weak(Pay).part(paid("a")) is None


def test_a_fairness_may_name_values():
    assert weak(Paid, oid=Oid("a")).part(paid("a")) == ()
    assert weak(Paid, oid=Oid("a")).part(paid("b")) is None
    assert weak(Ask(yes=True)).part(Move(How.COMMAND, Ask(yes=True))) == ()
    assert weak(Ask(yes=True)).part(Move(How.COMMAND, Ask(yes=False))) is None


def test_a_fairness_may_hold_for_each_value_by_itself():
    each = weak(Paid, by="oid")
    assert each.part(paid("a")) == each.part(paid("a")) != each.part(paid("b"))
    assert weak(Paid, by=("oid",)) == each


def test_no_fairness_is_about_a_beginning_or_the_passing_of_time():
    assert weak(End).part(Move(How.BEGIN, Begin(End()))) is None
    assert weak(Stop).part(Move(How.TIME, None)) is None


def test_properties_are_judged_beside_the_default_checks():
    report = explore(
        small.counting(),
        check=[
            always("low", lambda world: getattr(world.state, "count", 0) < 4),
            sometimes("high", lambda world: getattr(world.state, "count", 0) == 5),
            sometimes("higher", lambda world: getattr(world.state, "count", 0) == 6),
            eventually("it ends", ended, fair=weak(Stop)),
            eventually("it ends by itself", ended),
            leads_to(
                "high leads to the end", lambda world: getattr(world.state, "count", 0) == 5, ended, fair=weak(Stop)
            ),
        ],
    )
    proved, refuted, _ = Verdict
    assert {one.name: one.verdict for one in report.checks[-6:]} == {
        "low": refuted,
        "high": proved,
        "higher": refuted,
        "it ends": proved,
        "it ends by itself": refuted,
        "high leads to the end": proved,
    }
    assert len(report.check("low").trace.steps) == 5
    assert report.check("higher").text == "expected it in some world, got none of 7"


def test_what_is_asked_of_worlds():
    report = explore(small.listening())
    first, last = (report.graph.shown(place) for place in (0, 1))
    assert (ended(first), ended(last), is_(End)(first), is_(End)(last)) == (False, True, False, True)
