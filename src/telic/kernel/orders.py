"""What is said of intents themselves: that one failed, or is to be taken back.

What may never be here: an intent.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Generic, Self, TypeVar, overload

from telic.kernel.events import Fact
from telic.kernel.intents import Batch, Emission, Intent, Item, NoIntent, joined

__all__ = ["FailureCause", "IntentDone", "IntentFailed", "Withdraw"]

P = TypeVar("P", bound=Item)
I = TypeVar("I", bound="Intent[Fact]")  # noqa: E741  (an intent, as everywhere in telic)


class FailureCause(StrEnum):
    """Why an intent was given up."""

    EXHAUSTED = "exhausted"
    NON_RETRYABLE = "non_retryable"
    WITHDRAWN = "withdrawn"
    IN_DOUBT = "in_doubt"
    REFUSED = "refused"
    UNDELIVERABLE = "undeliverable"
    CHILD_CANCELLED = "child_cancelled"
    CHILD_TERMINATED = "child_terminated"


class IntentFailed(Fact, Generic[I], tag="telic.intent_failed"):
    """An intent was given up; telic adds this to the answers of every intent.

    A state takes it by naming it, ``event: IntentFailed[ChargeCard]``. It is in no event
    union, so no caller can forge it.

    Attributes:
        intent: What was to be done.
        cause: Why it was given up.
        detail: The last error, as text.
    """

    intent: I
    cause: FailureCause
    detail: str = ""


class IntentDone(Fact, tag="telic.intent_done"):
    """An intent that expects no answer was carried out; closes it, and concerns no state."""


class Withdraw(Item):
    """Takes back an open intent, several, or every open one of a type; an order to the kernel.

    Done in the same commit. One that nobody has claimed never runs; one that runs may still
    answer, so the machine accounts for it as before.

    Attributes:
        intent: The value to take back: each open intent that equals it.
        each: Several such values, maybe none: what one region of several has open.
        every: The type to take back.

    Example:
        ``return Cancelling(), Withdraw(every=ReserveStock)``
    """

    __slots__ = ("each", "every", "intent")

    def __init__(
        self,
        *,
        intent: Intent[Fact] | None = None,
        each: Iterable[Intent[Fact]] | None = None,
        every: type[Intent[Fact]] | None = None,
    ) -> None:
        """Name the intent, the intents, or the type.

        Raises:
            ValueError: Unless exactly one of the three is given.
        """
        if sum(one is not None for one in (intent, each, every)) != 1:
            raise ValueError("expected one of intent=, each= and every=, got several or none; do name one of them")
        self.intent = intent
        self.each = tuple(each) if each is not None else None
        self.every = every

    @overload
    def __and__(self, other: NoIntent) -> Self: ...
    @overload
    def __and__(self, other: Batch[P]) -> Batch[Self | P]: ...
    @overload
    def __and__(self, other: P) -> Batch[Self | P]: ...
    def __and__(self, other: Emission) -> Emission:
        """Return a batch of both; ``NoIntent`` adds nothing, batches flatten."""
        return joined(self, other)

    def takes(self, intent: Intent[Fact]) -> bool:
        """Say whether this order is about that open intent."""
        if self.every is not None:
            return type(intent) is self.every
        return intent in self.each if self.each is not None else intent == self.intent

    def __repr__(self) -> str:
        """Return the order as the call that makes it."""
        if self.every is not None:
            return f"Withdraw(every={self.every.__name__})"
        return f"Withdraw(each={self.each!r})" if self.each is not None else f"Withdraw(intent={self.intent!r})"

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        return isinstance(other, Withdraw) and self._content() == other._content()

    def __hash__(self) -> int:
        """Hash by content."""
        return hash((Withdraw, *self._content()))

    def _content(self) -> tuple[object, ...]:
        return self.intent, self.each, self.every
