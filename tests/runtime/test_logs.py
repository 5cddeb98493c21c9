"""Every record of telic has the same fields, and a committed step is one at DEBUG."""

import logging

from telic.kernel.values import EventId, WorkflowId
from telic.runtime.logs import context
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import Add, Begin, Submit, desk

FIELDS = ("machine", "workflow_id", "revision", "intent_id", "attempt", "tenant")
ID = WorkflowId("d")


def told(record):
    return tuple(getattr(record, name) for name in FIELDS)


def test_what_does_not_apply_is_none():
    assert context(machine="m", attempt=2) == {
        "machine": "m", "workflow_id": None, "revision": None, "intent_id": None, "attempt": 2, "tenant": None,
    }  # fmt: skip


def test_ids_are_plain_texts():
    assert type(context(workflow_id=ID)["workflow_id"]) is str
    assert type(context(intent_id=EventId("i"))["intent_id"]) is str


async def test_a_committed_step_is_logged_with_its_fields(caplog):
    caplog.set_level(logging.DEBUG, "telic.step")
    runtime = WorkflowRuntime(machine=desk, store=MemoryStore(desk))
    await runtime.run_step(ID, Begin(text="t"))
    await runtime.run_step(ID, Submit())
    assert [one.getMessage() for one in caplog.records] == [
        "d: started by Begin, now draft at revision 1",
        "d: stepped by Submit, now review at revision 2",
    ]
    assert told(caplog.records[1]) == ("desk", "d", 2, None, None, "")


async def test_a_step_on_a_durable_store_is_logged_with_its_tenant(caplog, tmp_path):
    caplog.set_level(logging.DEBUG, "telic.step")
    async with SqliteDatabase(tmp_path / "d.db") as db:
        await WorkflowRuntime(machine=desk, store=db.store(desk, tenant="t")).run_step(ID, Begin(text="t"))
    assert [told(one) for one in caplog.records] == [("desk", "d", 1, None, None, "t")]


async def test_a_refused_step_is_not_logged(caplog):
    caplog.set_level(logging.DEBUG, "telic.step")
    runtime = WorkflowRuntime(machine=desk, store=MemoryStore(desk))
    await runtime.run_step(ID, Add())
    assert caplog.records == []


async def test_nothing_is_logged_above_debug(caplog):
    caplog.set_level(logging.INFO, "telic.step")
    runtime = WorkflowRuntime(machine=desk, store=MemoryStore(desk))
    await runtime.run_step(ID, Begin(text="t"))
    assert caplog.records == []
