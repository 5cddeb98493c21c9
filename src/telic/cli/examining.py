"""The command ``doctor``: is all here that is needed, and does it answer?

What may never be here: a repair.
"""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import anyio
import click

from telic.cli.apps import machines_of
from telic.cli.exits import Exit, Stopped
from telic.cli.output import Row
from telic.cli.session import Session, session_of, store_options
from telic.cli.tables import Tables, tables_of
from telic.kernel.errors import TelicError

__all__ = ["doctor"]

_NEEDED = ("telic", "pydantic", "anyio", "typing-extensions")
_EXTRAS = {
    "postgres": "asyncpg",
    "otel": "opentelemetry-api",
    "schedules": "cronsim",
    "cli": "rich",
    "testing": "hypothesis",
}
_SKEW_SECONDS = 5.0


@click.command()
@store_options
@click.pass_context
def doctor(ctx: click.Context) -> int:
    """Look at versions and extras; with --app and --store, at these, too.

    Ends with 9 when something is wrong; an extra that is not installed is not wrong.
    """
    session = session_of(ctx)
    rows = [*_installed(), *_application(session), *_database(session)]
    session.out.rows(rows, ("what", "stands", "found"))
    return Exit.PROBLEMS if any(row["stands"] == "wrong" for row in rows) else Exit.OK


def _installed() -> Iterator[Row]:
    yield _row("python", "ok", platform.python_version())
    yield _row("sqlite", "ok", sqlite3.sqlite_version)
    for name in _NEEDED:
        yield _row(name, "ok", version(name))
    for extra, name in _EXTRAS.items():
        try:
            yield _row(f"extra {extra}", "ok", f"{name} {version(name)}")
        except PackageNotFoundError:
            yield _row(f"extra {extra}", "absent", f"pip install 'telic[{extra}]'")


def _application(session: Session) -> Iterator[Row]:
    if session.app is None:
        return
    try:
        yield _row("application", "ok", ", ".join(machines_of(session)))
    except Stopped as error:
        yield _row("application", "wrong", error.message)


def _database(session: Session) -> Iterator[Row]:
    if session.store is None:
        return
    try:
        tables = tables_of(session)
        found, skew = anyio.run(_asked, tables)
    except (Stopped, TelicError) as error:
        yield _row("store", "wrong", str(error))
        return
    yield _row("store", "ok", tables.name)
    told = f"version {found} of {tables.newest}"
    if found == tables.newest:
        yield _row("tables", "ok", told)
    else:
        yield _row("tables", "wrong", f"{told}; do {'telic db upgrade' if found < tables.newest else 'upgrade telic'}")
    yield _row("clock", "ok" if abs(skew) <= _SKEW_SECONDS else "wrong", f"{abs(skew):.3f} s apart")


async def _asked(tables: Tables) -> tuple[int, float]:
    return await tables.version(), await tables.skew_seconds()


def _row(what: str, stands: str, found: str) -> Row:
    return {"what": what, "stands": stands, "found": found}
