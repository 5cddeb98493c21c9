"""Commands on the tables of a database: ``db upgrade|current|sql|check``.

What may never be here: an instance.
"""

from __future__ import annotations

from textwrap import dedent

import anyio
import click

from telic.cli.exits import Exit, Stopped
from telic.cli.lazily import LazyGroup
from telic.cli.output import Row
from telic.cli.session import session_of, store_options
from telic.cli.tables import Tables, tables_of

__all__ = ["db"]


@click.group(cls=LazyGroup)
def db() -> None:
    """The tables of a database: their version, and the way to the present one."""


@db.command("current")
@store_options
@click.pass_context
def current(ctx: click.Context) -> int:
    """Show which version the tables are of; 0 where there are none."""
    session = session_of(ctx)
    session.out.one(_row(tables_of(session)))
    return Exit.OK


@db.command("check")
@store_options
@click.pass_context
def check(ctx: click.Context) -> int:
    """End with 9 unless the tables are of the version that this telic works with."""
    session = session_of(ctx)
    row = _row(tables_of(session))
    session.out.one(row)
    return Exit.OK if row["stands"] == "current" else Exit.PROBLEMS


@db.command("upgrade")
@store_options
@click.pass_context
def upgrade(ctx: click.Context) -> int:
    """Bring the tables up to date, whole or not at all; create them where there are none."""
    session = session_of(ctx)
    tables = tables_of(session)

    async def done() -> int:
        before = await tables.version()
        await tables.upgrade()
        return before

    before = anyio.run(done)
    session.out.one({**_row(tables), "before": before})
    return Exit.OK


@db.command("sql")
@store_options
@click.option(
    "--from", "version", type=click.IntRange(min=0), default=0, show_default=True, help="The version to begin at."
)
@click.pass_context
def sql(ctx: click.Context, version: int) -> int:
    """Print the statements that lead to the present version; nothing is opened.

    For people who let nobody but themselves change tables.
    """
    session = session_of(ctx)
    tables = tables_of(session)
    if version > tables.newest:
        raise Stopped(Exit.USAGE, f"expected a version up to {tables.newest}, got {version}")
    told = [dedent(one).strip() + ";" for one in tables.statements(version)]
    session.out.text("\n".join(["BEGIN;", *told, "COMMIT;"]))
    return Exit.OK


def _row(tables: Tables) -> Row:
    version = anyio.run(tables.version)
    stands = "current" if version == tables.newest else "newer" if version > tables.newest else "behind"
    return {"database": tables.name, "version": version, "newest": tables.newest, "stands": stands}
