"""``db``: the version of the tables, the way to the present one, and what a newer one ends with."""

import asyncio
import sqlite3
from contextlib import closing

import asyncpg
import pytest

from telic.stores.postgres.schema import MIGRATIONS as ON_POSTGRES
from telic.stores.sqlite.schema import MIGRATIONS as ON_SQLITE
from tests.services import postgres_database

SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name <> 'telic_schema' ORDER BY type, name"
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, file):
    """The URL of a database without tables, and the version that they will be of."""
    if request.param == "sqlite":
        yield file, len(ON_SQLITE)
        return
    with postgres_database() as url:
        yield url, len(ON_POSTGRES)


def test_upgrade_leads_from_nothing_to_the_newest(telic, empty):
    url, newest = empty
    behind = telic("db", "check", "--store", url, "--json")
    assert (behind.code, behind.data()["version"], behind.data()["stands"]) == (9, 0, "behind")
    done = telic("db", "upgrade", "--store", url, "--json").data()
    assert (done["before"], done["version"], done["stands"]) == (0, newest, "current")
    assert telic("db", "check", "--store", url).code == 0
    assert telic("db", "upgrade", "--store", url, "--json").data()["before"] == newest


def test_to_look_makes_nothing(telic, tmp_path):
    ended = telic("db", "current", "--store", f"sqlite:///{tmp_path / 'shop.db'}", "--json")
    assert (ended.code, ended.data()["version"]) == (0, 0)
    assert not list(tmp_path.iterdir())


def test_a_newer_version_ends_with_nine_and_is_left_alone(telic, file):
    telic("db", "upgrade", "--store", file)
    with closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("INSERT INTO telic_schema VALUES (999)")
    ended = telic("db", "check", "--store", file, "--json")
    assert (ended.code, ended.data()["stands"]) == (9, "newer")
    upgraded = telic("db", "upgrade", "--store", file)
    assert upgraded.code == 7
    assert "do upgrade telic" in upgraded.err


def test_the_printed_statements_make_the_same_file(telic, file, tmp_path):
    telic("db", "upgrade", "--store", file)
    with (
        closing(sqlite3.connect(":memory:")) as other,
        closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as one,
    ):
        other.executescript(telic("db", "sql", "--store", file).out)
        assert other.execute(SCHEMA).fetchall() == one.execute(SCHEMA).fetchall()
        assert other.execute("SELECT max(version) FROM telic_schema").fetchone() == (len(ON_SQLITE),)


def test_the_printed_statements_make_the_same_server(telic):
    async def columns(url, script=None):
        connection = await asyncpg.connect(url)
        try:
            if script is not None:
                await connection.execute(script)
            return [tuple(row) for row in await connection.fetch(COLUMNS)]
        finally:
            await connection.close()

    with postgres_database() as url, postgres_database() as other:
        telic("db", "upgrade", "--store", url)
        script = telic("db", "sql", "--store", other).out
        assert asyncio.run(columns(other, script)) == asyncio.run(columns(url))
        assert telic("db", "check", "--store", other).code == 0


def test_the_statements_from_a_version_are_the_rest(telic, file):
    rest = telic("db", "sql", "--store", file, "--from", len(ON_SQLITE)).out
    assert rest == "BEGIN;\nCOMMIT;\n"
    ended = telic("db", "sql", "--store", file, "--from", "999")
    assert (ended.code, ended.err) == (2, f"error: expected a version up to {len(ON_SQLITE)}, got 999\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "expected a database, got none; do add --store URL, or set TELIC_STORE"),
        (
            ("--store", "memory:"),
            "expected --store sqlite:///file.db or postgresql://user@host/database, got 'memory:'",
        ),
    ],
)
def test_a_database_has_to_be_named(telic, options, said):
    ended = telic("db", "current", *options)
    assert (ended.code, ended.err) == (2, f"error: {said}\n")


def test_what_is_no_database_ends_with_seven(telic, tmp_path):
    (tmp_path / "shop.db").write_text("no database at all, only a text that is long enough to be looked at" * 20)
    ended = telic("db", "current", "--store", f"sqlite:///{tmp_path / 'shop.db'}")
    assert ended.code == 7
    assert "got another kind of file; do name another path" in ended.err


def test_a_server_that_does_not_answer_ends_with_seven_and_no_password(telic):
    ended = telic("db", "current", "--store", "postgresql://app:secret@127.0.0.1:1/shop")
    assert ended.code == 7
    assert "secret" not in ended.err
