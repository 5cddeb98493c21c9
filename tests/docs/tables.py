"""The page of the tables in SQL: what the migrations of both databases really come to.

``python -m tests.docs.tables`` writes columns and indexes anew into ``docs/reference/sql-schema.md`` and keeps what the page says
of each column; a new column stands there with nothing said, which a test does not let pass. It needs a PostgreSQL server.
"""

import asyncio
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

import asyncpg

from telic.stores.postgres import PostgresDatabase
from telic.stores.postgres.schema import MIGRATIONS as POSTGRES
from telic.stores.sqlite.schema import migrate
from tests.docs.test_pages import ROOT
from tests.services import postgres_database

PAGE = ROOT / "docs/reference/sql-schema.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum"""
KEYS = """
    SELECT c.relname, a.attname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
    JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place) ON true
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
    WHERE c.relnamespace = 'public'::regnamespace AND i.indisprimary ORDER BY c.relname, k.place"""


@dataclass
class Table:
    """One table as a database has it.

    Attributes:
        columns: The type of each column, with `null` where it may be empty.
        key: The columns of the primary key.
        indexes: The other indexes: what stands after the name of the table.
    """

    columns: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    indexes: dict[str, str] = field(default_factory=dict)


def index_of(sql: str) -> tuple[str, str, str] | None:
    """The name of an index, its table, and the rest of the statement that makes it."""
    found = re.match(r"CREATE INDEX (\w+)\s+ON (?:\{s\}\.)?(\w+)\s*(.*)", " ".join(sql.split()))
    return (found[1], found[2], re.sub(r' COLLATE "C"', "", found[3])) if found else None


def in_sqlite() -> dict[str, Table]:
    """The tables that the migrations make in a new file."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as file:
        migrate(file, ":memory:")
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")]
        tables = {name: Table() for name in names if name.startswith("telic_")}
        for name, table in tables.items():
            rows = file.execute(f"PRAGMA table_xinfo({name})").fetchall()
            keys = sorted((place, column) for _, column, _, _, _, place, _ in rows if place)
            table.columns = {
                column: typ if not_null or place else f"{typ} null" for _, column, typ, not_null, _, place, _ in rows
            }
            table.key = tuple(column for _, column in keys)
        for (sql,) in file.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"):
            name, of, text = index_of(sql)
            tables[of].indexes[name] = text
    return tables


async def _in_postgres(url: str) -> dict[str, Table]:
    async with PostgresDatabase(url):
        pass  # opening it makes the tables
    connection = await asyncpg.connect(url)
    try:
        tables: dict[str, Table] = {}
        for table, column, typ, not_null in await connection.fetch(COLUMNS):
            tables.setdefault(table, Table()).columns[column] = typ if not_null else f"{typ} null"
        for table, column in await connection.fetch(KEYS):
            tables[table].key += (column,)
    finally:
        await connection.close()
    for sql in (statement for version in POSTGRES for statement in version):
        if made := index_of(sql):
            tables[made[1]].indexes[made[0]] = made[2]
        elif gone := re.match(r"DROP INDEX \{s\}\.(\w+)", sql):
            for table in tables.values():
                table.indexes.pop(gone[1], None)
    return tables


def in_postgres() -> dict[str, Table]:
    """The tables that the migrations make in a new database."""
    with postgres_database() as url:
        return asyncio.run(_in_postgres(url))


def told(page: str) -> dict[tuple[str, str], str]:
    """What a page says of each table, under no column, and of each column."""
    said = {}
    for name, text in re.findall(r"^### (telic_\w+)\n(.*?)(?=^### |^<!-- tables: end)", page, re.MULTILINE | re.DOTALL):
        said[name, ""] = text.strip().split("\n\n")[0]
        for column, what in re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| (.*?) ?\|$", text, re.MULTILINE):
            said[name, column] = what
    return said


def _key(here: Table, there: Table) -> str:
    def listed(columns: tuple[str, ...]) -> str:
        return ", ".join(f"`{one}`" for one in columns)

    if here.key == there.key:
        return f"Primary key: {listed(here.key)}."
    return f"Primary key: {listed(here.key)}; on PostgreSQL {listed(there.key)}."


def _indexes(here: Table, there: Table) -> list[str]:
    lines = []
    for name in sorted({*here.indexes, *there.indexes}):
        texts = {"SQLite": here.indexes.get(name), "PostgreSQL": there.indexes.get(name)}
        if len({*texts.values()}) == 1:
            lines.append(f"- `{name}`: `{here.indexes[name]}`")
            continue
        lines.append(f"- `{name}`: " + "; ".join(f"{where} `{text}`" for where, text in texts.items() if text))
    return lines


def written(sqlite: dict[str, Table], postgres: dict[str, Table], said: dict[tuple[str, str], str]) -> str:
    """The part of the page between its two marks."""
    parts = []
    for name, here in sqlite.items():
        there = postgres[name]
        rows = [
            f"| `{column}` | {here.columns.get(column, '')} | {there.columns.get(column, '')} | {said.get((name, column), '')} |"
            for column in dict.fromkeys([*here.columns, *there.columns])
        ]
        head = ["| column | SQLite | PostgreSQL | what it is |", "|---|---|---|---|"]
        parts += [f"### {name}", said.get((name, ""), ""), "\n".join([*head, *rows]), _key(here, there)]
        parts += ["\n".join(["Indexes:", "", *_indexes(here, there)])] if here.indexes or there.indexes else []
    return "\n\n".join(parts)


def filled(page: str, sqlite: dict[str, Table], postgres: dict[str, Table]) -> str:
    """The page with its tables as the databases have them."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{written(sqlite, postgres, told(page))}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), in_sqlite(), in_postgres()), encoding="utf-8")
