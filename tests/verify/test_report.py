"""The report: the verdict, the checks, and the whole of it as text and as JSON."""

import json

import pytest

from telic.verify import Bound, Domain, ProblemKind, Verdict, always, explore
from tests.verify import small
from tests.verify.leaky import leaky, mended

LEAKY, MENDED = explore(leaky), explore(mended)
BOUNDED = explore(small.counting(), bound=Bound(worlds=3))


def test_every_default_check_is_told_in_every_report():
    asked_for = {kind for kind in ProblemKind if kind not in {one.name for one in MENDED.checks}}
    assert asked_for <= {"delivered twice"}
    for report in (LEAKY, MENDED, BOUNDED):
        assert {one.name for one in report.checks} == set(ProblemKind) - asked_for


def test_the_verdict_is_the_worst_of_all():
    assert [one.verdict for one in (MENDED, LEAKY, BOUNDED)] == [
        Verdict.PROVED,
        Verdict.REFUTED,
        Verdict.UNDETERMINED,
    ]
    assert (MENDED.failures, MENDED.undetermined) == ((), ())
    assert [one.name for one in LEAKY.failures] == ["stuck", "dead transition"]


def test_a_check_is_found_by_its_name_and_a_refuted_one_first():
    assert LEAKY.check("stuck").verdict is Verdict.REFUTED
    assert MENDED.check("stuck").verdict is Verdict.PROVED
    with pytest.raises(KeyError, match="expected one of stuck"):
        MENDED.check("struck")


def test_only_what_is_proved_is_ok():
    MENDED.assert_ok()
    BOUNDED.assert_ok(allow_undetermined=True)
    with pytest.raises(AssertionError) as caught:
        LEAKY.assert_ok(allow_undetermined=True)
    assert str(caught.value) == LEAKY.text()
    with pytest.raises(AssertionError, match="bound: 3 worlds"):
        BOUNDED.assert_ok()


def test_the_text_of_a_proof_is_its_size_and_what_it_takes_for_granted():
    assert MENDED.text().splitlines() == [
        "till: proved: 4 worlds, 8 steps, 1 deep, 3 of 3 states",
        "unattended: Held: only a command can move it, and nobody is asked",
        "assumed: Charge is redriven where it fails in Open",
    ]


def test_the_text_of_a_refutation_tells_the_story():
    lines = LEAKY.text().splitlines()
    assert lines[0].startswith("till: refuted: ")
    assert lines[1] == (
        "REFUTED stuck: Held: expected an open intent, a wait or a command that can move it, got none; "
        "do give Held a deadline, a task or a transition, or make it a FinalState"
    )
    assert [line[:2] for line in lines if line[1:2] == "."] == ["1.", "2."]
    assert "   open: nothing; waits: nothing" in lines


def test_what_has_no_domain_is_told_with_the_reason():
    report = explore(small.asking(lambda ctx: ctx.actor == "boss"))
    assert "no domain: ctx.actor (do give Domain().actors(...))" in report.text()
    assert report.json()["missing"] == {"ctx.actor": "do give Domain().actors(...)"}


def test_a_report_is_plain_json():
    data = json.loads(json.dumps(LEAKY.json()))
    assert (data["machine"], data["verdict"], data["complete"]) == ("till", "refuted", True)
    assert data["stats"] == LEAKY.stats._asdict()
    stuck = next(one for one in data["checks"] if one["check"] == "stuck")
    assert (stuck["verdict"], stuck["where"], len(stuck["steps"])) == ("refuted", "Held", 2)


def test_a_report_that_is_too_long_for_people_is_cut_and_says_so():
    many = [always(f"claim {number}", lambda world: False) for number in range(600)]
    lines = explore(mended, check=many).text().splitlines()
    assert len(lines) == 1801
    assert lines[-1].endswith("lines left out")


def test_a_check_without_a_story_has_no_diagram():
    with pytest.raises(ValueError, match="expected a check with a story, got 'mutation'; do choose one with a trace"):
        MENDED.sequence_diagram(MENDED.check("mutation"))


def test_a_report_shows_as_its_verdict_and_size():
    assert repr(MENDED) == "Report('till', proved, 4 worlds, 8 steps, 1 deep, 3 of 3 states)"
    assert repr(explore(mended, domain=Domain())) == repr(MENDED)
