"""The generator: the same seed tells the same applications, of the grammar of the real log.

Here only what makes a made-up log worth reading is checked: that it is the same
each time, and that nothing which the real log has is missing. What the model makes
of it must never be checked here.
"""

import gzip
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from examples.loan.generator import DEFAULT_CASES, generate, write_xes
from examples.loan.log import (
    ApplicationLine,
    ApplicationStep,
    Case,
    Lifecycle,
    LogLine,
    OfferLine,
    OfferStep,
    Work,
    WorkLine,
    read_cases,
)

GRANTS = {ApplicationStep.APPROVED, ApplicationStep.REGISTERED, ApplicationStep.ACTIVATED}
LOST = {ApplicationStep.DECLINED, ApplicationStep.CANCELLED}
S = ApplicationStep
FOLLOWS: dict[ApplicationStep | None, set[ApplicationStep]] = {
    None: {S.SUBMITTED},
    S.SUBMITTED: {S.PARTLY_SUBMITTED},
    S.PARTLY_SUBMITTED: {S.PREACCEPTED, *LOST},
    S.PREACCEPTED: {S.ACCEPTED, *LOST},
    S.ACCEPTED: {S.FINALIZED, *LOST},
    S.FINALIZED: {*GRANTS, *LOST},
    S.APPROVED: GRANTS,
    S.REGISTERED: GRANTS,
    S.ACTIVATED: GRANTS,
    S.DECLINED: set(),
    S.CANCELLED: set(),
}


@pytest.fixture(scope="module")
def told() -> list[Case]:
    """The log that is made when nobody asks for anything special."""
    return list(generate())


def lines(cases: list[Case]) -> list[LogLine]:
    """All lines of all cases."""
    return [line for case in cases for line in case.lines]


def steps(case: Case) -> list[ApplicationStep]:
    """The steps of the application itself."""
    return [line.activity for line in case.lines if isinstance(line, ApplicationLine)]


def after_outcome(case: Case) -> list[LogLine]:
    """What comes after the application was declined, cancelled, or granted in full."""
    seen: set[ApplicationStep] = set()
    for place, line in enumerate(case.lines):
        if isinstance(line, ApplicationLine):
            seen.add(line.activity)
        if seen & LOST or seen >= GRANTS:
            return list(case.lines[place + 1 :])
    return []


def test_the_default_size(told: list[Case]) -> None:
    assert len(told) == DEFAULT_CASES == 1_000
    assert len({case.id for case in told}) == 1_000
    assert 18_000 < len(lines(told)) < 22_000


def test_the_same_seed_tells_the_same(told: list[Case]) -> None:
    assert list(generate()) == told
    assert list(generate(10)) == told[:10]
    assert list(generate(10, seed=1)) != told[:10]


def test_the_same_cases_make_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.xes.gz", tmp_path / "b.xes.gz"
    write_xes(first, generate(40, seed=9))
    write_xes(second, generate(40, seed=9))
    assert first.read_bytes() == second.read_bytes()
    plain = tmp_path / "a.xes"
    write_xes(plain, generate(40, seed=9))
    assert gzip.decompress(first.read_bytes()) == plain.read_bytes()


def test_what_is_written_is_read_back(tmp_path: Path, told: list[Case]) -> None:
    write_xes(tmp_path / "log.xes.gz", told)
    assert list(read_cases(tmp_path / "log.xes.gz")) == told


def test_text_is_escaped(tmp_path: Path, told: list[Case]) -> None:
    odd = Case('<"&', told[0].registered, 5, ())
    write_xes(tmp_path / "log.xes", [odd])
    assert list(read_cases(tmp_path / "log.xes")) == [odd]


def test_times_never_run_backwards(told: list[Case]) -> None:
    assert all(a.registered < b.registered for a, b in pairwise(told))
    assert all(a.at <= b.at for case in told for a, b in pairwise(case.lines))
    assert all(case.lines[0].at == case.registered for case in told)


def test_applications_take_the_steps_of_the_real_ones(told: list[Case]) -> None:
    for case in told:
        taken = steps(case)
        assert len(set(taken)) == len(taken)
        assert all(after in FOLLOWS[before] for before, after in pairwise([None, *taken]) if after)
        assert not set(taken) & GRANTS or set(taken) >= GRANTS


def test_every_activity_occurs(told: list[Case]) -> None:
    seen = {line.activity for line in lines(told)}
    assert seen == {*ApplicationStep, *OfferStep, *Work}


@pytest.mark.parametrize(
    ("least", "most", "counts"),
    [
        (520, 640, lambda case: S.DECLINED in steps(case)),
        (170, 260, lambda case: S.CANCELLED in steps(case)),
        (130, 220, lambda case: S.ACTIVATED in steps(case)),
        (10, 60, lambda case: not {*steps(case)} & {*LOST, S.ACTIVATED}),
    ],
)
def test_outcomes_have_the_shares_of_the_real_log(
    told: list[Case], least: int, most: int, counts: Callable[[Case], bool]
) -> None:
    assert least < sum(counts(case) for case in told) < most


def test_grants_come_in_every_order(told: list[Case]) -> None:
    orders = {tuple(step for step in steps(case) if step in GRANTS) for case in told}
    assert len(orders - {()}) == 6


def test_offers_are_replaced_in_both_orders(told: list[Case]) -> None:
    pairs = Counter((a.activity, b.activity) for case in told for a, b in pairwise(case.lines))
    assert pairs[OfferStep.SELECTED, OfferStep.CANCELLED] > 20
    assert pairs[OfferStep.CANCELLED, OfferStep.SELECTED] > 20
    assert max(steps_of(case, OfferStep.CREATED) for case in told) >= 3


def steps_of(case: Case, step: OfferStep) -> int:
    """How often an offer of the case took that step."""
    return sum(line.activity is step for line in case.lines)


def test_offers_and_work_come_after_the_outcome(told: list[Case]) -> None:
    late = [line for case in told for line in after_outcome(case)]
    assert sum(isinstance(line, OfferLine) for line in late) > 50
    assert sum(isinstance(line, WorkLine) for line in late) > 300
    starts = [line for line in late if line.lifecycle is Lifecycle.START]
    assert 0 < len(starts) < 20


def test_a_few_work_lines_fit_nothing(told: list[Case]) -> None:
    twice = Counter(
        b.lifecycle
        for case in told
        for work in Work
        for a, b in pairwise(line for line in case.lines if line.activity is work)
        if a.lifecycle is b.lifecycle
    )
    assert 0 < twice[Lifecycle.SCHEDULE] < 10
    assert 0 < twice[Lifecycle.START] < 10


def test_nobody_has_two_things_in_hand_except_by_misfit(told: list[Case]) -> None:
    crowded = 0
    for case in told:
        in_hand: Counter[Work] = Counter()
        for line in case.lines:
            if isinstance(line, WorkLine) and line.lifecycle is Lifecycle.START:
                in_hand[line.activity] += 1
                crowded += in_hand.total() > 1
            elif isinstance(line, WorkLine) and line.lifecycle is Lifecycle.COMPLETE:
                in_hand[line.activity] = 0
    assert 0 < crowded < 10


def test_some_lines_name_nobody(told: list[Case]) -> None:
    unnamed = sum(line.resource is None for line in lines(told))
    assert 0.01 < unnamed / len(lines(told)) < 0.2
