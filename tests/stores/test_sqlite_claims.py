"""What is particular to claims in SQLite: their cost, two processes, other code, older files."""

import sqlite3
from datetime import timedelta

from telic.kernel.events import Pause
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.claims import buried, retried
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.agenda import DUE_DEADLINES, NEXT_DEADLINE
from telic.stores.sqlite.claims import ANY_DUE, CLAIM, DEAD, DUE, HEAD
from telic.stores.sqlite.schema import MIGRATIONS, migrate, version_of
from tests.stores.desk import Begin, Submit, desk
from tests.stores.test_claims import LEASE, NOW, claimed, listed, names, submitted

GIVEN = {
    "tenant": "", "machine": "desk", "tag": "check-it", "tags": '["check-it"]', "by": 1, "now": 1, "until": 1,
    "worker": "w", "ids": "[]", "limit": 1, "after": "",
}  # fmt: skip


def plan(path, text):
    with sqlite3.connect(path) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {text}", GIVEN).fetchall()
    connection.close()
    # Whether the index alone suffices is for each release of SQLite to decide.
    return [row[3].replace("COVERING INDEX", "INDEX") for row in rows]


async def test_a_claim_is_a_seek_in_an_index_of_what_is_due(db, path):
    await db.store(desk).ids()
    seek = "USING INDEX telic_outbox_due (tenant=? AND machine=? AND tag=? AND due_us<?)"
    assert plan(path, DUE)[0] == f"SEARCH telic_outbox {seek}"
    assert f"SEARCH telic_outbox {seek}" in plan(path, ANY_DUE)
    head = "SEARCH telic_outbox USING INDEX telic_outbox_due (tenant=? AND machine=? AND tag=?)"
    assert head in plan(path, HEAD)
    key = "USING PRIMARY KEY (tenant=? AND machine=? AND intent_id=?)"
    assert plan(path, CLAIM)[0] == f"SEARCH telic_outbox {key}"
    (dead,) = plan(path, DEAD)
    assert dead == "SEARCH telic_outbox USING INDEX telic_outbox_dead (tenant=? AND machine=? AND intent_id>?)"
    found = [step for text in (DUE, ANY_DUE, HEAD, CLAIM, DEAD) for step in plan(path, text)]
    assert not [step for step in found if step.startswith("SCAN telic") or "TEMP B-TREE" in step]


async def test_due_deadlines_are_a_seek_in_an_index(db, path):
    await db.store(desk).ids()
    index = "SEARCH telic_wait USING INDEX telic_wait_due (tenant=? AND machine=? AND <expr><?)"
    assert plan(path, DUE_DEADLINES) == [index]
    assert plan(path, NEXT_DEADLINE) == [index.replace(" AND <expr><?", "")]


async def test_an_idle_claim_writes_nothing(db, path):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store), "a")
    before = db._writer._connection.total_changes
    assert await claimed(store, now=NOW - LEASE) == ()
    assert db._writer._connection.total_changes == before
    assert len(await claimed(store)) == 1


async def test_two_databases_on_one_file_never_share_a_claim(db, path, commit):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store), *(f"w-{number}" for number in range(20)))
    async with SqliteDatabase(path, commit=commit) as other:
        found = []
        for _ in range(4):
            for one in (store, other.store(desk)):
                found += names(await claimed(one, now=NOW + LEASE, limit=3))
    assert len(found) == len(set(found)) == 20


async def test_an_intent_that_todays_code_cannot_read_is_given_back_and_told(db, path):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store), "a", "b")
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE telic_outbox SET payload = x'7b7d' WHERE id = 'a'""")
    connection.close()
    assert names(await claimed(store, now=NOW + LEASE)) == ["b"]
    assert await store.next_due(["check-it"]) == NOW + LEASE + LEASE
    ((attempt, problem),) = db.rows("load", "SELECT attempt, problem FROM telic_outbox WHERE id = 'a'", ())
    assert attempt == 0
    assert problem.startswith("cannot read 'check-it' version 0: ") or "check-it" in problem


async def test_what_todays_code_cannot_read_is_listed_and_hides_no_other(db, path):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store), "a", "b", "c")
    await store.settle([buried(one, "no") for one in await claimed(store, now=NOW + LEASE)])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE telic_outbox SET payload = x'7b7d', version = 7 WHERE id = 'b'")
    connection.close()
    listed(await store.outbox(), [(one.workflow_id, one.opened) for one in await store.dead_letters()])
    assert await store.redrive([IntentId("b:2:0")], now=NOW) == 1


async def test_a_file_of_the_first_version_goes_on_and_holds_what_is_paused(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE telic_schema (version INTEGER PRIMARY KEY) STRICT")
    connection.execute("INSERT INTO telic_schema VALUES (1)")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    assert version_of(connection) == 1
    connection.close()
    async with SqliteDatabase(path) as now:
        runtime = WorkflowRuntime(machine=desk, store=now.store(desk))
        for name in ("a", "b"):
            await runtime.run_step(WorkflowId(name), Begin(), now=NOW)
            await runtime.run_step(WorkflowId(name), Submit(), now=NOW)
        await runtime.run_step(WorkflowId("b"), Pause(), now=NOW)
        before = now.rows("load", "SELECT id, state FROM telic_outbox ORDER BY id", ())
    assert before == [("a", 0), ("b", 3)]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE telic_outbox SET state = 0")
    connection.execute("UPDATE telic_wait SET held = 0")
    for statement in MIGRATIONS[1]:
        if statement.startswith("UPDATE"):
            connection.execute(statement)
    migrate(connection, str(path))
    found = connection.execute("SELECT id, state FROM telic_outbox ORDER BY id").fetchall()
    held = connection.execute("SELECT id, held FROM telic_wait WHERE type = 'deadline' ORDER BY id").fetchall()
    connection.close()
    assert (found, held) == (before, [("a", 0), ("b", 1)])


async def test_a_sweep_writes_the_waits_that_newer_code_declares(db, path):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store), "a", "b", "c")
    await WorkflowRuntime(machine=desk, store=store).run_step(WorkflowId("b"), Pause())
    everything = db.rows("load", "SELECT * FROM telic_wait ORDER BY id, key", ())
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM telic_wait WHERE id = 'a' OR id = 'b'")
        connection.execute("UPDATE telic_wait SET due_us = 1 WHERE id = 'c' AND type = 'deadline'")
        connection.execute(
            "INSERT INTO telic_wait (tenant, machine, id, key, type, event, since, opened_us, due_us) "
            "SELECT tenant, machine, id, 'old', type, event, since, opened_us, due_us "
            "FROM telic_wait WHERE id = 'c' AND type = 'deadline'"
        )
    connection.close()
    first = await store.sweep(limit=2)
    assert first == (WorkflowId("b"), ("a", "b"))
    assert await store.sweep(after=first.last, limit=2) == (None, ("c",))
    assert db.rows("load", "SELECT * FROM telic_wait ORDER BY id, key", ()) == everything
    assert (await store.sweep()).repaired == ()


async def test_a_sweep_leaves_alone_what_has_moved_meanwhile(db, path, monkeypatch):
    store = db.store(desk)
    runtime = WorkflowRuntime(machine=desk, store=store)
    await submitted(runtime, "a")
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM telic_wait")
    connection.close()
    carry_out = db.carry_out

    async def after_another(operation, work):
        await runtime.run_step(WorkflowId("a"), Pause())
        return await carry_out(operation, work)

    monkeypatch.setattr(db, "carry_out", after_another)
    assert (await store.sweep()).repaired == ()


async def test_what_cannot_be_read_is_passed_over_by_a_sweep(db, path):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store), "a")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE telic_instance SET state = x'5b5d'")
    connection.close()
    async with SqliteDatabase(path) as other:
        assert await other.store(desk).sweep() == (None, ())


async def test_tenants_do_not_claim_from_each_other(db):
    store = db.store(desk)
    await submitted(WorkflowRuntime(machine=desk, store=store.within(tenant="one")), "a")
    two = store.within(tenant="two")
    assert await claimed(two, now=NOW + LEASE) == ()
    (claim,) = await claimed(store.within(tenant="one"), now=NOW + LEASE)
    assert await two.settle([retried(claim, NOW, "no")]) == (False,)
    assert await store.within(tenant="one").settle([buried(claim, "no")]) == (True,)
    assert await two.dead_letters() == ()
    assert await two.redrive([IntentId("a:2:0")], now=NOW) == 0
    assert timedelta(0) < LEASE
