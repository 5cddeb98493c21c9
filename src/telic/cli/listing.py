"""The command ``ls``: instances, page by page; no list holds more than one page of them.

What may never be here: an instance; a summary says enough.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import NamedTuple

import anyio
import click

from telic.cli.databases import Served, served
from telic.cli.exits import Exit, Stopped
from telic.cli.options import filter_options, limit_option, machine_option
from telic.cli.output import Form, Output, Row
from telic.cli.session import session_of, store_options
from telic.kernel.values import WorkflowId
from telic.runtime.protocols import Queries
from telic.runtime.queries import Query, Summary

__all__ = ["ls"]

_COLUMNS = ("id", "kind", "status", "revision", "at", "key")
_PAGE = 500


class _Listing(NamedTuple):
    """What is listed, and how far."""

    store: Queries
    query: Query
    limit: int


@click.command()
@store_options
@machine_option
@filter_options
@limit_option
@click.option("--after", help="Go on after this id.")
@click.option("-w", "--watch", is_flag=True, help="Go on with each that is new or changes, until ctrl-C.")
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="With --watch: after how many seconds to look again.",
)
@click.option(
    "--family", metavar="ID", help="In place of a filter: all that descend from the same one, of any machine."
)
@click.pass_context
def ls(
    ctx: click.Context,
    machine: str | None,
    query: Query,
    limit: int,
    after: str | None,
    watch: bool,  # noqa: FBT001  (click passes it so)
    every: float,
    family: str | None,
) -> int:
    """List instances in the order of their ids."""
    session = session_of(ctx)
    if family is not None and (query != Query() or watch or after is not None):
        raise Stopped(Exit.USAGE, "expected --family alone, got a filter, --after or --watch beside it")
    # A table would have to wait for its last line.
    out = Output(Form.PLAIN, quiet=session.quiet) if watch and session.out.form is Form.TABLE else session.out

    async def act(at_hand: Served) -> None:
        runtime = at_hand.runtime(machine)
        if family is not None:
            rows = _family(at_hand, runtime.machine.name, WorkflowId(family), limit)
            await out.stream(rows, ("machine", *_COLUMNS, "parent"))
            return
        store: object = runtime.store
        if not isinstance(store, Queries):
            raise Stopped(Exit.USAGE, f"expected a store that can be asked, got {type(store).__name__}")
        listing = _Listing(store, query, limit)
        if watch:
            await out.stream(_watched(listing, every), _COLUMNS)
        else:
            await _listed(out, listing, after)

    served(session, act)
    return Exit.OK


async def _listed(out: Output, listing: _Listing, after: str | None) -> None:
    last: list[Summary] = []

    async def rows() -> AsyncIterator[Row]:
        async with aclosing(_found(listing._replace(limit=listing.limit + 1), after)) as found:
            count = 0
            async for one in found:
                count += 1
                if count > listing.limit:
                    out.say(f"there are more; do telic ls --after {last[0].id}")
                    return
                last[:] = [one]
                yield one._asdict()

    await out.stream(rows(), _COLUMNS)


async def _found(listing: _Listing, after: str | None) -> AsyncGenerator[Summary, None]:
    """Yield what a query finds, and hold one page of it at a time."""
    left = listing.limit
    while left > 0:
        page = await listing.store.find(**listing.query._asdict(), after=after, limit=min(left, _PAGE))
        for one in page.items:
            yield one
        left -= len(page.items)
        after = page.next
        if after is None:
            return


async def _watched(listing: _Listing, seconds: float) -> AsyncIterator[Row]:
    """Yield what a query finds, and again each that has changed since it was told."""
    told: dict[WorkflowId, int] = {}
    while True:
        async for one in _found(listing, None):
            if told.get(one.id) != one.revision:
                told[one.id] = one.revision
                yield one._asdict()
        await anyio.sleep(seconds)


async def _family(at_hand: Served, machine: str, id: WorkflowId, limit: int) -> AsyncIterator[Row]:
    from telic.shell.lineage import family

    count = 0
    async with aclosing(family(at_hand.whole(), machine, id)) as found:
        async for one in found:
            yield {"machine": one.machine, **one.summary._asdict()}
            count += 1
            if count == limit:
                return
