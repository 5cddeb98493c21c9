"""A PostgreSQL server of our own, and what is done to it: connections cut at commit, sudden stops.

It is made under an account without rights when this is run as root, because ``initdb``
refuses root. What may never be here: a server that was there before.
"""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

from tests.chaos.crew import Crew, pause
from tests.chaos.marks import Phase
from tests.chaos.places import PostgresSchema
from tests.chaos.scenario import Outcome, folder, under_fire

_ACCOUNTS = ("postgres", "nobody")
_SAVING = (
    "SELECT pid, coalesce(wait_event, '') FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active'"
    " AND query LIKE '%INSERT%telic_journal%'"
)


def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``, if there is one."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3].split(".")[0]))
    return Path(on_path).parent if on_path else found[-1].parent if found else None


class OwnServer:
    """A server in a folder of its own, on a port of its own.

    Attributes:
        url: Where it answers.
    """

    def __init__(self, where: Path, bin_folder: Path) -> None:
        self._bin = bin_folder
        self._where = where
        self._data = where / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://telic@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-D", self._data, "-U", "telic", "--auth=trust", "-E", "UTF8", "--no-locale")

    def begin(self) -> None:
        options = (
            f"-p {self._port} -k {self._where} -c listen_addresses=127.0.0.1 -c max_connections=100"
            " -c track_activity_query_size=65536"
        )
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._where / "log", "-o", options, "start")

    def end(self, mode: str) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    @property
    def version(self) -> str:
        """Its name and version."""
        command = [self._bin / "postgres", "--version"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return f"PostgreSQL {told[2]}"

    def schema(self) -> PostgresSchema:
        return PostgresSchema(self.url, f"telic_{uuid4().hex}")

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        owner = self._where.owner()
        if os.getuid() == 0:
            command = ["runuser", "-u", owner, "--", *command]
        with (self._where / "commands").open("ab") as told:
            subprocess.run(command, check=True, stdout=told, stderr=told, cwd=self._where, stdin=subprocess.DEVNULL)


@contextmanager
def own_server() -> Iterator[OwnServer | None]:
    """A server that runs until the end of the block, or nothing where no programs for it are found."""
    bin_folder = programs()
    if bin_folder is None:
        yield None
        return
    with folder() as where:
        if os.getuid() == 0:
            known = {one.pw_name for one in pwd.getpwall()}
            shutil.chown(where, next(one for one in _ACCOUNTS if one in known))
        server = OwnServer(where, bin_folder)
        server.begin()
        try:
            yield server
        finally:
            server.end("immediate")


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
        "connections terminated at a save", server.schema(), where, blows, calm=lambda crew: _refusals(crew, refused)
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
        "server stopped immediate", server.schema(), where, blows, calm=lambda crew: _refusals(crew, refused)
    )
    return outcome._replace(details={"refused_to_senders": sum(refused)})


def _refusals(crew: Crew, refused: list[int]) -> None:
    refused += [crew.marks.count(slot, Phase.REFUSED) for slot in crew.processes]
