"""Decoded instances are remembered while their row is the same, and no more of them than is sensible."""

import pytest

from telic.kernel.values import WorkflowId
from telic.stores import rows
from telic.stores.encoding import Encoder
from telic.stores.rows import Decoder
from tests.stores.desk import Begin, desk
from tests.stores.test_saving import decided


@pytest.fixture
def decoder():
    return Decoder(desk, "")


def written(name):
    commit = decided(None, Begin(), WorkflowId(name))
    row, _ = Encoder(desk, "").written(commit)
    return commit.after, row


def test_a_row_that_is_the_same_is_decoded_once(decoder):
    after, row = written("a")
    first = decoder.snapshot(after.id, row)
    assert decoder.snapshot(after.id, row) is first
    other = decoder.snapshot(after.id, row._replace(revision=2))
    assert (first.revision, other.revision) == (1, 2)


def test_what_was_remembered_first_is_forgotten_first(decoder, monkeypatch):
    monkeypatch.setattr(rows, "_REMEMBERED", 2)
    kept = {}
    for name in ("a", "b", "a", "c"):
        after, row = written(name)
        decoder.remember(row, after)
        kept[name] = after, row
    found = {
        name: decoder.snapshot(after.id, row).state is after.state for name, (after, row) in kept.items() if name != "b"
    }
    assert found == {"a": True, "c": True}
    after, row = kept["b"]
    assert decoder.snapshot(after.id, row).state is not after.state


def test_large_instances_are_forgotten_before_many_are(decoder, monkeypatch):
    (first, row), (second, other) = written("a"), written("b")
    monkeypatch.setattr(rows, "_REMEMBERED_BYTES", len(row.state) + len(other.state) - 1)
    decoder.remember(row, first)
    decoder.remember(row, first)
    assert decoder.snapshot(first.id, row).state is first.state
    decoder.remember(other, second)
    assert decoder.snapshot(second.id, other).state is second.state
    assert decoder.snapshot(first.id, row).state is not first.state


def test_one_that_is_too_large_by_itself_is_remembered_alone(decoder, monkeypatch):
    monkeypatch.setattr(rows, "_REMEMBERED_BYTES", 1)
    after, row = written("a")
    decoder.remember(row, after)
    assert decoder.snapshot(after.id, row).state is after.state
