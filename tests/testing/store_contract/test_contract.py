"""The kit on the stores that are shipped, without a false alarm; and how it opens a store."""

import threading
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from telic.testing import CASES, ContractBroken, StoreContract
from tests.testing.store_contract.broken import SwallowsConflicts
from tests.testing.store_contract.plain import PlainStore


class TestMemoryStore(StoreContract):
    backends = ("asyncio", "trio")

    def open(self, machine):
        return MemoryStore(machine)


class TestPlainStore(StoreContract):
    def open(self, machine):
        return PlainStore(machine)


class Awaiting(MemoryStore):
    """Awaits before and after the work, under a lock, as a store over a connection does."""

    def __init__(self, machine):
        super().__init__(machine)
        self.lock = anyio.Lock()

    async def load(self, id, event_ids=()):
        async with self.lock:
            await anyio.lowlevel.checkpoint()
            return await super().load(id, event_ids)

    async def save(self, commit):
        async with self.lock:
            await anyio.lowlevel.checkpoint()
            await super().save(commit)


class TestStoreThatAwaits(StoreContract):
    backends = ("asyncio", "trio")
    schedules = 60

    def open(self, machine):
        return Awaiting(machine)


class InThreads(MemoryStore):
    """Does its work in other threads, one at a time."""

    def __init__(self, machine):
        super().__init__(machine)
        self.one = threading.Lock()

    async def save(self, commit):
        await anyio.to_thread.run_sync(self.work, commit)

    def work(self, commit):
        with self.one:
            for _ in super().save(commit).__await__():
                raise AssertionError("the store in memory awaits nothing")


class TestStoreInThreads(StoreContract):
    backends = ("asyncio", "trio")
    examples = 10

    def open(self, machine):
        return InThreads(machine)


class TestSqliteStoreInThread(StoreContract):
    backends = ("asyncio", "trio")
    schedules = 60
    commit = "thread"

    @pytest.fixture(autouse=True)
    def place(self, tmp_path):
        self.path = tmp_path / "contract.db"

    async def open(self, machine):
        async with SqliteDatabase(self.path, commit=self.commit, durability="normal") as db:
            yield db.store(machine)

    reopen = open  # noqa: A003  (the method above): another database object on the same file, as a second process has one


class TestSqliteStoreInline(TestSqliteStoreInThread):
    commit = "inline"


# The store of another database adds its class here; `open` gives it a fresh schema.

STALE = CASES["a_stale_save_is_refused"]


def contract(opening):
    return type("Contract", (StoreContract,), {"open": opening})()


async def as_generator(self, machine):
    yield MemoryStore(machine)


async def as_coroutine(self, machine):
    return MemoryStore(machine)


def as_function(self, machine):
    return MemoryStore(machine)


@asynccontextmanager
async def as_context_manager(self, machine):
    yield MemoryStore(machine)


async def as_coroutine_of_a_context_manager(self, machine):
    return as_context_manager(self, machine)


@pytest.mark.parametrize(
    "opening", [as_generator, as_coroutine, as_function, as_context_manager, as_coroutine_of_a_context_manager]
)
def test_a_store_is_opened_in_whatever_form(opening):
    contract(opening).run_case(STALE, "asyncio")


def test_what_is_no_store_is_refused():
    with pytest.raises(TypeError, match="expected open to give a store with load and save, got 7; do yield the store"):
        contract(lambda self, machine: 7).run_case(STALE, "asyncio")


def test_a_contract_without_open_says_what_to_write():
    with pytest.raises(NotImplementedError, match="do write async def open\\(self, machine\\) and yield the store"):
        StoreContract().run_case(STALE, "asyncio")


def test_what_was_opened_is_closed_also_when_the_store_is_broken():
    log = []

    async def opening(self, machine):
        log.append("opened")
        try:
            yield SwallowsConflicts(machine)
        finally:
            log.append("closed")

    with pytest.raises(ContractBroken):
        contract(opening).run_case(STALE, "trio")
    assert log == ["opened", "closed"]


def test_a_case_that_does_not_apply_is_skipped_with_the_reason():
    class Alone(MemoryStore):
        within = None

    with pytest.raises(pytest.skip.Exception, match="no capability TENANTS: there is no Alone.within"):
        contract(lambda self, machine: Alone(machine)).run_case(CASES["tenants_are_apart"], "asyncio")
    with pytest.raises(pytest.skip.Exception, match="no capability REOPEN: there is no reopen in the contract class"):
        contract(as_function).run_case(CASES["machines_are_apart"], "asyncio")


def test_every_case_is_a_test_with_its_rule():
    for case in CASES.values():
        test = getattr(StoreContract, f"test_{case.name}")
        assert test.__doc__ == f"{case.rule}."
        assert case.rule[0].isupper()
        assert len(case.rule) > 20
        assert case.remedy


def test_an_error_that_no_rule_expects_names_the_case():
    class Failing(MemoryStore):
        async def save(self, commit):
            raise ConnectionError("gone")

    with pytest.raises(ContractBroken, match="expected no error, got ConnectionError\\('gone'\\); do ") as broken:
        contract(lambda self, machine: Failing(machine)).run_case(STALE, "asyncio")
    assert isinstance(broken.value.__cause__, ConnectionError)
