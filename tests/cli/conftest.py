"""The command line, called as a user calls it, in one process."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.cli.commands import run
from telic.runtime.claims import buried
from telic.stores.sqlite import SqliteDatabase
from tests.cli.till import Charge, charge, till

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """What a command printed, and what it ended with."""

    code: int
    out: str
    err: str

    def data(self):
        """What was printed, read as JSON."""
        return json.loads(self.out)


@pytest.fixture
def telic(capsys, monkeypatch):
    """Calls ``telic`` with some arguments."""
    for name in ("TELIC_APP", "TELIC_STORE", "TELIC_TENANT", "TELIC_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ROOT)

    def call(*arguments: object) -> Ended:
        code = run([str(one) for one in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture
def file(tmp_path):
    """The URL of a file that nobody has written yet."""
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def shop(telic, file):
    """Calls ``telic`` with the shop of these tests, on a file."""

    def call(*arguments: object) -> Ended:
        return telic(*arguments, "--app", "tests.cli.shop:system", "--store", file)

    return call


@pytest.fixture
def charged(shop, file):
    """Sells something under a key, and lets a worker charge it; gives the id."""

    def sell(key: str) -> str:
        id = shop("start", "Sell", "-d", '{"price": 5}', "--key", key, "--json").data()["id"]
        anyio.run(_worked_off, file.removeprefix("sqlite:///"))
        return id

    return sell


async def _worked_off(path: str) -> None:
    async with SqliteDatabase(path) as database:
        runtime = WorkflowRuntime(machine=till, store=database.store(till))
        await Worker(System(runtimes=[runtime], handlers=Handlers(charge))).drain()


@pytest.fixture
def dead(shop, file):
    """Sells something under an id, and gives up charging for it; gives the id of the intent."""

    def bury(id: str) -> str:
        shop("start", "Sell", "-d", '{"price": 5}', "--id", id)
        return anyio.run(_buried, file.removeprefix("sqlite:///"))

    return bury


async def _buried(path: str) -> str:
    async with SqliteDatabase(path) as database:
        store, now = database.store(till), datetime.now(UTC)
        (claim,) = await store.claim({Charge.__tag__: 1}, 1, now=now, until=now + timedelta(minutes=1), worker="w")
        await store.settle([buried(claim, "the card machine is on fire")])
        return claim.id


@pytest.fixture
def copied(file):
    """Writes copies of the one instance ``s`` straight into the tables, with all that belongs to it."""

    def copy(many: int) -> None:
        with closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as connection, connection:
            for table, own in (("instance", "key"), ("journal", ""), ("outbox", "intent_id"), ("wait", "")):
                _copy(connection, f"telic_{table}", own, many)

    return copy


def _copy(connection: sqlite3.Connection, table: str, own: str, many: int) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in ("id", own)]
    names = ", ".join(columns)
    head, values = ("id, intent_id", "printf('t-%06d', i), printf('t-%06d:1:0', i)") if own == "intent_id" else (
        "id", "printf('t-%06d', i)"
    )  # fmt: skip
    # The ids of open intents stand in the instance, too.
    told = names.replace("rest", "CAST(replace(CAST(rest AS TEXT), 's:1:0', printf('t-%06d:1:0', i)) AS BLOB)")
    told = told.replace("intents", "replace(intents, 's:1:0', printf('t-%06d:1:0', i))")
    connection.execute(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) "
        f"INSERT INTO {table} ({head}, {names}) SELECT {values}, {told} FROM {table}, n WHERE id = 's'"
    )
