"""Intents that telic itself carries out: children, signals and publications.

What may never be here: an intent that the user defines.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Generic, Never, TypeVar

from telic.kernel.events import Command, Fact
from telic.kernel.intents import Intent
from telic.kernel.retry import Retry
from telic.kernel.values import WorkflowId

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["TTL_SECONDS", "Close", "Publish", "Reach", "Signal", "Spawn"]

TTL_SECONDS = 7 * 24 * 3600.0
"""How long a publication is kept for topics that open later, unless it says otherwise."""

A_co = TypeVar("A_co", bound=Fact, covariant=True)
C = TypeVar("C", bound=Command)
F = TypeVar("F", bound=Fact)


class Close(StrEnum):
    """What becomes of a child when its parent takes the ``Spawn`` back."""

    CANCEL = "cancel"
    TERMINATE = "terminate"
    ABANDON = "abandon"


class Spawn(Intent[A_co], Generic[A_co]):
    """Starts a child instance; answered by the child's ``outcome()``.

    ``class StartCheck(Spawn[CheckPassed | CheckFailed], machine=lambda: check)``; override
    :meth:`begin` to say with which command the child begins. ``close=`` says what becomes of
    the child when the intent is withdrawn; it is cancelled by default.
    """

    __machine__: ClassVar[Callable[[], AnyMachine] | None] = None
    __close__: ClassVar[Close] = Close.CANCEL

    def __init_subclass__(
        cls,
        *,
        machine: Callable[[], AnyMachine] | None = None,
        close: Close | None = None,
        tag: str | None = None,
        retry: Retry | None = None,
        priority: int | None = None,
    ) -> None:
        """Take the child's machine, late, so that machines may name each other."""
        super().__init_subclass__(tag=tag, retry=retry, priority=priority)
        if close is not None:
            cls.__close__ = close
        if machine is not None:
            # As a static method: found on an instance, a plain function would be bound to it.
            setattr(cls, "__machine__", staticmethod(machine))  # noqa: B010

    def begin(self) -> Command:
        """Return the command that starts the child.

        Raises:
            NotImplementedError: Until it is overridden.
        """
        raise NotImplementedError(
            f"expected {type(self).__name__}.begin to return the child's start command; do override it"
        )


class Signal(Intent[Never], Generic[C]):
    """Sends a command to another instance: ``class Nudge(Signal[Remind], machine="order")``.

    Attributes:
        to: The instance.
        command: What it is asked.
    """

    __target__: ClassVar[str] = ""

    to: WorkflowId
    command: C

    def __init_subclass__(
        cls,
        *,
        machine: str | None = None,
        tag: str | None = None,
        retry: Retry | None = None,
        priority: int | None = None,
    ) -> None:
        """Take the name of the target's machine."""
        super().__init_subclass__(tag=tag, retry=retry, priority=priority)
        if machine is not None:
            cls.__target__ = machine


class Reach(StrEnum):
    """Whom a publication reaches: all that wait for it, or the first."""

    BROADCAST = "broadcast"
    FIRST_WAITER = "first_waiter"


class Publish(Intent[Never], Generic[F]):
    """Publishes a fact under a name and a key, to every open ``Topic`` of both.

    The class option ``ttl_seconds=`` says how long it is kept for topics that open later;
    seven days by default. With ``reach=Reach.FIRST_WAITER`` exactly one open topic takes it.

    Attributes:
        fact: What has happened.
        name: The name of the topic.
        key: Which of its facts: the business key.
    """

    __ttl_seconds__: ClassVar[float] = TTL_SECONDS
    __reach__: ClassVar[Reach] = Reach.BROADCAST

    fact: F
    name: str
    key: str = ""

    def __init_subclass__(
        cls,
        *,
        ttl_seconds: float | None = None,
        reach: Reach | None = None,
        tag: str | None = None,
        retry: Retry | None = None,
        priority: int | None = None,
    ) -> None:
        """Take how long a publication is kept, and whom it reaches."""
        super().__init_subclass__(tag=tag, retry=retry, priority=priority)
        if reach is not None:
            cls.__reach__ = reach
        if ttl_seconds is not None:
            cls.__ttl_seconds__ = ttl_seconds
