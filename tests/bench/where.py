"""Where something is measured: the machine, the versions, and what else it has to do.

What may never be here: a name or an address of the machine.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pydantic

from tests.bench import postgres

__all__ = ["about"]


async def about(url: str) -> dict[str, object]:
    """Return where this is measured.

    Args:
        url: The server; empty where there is none.
    """
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "Python": platform.python_version(),
        "Pydantic": pydantic.VERSION,
        "anyio": version("anyio"),
        "SQLite": sqlite3.sqlite_version,
        "asyncpg": version("asyncpg"),
        "PostgreSQL": await postgres.server_version(url),
        "system": f"{platform.system()} {platform.release()}, {_file_system()}",
        "processors": f"{os.cpu_count()} ({_processor()})",
        "memory": f"{_memory_gigabytes()} GB",
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    """Return what the processor calls itself, where the system tells."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gigabytes() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _file_system() -> str:
    """Return the type of the file system on which the files are made that are measured."""
    here, found = Path(tempfile.gettempdir()).resolve(), ("", "unknown")
    mounts = Path("/proc/self/mounts")
    for line in mounts.read_text(encoding="utf-8").splitlines() if mounts.exists() else []:
        _, place, kind, *_ = line.split()
        if here.is_relative_to(place) and len(place) >= len(found[0]):
            found = place, kind
    return found[1]
