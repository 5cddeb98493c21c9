"""The row of a task says whom it asks now, and where it stands in the list."""

from datetime import UTC, datetime, timedelta

from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.tasks import KeepsTasks, TaskRow
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(key="k", *, due=None, declared=None, assigned=None):
    return TaskRow(WorkflowId("a"), WaitKey(key), 1, "Do", "do", "", declared, assigned, (), due, 0, NOON)


def test_an_assignment_comes_before_what_the_state_declares():
    assert row(declared="ann").assignee == "ann"
    assert row(declared="ann", assigned="bob").assignee == "bob"
    assert row().assignee is None


def test_tasks_stand_in_the_order_of_their_due_dates_and_those_without_one_last():
    rows = [row("c"), row("b", due=NOON + timedelta(1)), row("d", due=NOON), row("a", due=NOON)]
    assert [one.key for one in sorted(rows, key=lambda one: one.place)] == ["a", "d", "b", "c"]


def test_the_store_in_memory_keeps_tasks():
    assert (isinstance(MemoryStore(shop), KeepsTasks), isinstance(object(), KeepsTasks)) == (True, False)
