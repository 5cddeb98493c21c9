"""Intents: what is to be done once, outside, and which facts may answer it.

A transition returns one emission: :class:`NoIntent`, one :class:`Intent`, a :class:`Many`
of one type, or several joined with ``&`` to a :class:`Batch`. With ``NoIntent`` as unit and
``&`` as product they form a monoid. What may never be here: the doing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import ClassVar, Generic, Self, TypeVar, overload

from telic.kernel.events import Fact, Tagged
from telic.kernel.handling import Binding, Call, Later
from telic.kernel.retry import Retry

__all__ = ["AtLeastOnce", "AtMostOnce", "Batch", "Emission", "Intent", "Item", "Many", "NoIntent", "joined", "parts_of"]

A_co = TypeVar("A_co", bound=Fact, covariant=True)
P_co = TypeVar("P_co", bound="Item", covariant=True)
P = TypeVar("P", bound="Item")
Anything = TypeVar("Anything", bound="Emission")
M_co = TypeVar("M_co", bound="Intent[Fact]", covariant=True)
M = TypeVar("M", bound="Intent[Fact]")


class Delivery:
    """Base of the two promises about how often an intent is carried out."""

    __slots__ = ()


class AtLeastOnce(Delivery):
    """The default: run again when its lease lapses, under the same idempotency key."""

    __slots__ = ()


class AtMostOnce(Delivery):
    """Never run twice: when its lease lapses it fails as *in doubt* instead."""

    __slots__ = ()


class Emission:
    """What a transition may emit: nothing, one intent, many of a type, or a batch."""

    __slots__ = ()


class Item(Emission):
    """What a batch may hold: an intent, many of one type, or an order to the kernel."""

    __slots__ = ()


class NoIntent(Emission):
    """Nothing to do; the unit of ``&``."""

    __slots__ = ()

    def __and__(self, other: Anything) -> Anything:
        """Return the other emission."""
        return other

    def __repr__(self) -> str:
        """Return the emission as the call that makes it."""
        return "NoIntent()"

    def __eq__(self, other: object) -> bool:
        """All are equal."""
        return isinstance(other, NoIntent)

    def __hash__(self) -> int:
        """All are equal."""
        return hash(NoIntent)


class Intent(Item, Tagged, Generic[A_co]):
    """One thing to do outside, once; its type names the facts that may answer it.

    ``Intent[Never]`` expects no answer. Class options: ``tag=`` fixes the stored name,
    ``delivery=AtMostOnce`` forbids a second run, ``retry=`` sets the policy of its attempts,
    ``priority=`` says how urgent it is: higher goes first, and 0 is the default.

    Example:
        >>> class CardCharged(Fact): ...
        >>> class CardDeclined(Fact): ...
        >>> class ChargeCard(Intent[CardCharged | CardDeclined]):
        ...     amount: int
        >>> ChargeCard(amount=7) & NoIntent()
        ChargeCard(amount=7)
    """

    __delivery__: ClassVar[type[Delivery]] = AtLeastOnce
    __retry__: ClassVar[Retry | None] = None
    __priority__: ClassVar[int] = 0

    def __init_subclass__(
        cls,
        *,
        tag: str | None = None,
        delivery: type[Delivery] | None = None,
        retry: Retry | None = None,
        priority: int | None = None,
    ) -> None:
        """Take the class options; what is left out is inherited."""
        super().__init_subclass__(tag=tag)
        if delivery is not None:
            cls.__delivery__ = delivery
        if retry is not None:
            cls.__retry__ = retry
        if priority is not None:
            cls.__priority__ = priority

    @overload
    def __and__(self, other: NoIntent) -> Self: ...
    @overload
    def __and__(self, other: Batch[P]) -> Batch[Self | P]: ...
    @overload
    def __and__(self, other: P) -> Batch[Self | P]: ...
    def __and__(self, other: Emission) -> Emission:
        """Return a batch of both; ``NoIntent`` adds nothing, batches flatten."""
        return joined(self, other)

    @classmethod
    def handled_by(
        cls,
        handler: Callable[[Self, Call], Awaitable[A_co | Later | None]],
        *,
        retry: Retry | None = None,
        priority: int | None = None,
    ) -> Binding:
        """Bind the function that carries this intent out.

        Both type checkers refuse a function that returns a fact which the intent does not
        declare. A handler returns ``None`` for an intent that expects no answer.

        Args:
            handler: Called with the intent and the circumstances of the attempt.
            retry: The policy of its attempts; stands before the intent's own.
            priority: How urgent it is; stands before the intent's own.
        """
        return Binding(cls, handler, retry or cls.__retry__, priority=priority)


class Many(Item, Generic[M_co]):
    """Intents of one type, in a number that is known only at run time.

    Example:
        >>> from typing import Never
        >>> class Remind(Intent[Never]):
        ...     day: int
        >>> Many.of(Remind(day=day) for day in (1, 2))
        Many.of([Remind(day=1), Remind(day=2)])
    """

    __slots__ = ("items",)

    def __init__(self, items: tuple[M_co, ...]) -> None:
        """Take the intents; prefer :meth:`of`."""
        self.items = items

    @classmethod
    def of(cls, intents: Iterable[M]) -> Many[M]:
        """Collect intents of one type, in order.

        Raises:
            TypeError: When they are not all of one type.
        """
        items = tuple(intents)
        kinds = sorted({type(item).__name__ for item in items})
        if len(kinds) > 1:
            raise TypeError(
                f"expected intents of one type, got {' and '.join(kinds)}; do one Many.of(...) for each, joined with &"
            )
        return Many(items)

    @overload
    def __and__(self, other: NoIntent) -> Self: ...
    @overload
    def __and__(self, other: Batch[P]) -> Batch[Self | P]: ...
    @overload
    def __and__(self, other: P) -> Batch[Self | P]: ...
    def __and__(self, other: Emission) -> Emission:
        """Return a batch of both; ``NoIntent`` adds nothing, batches flatten."""
        return joined(self, other)

    def __iter__(self) -> Iterator[M_co]:
        """Iterate over the intents, in order."""
        return iter(self.items)

    def __repr__(self) -> str:
        """Return the emission as the call that makes it."""
        return f"Many.of({list(self.items)!r})"

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        return isinstance(other, Many) and self.items == other.items

    def __hash__(self) -> int:
        """Hash by content."""
        return hash((Many, self.items))


class Batch(Emission, Generic[P_co]):
    """Several emissions of one step, in order; made with ``&``.

    Attributes:
        items: The intents and ``Many`` values, flat.
    """

    __slots__ = ("items",)

    def __init__(self, items: tuple[P_co, ...]) -> None:
        """Take the parts; prefer ``&``."""
        self.items = items

    @overload
    def __and__(self, other: NoIntent) -> Self: ...
    @overload
    def __and__(self, other: Batch[P]) -> Batch[P_co | P]: ...
    @overload
    def __and__(self, other: P) -> Batch[P_co | P]: ...
    def __and__(self, other: Emission) -> Emission:
        """Return a batch of both; ``NoIntent`` adds nothing, batches flatten."""
        return joined(self, other)

    def __iter__(self) -> Iterator[P_co]:
        """Iterate over the parts, in order."""
        return iter(self.items)

    def __repr__(self) -> str:
        """Return the emission as the expression that makes it."""
        return " & ".join(map(repr, self.items))

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        return isinstance(other, Batch) and self.items == other.items

    def __hash__(self) -> int:
        """Hash by content."""
        return hash((Batch, self.items))


def parts_of(emission: Emission) -> tuple[Item, ...]:
    """Return the intents, ``Many`` values and orders of an emission, in order."""
    if isinstance(emission, Batch):
        return emission.items
    return (emission,) if isinstance(emission, Item) else ()


def joined(left: Emission, right: Emission) -> Emission:
    """Return both emissions as one; what ``&`` does."""
    if not isinstance(right, Emission):
        return NotImplemented
    items = parts_of(left) + parts_of(right)
    return items[0] if len(items) == 1 else Batch(items)
