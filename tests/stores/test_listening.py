"""Who listens on an SQLite file notices what others write there, and nothing is written for it."""

import threading

import anyio
import pytest
from anyio import to_thread

from telic.kernel.errors import StoreClosed
from telic.runtime.hints import Bell, Listens
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import DESK, Begin, desk


async def test_a_step_of_another_process_rings_once(tmp_path):
    path = tmp_path / "desk.db"
    bell = Bell()
    async with SqliteDatabase(path) as here, SqliteDatabase(path) as other, anyio.create_task_group() as group:
        store = here.store(desk)
        assert isinstance(store, Listens)
        here.hints.add(bell)
        group.start_soon(store.listen)
        with anyio.fail_after(30):
            await bell.wait()  # it rings once when it begins to listen
            await WorkflowRuntime(machine=desk, store=other.store(desk)).run_step(DESK, Begin())
            await bell.wait()
        assert other.hints.__bool__() is False
        group.cancel_scope.cancel()


async def test_who_listens_learns_that_the_database_was_closed(tmp_path):
    database = SqliteDatabase(tmp_path / "desk.db")
    async with anyio.create_task_group() as group:
        bell = Bell()
        database.hints.add(bell)
        caught = []

        async def listen():
            try:
                await database.listen()
            except StoreClosed as closed:
                caught.append(closed)

        group.start_soon(listen)
        await bell.wait()
        await database.aclose()
    assert len(caught) == 1


async def test_the_thread_that_asks_ends_once_nobody_listens(tmp_path):
    path = tmp_path / "desk.db"
    bell = Bell()
    async with SqliteDatabase(path) as database:
        database.hints.add(bell)
        async with anyio.create_task_group() as group:
            group.start_soon(database.listen)
            with anyio.fail_after(30):
                await bell.wait()
            (thread,) = [one for one in threading.enumerate() if str(path) in one.name and "listener" in one.name]
            group.cancel_scope.cancel()
        await to_thread.run_sync(thread.join, 30)
        assert not thread.is_alive()


@pytest.mark.parametrize("commit", ["thread", "inline"])
async def test_listening_writes_nothing(tmp_path, commit):
    path = tmp_path / "desk.db"
    async with SqliteDatabase(path, commit=commit) as here, SqliteDatabase(path) as other:
        ((before,),) = other.rows("test", "PRAGMA data_version", ())
        with anyio.move_on_after(0.1):
            await here.listen()
        assert other.rows("test", "PRAGMA data_version", ()) == [(before,)]
