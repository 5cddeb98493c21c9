"""What is printed, to the letter: the table, the cost of a run, and how far it is."""

from collections import Counter
from datetime import UTC, datetime

from examples.loan.log import ApplicationLine, ApplicationStep, OfferLine, OfferStep
from examples.loan.report import Cost, Progress, cost_of, peak_bytes, table
from examples.loan.tally import Applied, Misfit, Refused, Tally

NOW = datetime(2031, 1, 6, tzinfo=UTC)
OFFER = OfferLine("1", 1, NOW, None, OfferStep.SENT)
APPLICATION = ApplicationLine("1", 0, NOW, None, ApplicationStep.SUBMITTED)

TABLE = """\
instances                   13,087
events applied             262,148 of 262,200
  A_*  application          60,849 of 60,849
  O_*  offers               31,244 of 31,244
  W_*  work                170,055 of 170,107
ignored                         52
  W_*                           50  it is closed
  W_*                            1  it is scheduled
  W_*                            1  it is too early
outcomes
  activated                  2,246
  declined                   7,635
  cancelled                  2,807
  still open                   399  69 preaccepted, 3 accepted, 327 finalized"""


def real() -> Tally:
    return Tally(
        lines=Counter(A=60_849, O=31_244, W=170_107),
        applied=Counter(A=60_849, O=31_244, W=170_055),
        ignored=Counter({
            ("W", "it is too early"): 1,
            ("W", "it is scheduled"): 1,
            ("W", "it is closed"): 50,
        }),
        outcomes=Counter(
            activated=2_246, declined=7_635, cancelled=2_807,
            finalized=327, preaccepted=69, accepted=3,
        ),
        duplicates=262_200,
    )  # fmt: skip


def test_the_table():
    assert table(real()) == TABLE


def test_the_table_is_the_same_whoever_did_the_work():
    other = real()
    other.duplicates = 0
    assert table(other) == table(real())


def test_lines_that_were_not_even_recorded_are_named_when_there_are_any():
    tally = real()
    tally.refused["A", "not_found"] = 3
    assert "refused, not recorded" in table(tally)
    assert "  A_*                            3  not_found" in table(tally)


def test_an_empty_log_has_a_table():
    assert "instances                        0" in table(Tally())
    assert table(Tally()).endswith("  still open                     0")


def test_what_a_run_took():
    assert cost_of(real(), Cost(seconds=100.0, peak_bytes=250_000_000)).splitlines() == [
        "lines sent                 262,200",
        "  of them duplicates       262,200",
        "steps per second             2,622",
        "seconds                      100.0",
        "peak memory, MB                250",
    ]


def test_memory_is_left_out_where_nobody_can_tell_it():
    assert "memory" not in cost_of(Tally(), Cost(seconds=0.0, peak_bytes=None))


def test_this_process_has_a_peak():
    peak = peak_bytes()
    assert peak is None or peak > 10_000_000


def test_each_line_is_counted_by_what_came_of_it():
    tally = Tally()
    tally.add(APPLICATION, Applied("submitted"))
    tally.add(OFFER, Misfit("submitted", "there is no offer", again=True))
    tally.add(OFFER, Refused("not_found"))
    tally.close(Applied("submitted"))
    assert tally == Tally(
        lines=Counter(A=1, O=2),
        applied=Counter(A=1),
        ignored=Counter({("O", "there is no offer"): 1}),
        refused=Counter({("O", "not_found"): 1}),
        outcomes=Counter(submitted=1),
        duplicates=1,
    )


def test_a_case_of_which_nothing_was_recorded_is_no_instance():
    tally = Tally()
    tally.close(None)
    assert tally.instances == 0


def test_progress_is_printed_once_a_second_at_most():
    now, printed = 0.0, []
    progress = Progress(lambda: now, printed.append)
    tally = Tally()
    for _ in range(64 * 8):
        tally.lines["A"] += 1
        now += 1 / 128
        progress(tally)
    assert printed == [f"  {lines} lines, 0 cases, 128 steps/s" for lines in (128, 256, 384, 512)]
