"""Two values differ where their types, their order or their exact content differ."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.snapshot import Meta, Status
from telic.kernel.values import WorkflowId
from telic.kernel.waits import Deadline, Topic
from telic.testing.store_contract.comparing import differences
from telic.testing.store_contract.machine import NOON, Everything, Lapsed, Paid


def found(expected, got):
    return list(differences(expected, got, "it"))


@pytest.mark.parametrize(
    "value",
    [
        1, "a", None, 0.1, NOON, Decimal("1.5"), (1, ("a",)), {"a": 1}, FrozenMap({"a": 1}), FrozenSet({"a"}),
        Meta(WorkflowId("w")), Everything(text="a", at=NOON), Deadline(at=NOON, event=Lapsed()),
    ],
)  # fmt: skip
def test_a_value_does_not_differ_from_itself(value):
    assert found(value, value) == []


@pytest.mark.parametrize(
    ("expected", "got", "text"),
    [
        (Status.RUNNING, "running", "it: expected <Status.RUNNING: 'running'>, got 'running' (str)"),
        (WorkflowId("a"), "a", "it: expected WorkflowId('a'), got 'a' (str)"),
        (True, 1, "it: expected True, got 1 (int)"),
        (Decimal("1.5"), Decimal("1.50"), "it: expected Decimal('1.5'), got Decimal('1.50')"),
        (0.0, -0.0, "it: expected 0.0, got -0.0"),
        ((1, 2), (1,), "it: expected 2 values, got 1: (1,)"),
        ((1, 2), (1, 3), "it[1]: expected 2, got 3"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "it: expected the keys ['a', 'b'] in this order, got ['b', 'a']"),
        ({"a": 1}, {"a": 2}, "it['a']: expected 1, got 2"),
        (FrozenSet({"a"}), FrozenSet({"b"}), "it[0]: expected 'a', got 'b'"),
        (Meta(WorkflowId("w")), Meta(WorkflowId("w"), key=""), "it.key: expected None, got '' (str)"),
        (Everything(text="a"), Everything(text="b"), "it.text: expected 'a', got 'b'"),
        (
            Topic(fact=Paid, name="n", key="a"),
            Topic(fact=Paid, name="n", key="b"),
            "it.topic_key: expected 'a', got 'b'",
        ),
    ],
)
def test_what_equals_too_kindly_differs(expected, got, text):
    assert found(expected, got) == [text]


def test_an_instant_in_another_zone_and_a_naive_one_differ():
    there = NOON.astimezone(timezone(timedelta(hours=1)))
    assert there == NOON
    assert len(found(NOON, there)) == 1
    assert len(found(NOON, NOON.replace(tzinfo=None))) == 1
    assert found(NOON, datetime.fromisoformat(NOON.isoformat())) == []
    assert found(NOON.astimezone(UTC), NOON) == []


def test_a_long_value_is_cut_in_the_message():
    (text,) = found("a", "x" * 1000)
    assert text.endswith("... (1002 characters)")
    assert len(text) < 250
