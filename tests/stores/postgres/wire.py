"""A proxy before a server, which counts what clients ask for: how often they wait, and what they execute."""

import asyncio
import struct
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Wire:
    """What has gone over the wire so far.

    Attributes:
        url: Where clients connect.
        trips: How often a client has asked and waits for the answer.
        executed: How many statements were executed, those of transactions included.
    """

    def __init__(self, url):
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port or 5432
        self._parts = parts
        self.url = ""
        self.trips = 0
        self.executed = 0

    def _name(self, port):
        user, at, _ = self._parts.netloc.rpartition("@")
        self.url = self._parts._replace(netloc=f"{user}{at}127.0.0.1:{port}", query="sslmode=disable").geturl()

    def _counted(self, kind):
        self.trips += kind in b"SQ"  # `Sync` and a simple `Query` are what a client waits after
        self.executed += kind in b"EQ"

    async def _serve(self, client, to_client):
        server, to_server = await asyncio.open_connection(self._host, self._port)
        with suppress(OSError, asyncio.IncompleteReadError):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._answers(server, to_client))
                await self._requests(client, to_server)
        for end in (to_server, to_client):
            end.close()

    async def _requests(self, client, to_server):
        """Pass on message by message; the first one has no type."""
        kind = b""
        while True:
            length = await client.readexactly(4)
            to_server.write(kind + length + await client.readexactly(struct.unpack("!I", length)[0] - 4))
            if kind:
                self._counted(kind)
            kind = await client.read(1)
            if not kind:
                to_server.write_eof()
                return

    async def _answers(self, server, to_client):
        while data := await server.read(65536):
            to_client.write(data)
        to_client.close()  # a client that takes its leave waits until the server has gone


@asynccontextmanager
async def wire_to(url):
    """Count what goes to a server."""
    wire = Wire(url)
    async with await asyncio.start_server(wire._serve, "127.0.0.1", 0) as listening:
        wire._name(listening.sockets[0].getsockname()[1])
        yield wire
