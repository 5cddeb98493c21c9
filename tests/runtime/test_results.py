"""What a caller is told of a decision."""

import pytest

from telic.kernel.results import (
    Deferred,
    Ignored,
    Started,
    Stepped,
    Unplaced,
)
from telic.runtime.results import result_of
from tests.kernel import machines as m
from tests.kernel.machines import BOSS, ORDERING, part, step, walk


def test_a_refusal_is_its_own_result():
    refusal = step(None, m.Quote(price=1))
    assert result_of(refusal) is refusal


@pytest.mark.parametrize(
    ("commit", "kind"),
    [
        (step(None, m.Open()), Started),
        (step(walk(m.Open()), m.Poke()), Stepped),
        (step(walk(m.Open()), m.Poke(how="hush")), Ignored),
        (step(walk(m.Open()), m.Collect()), Deferred),
        (step(walk(*ORDERING)._replace(state=m.New(), waits=()), part(0)[0], **part(0)[1]), Unplaced),
    ],
)
def test_a_commit_is_told_by_the_outcome_of_its_first_record(commit, kind):
    result = result_of(commit)
    assert (type(result), result.record, result.snapshot, result.followed) == (
        kind, commit.records[0], commit.after, (),
    )  # fmt: skip


def test_records_of_deferred_events_follow_the_first():
    commit = step(walk(m.Open(), m.Collect(), m.Quote(price=1)), m.Approve(), **BOSS)
    assert (len(commit.records), result_of(commit).followed) == (2, commit.records[1:])
