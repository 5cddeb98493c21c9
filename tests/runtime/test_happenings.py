"""What hooks are told, and who tells it."""

from datetime import UTC, datetime

from telic import WorkflowId
from telic.runtime.happenings import Happened, Happening, TellsHooks
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_store_in_memory_tells_hooks():
    assert isinstance(MemoryStore(shop), TellsHooks)
    assert not isinstance(object(), TellsHooks)


def test_a_happening_names_its_instance_and_its_record():
    one = Happening(1, Happened.STARTED, "", "shop", WorkflowId("w"), 1, AT, "new")
    assert (one.workflow_id, one.revision, one.event, one.subject) == ("w", 1, "", "")


def test_a_hook_can_hear_of_five_things():
    assert [str(one) for one in Happened] == ["started", "stepped", "task_opened", "finished", "failed"]
