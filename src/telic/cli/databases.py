"""Where instances are kept: the store that a URL names, put under the machines of an application.

What may never be here: a statement.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

import anyio
from pydantic import BaseModel

from telic.cli.apps import app_of
from telic.cli.exits import Exit, Stopped
from telic.cli.session import Session
from telic.kernel.errors import ConfigurationError, nearest
from telic.kernel.events import Event
from telic.kernel.machine import AnyMachine, Machine
from telic.runtime.protocols import ListsTenants
from telic.runtime.runtime import WorkflowRuntime
from telic.shell.handlers import Handlers
from telic.shell.system import AnyRuntime, System
from telic.stores.memory import MemoryStore

if TYPE_CHECKING:
    from telic.runtime.protocols import WorkflowStore

__all__ = ["Served", "opened", "path_of", "served", "serving", "tenants_of"]

T = TypeVar("T")
Stores = Callable[[AnyMachine], "WorkflowStore[BaseModel]"]

_KINDS = ("sqlite:///file.db", "postgresql://user@host/database", "memory:")


class Served:
    """An application with its instances at hand.

    Attributes:
        runtimes: The runtimes of its machines, by name.
        system: The whole, where the application is one; a single machine has no handlers.
    """

    def __init__(self, runtimes: dict[str, AnyRuntime], system: System | None) -> None:
        """Keep both."""
        self.runtimes, self.system = runtimes, system

    def runtime(self, name: str | None) -> AnyRuntime:
        """Return the runtime of a machine; of the only one where none is named.

        Raises:
            Stopped: When there is no such machine, or which one is meant is open.
        """
        if name is None and len(self.runtimes) == 1:
            return next(iter(self.runtimes.values()))
        if name is None:
            raise Stopped(Exit.USAGE, f"expected --machine, got none; do name one of {', '.join(self.runtimes)}")
        if name not in self.runtimes:
            raise Stopped(Exit.NOT_FOUND, f"expected a machine {name!r}, got none{nearest(name, self.runtimes)}")
        return self.runtimes[name]

    def chosen(self, name: str | None) -> tuple[AnyRuntime, ...]:
        """Return the runtime of a machine; all of them where none is named.

        Raises:
            Stopped: When there is no such machine.
        """
        return (self.runtime(name),) if name is not None else tuple(self.runtimes.values())

    def whole(self) -> System:
        """Return the system.

        Raises:
            Stopped: When the application is a single machine.
        """
        if self.system is None:
            raise Stopped(Exit.USAGE, "expected a System, got a Machine without handlers; do name a System with --app")
        return self.system


@asynccontextmanager
async def opened(url: str, tenant: str = "") -> AsyncIterator[Stores]:
    """Open the database that a URL names, and give what makes a store of each machine.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``postgresql://…`` or ``memory:``.
        tenant: Whose instances.

    Raises:
        Stopped: When the URL names nothing that telic can keep instances in.
    """
    kind = urlsplit(url).scheme
    async with AsyncExitStack() as stack:
        if kind == "sqlite":
            from telic.stores.sqlite import SqliteDatabase

            files = await stack.enter_async_context(SqliteDatabase(path_of(url)))
            yield lambda machine: files.store(machine, tenant=tenant)
        elif kind in ("postgresql", "postgres"):
            from telic.stores.postgres import PostgresDatabase

            server = await stack.enter_async_context(PostgresDatabase(url))
            yield lambda machine: server.store(machine, tenant=tenant)
        elif kind == "memory":
            yield MemoryStore
        else:
            raise Stopped(Exit.USAGE, f"expected --store {', '.join(_KINDS[:-1])} or {_KINDS[-1]}, got {url!r}")


def path_of(url: str) -> str:
    """Return the file that a URL names.

    Raises:
        Stopped: When it names none.
    """
    parts = urlsplit(url)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path:
        raise Stopped(
            Exit.USAGE,
            f"expected sqlite:///relative.db or sqlite:////absolute.db, got {url!r}; do write three slashes and a path",
        )
    return path


@asynccontextmanager
async def serving(session: Session) -> AsyncIterator[Served]:
    """Give the application with its instances, in the store of ``--store`` or in its own.

    Args:
        session: The options.
    """
    app = app_of(session)
    if session.store is None:
        yield _as_it_is(app)
        return
    async with opened(session.store, session.tenant) as stores:
        yield _rehomed(app, stores)


def _as_it_is(app: System | AnyMachine) -> Served:
    if isinstance(app, Machine):
        raise Stopped(
            Exit.USAGE, "expected a store for the instances of a Machine, got none; do add --store URL, or TELIC_STORE"
        )
    return Served(dict(app.runtimes), app)


def _rehomed(app: System | AnyMachine, stores: Stores) -> Served:
    if isinstance(app, Machine):
        runtime: WorkflowRuntime[BaseModel, Event] = WorkflowRuntime(machine=app, store=stores(app))
        return Served({app.name: runtime}, _alone(runtime))
    system = System(
        runtimes=[runtime.through(stores(runtime.machine)) for runtime in app.runtimes.values()],
        handlers=app.handlers,
        triggers=app.triggers,
        schedules=app.schedules,
        limits=app.limits,
    )
    return Served(dict(system.runtimes), system)


def _alone(runtime: AnyRuntime) -> System | None:
    """Return a system of one machine, where it needs no handler."""
    try:
        return System(runtimes=[runtime], handlers=Handlers())
    except ConfigurationError:
        return None


def served(session: Session, act: Callable[[Served], Awaitable[T]]) -> T:
    """Do something with the application and its instances, and close them.

    Args:
        session: The options.
        act: What is done.
    """

    async def whole() -> T:
        async with serving(session) as at_hand:
            return await act(at_hand)

    return anyio.run(whole)


async def tenants_of(at_hand: Served) -> tuple[str, ...]:
    """Return the tenants that the databases of the application have.

    Raises:
        Stopped: When a store does not know of any.
    """
    known: set[str] = set()
    for runtime in at_hand.runtimes.values():
        store: object = runtime.store
        if not isinstance(store, ListsTenants):
            raise Stopped(Exit.USAGE, f"expected a store that knows its tenants, got {type(store).__name__}")
        known.update(await store.tenants())
    return tuple(sorted(known))
