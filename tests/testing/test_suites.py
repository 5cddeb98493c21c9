"""``suite``: one test for each check, in a run of pytest of its own."""

import json

import pytest

from telic.testing import suite
from telic.verify import Bound, ProblemKind, always, explore
from tests.verify import small
from tests.verify.leaky import leaky, mended

pytest_plugins = ["pytester"]

MENDED = """
from telic.testing import suite
from tests.verify.leaky import mended
TestTill = suite(mended, worlds=4, pure=False)
"""
LEAKY = """
from telic.testing import suite
from tests.verify.leaky import leaky
TestTill = suite(leaky, pure=False)
"""
COUNTING = """
from telic.testing import suite
from telic.verify import Bound
from tests.verify import small
TestCount = suite(small.counting(), bound=Bound(worlds=3), pure=False)
"""
DEFAULT = len({one.name for one in explore(mended).checks})


@pytest.fixture
def run(pytester, pytestconfig):
    """Run pytest on a file with this text, with telic's tests in reach."""

    def runs(text, *options):
        pytester.makepyfile(test_it=text)
        pytester.syspathinsert(pytestconfig.rootpath)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    return runs


def test_each_check_is_an_item(run):
    result = run(MENDED, "--collect-only", "-q")
    names = [line.partition("::")[2] for line in result.outlines if "::" in line]
    assert {"TestTill::test_stuck", "TestTill::test_no_way_to_an_end", "TestTill::test_everything_was_tried"} <= set(
        names
    )
    assert len(names) == len(ProblemKind) + 2


def test_a_sound_machine_passes_and_is_told_in_one_line(run):
    result = run(MENDED)
    result.assert_outcomes(passed=len(ProblemKind) + 2)
    result.stdout.fnmatch_lines(["*= telic =*", "till: proved: 4 worlds, 8 steps, 1 deep, 3 of 3 states"])


def test_a_check_that_fails_is_one_red_item_with_its_story(run):
    result = run(LEAKY)
    result.assert_outcomes(passed=len(ProblemKind) - 1, failed=2)
    result.stdout.fnmatch_lines(
        ["*AssertionError: till: REFUTED stuck: Held: expected an open intent*", "*1. Go(fast=False)*"]
    )
    result.stdout.fnmatch_lines(["till: refuted: *"])


def test_another_number_of_worlds_is_red(run):
    result = run(MENDED.replace("worlds=4", "worlds=5"))
    result.assert_outcomes(passed=len(ProblemKind) + 1, failed=1)
    result.stdout.fnmatch_lines(["*expected 5 worlds, got 4 worlds, 8 steps*"])


def test_what_could_not_be_decided_is_red_unless_it_is_allowed(run):
    result = run(COUNTING)
    assert result.parseoutcomes()["failed"] >= DEFAULT
    result.stdout.fnmatch_lines(["*bound: 3 worlds*"])
    allowed = run(COUNTING, "--telic-allow-undetermined")
    assert "failed" not in allowed.parseoutcomes()


def test_the_number_of_worlds_can_be_limited(run):
    result = run(MENDED.replace("worlds=4, ", ""), "--telic-max-worlds=2", "--telic-allow-undetermined")
    result.stdout.fnmatch_lines(["till: undetermined: *"])


def test_a_graph_is_accepted_and_then_held_to(run, pytester):
    text = MENDED.replace("pure=False", "pure=False, graph='till.graph.json'")
    run(text).assert_outcomes(passed=len(ProblemKind) + 2, failed=1)
    run(text, "--telic-accept-graphs").assert_outcomes(passed=len(ProblemKind) + 3)
    assert json.loads((pytester.path / "till.graph.json").read_text(encoding="utf-8"))["machine"] == "till"
    run(text).assert_outcomes(passed=len(ProblemKind) + 3)
    changed = run(text.replace("mended", "leaky").replace("worlds=4, ", ""))
    changed.stdout.fnmatch_lines(["*till behaves differently from till.graph.json:*", "*- Held --Nudge--> Done*"])


def test_artifacts_are_written_where_they_are_asked_for(run, pytester):
    run(LEAKY, "--telic-artifacts=found")
    folder = pytester.path / "found" / "till"
    assert {path.name for path in folder.iterdir()} == {
        "report.json",
        "report.txt",
        "1-stuck.mmd",
        "test_1_stuck.py",
    }
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["verdict"] == "refuted"
    assert (folder / "1-stuck.mmd").read_text(encoding="utf-8").startswith("sequenceDiagram")
    compile((folder / "test_1_stuck.py").read_text(encoding="utf-8"), "test_1_stuck.py", "exec")


def test_workers_share_the_items_and_the_lines_are_told_once(run):
    result = run(MENDED, "-n2")
    result.assert_outcomes(passed=len(ProblemKind) + 2)
    assert sum(line.startswith("till: proved: ") for line in result.outlines) == 1


def test_a_property_is_an_item_under_its_own_name():
    made = suite(mended, check=[always("No money, no lamp!", lambda world: True)], pure=False)
    assert "test_no_money_no_lamp" in vars(made)
    assert made.__name__ == "TestTill"
    assert "till" in made.__doc__


def test_impure_code_is_red(run):
    text = "from telic.testing import suite\nfrom tests.verify.impure import *\nfrom tests.verify import impure\n"
    names = [
        name
        for name, value in vars(__import__("tests.verify.impure", fromlist=["x"])).items()
        if type(value).__name__ == "Machine"
    ]
    if not names:
        pytest.skip("no impure machine under a name")
    result = run(f"{text}TestIt = suite(impure.{names[0]}, bound=None)\n", "-k", "pure_code")
    result.assert_outcomes(failed=1, deselected=result.parseoutcomes().get("deselected", 0))


def test_a_machine_is_explored_once_for_all_items(run):
    text = MENDED + (
        "import telic.testing.suites as home\n"
        "calls = []\n"
        "real = home.explore\n"
        "def counted(*given, **named):\n"
        "    calls.append(1)\n"
        "    return real(*given, **named)\n"
        "home.explore = counted\n"
        "def test_zz_after_all():\n"
        "    home.explore = real\n"
        "    assert len(calls) == 1\n"
    )
    run(text).assert_outcomes(passed=len(ProblemKind) + 3)


def test_bounds_of_the_suite_stay_where_only_the_number_of_worlds_is_limited():
    assert Bound(depth=3)._replace(worlds=2) == Bound(worlds=2, depth=3)
    assert explore(small.counting(), bound=Bound(worlds=2, depth=3)).bounds
    assert explore(leaky).failures
