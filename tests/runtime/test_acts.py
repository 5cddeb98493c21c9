"""Acts are plain values; a store without the methods keeps none."""

from datetime import UTC, datetime

from telic.kernel.values import WorkflowId
from telic.runtime.acts import Act, Happened, KeepsActs
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop


def test_an_act_is_told_apart_by_instance_operation_and_subject():
    act = Act(WorkflowId("a"), "op-1", "a:2:0", "redrive", "ann", datetime(2026, 3, 1, tzinfo=UTC))
    assert (act[:3], act.detail) == (("a", "op-1", "a:2:0"), "")


def test_an_act_was_done_or_is_known_or_has_nothing_to_act_on():
    assert list(Happened) == ["done", "known", "absent"]


def test_the_store_in_memory_keeps_acts():
    assert (isinstance(MemoryStore(shop), KeepsActs), isinstance(object(), KeepsActs)) == (True, False)
