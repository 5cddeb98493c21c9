"""How the SQLite store saves: once, whole, in groups, and in order among many callers."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.errors import RevisionConflict
from telic.kernel.journal import fold
from telic.kernel.snapshot import Delivery
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import DESK, NOON, Add, Begin, Submit, desk

ROOT = Path(__file__).parents[2]


def decided(snapshot, event, id=DESK, event_id=None, *, actor="", key=None):
    """The commit of one step."""
    return advance(desk, snapshot, Delivery(event, event_id, key=key), Context(NOON, id, actor=actor))


def dump(path):
    """All rows of a file, but for those of SQLite itself."""
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


async def gathered(count, call):
    """What many calls at once return or raise."""
    outcomes = [None] * count

    async def one(number):
        try:
            outcomes[number] = await call(number)
        except Exception as error:  # noqa: BLE001  (the tests look at it)
            outcomes[number] = error

    async with anyio.create_task_group() as group:
        for number in range(count):
            group.start_soon(one, number)
    return outcomes


def begun(*arguments):
    """A process that runs `worker.py`."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stores.worker", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_a_commit_on_an_older_revision_is_a_conflict(path, store):
    await store.save(decided(None, Begin()))
    first = await store.load(DESK)
    await store.save(decided(first, Add()))
    before = dump(path)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(first, Submit()))
    error = conflict.value
    assert (error.id, error.expected, error.found) == (DESK, 1, 2)
    assert dump(path) == before


async def test_a_second_start_is_a_conflict(path, store):
    await store.save(decided(None, Begin()))
    before = dump(path)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(None, Begin(text="another")))
    assert (conflict.value.expected, conflict.value.found) == (0, 1)
    assert dump(path) == before


async def test_a_step_of_an_instance_that_is_not_there_is_a_conflict(path, store):
    before = dump(path)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(decided(None, Begin()).after, Add()))
    assert (conflict.value.expected, conflict.value.found) == (1, 0)
    assert dump(path) == before


async def test_a_known_event_id_is_a_conflict_and_writes_nothing(path, store):
    await store.save(decided(None, Begin(), event_id=EventId("e")))
    loaded = await store.load(DESK)  # without asking for the id
    before = dump(path)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(loaded, Submit(), event_id=EventId("e")))
    assert (conflict.value.expected, conflict.value.found) == (1, 1)
    assert dump(path) == before


async def test_a_fold_writes_all_its_records(store):
    commit = decided(None, Begin())
    for number in range(5):
        commit = commit.followed_by(decided(commit.after, Add(), event_id=EventId(f"e-{number}")))
    await store.save(commit)
    assert [one.revision for one in await store.journal(DESK)] == [1, 2, 3, 4, 5, 6]
    assert len((await store.load(DESK, tuple(commit.after.seen))).seen) == 5
    assert len({one.state_hash for one in await store.journal(DESK)}) == 6


async def test_a_conflict_in_a_group_concerns_its_own_caller_only(store):
    await store.save(decided(None, Begin(), WorkflowId("w-3")))

    async def start(number):
        id = WorkflowId(f"w-{number}")
        await store.save(decided(None, Begin(), id))

    outcomes = await gathered(10, start)
    assert [type(one) for one in outcomes if one is not None] == [RevisionConflict]
    assert isinstance(outcomes[3], RevisionConflict)
    assert len(await store.ids()) == 10


async def test_two_commits_on_one_instance_in_one_group_are_one_and_a_conflict(store):
    await store.save(decided(None, Begin()))
    loaded = await store.load(DESK)

    async def add(number):
        await store.save(decided(loaded, Add(amount=number + 1)))

    first, second = await gathered(2, add)
    assert {type(first), type(second)} == {type(None), RevisionConflict}
    assert (await store.load(DESK)).revision == 2


async def test_saves_of_one_turn_share_a_transaction(db, store):
    texts = []
    db._writer._connection.set_trace_callback(texts.append)

    async def start(number):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

    assert await gathered(100, start) == [None] * 100
    assert texts.count("COMMIT") <= 2
    # A statement that fires a trigger is traced twice.
    assert len({text for text in texts if "INSERT INTO telic_instance" in text}) == 100
    texts.clear()
    await gathered(600, lambda number: start(1000 + number))
    assert texts.count("COMMIT") <= 4
    assert len(await store.ids()) == 700


async def test_a_caller_who_gives_up_does_not_disturb_the_others(store):
    async with anyio.create_task_group() as group:
        scope = anyio.CancelScope()

        async def impatient():
            with scope:
                await store.save(decided(None, Begin(), WorkflowId("impatient")))

        async def patient():
            scope.cancel()
            await store.save(decided(None, Begin(), WorkflowId("patient")))

        group.start_soon(impatient)
        group.start_soon(patient)
    await store.save(decided(None, Begin(), WorkflowId("later")))
    assert {"patient", "later"} <= set(await store.ids())


async def test_two_database_objects_on_one_file_apply_each_event_once(path, store, commit):
    async with SqliteDatabase(path, commit=commit) as other:
        stores = (store, other.store(desk))
        runtimes = [WorkflowRuntime(machine=desk, store=one) for one in stores]
        await runtimes[0].run_step(DESK, Begin())

        async def add(number):
            event_id = EventId(f"e-{number % 20}")
            return await runtimes[number % 2].run_step(DESK, Add(), event_id=event_id)

        outcomes = await gathered(60, add)
        assert sorted(one.kind for one in outcomes) == ["duplicate"] * 40 + ["stepped"] * 20
        assert await stores[0].load(DESK) == await stores[1].load(DESK)
    await whole(store, 20)


async def whole(store, count):
    """The journal has no gap, and leads to a state that counted each event once."""
    snapshot = await store.load(DESK)
    lines = await store.journal(DESK)
    assert snapshot.state.count == count
    assert [one.revision for one in lines] == list(range(1, count + 2))
    assert fold(desk, snapshot.meta, lines) == snapshot


def test_several_loops_in_several_threads_share_a_database(path, commit):
    db = SqliteDatabase(path, commit=commit)
    store = db.store(desk)
    failures = []

    async def add(name):
        runtime = WorkflowRuntime(machine=desk, store=store)
        for number in range(25):
            await runtime.run_step(DESK, Add(), event_id=EventId(f"{name}-{number}"))

    async def check():
        await whole(store, 100)

    def run(name, backend):
        try:
            anyio.run(add, name, backend=backend)
        except BaseException as error:  # noqa: BLE001  (the test looks at it)
            failures.append(error)

    anyio.run(WorkflowRuntime(machine=desk, store=store).run_step, DESK, Begin())
    threads = [
        threading.Thread(target=run, args=(f"t-{number}", ("asyncio", "trio")[number % 2])) for number in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failures == []
    anyio.run(check)
    db.close()


async def test_two_processes_on_one_file_apply_each_event_once(path, store, runtime):
    await runtime.run_step(DESK, Begin())
    processes = [begun(path, name, 50) for name in ("a", "b", "a")]  # two of them send the same
    for one in processes:
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate()[0].split() for one in processes]
    assert [one.returncode for one in processes] == [0, 0, 0]
    assert sorted(word for words in said for word in words) == ["duplicate"] * 50 + ["stepped"] * 100
    await whole(store, 100)


def test_what_was_saved_survives_the_death_of_the_process(path):
    process = begun(path, "victim", 0)
    said = [process.stdout.readline() for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    said += process.communicate()[0].splitlines()[:-1]  # the last one may be cut off
    assert process.returncode == -signal.SIGKILL
    saved = {}
    for line in said:
        id, revision = line.split()
        saved[id] = max(saved.get(id, 0), int(revision))

    async def check():
        async with SqliteDatabase(path) as db:
            store = db.store(desk)
            found = {id: await store.load(id) for id in await store.ids(limit=10_000)}
            assert all(found[WorkflowId(id)].revision >= one for id, one in saved.items())
            for id, snapshot in found.items():
                lines = await store.journal(id)
                assert [one.revision for one in lines] == list(range(1, snapshot.revision + 1))
                assert fold(desk, snapshot.meta, lines) == snapshot
            waiting = {one.id for _, one in await store.outbox(limit=10_000)}
            assert waiting == {key for one in found.values() for key in one.open}

    anyio.run(check)
