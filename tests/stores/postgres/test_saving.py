"""How the PostgreSQL store saves: once, whole, in groups, and in order among many callers."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from telic.kernel.errors import RevisionConflict
from telic.kernel.journal import fold
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.encoding import Encoder
from telic.stores.postgres import PostgresDatabase
from telic.stores.postgres.ringing import Ringer
from telic.stores.postgres.saving import saved
from tests.stores.desk import DESK, Add, Begin, Submit, desk
from tests.stores.test_saving import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    ROOT,
    decided,
    gathered,
    test_a_caller_who_gives_up_does_not_disturb_the_others,
    test_a_conflict_in_a_group_concerns_its_own_caller_only,
    test_a_fold_writes_all_its_records,
    test_two_commits_on_one_instance_in_one_group_are_one_and_a_conflict,
    whole,
)


@pytest.fixture(autouse=True)
def silence(monkeypatch):
    """Nothing is told to others here: it goes over the wire beside the steps, at its own time."""
    monkeypatch.setattr(Ringer, "ring", lambda ringer: None)


TABLES = ("instance", "journal", "event_id", "outbox", "wait", "attribute")


async def dump(sql):
    """All rows, in every table."""
    return {
        table: [row[0] for row in await sql.fetch(f"SELECT t::text FROM telic_{table} t ORDER BY 1")]
        for table in TABLES
    }


def texts_of(db):
    """Every statement from now on of the one connection that a database has."""
    (connection,) = db._opened.pool._idle
    texts = []
    connection.add_query_logger(lambda logged: texts.append(logged.query))
    return texts


def begun(*arguments):
    """A process that runs `worker.py`."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stores.postgres.worker", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_a_commit_on_an_older_revision_is_a_conflict(sql, store):
    await store.save(decided(None, Begin()))
    first = await store.load(DESK)
    await store.save(decided(first, Add()))
    before = await dump(sql)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(first, Submit()))
    error = conflict.value
    assert (error.id, error.expected, error.found) == (DESK, 1, 2)
    assert await dump(sql) == before


async def test_a_second_start_is_a_conflict(sql, store):
    await store.save(decided(None, Begin()))
    before = await dump(sql)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(None, Begin(text="another")))
    assert (conflict.value.expected, conflict.value.found) == (0, 1)
    assert await dump(sql) == before


async def test_a_step_of_an_instance_that_is_not_there_is_a_conflict(sql, store):
    before = await dump(sql)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(decided(None, Begin()).after, Add()))
    assert (conflict.value.expected, conflict.value.found) == (1, 0)
    assert await dump(sql) == before


async def test_a_known_event_id_is_a_conflict_and_writes_nothing(sql, store):
    await store.save(decided(None, Begin(), event_id=EventId("e")))
    loaded = await store.load(DESK)  # without asking for the id
    before = await dump(sql)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(loaded, Submit(), event_id=EventId("e")))
    assert (conflict.value.expected, conflict.value.found) == (1, 1)
    assert await dump(sql) == before


async def test_all_conflicts_of_a_group_are_found_beside_what_is_saved(sql, store):
    for number in range(6):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}"), EventId(f"e-{number}")))
    loaded = [await store.load(WorkflowId(f"w-{number}")) for number in range(6)]
    await store.save(decided(loaded[1], Add(), WorkflowId("w-1")))

    async def save(number):
        id = WorkflowId(f"w-{number}")
        if number > 5:  # one of these is there already
            await store.save(decided(None, Begin(), WorkflowId("w-0") if number == 7 else id))
        else:
            await store.save(decided(loaded[number], Submit(), id, EventId("e-2") if number == 2 else None))

    outcomes = await gathered(9, save)
    conflicts = {number: (one.expected, one.found) for number, one in enumerate(outcomes) if one is not None}
    # Two commits are about w-0: one of them comes second.
    assert {number: found for number, found in conflicts.items() if number != 7} == {1: (1, 2), 2: (1, 1)}
    assert conflicts[7][0] == 0 and conflicts[7][1] in (1, 2)
    assert len(await sql.fetch("SELECT FROM telic_outbox")) == 4
    assert [len(await store.journal(WorkflowId(f"w-{number}"))) for number in (0, 1, 2, 3, 6, 8)] == [2, 2, 1, 2, 1, 1]


async def test_a_step_is_one_statement_to_load_and_one_to_save(opened):
    async with opened(connections=1, prepared=True) as db:
        runtime = WorkflowRuntime(machine=desk, store=db.store(desk))
        for event in (Begin(), Submit()):  # a session learns each shape of a statement once
            await runtime.run_step(WorkflowId("first"), event, event_id=EventId(event.__tag__))
        await runtime.run_step(DESK, Begin(), event_id=EventId("e-1"))
        texts = texts_of(db)
        await runtime.run_step(DESK, Submit(), event_id=EventId("e-2"))
        assert [text.split()[0] for text in texts] == ["SELECT", "WITH"]


async def test_saves_of_one_turn_share_a_statement(opened):
    async with opened(connections=1, prepared=True) as db:
        store = db.store(desk)
        await store.save(decided(None, Begin()))
        texts = texts_of(db)

        async def start(number):
            await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

        assert await gathered(100, start) == [None] * 100
        assert len(texts) == 1
        await gathered(600, lambda number: start(1000 + number))
        assert len(texts) == 1 + 3
        await gathered(100, lambda number: store.load(WorkflowId(f"w-{number}")))
        assert len(texts) == 1 + 3 + 1
        assert len(await store.ids()) == 701


async def test_nothing_stays_prepared_behind_a_pooler(opened, schema):
    async with opened(connections=1, prepared=False) as db:
        store = db.store(desk)
        await WorkflowRuntime(machine=desk, store=store).run_step(DESK, Begin())
        (connection,) = db._opened.pool._idle
        assert await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0
        assert await connection.fetchval("SHOW search_path") == '"$user", public'
        assert await connection.fetchval("SHOW enable_seqscan") == "on"
        assert await connection.fetchval("SHOW lock_timeout") == "0"
        texts = texts_of(db)
        await store.load(DESK)
        assert [text.split()[0].strip(";") for text in texts] == ["BEGIN", "SELECT", "COMMIT"]


async def test_two_database_objects_apply_each_event_once(opened, store):
    async with opened() as other:
        runtimes = [WorkflowRuntime(machine=desk, store=one) for one in (store, other.store(desk))]
        await runtimes[0].run_step(DESK, Begin())

        async def add(number):
            event_id = EventId(f"e-{number % 20}")
            return await runtimes[number % 2].run_step(DESK, Add(), event_id=event_id)

        outcomes = await gathered(60, add)
        assert sorted(one.kind for one in outcomes) == ["duplicate"] * 40 + ["stepped"] * 20
        assert await store.load(DESK) == await other.store(desk).load(DESK)
    await whole(store, 20)


async def test_groups_of_two_databases_over_the_same_instances_do_not_lock_each_other_out(opened, store):
    ids = [WorkflowId(f"w-{number}") for number in range(40)]
    async with opened() as other:
        both = (store, other.store(desk))
        for turn in range(5):
            loaded = [await store.load(id) for id in ids]

            async def save(number, turn=turn, loaded=loaded):
                place = number % 40 if number < 40 else 39 - number % 40  # in the opposite order
                event = Add() if turn else Begin()
                await both[number // 40].save(decided(loaded[place], event, ids[place]))

            outcomes = await gathered(80, save)
            assert {type(one) for one in outcomes} == {type(None), RevisionConflict}
            assert outcomes.count(None) == 40
    assert [(await store.load(id)).revision for id in ids] == [5] * 40


async def test_a_group_takes_its_locks_in_the_order_of_the_ids(db):
    encoder = Encoder(desk, "")
    writes = [encoder.written(decided(None, Begin(), WorkflowId(name)))[1] for name in "cab"]
    taken = []

    async def fetch(text, values):
        taken.append(values)
        return [(0,), (2,)] if len(taken) == 1 else []

    outcomes = await saved(fetch, db.statements, writes, hurry=True)
    assert [row["id"] for row in json.loads(taken[0][0])] == ["a", "b", "c"]
    assert [type(one) for one in outcomes] == [type(None), type(None), RevisionConflict]
    assert outcomes[2].id == "b"
    assert list(taken[1][2]) == ["b"]


async def test_a_conflict_whose_revision_cannot_be_asked_for_is_still_a_conflict(db):
    write = Encoder(desk, "").written(decided(None, Begin()))[1]

    async def fetch(text, values):
        if text == db.statements.found:
            raise OSError
        return []

    (conflict,) = await saved(fetch, db.statements, [write], hurry=True)
    assert (conflict.expected, conflict.found) == (0, None)


async def test_who_meets_a_long_lock_waits_alone(sql, store):
    for number in range(5):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))
    loaded = [await store.load(WorkflowId(f"w-{number}")) for number in range(5)]
    lock = sql.transaction()
    await lock.start()
    await sql.execute("SELECT FROM telic_instance WHERE id = 'w-3' FOR UPDATE")
    saves = [asyncio.ensure_future(store.save(decided(one, Add(), one.id))) for one in loaded]
    await asyncio.gather(*saves[:3], saves[4])
    assert not saves[3].done()
    await lock.rollback()
    await saves[3]
    assert [(await store.load(one.id)).revision for one in loaded] == [2] * 5


async def test_who_meets_an_unfinished_start_waits_alone(opened, sql, store):
    begun_elsewhere = sql.transaction()
    await begun_elsewhere.start()
    await store.within(conn=sql).save(decided(None, Begin(), WorkflowId("w-1")))
    saves = [
        asyncio.ensure_future(store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))) for number in range(3)
    ]
    await asyncio.gather(saves[0], saves[2])
    assert not saves[1].done()
    await begun_elsewhere.commit()
    with pytest.raises(RevisionConflict) as conflict:
        await saves[1]
    assert (conflict.value.expected, conflict.value.found) == (0, 1)


async def test_two_processes_apply_each_event_once(url, schema, store, runtime):
    await runtime.run_step(DESK, Begin())
    processes = [begun(url, schema, name, 50) for name in ("a", "b", "a")]  # two of them send the same
    for one in processes:
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate()[0].split() for one in processes]
    assert [one.returncode for one in processes] == [0, 0, 0]
    assert sorted(word for words in said for word in words) == ["duplicate"] * 50 + ["stepped"] * 100
    await whole(store, 100)


async def test_what_was_saved_survives_the_death_of_the_process(url, schema):
    process = begun(url, schema, "victim", 0)
    said = [process.stdout.readline() for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    said += process.communicate()[0].splitlines()[:-1]  # the last one may be cut off
    assert process.returncode == -signal.SIGKILL
    saved = {}
    for line in said:
        id, revision = line.split()
        saved[id] = max(saved.get(id, 0), int(revision))
    async with PostgresDatabase(url, schema=schema) as db:
        store = db.store(desk)
        found = {id: await store.load(id) for id in await store.ids(limit=10_000)}
        assert all(found[WorkflowId(id)].revision >= one for id, one in saved.items())
        for id, snapshot in found.items():
            lines = await store.journal(id)
            assert [one.revision for one in lines] == list(range(1, snapshot.revision + 1))
            assert fold(desk, snapshot.meta, lines) == snapshot
        waiting = {one.id for _, one in await store.outbox(limit=10_000)}
        assert waiting == {key for one in found.values() for key in one.open}
