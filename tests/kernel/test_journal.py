"""The journal, and its replay with the code of today."""

import pytest
from hypothesis import given

from telic import EventId, Machine
from telic.kernel.errors import JournalDiverged
from telic.kernel.journal import beginning, entry_of, fold, folding
from tests.kernel import machines as m
from tests.kernel.lives import MOVES, lived
from tests.kernel.machines import BOSS, shop, step, walk


@given(MOVES)
def test_the_journal_folded_is_the_state(moves):
    commits = lived(moves)
    entries = [entry_of(record, shop) for commit in commits for record in commit.records]
    folded = fold(shop, commits[-1].after.meta, entries)
    assert folded._replace(seen={}) == commits[-1].after._replace(seen={})


def test_a_journal_that_comes_to_something_else_is_named():
    commits = [step(None, m.Open())]
    commits.append(step(commits[0].after, m.Poke()))
    entries = [entry_of(commit.records[0], shop) for commit in commits]
    meta = commits[0].after.meta
    assert fold(shop, meta, entries) == commits[1].after
    for wrong in (
        {"kind": "done"},
        {"state_hash": b"other"},
        {"outcome": "ignored"},
        {"event": m.Open()},
        {"revision": 7},
    ):
        with pytest.raises(JournalDiverged):
            fold(shop, meta, [entries[0], entries[1]._replace(**wrong)])
    with pytest.raises(JournalDiverged):
        fold(shop, meta, [entries[0]._replace(event=m.Poke())])
    assert entries[1].event_id == "telic:bike:2"


def journal(*events):
    """The entries and the identity of an instance that has lived through these."""
    commits, snapshot = [], None
    for event, how in events:
        commits.append(step(snapshot, event, **how))
        snapshot = commits[-1].after
    return snapshot.meta, [entry_of(record, shop) for commit in commits for record in commit.records]


OFFERED = ((m.Open(), {}), (m.Collect(), {}), (m.Quote(price=1), {}), (m.Approve(), BOSS))


def diverged(meta, entries):
    with pytest.raises(JournalDiverged) as caught:
        fold(shop, meta, entries)
    return caught.value


def test_a_journal_without_lines_leads_nowhere():
    with pytest.raises(ValueError, match="expected a journal of one line at least, got none"):
        fold(shop, walk(m.Open()).meta, [])


def test_a_journal_that_ends_within_a_step_is_named():
    meta, entries = journal(*OFFERED)
    assert [one.first for one in entries] == [None, None, None, None, 2]
    error = diverged(meta, entries[:-1])
    assert (error.revision, error.expected) == (5, "the end of the journal")
    assert error.got.startswith("stepped to 'done' (state ")


def test_an_offer_that_does_not_follow_any_more_is_named():
    meta, entries = journal(*OFFERED)
    error = diverged(meta, [entries[0], entries[-1]._replace(revision=2)])
    assert (error.revision, error.expected, error.got) == (
        2, "the event of revision 2 to be offered again", "no such offer",
    )  # fmt: skip


def test_a_refusal_today_is_told_beside_what_was_recorded():
    meta, entries = journal((m.Open(), {}), (m.Poke(), {}))
    error = diverged(meta, [entries[0], entries[1]._replace(event=m.Quote(price=-1))])
    assert error.expected.startswith("stepped to 'new' with bike:2:0 (state ")
    assert error.got.startswith("Rejected(id=WorkflowId('bike'), reasons=('too cheap', 'and odd')")


ticking = Machine[m.Shop, m.ShopEvent](name="shop", max_deferred=2, checkpoint_every=2)


def lived_through(*events):
    """The commits of an instance of which every second record carries a checkpoint."""
    commits, snapshot = [], None
    for event, how in events:
        commits.append(step(snapshot, event, machine=ticking, **how))
        snapshot = commits[-1].after
    return commits


def test_a_journal_that_was_cut_leads_to_the_same_state():
    commits = lived_through(*OFFERED)
    entries = [entry_of(record, ticking) for commit in commits for record in commit.records]
    assert [one.revision for one in entries if one.checkpoint is not None] == [2, 5]
    last = commits[-1].after
    for first in (1, 4):
        assert fold(shop, last.meta, entries[first:]) == last
        assert beginning(last.meta, entries[first:]) is entries[first].checkpoint
    assert [one.expected for one in folding(shop, last.meta, entries[1:])] == [2, 3]
    assert beginning(last.meta, entries) is None


def test_a_journal_that_was_cut_before_any_other_line_leads_nowhere():
    meta, entries = journal(*OFFERED)
    error = diverged(meta, entries[2:])
    assert str(error) == (
        "instance WorkflowId('bike'), revision 3: expected a journal that begins with revision 1 or with a checkpoint, "
        "got neither; do replay with the code that wrote it, or find what has made a transition differ"
    )


def test_an_entry_holds_the_hash_of_the_state_and_the_version_of_the_code():
    commit = step(walk(m.Open()), m.Poke(how="hush"), event_id=EventId("e"))
    entry = entry_of(commit.records[0], shop)
    assert (entry.event_id, entry.why, entry.kind, entry.code_version) == ("e", ("hush",), "new", 1)
    assert len(entry.state_hash) == 16
