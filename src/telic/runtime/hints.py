"""Hints: who commits wakes who waits for work, at once in the same process, soon in others.

A hint only shortens a wait. Whoever misses one finds the work by asking the store. What may
never be here: anything that must not be lost.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from telic.kernel.values import IntentId
from telic.runtime.waker import Ticket, current_loop

if TYPE_CHECKING:
    from telic.kernel.snapshot import Commit

__all__ = ["Bell", "Hints", "Listens", "WithdrawnIntent", "makes_work"]

S = TypeVar("S", bound=BaseModel)


class WithdrawnIntent(NamedTuple):
    """An intent that was taken back: perhaps it is being carried out right now."""

    tenant: str
    machine: str
    intent_id: IntentId


@runtime_checkable
class Listens(Protocol):
    """A store that notices soon what other processes commit."""

    async def listen(self) -> None:
        """Ring the hints of the store when another process may have made work, until cancelled.

        It may ring for nothing, and it may miss something; returns at once where nobody can
        be heard.

        Raises:
            StoreClosed: When the database was closed.
            StoreError: When nothing more is heard; listen again.
        """
        ...


def makes_work(commit: Commit[S]) -> bool:
    """Say whether there may be work for somebody once a commit is saved.

    Args:
        commit: What is saved.
    """
    before, after, _ = commit
    resumed = before is not None and before.status is not after.status
    return resumed or commit.waits_changed or bool(after.open and (commit.opened or commit.withdrawn))


class Bell:
    """Rung by anybody, heard by the one task that waits; rung twice is heard once."""

    __slots__ = ("_loop", "_rung", "_ticket", "_withdrawn")

    def __init__(self) -> None:
        """Belong to the event loop of the calling task."""
        self._loop = current_loop()
        self._rung = False
        self._ticket: Ticket | None = None
        self._withdrawn: list[WithdrawnIntent] = []

    def ring(self, withdrawn: Sequence[WithdrawnIntent] = ()) -> None:
        """Wake the task that waits, or the next that will; in the thread of its loop."""
        self._withdrawn += withdrawn
        self._rung = True
        if self._ticket is not None:
            self._ticket.keep()

    def ring_from_anywhere(self, withdrawn: Sequence[WithdrawnIntent] = ()) -> None:
        """Ring from any task of any thread."""
        try:
            here = current_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self.ring(withdrawn)
        else:
            self._loop.soon_from_thread(lambda: self.ring(withdrawn))

    @property
    def rung(self) -> bool:
        """Whether it has rung since it was last heard or silenced."""
        return self._rung

    def silence(self) -> None:
        """Forget what has rung so far; what rings from now on is heard."""
        self._rung = False

    def withdrawn(self) -> list[WithdrawnIntent]:
        """Return the intents that were reported as withdrawn since the last call."""
        found, self._withdrawn = self._withdrawn, []
        return found

    async def wait(self) -> None:
        """Return when it rings, at once if it has rung already."""
        if not self._rung:
            self._ticket = self._loop.ticket()
            try:
                await self._ticket.wait()
            finally:
                self._ticket = None
        self._rung = False


class Hints:
    """The bells of everybody who waits for work of one database, in this process.

    Attributes:
        bells: These; whoever adds or removes one replaces them all.
    """

    __slots__ = ("__weakref__", "_lock", "bells")

    def __init__(self) -> None:
        """Begin without any bell."""
        self.bells: tuple[Bell, ...] = ()
        self._lock = threading.Lock()

    def add(self, bell: Bell) -> None:
        """Have a bell rung from now on."""
        with self._lock:
            self.bells = (*self.bells, bell)

    def remove(self, bell: Bell) -> None:
        """Have a bell rung no more."""
        with self._lock:
            self.bells = tuple(one for one in self.bells if one is not bell)

    def ring(self) -> None:
        """Say that there may be work."""
        for bell in self.bells:
            bell.ring_from_anywhere()

    def saved(self, commit: Commit[S], tenant: str, machine: str) -> None:
        """Say that a commit was saved; rings where it may have made work.

        Args:
            commit: What was saved.
            tenant: Whose instance it is.
            machine: The name of its machine.
        """
        if not self.bells:
            return
        if makes_work(commit):
            taken_back = [WithdrawnIntent(tenant, machine, id) for id in commit.withdrawn] if commit.after.open else []
            for bell in self.bells:
                bell.ring_from_anywhere(taken_back)

    def __bool__(self) -> bool:
        """Say whether anybody listens."""
        return bool(self.bells)
