"""What is done to a PostgreSQL server of our own: connections cut at commit, sudden stops.

What may never be here: a server that was there before.
"""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import asyncpg

from tests.chaos.crew import Crew, pause
from tests.chaos.marks import Phase
from tests.chaos.places import PostgresSchema
from tests.chaos.scenario import Outcome, under_fire
from tests.server import OwnServer, own_server, programs

__all__ = ["OwnServer", "cut", "own_server", "programs", "schema_of", "stopped"]

_SAVING = (
    "SELECT pid, coalesce(wait_event, '') FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active'"
    " AND query LIKE '%INSERT%telic_journal%'"
)


def schema_of(server: OwnServer) -> PostgresSchema:
    """A schema of its own on a server."""
    return PostgresSchema(server.url, f"telic_{uuid4().hex}")


def cut(server: OwnServer, where: Path, *, cuts: int) -> Outcome:
    """Connections are terminated while they save."""
    waits: dict[str, int] = {}

    async def cutting(crew: Crew) -> int:
        connection = await asyncpg.connect(server.url)
        done = 0
        until = time.monotonic() + 5 + cuts
        while done < cuts and time.monotonic() < until:
            for process, wait in await connection.fetch(_SAVING):
                if await connection.fetchval("SELECT pg_terminate_backend($1)", process):
                    done += 1
                    waits[wait] = waits.get(wait, 0) + 1
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.002)
        await connection.close()
        return done

    def blows(crew: Crew) -> int:
        pause(0.3, 0.5)
        return asyncio.run(cutting(crew))

    refused: list[int] = []
    outcome = under_fire(
        "connections terminated at a save", schema_of(server), where, blows, calm=lambda crew: _refusals(crew, refused)
    )
    at_commit = sum(count for wait, count in waits.items() if wait.startswith("WAL"))
    return outcome._replace(details={"at_wal_flush": at_commit, "refused_to_senders": sum(refused)})


def stopped(server: OwnServer, where: Path, *, stops: int) -> Outcome:
    """The server is stopped ``immediate``, every few seconds, and begun again."""

    def blows(crew: Crew) -> int:
        for _ in range(stops):
            pause(1.0, 3.0)
            server.end("immediate")
            pause(0.05, 0.5)
            server.begin()
        pause(0.5, 1.0)
        return stops

    refused: list[int] = []
    outcome = under_fire(
        "server stopped immediate", schema_of(server), where, blows, calm=lambda crew: _refusals(crew, refused)
    )
    return outcome._replace(details={"refused_to_senders": sum(refused)})


def _refusals(crew: Crew, refused: list[int]) -> None:
    refused += [crew.marks.count(slot, Phase.REFUSED) for slot in crew.processes]
