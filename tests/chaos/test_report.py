"""What a run writes down, and what it reads from what the dead have left."""

import json

import pytest

from tests.chaos.checker import Finding, Verdict
from tests.chaos.crew import Recovery, recovery
from tests.chaos.evidence import EFFECTS, SENT, Effect, Evidence, Ledger, Orphan, Sent, Taken
from tests.chaos.marks import Marks, Phase
from tests.chaos.report import BEGIN, END, Run, as_json, as_table, into_page
from tests.chaos.scenario import Outcome

FIGURES = dict.fromkeys(
    ("instances", "records", "accepted", "known_again", "intents", "effects", "run_again", "open"), 1234
)
RUN = Run(20, "PostgreSQL 15.1", 61.0)
LOST = Finding("I3", "e-1", "intent e-1:1:0 is nowhere")
KILLS = Outcome(
    "kill -9", "SQLite", 20, Verdict((), FIGURES), 61.0, Recovery(7, 1.4, 1.6),
    {"hit_claim": 5, "hit_handler": 6, "hit_save": 7, "hit_commit": 8, "hit_up": 2, "aimed": 10, "late_ms": 70},
)  # fmt: skip


def test_the_table_has_a_row_for_each_outcome_and_says_what_kills_hit():
    table = as_table([KILLS], [], RUN)
    assert table.startswith("Written by `make chaos KILLS=20`, a run of 1.0 minutes on ")
    assert table.partition("\n")[0].endswith("PostgreSQL 15.1.")
    assert "| kill -9 | SQLite | 20 | 1,234 | 1,234 | 1,234 | 1,234 | 1,234 | 0 | 0 | 0 | 0 |" in table
    assert "of 20 kills, 5 claim, 6 handler, 7 save, 8 commit, and 2 none of these; 10 waited" in table
    assert "1.40 s (median), 1.60 s (worst). The event loop of a worker came 0.07 s late at worst." in table


def test_what_failed_stands_in_the_table_and_in_the_json():
    failed = KILLS._replace(verdict=Verdict((LOST,), FIGURES))
    row = "| kill -9 **FAILED** | SQLite | 20 | 1,234 | 1,234 | 1,234 | 1,234 | 1,234 | 1 | 0 | 0 | 0 |"
    assert row in as_table([failed], [], RUN)
    (row,) = json.loads(as_json([failed], [], RUN))["outcomes"]
    assert (row["ok"], row["lost"], row["findings"]) == (False, 1, ["I3 e-1: intent e-1:1:0 is nowhere"])


def test_what_only_some_scenarios_know_stands_below_the_table():
    cut = KILLS._replace(scenario="cut", recovery=None, details={"at_wal_flush": 1059, "refused_to_senders": 2})
    assert "- cut, SQLite: 1,059 at wal flush, 2 refused to senders." in as_table([cut], [], RUN)
    assert "- kill -9, SQLite:" not in as_table([KILLS], [], RUN)


def test_what_was_not_run_is_said():
    assert "Not run: PostgreSQL." in as_table([KILLS], ["PostgreSQL"], RUN)


def test_the_figures_of_a_page_are_replaced_and_nothing_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    into_page(page, "new")
    into_page(page, "newer")
    assert page.read_text() == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match="got a page without"):
        into_page(page, "new")
    assert page.read_text() == "nothing here"


def test_a_kill_hits_the_phases_that_were_entered_and_not_left():
    marks = Marks(2)
    with marks.within(1, Phase.HANDLER):
        with marks.within(1, Phase.CLAIM):
            pass
        assert marks.hit(1) == {Phase.HANDLER}
        assert marks.hit(0) == frozenset()
        with marks.within(1, Phase.SAVE):
            assert marks.hit(1) == {Phase.HANDLER, Phase.SAVE}
            with marks.within(1, Phase.COMMIT):
                assert marks.hit(1) == {Phase.HANDLER, Phase.COMMIT}


def test_what_was_written_down_is_read_as_it_was(tmp_path):
    effect = Effect("e:1:0", "Work", 1, 77, 12.5)
    Ledger(tmp_path, EFFECTS).add(*effect, durable=True)
    for _ in range(2):  # two processes
        Ledger(tmp_path, SENT).add(*Sent("e", "feeder#0"))
    assert Evidence.of(tmp_path) == Evidence((effect,), (Sent("e", "feeder#0"), Sent("e", "feeder#0")))


class Answered:
    """A place where some intents were answered."""

    def __init__(self, **at_us):
        self.at_us = at_us

    def rows(self, text):
        return list(self.at_us.items())


def test_recovery_is_from_a_kill_to_the_next_claim():
    evidence = Evidence(orphans=(Orphan("a", 10.0),), taken=(Taken("a", 4.0), Taken("a", 11.5), Taken("a", 13.0)))
    assert recovery(Answered(), evidence) == Recovery(1, 1.5, 1.5)


def test_what_is_orphaned_again_was_taken_up_before():
    evidence = Evidence(orphans=(Orphan("a", 10.0), Orphan("a", 12.0)), taken=(Taken("a", 13.0),))
    assert recovery(Answered(), evidence) == Recovery(2, 2.0, 2.0)


def test_an_answer_that_was_under_way_at_the_kill_is_no_recovery():
    assert recovery(Answered(a=9_900_000), Evidence(orphans=(Orphan("a", 10.0),))) == Recovery(0, 0.0, 0.0)
