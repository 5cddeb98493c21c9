"""What is saved is what is loaded: the SQLite store against the memory store as its model."""

import sqlite3
from datetime import timedelta

import pytest

from telic.kernel.errors import DecodeError, JournalDiverged
from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.journal import fold
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import (
    DESK,
    NOON,
    Add,
    Approve,
    Begin,
    Checked,
    Lapsed,
    Later,
    Paid,
    Skip,
    Submit,
    desk,
)

# Everything that a store has to keep, one moment after the other.
LIFE = [
    (Begin(), {"event_id": EventId("e-1"), "actor": "ann"}),
    (Add(amount=7), {}),
    (Skip(), {"event_id": EventId("e-2")}),
    (Later(), {"actor": "bob"}),
    (Later(), {"event_id": EventId("later")}),
    (Submit(), {}),
    (Pause(reason="lunch"), {}),
    (Checked(), {"answers": IntentId(f"{DESK}:6:0")}),
    (Resume(), {}),
    (Paid(), {"wait": WaitKey("Paid")}),
    (Approve(comment="fine"), {}),
]
SUBMITTED = 6
TICK = timedelta(seconds=1, microseconds=1)


async def live(runtime, start=0, stop=None):
    """Take some of these steps."""
    for number in range(start, len(LIFE) if stop is None else stop):
        event, more = LIFE[number]
        await runtime.run_step(DESK, event, now=NOON + (number + 1) * TICK, **more)


def rows(path, text):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


async def test_the_store_keeps_what_memory_keeps_at_every_revision(db, store, runtime):
    model = MemoryStore(desk)
    in_memory = WorkflowRuntime(machine=desk, store=model)
    for number in range(len(LIFE)):
        await live(in_memory, number, number + 1)
        await live(runtime, number, number + 1)
        assert await store.load(DESK) == await model.load(DESK)
        assert await store.journal(DESK) == await model.journal(DESK)
        assert await store.outbox() == await model.outbox()
    assert (await store.load(DESK)).status == "ended"
    assert await store.ids() == await model.ids() == (DESK,)


async def test_event_ids_are_found_given_and_derived(store, runtime):
    model = MemoryStore(desk)
    await live(WorkflowRuntime(machine=desk, store=model))
    await live(runtime)
    asked = tuple(
        EventId(text)
        for text in (
            "e-1",
            "later",
            "no",
            f"telic:{DESK}:2",
            f"telic:{DESK}:1",
            f"telic:{DESK}:99",
            f"telic:{DESK}:x",
            f"{DESK}:2",
            ":",
        )
    )
    seen = (await store.load(DESK, asked)).seen
    assert seen == (await model.load(DESK, asked)).seen
    assert set(seen) == {"e-1", "later", f"telic:{DESK}:2"}


async def test_another_database_object_reads_the_same(path, store, runtime):
    for number in range(len(LIFE)):
        await live(runtime, number, number + 1)
        async with SqliteDatabase(path) as again:
            assert await again.store(desk).load(DESK) == await store.load(DESK)


async def test_the_journal_leads_to_the_state(store, runtime):
    for number in range(len(LIFE)):
        await live(runtime, number, number + 1)
        snapshot = await store.load(DESK)
        assert fold(desk, snapshot.meta, await store.journal(DESK)) == snapshot


async def test_a_journal_that_was_changed_does_not(store, runtime):
    await live(runtime)
    meta = (await store.load(DESK)).meta
    lines = list(await store.journal(DESK))
    lines[1] = lines[1]._replace(event=Add(amount=8))
    with pytest.raises(JournalDiverged) as diverged:
        fold(desk, meta, lines)
    error = diverged.value
    assert (error.id, error.revision) == (DESK, 2)
    assert str(error) == (
        f"instance {DESK!r}, revision 2: expected {error.expected}, got {error.got}; do replay "
        "with the code that wrote it, or find what has made a transition differ"
    )
    assert error.expected.startswith("stepped to 'draft' (state ")
    with pytest.raises(JournalDiverged, match="expected the end of the journal"):
        fold(desk, meta, (await store.journal(DESK))[:6])
    with pytest.raises(ValueError, match="expected a journal of one line at least, got none"):
        fold(desk, meta, ())


async def test_nothing_is_found_where_nothing_is(store):
    assert await store.load(DESK) is None
    assert await store.load(DESK, (EventId("e"),)) is None
    assert await store.journal(DESK) == ()
    assert await store.outbox() == ()
    assert await store.ids() == ()


async def test_waits_are_rows_and_follow_the_state(path, runtime):
    await live(runtime, stop=SUBMITTED)
    text = """
        SELECT key, type, event, since, due_us, fired_us, title, groups, topic
        FROM telic_wait ORDER BY key
    """
    day, hours = timedelta(days=1), timedelta(hours=2)
    since = NOON + SUBMITTED * TICK
    assert rows(path, text) == [
        (
            "Approve",
            "task",
            "Approve",
            6,
            us(since + hours),
            None,
            "approve",
            '["desk","büro"]',
            None,
        ),
        ("Lapsed", "deadline", "Lapsed", 6, us(since + day), None, None, None, None),
        ("Paid", "topic", "Paid", 6, None, None, None, None, "payments"),
    ]
    await live(runtime, SUBMITTED)
    assert rows(path, text) == []


async def test_a_wait_that_stays_keeps_its_row(path, runtime):
    await live(runtime, stop=SUBMITTED)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("ALTER TABLE telic_wait ADD COLUMN claimant TEXT")
    writer.execute("UPDATE telic_wait SET claimant = 'ann'")
    writer.close()
    await live(runtime, SUBMITTED, SUBMITTED + 3)
    found = rows(path, "SELECT title, claimant FROM telic_wait WHERE type = 'task'")
    assert found == [("approve 0.1", "ann")]


async def test_a_fired_deadline_is_marked(path, store, runtime):
    await live(runtime, stop=SUBMITTED)
    await runtime.run_step(DESK, Lapsed(), wait=WaitKey("Lapsed"), now=NOON + timedelta(days=2))
    assert (await store.load(DESK)).status == "ended"
    assert rows(path, "SELECT * FROM telic_wait") == []


async def test_attributes_are_rows_and_follow_the_state(path, runtime):
    await live(runtime, stop=SUBMITTED)
    text = "SELECT name, type, value FROM telic_attribute ORDER BY name"
    since = NOON + SUBMITTED * TICK
    assert rows(path, text) == [
        ("count", "int", 207),
        ("day", "date", "2026-03-01"),
        ("open", "bool", 1),
        ("score", "decimal", 0.0),
        ("since", "datetime", us(since)),
        ("text", "str", Begin().text),
    ]
    await live(runtime, SUBMITTED)
    assert rows(path, text) == []


async def test_a_cancelled_instance_has_no_waits_and_its_intents_are_withdrawn(path, store, runtime):
    await live(runtime, stop=SUBMITTED)
    await runtime.run_step(DESK, Cancel(reason="no"))
    assert rows(path, "SELECT * FROM telic_wait") == []
    assert [one.withdrawn for _, one in await store.outbox()] == [True]


async def test_tenants_do_not_see_each_other(db, store):
    north, south = store.within(tenant="north"), store.within(tenant="south")
    for tenant in (store, north, south):
        runtime = WorkflowRuntime(machine=desk, store=tenant)
        assert (await runtime.run_step(DESK, Begin(text=tenant.tenant))).kind == "started"
    assert (await north.load(DESK)).state.text == "north"
    assert (await north.load(DESK)).meta.tenant == "north"
    assert (await store.load(DESK)).state.text == ""
    assert north.lane_key is store.lane_key is db


async def test_ids_come_in_pages(store, runtime):
    for number in range(5):
        await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
    assert await store.ids(limit=2) == ("w-0", "w-1")
    assert await store.ids(after=WorkflowId("w-1"), limit=10) == ("w-2", "w-3", "w-4")
    assert len(await store.outbox(limit=0)) == 0


async def test_what_cannot_be_decoded_is_listed(path, store, runtime):
    for number in range(3):
        await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("UPDATE telic_instance SET kind = 'gone' WHERE id = 'w-1'")
    writer.execute("UPDATE telic_instance SET state = x'00' WHERE id = 'w-2'")
    writer.close()
    assert [one.id for one in await store.undecodable()] == ["w-1", "w-2"]
    assert [one.error.tag for one in await store.undecodable()] == ["gone", "draft"]
    assert await store.ids() == ("w-0", "w-1", "w-2")
    with pytest.raises(DecodeError, match="cannot read 'gone' version 1"):
        await store.load(WorkflowId("w-1"))


def us(at):
    return round(at.timestamp() * 1_000_000)


async def test_objects_show_what_they_are(path, commit, db, store):
    assert repr(db) == f"SqliteDatabase({str(path)!r}, commit={commit!r}, durability='full')"
    assert repr(store) == f"SqliteStore('desk', {str(path)!r})"
    assert repr(store.within(tenant="t")) == f"SqliteStore('desk', {str(path)!r}, tenant='t')"
