"""``Hooks``: tells functions of yours what has happened, after it was committed.

At least once, and for each instance in the order of its revisions. What a hook has not heard
stays in the database, under its name. What may never be here: a hook that takes part in a step;
it could hold it up, or break it.
"""

from __future__ import annotations

import logging
import os
import random
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from itertools import count
from typing import Final, NamedTuple, TypeAlias

import anyio

from telic.kernel.errors import ConfigurationError, StoreClosed, StoreError, nearest
from telic.runtime.happenings import Happened, Happening, TellsHooks
from telic.runtime.hints import Bell
from telic.runtime.logs import context
from telic.runtime.protocols import Clock, DurableStore, SystemClock
from telic.shell.system import System
from telic.shell.timing import Timing

__all__ = ["Happened", "Happening", "Hook", "Hooks"]

Told: TypeAlias = Callable[[tuple[Happening, ...]], Awaitable[None]]

_log = logging.getLogger("telic.hooks")
_numbers = count(1)
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 60.0


class Hook:
    """A function that is told what has happened, and the name under which it is remembered.

    Attributes:
        name: Its name; what it has not heard is kept under it, across deployments.
        function: What is called with one batch after another. If it raises, the batch comes again.
        kinds: What it hears of.
        machines: The names of the machines that it hears of; of all with ``None``.

    Example:
        ``Hook("audit", write_all, kinds={Happened.FINISHED})``
    """

    __slots__ = ("function", "kinds", "machines", "name")

    def __init__(
        self,
        name: str,
        function: Told,
        *,
        kinds: Collection[Happened] = tuple(Happened),
        machines: Collection[str] | None = None,
    ) -> None:
        """Keep whom to tell what."""
        self.name = name
        self.function = function
        self.kinds = frozenset(kinds)
        self.machines = frozenset(machines) if machines is not None else None

    def __repr__(self) -> str:
        """Return the name."""
        return f"Hook({self.name!r})"


class _Line(NamedTuple):
    """One hook and one machine that it hears of."""

    hook: Hook
    machine: str
    store: TellsHooks


class Hooks:
    """Tells the hooks of a system; a worker does it as well, ``Worker(system, hooks=[...])``.

    Any number of processes may do so over one database: one at a time tells a hook of a machine.

    Example:
        ``await Hooks(system, [Hook("audit", write_all)]).run()``
    """

    def __init__(
        self,
        system: System,
        hooks: Sequence[Hook],
        *,
        clock: Clock | None = None,
        poll_seconds: float = 1.0,
        lease_seconds: float = 60.0,
        batch: int = 100,
    ) -> None:
        """Keep whom to tell.

        Args:
            system: The machines.
            hooks: Who is told.
            clock: Tells the time; that of the first machine by default.
            poll_seconds: How long to wait at most, more or less, before the store is asked again.
            lease_seconds: For how long a process that dies keeps its turn; a hook has to take
                less for one batch, else another process may tell it the same.
            batch: How many happenings a hook is told at once, at most.

        Raises:
            ValueError: Without room in a batch, or for a time that is not above zero.
            ConfigurationError: For two hooks of one name, a machine that the system does not
                have, or a store that keeps nothing for hooks; lists them all.
        """
        if batch < 1:
            raise ValueError(f"expected a batch of at least 1, got {batch}")
        for name, seconds in (("poll_seconds", poll_seconds), ("lease_seconds", lease_seconds)):
            if seconds <= 0:
                raise ValueError(f"expected {name} above 0, got {seconds}")
        findings = [*_same_names(hooks), *_unknown_machines(system, hooks), *_without_queues(system, hooks)]
        if findings:
            raise ConfigurationError("Hooks", tuple(findings))
        self._lines = [
            _Line(hook, name, runtime.store)
            for hook in hooks
            for name, runtime in system.runtimes.items()
            if (hook.machines is None or name in hook.machines) and isinstance(runtime.store, TellsHooks)
        ]
        runtimes = tuple(system.runtimes.values())
        self._timing = Timing(clock or (runtimes[0].clock if runtimes else SystemClock()))
        self._poll_seconds = poll_seconds
        self._lease = timedelta(seconds=lease_seconds)
        self._batch = batch
        self._name = f"{socket.gethostname()}:{os.getpid()}:{next(_numbers)}"

    async def run(self) -> None:
        """Tell the hooks what happens, until cancelled.

        A hook begins to hear when it is run for the first time. One that raises is told the
        same again, after a pause that doubles up to a minute; the others are told meanwhile.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        closed: list[StoreClosed] = []
        async with anyio.create_task_group() as group:
            for line in self._lines:
                group.start_soon(self._keep_telling, line, closed, group.cancel_scope)
        if closed:
            raise closed[0]

    async def drain(self) -> int:
        """Tell the hooks what they have not heard yet; return how many happenings that was.

        For scripts and tests. What a hook raises is raised here.
        """
        told = 0
        for line in self._lines:
            await line.store.add_hook(line.hook.name)
            try:
                while found := await self._tell(line):
                    told += found
            finally:
                await self._give_turn_back(line)
        return told

    async def _keep_telling(self, line: _Line, closed: list[StoreClosed], others: anyio.CancelScope) -> None:
        store: object = line.store
        bell = Bell()
        hints = store.hints if isinstance(store, DurableStore) else None
        if hints is not None:
            hints.add(bell)
        try:
            await self._tell_for_ever(line, bell)
        except StoreClosed as error:
            closed.append(error)
            others.cancel()
        finally:
            if hints is not None:
                hints.remove(bell)
            with anyio.CancelScope(shield=True):
                await self._give_turn_back(line)

    async def _tell_for_ever(self, line: _Line, bell: Bell) -> None:
        known, pause = False, _FIRST_PAUSE_SECONDS
        while True:
            bell.silence()
            try:
                if not known:
                    await line.store.add_hook(line.hook.name)
                    known = True
                told = await self._tell(line)
            except StoreClosed:
                raise
            except Exception:  # the store, or the hook: neither may end the others  # noqa: BLE001
                _log.exception(
                    "hook %s was not told of machine %s; again in %.1f s", line.hook.name, line.machine, pause,
                    extra=context(machine=line.machine, tenant=str(getattr(line.store, "tenant", ""))),
                )  # fmt: skip
                await self._timing.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            if not told:
                await self._timing.until_rung(bell, self._poll_seconds * random.uniform(0.5, 1.5))

    async def _tell(self, line: _Line) -> int:
        """Tell one batch, if it is this one's turn; return how many happenings that was."""
        hook, now = line.hook, self._timing.now()
        if not await line.store.unheard(hook.name, 1):
            return 0  # nobody writes for nothing: that would have others look again
        if not await line.store.take_turn(hook.name, worker=self._name, now=now, until=now + self._lease):
            return 0
        found = await line.store.unheard(hook.name, self._batch)
        wanted = tuple(one for one in found if one.kind in hook.kinds)
        if wanted:
            await hook.function(wanted)
        if found:
            # Heard is heard: a cancellation in between would only tell it again.
            with anyio.CancelScope(shield=True):
                await line.store.heard(hook.name, [one.number for one in found])
        return len(found)

    async def _give_turn_back(self, line: _Line) -> None:
        now = self._timing.now()
        try:
            await line.store.take_turn(line.hook.name, worker=self._name, now=now, until=now)
        except StoreError:
            _log.info(
                "the turn to tell hook %s ends with its lease", line.hook.name, extra=context(machine=line.machine)
            )


def _same_names(hooks: Sequence[Hook]) -> list[str]:
    names = [hook.name for hook in hooks]
    return [
        f"expected hooks of different names, got {name!r} {names.count(name)} times; do rename one of them"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def _unknown_machines(system: System, hooks: Sequence[Hook]) -> list[str]:
    return [
        f"expected machines of the system for hook {hook.name!r}, got {name!r}{nearest(name, system.runtimes)}; "
        "do remove it, or add its runtime"
        for hook in hooks
        for name in sorted(hook.machines or ())
        if name not in system.runtimes
    ]


def _without_queues(system: System, hooks: Sequence[Hook]) -> list[str]:
    heard = {name for hook in hooks for name in (system.runtimes if hook.machines is None else hook.machines)}
    return [
        f"expected a store that keeps what happens for hooks of machine {name!r}, got {type(runtime.store).__name__}; "
        "do use one with the methods of TellsHooks"
        for name, runtime in system.runtimes.items()
        if name in heard and not isinstance(runtime.store, TellsHooks)
    ]
