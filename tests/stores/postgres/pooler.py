"""A PgBouncer of the tests' own, in transaction mode, before the server that the tests use."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

_INI = """
[databases]
{database} = host={host} port={port} user={user} password={password} dbname={database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
logfile = {where}/log
pidfile = {where}/pid
"""


def program() -> str | None:
    """Where PgBouncer is, if it is installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The URL of a pooler that leads to a server; three sessions serve everybody."""
    parts = urlsplit(url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="telic-pool-") as name:
        where = Path(name)
        user = parts.username or "postgres"
        (where / "ini").write_text(
            _INI.format(
                database=parts.path.removeprefix("/"),
                host=parts.hostname,
                port=parts.port or 5432,
                user=user,
                password=parts.password or "''",
                own=own,
                where=where,
            )
        )
        command = [str(program()), str(where / "ini")]
        if os.getuid() == 0:  # it refuses root
            account = next(one.pw_name for one in pwd.getpwall() if one.pw_name in ("postgres", "nobody"))
            for path in (where, where / "ini"):
                shutil.chown(path, account)
            command = ["runuser", "-u", account, "--", *command]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _answers(own, process)
                yield parts._replace(netloc=f"{user}@127.0.0.1:{own}").geturl()
            finally:
                process.terminate()


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "the pooler did not begin"
        time.sleep(0.02)  # it is another program; there is nothing else to wait for
    raise TimeoutError("the pooler does not answer")
