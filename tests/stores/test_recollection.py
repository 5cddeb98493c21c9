"""What a store remembers: no more than is sensible, and nothing that others are likely to have moved on."""

import pytest

from telic.kernel.values import EventId, WorkflowId
from telic.stores import recollection
from telic.stores.encoding import Encoder
from telic.stores.recollection import Recollection, recollection_of
from tests.kernel.machines import shop
from tests.stores.desk import Add, Begin, desk
from tests.stores.test_saving import decided

ENCODER = Encoder(desk, "")


@pytest.fixture
def remembered():
    return Recollection()


def begun(name, event_id=None):
    commit = decided(None, Begin(), WorkflowId(name), event_id=event_id)
    return ENCODER.written(commit)[0], commit


def moved(before):
    commit = decided(before, Add(), before.id)
    return ENCODER.written(commit)[0], commit


def test_a_row_that_is_the_same_means_the_same(remembered):
    row, commit = begun("a")
    remembered.read(row, commit.after)
    assert remembered.meaning("", commit.id, row) is commit.after
    assert remembered.meaning("", commit.id, row._replace(revision=2)) is None
    assert remembered.meaning("", WorkflowId("b"), row) is None


def test_what_was_met_longest_ago_is_forgotten_first(remembered, monkeypatch):
    monkeypatch.setattr(recollection, "_REMEMBERED", 2)
    rows = {name: begun(name) for name in "abc"}
    for name in "abac":
        row, commit = rows[name]
        remembered.read(row, commit.after)
    assert [name for name, (row, commit) in rows.items() if remembered.meaning("", commit.id, row)] == ["a", "c"]


def test_large_instances_are_forgotten_before_many_are(remembered, monkeypatch):
    (row, first), (other, second) = begun("a"), begun("b")
    monkeypatch.setattr(recollection, "_REMEMBERED_BYTES", len(row.state) + len(other.state) - 1)
    remembered.read(row, first.after)
    remembered.read(row, first.after)
    assert remembered.meaning("", first.id, row) is first.after
    remembered.read(other, second.after)
    assert remembered.meaning("", second.id, other) is second.after
    assert remembered.meaning("", first.id, row) is None


def test_one_that_is_too_large_by_itself_is_remembered_alone(remembered, monkeypatch):
    monkeypatch.setattr(recollection, "_REMEMBERED_BYTES", 1)
    row, commit = begun("a")
    remembered.read(row, commit.after)
    assert remembered.meaning("", commit.id, row) is commit.after


def test_what_is_forgotten_counts_no_more(remembered, monkeypatch):
    (row, first), (other, second) = begun("a"), begun("b")
    monkeypatch.setattr(recollection, "_REMEMBERED_BYTES", len(row.state) + len(other.state) - 1)
    remembered.read(row, first.after)
    remembered.forget("", first.id)
    remembered.forget("", first.id)
    remembered.read(other, second.after)
    remembered.forget("", second.id)
    remembered.read(row, first.after)
    assert remembered.meaning("", first.id, row) is first.after


def test_an_instance_is_recalled_after_two_saves_in_a_row(remembered):
    row, first = begun("a", event_id="e")
    remembered.saved(row, first)
    assert remembered.recalled("", first.id) is None
    row, second = moved(first.after)
    remembered.saved(row, second)
    assert remembered.recalled("", first.id) == second.after._replace(seen={})


def test_an_instance_that_was_read_in_between_is_recalled_after_two_more(remembered):
    row, one = begun("a")
    for _ in range(3):
        remembered.saved(row, one)
        row, one = moved(one.after)
    remembered.read(row, one.after)  # somebody else had saved it
    found = []
    for _ in range(3):
        found.append(remembered.recalled("", one.id))
        row, one = moved(one.after)
        remembered.saved(row, one)
    assert found == [None, None, one.before]


def test_a_save_that_does_not_follow_the_last_one_begins_to_count_again(remembered):
    row, one = begun("a")
    remembered.saved(row, one)
    _, others = moved(one.after)
    row, mine = moved(others.after)
    remembered.saved(row, mine)
    assert remembered.recalled("", one.id) is None
    row, mine = moved(mine.after)
    remembered.saved(row, mine)
    assert remembered.recalled("", one.id) is mine.after


def test_tenants_are_told_apart(remembered):
    row, one = begun("a")
    remembered.read(row, one.after)
    assert remembered.meaning("t", one.id, row) is None
    others = one.after._replace(meta=one.after.meta._replace(tenant="t"))
    remembered.read(row, others)
    assert remembered.meaning("t", one.id, row) is others
    assert remembered.meaning("", one.id, row) is one.after
    remembered.forget("", one.id)
    assert remembered.meaning("t", one.id, row) is others


class Database:
    """Stands for the object of a database."""


def test_stores_of_one_machine_over_one_database_remember_together():
    here, there = Database(), Database()
    assert recollection_of(here, desk) is recollection_of(here, desk)
    assert recollection_of(here, desk) is not recollection_of(there, desk)
    assert recollection_of(here, desk) is not recollection_of(here, shop)


def test_the_event_ids_of_a_step_are_not_remembered_with_it(remembered):
    row, one = begun("a", event_id="e")
    assert EventId("e") in one.after.seen
    remembered.saved(row, one)
    assert not remembered.meaning("", one.id, row).seen
