"""Connections to one file: how they are opened, and what their errors mean.

What may never be here: an SQLite error that reaches the caller as it is.
"""

from __future__ import annotations

import random
import sqlite3
import time
from typing import Final

from telic.kernel.errors import StoreFailed

__all__ = ["BUSY_SECONDS", "begin", "connected", "failed"]

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for the writer of another process."""
_MINIMUM_SQLITE = (3, 37, 0)  # the first with STRICT tables
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_FIRST_PAUSE_SECONDS = 0.005
_FIRST_TURN_SECONDS, _LONGEST_TURN_SECONDS = 0.0005, 0.004


def connected(path: str, durability: str) -> sqlite3.Connection:
    """Open a connection that any thread may use, one at a time.

    Args:
        path: The file.
        durability: ``full`` or ``normal``.

    Raises:
        StoreFailed: When this SQLite is too old.
        sqlite3.Error: When the file cannot be opened.
    """
    if sqlite3.sqlite_version_info < _MINIMUM_SQLITE:
        raise StoreFailed(
            "open",
            f"expected SQLite 3.37 or newer, got {sqlite3.sqlite_version}; do use a newer Python",
        )
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _use_wal(connection)
        connection.execute(f"PRAGMA synchronous = {durability}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait here when others do the same."""
    until = time.monotonic() + BUSY_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(pause)
            pause *= 2
        else:
            return


def begin(connection: sqlite3.Connection) -> None:
    """Begin to write, as soon as no other process does; for a connection that does not wait itself.

    SQLite would wait in pauses that grow to a tenth of a second. Whoever has just come would
    overtake whoever waits longest, again and again, and that one might hold a claim.

    Args:
        connection: With a ``busy_timeout`` of 0.

    Raises:
        sqlite3.Error: When others write for 30 seconds, or the file cannot be written.
    """
    if connection.in_transaction:  # what failed before it could not be taken back either
        connection.execute("ROLLBACK")
    until = time.monotonic() + BUSY_SECONDS
    pause = _FIRST_TURN_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.5, 1.0) * pause)
            pause = min(1.5 * pause, _LONGEST_TURN_SECONDS)
        else:
            return


def failed(operation: str, path: str, error: BaseException) -> StoreFailed:
    """Return what went wrong and what to do, chained to its cause.

    Args:
        operation: What was asked of the store.
        path: The file.
        error: What SQLite raised.
    """
    if isinstance(error, StoreFailed):
        found = StoreFailed(error.operation, error.reason)
    else:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        reason = _REASONS.get(code, "expected SQLite to work on {path}, got {error}; do see the cause")
        found = StoreFailed(operation, reason.format(path=path, error=error))
    found.__cause__ = error
    return found


_REASONS: Final = {
    sqlite3.SQLITE_BUSY: (
        "expected the write lock of {path} within 30 seconds, got none; do end the long transaction of another process"
    ),
    sqlite3.SQLITE_FULL: ("expected room for {path}, got a full disk; do free some and try again, nothing was saved"),
    sqlite3.SQLITE_NOTADB: ("expected an SQLite database in {path}, got another kind of file; do name another path"),
    sqlite3.SQLITE_CORRUPT: (
        "expected an intact database in {path}, got a damaged one; "
        "do restore a backup, or save what can be read with .recover of sqlite3"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "expected to open or create {path}, got {error}; do create its folder and allow writing there"
    ),
    sqlite3.SQLITE_READONLY: (
        "expected to write to {path}, got a file or folder that is read-only; do allow writing there"
    ),
    sqlite3.SQLITE_IOERR: (
        "expected to read and write {path}, got {error}; do check the disk, then load again to see what is saved"
    ),
}
