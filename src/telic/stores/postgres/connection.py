"""Connections to one server: how they are opened, and what their errors mean.

The only module that knows the driver. What may never be here: an error of the driver that
reaches the caller as it is, or a password in a message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from telic.kernel.errors import MissingExtra, StoreError, StoreFailed

try:
    import asyncpg  # type: ignore[import-untyped]
except ModuleNotFoundError as error:
    if error.name != "asyncpg":
        raise
    raise MissingExtra("telic.stores.postgres", "postgres") from error

__all__ = [
    "ANSWER_SECONDS",
    "LOCK_SECONDS",
    "Connection",
    "Server",
    "concerns_one",
    "connected",
    "failed",
    "is_contended",
    "is_lost",
    "joinable",
]

ANSWER_SECONDS: Final = 30
"""How long the server may take for one statement."""
LOCK_SECONDS: Final = 30
"""How long a save tries to get its locks."""

_SETTINGS: Final = {
    "application_name": "telic",
    "default_transaction_isolation": "read committed",
    # Every statement here finds its rows by key. What is planned while a table is small must
    # still do so when it is large: hence plans once, along the indexes, whatever the statistics.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
_TEXT_BYTES_MAX = 64 * 1024
_CONTENDED = frozenset({"55P03", "40P01", "40001"})  # no lock in time, deadlock, serialization
_ONES_OWN = frozenset({"0A", "21", "22", "23", "44", "54", "P0"})  # classes about the values, or of a trigger
_ENDED = frozenset({"57P01", "57P02", "57P03", "57P05"})  # the server shuts down, or ends the session


class Transaction(AbstractAsyncContextManager[object], Protocol):
    """What is used of a transaction of the driver."""

    async def start(self) -> None:
        """Begin it."""
        ...

    async def commit(self) -> None:
        """Make it last."""
        ...

    async def rollback(self) -> None:
        """Take it back."""
        ...


class Connection(Protocol):
    """What is used of a connection of the driver."""

    async def fetch(
        self,
        query: str,
        /,
        *values: object,
        timeout: float | None = None,  # noqa: ASYNC109  (it is the driver's)
    ) -> Sequence[Sequence[object]]:
        """Run one statement and return its rows."""
        ...

    async def execute(self, query: str, /) -> object:
        """Run statements without parameters."""
        ...

    def transaction(self, *, isolation: str = ...) -> Transaction:
        """Return a transaction; as a block it commits, or takes everything back."""
        ...

    async def add_listener(self, channel: str, callback: Callable[[object, int, str, object], None], /) -> None:
        """Have a function called for each notification."""
        ...

    def add_termination_listener(self, callback: Callable[[object], None], /) -> None:
        """Have a function called when the connection ends."""
        ...

    def is_in_transaction(self) -> bool:
        """Say whether a transaction is open."""
        ...

    def is_closed(self) -> bool:
        """Say whether the connection is of no use any more."""
        ...

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  (it is the driver's)
        """Take leave of the server."""
        ...

    def terminate(self) -> None:
        """Hang up."""
        ...


class Server(NamedTuple):
    """Where to connect.

    Attributes:
        url: With user and password; never shown.
        name: For messages: host, port and database only.
        prepared: Whether statements are kept prepared and the session is set up.
    """

    url: str
    name: str
    prepared: bool

    @classmethod
    def of(cls, url: str, *, prepared: bool) -> Server:
        """Return the server that a URL names.

        Raises:
            ValueError: For a URL of another kind; the text does not show it.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError(
                "expected a URL that begins with 'postgresql://', "
                f"got one that begins with {parts.scheme + '://' if parts.scheme else 'no scheme'!r}"
            )
        hosts = parts.netloc.rpartition("@")[2]
        return cls(url, f"postgresql://{hosts}{parts.path}", prepared)


async def connected(server: Server) -> Connection:
    """Open a connection.

    Raises:
        OSError: When the server cannot be reached.
        Exception: When the server refuses, as the driver says it.
    """
    found = await asyncpg.connect(
        server.url,
        timeout=ANSWER_SECONDS,
        server_settings=_SETTINGS if server.prepared else {},
        statement_cache_size=100 if server.prepared else 0,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=_TEXT_BYTES_MAX,
    )
    return cast("Connection", found)


def joinable(conn: object) -> Connection:
    """Return a caller's connection.

    Raises:
        TypeError: When it is none of the driver.
    """
    if not (hasattr(conn, "fetch") and hasattr(conn, "is_in_transaction")):
        kind = f"{type(conn).__module__}.{type(conn).__qualname__}"
        raise TypeError(
            f"expected conn to be a connection of asyncpg, got {kind}; do hand over the connection of the driver itself"
        )
    return cast("Connection", conn)


def is_lost(error: BaseException) -> bool:
    """Say whether the answer of the server is lost, so that nobody can tell what it did."""
    state = _state(error)
    if state is not None:
        return state.startswith("08") or state in _ENDED
    return isinstance(error, (OSError, asyncpg.InternalClientError))


def is_contended(error: BaseException) -> bool:
    """Say whether others were in the way: nothing was saved, and it may work in a moment."""
    return _state(error) in _CONTENDED


def concerns_one(error: BaseException) -> bool:
    """Say whether an error is about the values of one commit, not about the server."""
    state = _state(error)
    if state is not None:
        return state[:2] in _ONES_OWN
    return not isinstance(error, StoreError) and not is_lost(error)


def failed(operation: str, name: str, error: BaseException, *, joined: bool = False) -> StoreFailed:
    """Return what went wrong and what to do, chained to its cause.

    Args:
        operation: What was asked of the store.
        name: The server, for messages.
        error: What the driver raised.
        joined: Whether it was in a transaction of the caller.
    """
    if isinstance(error, StoreFailed):
        found = StoreFailed(error.operation, error.reason)
    else:
        text = str(error) or ("none within 30 seconds" if isinstance(error, TimeoutError) else type(error).__name__)
        found = StoreFailed(operation, _reason(operation, error, joined=joined).format(name=name, error=text))
    found.__cause__ = error
    return found


def _reason(operation: str, error: BaseException, *, joined: bool) -> str:
    if is_lost(error):
        return _LOST_TRANSACTION if joined else _LOST_SAVE if operation == "save" else _LOST
    if is_contended(error):
        return _RACE if joined else _LOCKED
    return _REASONS.get(_state(error) or "", "expected PostgreSQL to work on {name}, got {error}; do see the cause")


def _state(error: BaseException) -> str | None:
    return cast("str | None", getattr(error, "sqlstate", None))


_LOST_SAVE: Final = (
    "expected an answer of {name}, got {error}; nobody can tell whether it was saved, "
    "do load again, or send the event again under its id"
)
_LOST: Final = "expected an answer of {name}, got {error}; do see that the server runs, and try again"
_LOCKED: Final = (
    "expected the locks of the instance on {name} within 30 seconds, got none; "
    "do end the long transaction of another session, nothing was saved"
)
_LOST_TRANSACTION: Final = (
    "expected an answer of {name}, got {error}; the transaction is lost and nothing of it was saved, do begin again"
)
_RACE: Final = (
    "expected the transaction on {name} to be the first to change the instance, got {error}; "
    "do roll it back and begin again"
)
_UNHOLDABLE: Final = (
    "expected texts that PostgreSQL can hold on {name}, got one with NUL; "
    "do leave NUL out of keys, actors and names, nothing was saved"
)
_REASONS: Final = {
    "53100": "expected room on {name}, got a full disk; do free some and try again, nothing was saved",
    "22021": _UNHOLDABLE,
    "22P05": _UNHOLDABLE,  # the same, in JSON
    "25006": (
        "expected to write to {name}, got a server or transaction that is read-only; "
        "do connect to the primary, nothing was saved"
    ),
    "25P02": (
        "expected a healthy transaction on {name}, got one in which a statement has failed; "
        "do roll it back and begin again"
    ),
    "42501": "expected to be allowed to work on {name}, got {error}; do grant it to the user of the URL",
    "42P01": "expected the tables of telic on {name}, got {error}; do open the database again to create them",
}
