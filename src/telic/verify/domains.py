"""Domains: the finite sets of values that an exploration tries for events.

A domain is derived from types where that is complete (booleans, enums, literals, small
bounded integers, models of such), or given. Where it is neither, the exploration knows that
it does not know. What may never be here: a default that is tried silently in place of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from enum import Enum
from itertools import chain, combinations, product
from types import NoneType, UnionType
from typing import Annotated, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from telic.kernel.annotations import alternatives, fields_of, literal_values, unwrapped
from telic.kernel.errors import TelicError
from telic.kernel.events import Event
from telic.kernel.frozen import FrozenSet
from telic.kernel.values import TypedId
from telic.verify.moves import Move

__all__ = ["Domain", "DomainError", "NoDomain"]

V = TypeVar("V", bound=Event)

_MOST = 4096  # values of one type; more is no domain but an accident
_SPAN = 64  # integers between two bounds
_Values = Callable[[BaseModel], Iterable[Event]] | tuple[Event, ...]


class DomainError(TelicError):
    """A domain holds what cannot be.

    Attributes:
        place: The event, or its field.
        problem: What was expected, and what is there.
    """

    def __init__(self, place: str, problem: str) -> None:
        """Keep the place and the problem."""
        super().__init__(place, problem)
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        """Return the sentence."""
        return f"domain of {self.place}: {self.problem}"


class NoDomain(Exception):  # control flow of this package: no user sees it
    """There is no finite set of values for a place.

    Attributes:
        place: ``CardCharged.amount``, say.
        why: What its type is.
    """

    def __init__(self, place: str, why: str) -> None:
        """Keep the place and the reason."""
        super().__init__(place, why)
        self.place = place
        self.why = why


@dataclass(frozen=True)
class Domain:
    """Which values the world may bring; each method returns a wider domain.

    Example:
        ``Domain().field(CardDeclined, "reason", "funds", "fraud").each(UserId, UserId("u-1"))``
    """

    _events: Mapping[type[Event], _Values] = made(default_factory=dict)
    _fields: Mapping[tuple[type[BaseModel], str], tuple[object, ...]] = made(default_factory=dict)
    _types: Mapping[object, tuple[object, ...]] = made(default_factory=dict)
    _actors: tuple[str, ...] | None = None
    _chances: Mapping[str, tuple[float, ...]] = made(default_factory=dict)
    _any_date: bool = False
    _stories: Mapping[type[Event], tuple[Event, ...]] = made(default_factory=dict)

    def of(self, event: type[V], values: Iterable[V] | Callable[..., Iterable[V]]) -> Domain:
        """Say which events of a type may come.

        Args:
            event: The type.
            values: All of them; or a function that returns them, called with the intent for
                an answer, and with the state for a command or the fact of a topic.
        """
        given = cast("_Values", values if callable(values) else tuple(values))
        return replace(self, _events={**self._events, event: given})

    def field(self, model: type[BaseModel], name: str, *values: object) -> Domain:
        """Say which values a field may have.

        Raises:
            DomainError: When the model has no such field.
        """
        if name not in fields_of(model):
            known = ", ".join(fields_of(model)) or "none"
            raise DomainError(f"{model.__name__}.{name}", f"expected a field of {model.__name__} ({known}), got {name}")
        return replace(self, _fields={**self._fields, (model, name): values})

    def each(self, kind: object, *values: object) -> Domain:
        """Say which values may stand wherever a field has this type."""
        return replace(self, _types={**self._types, kind: values})

    def actors(self, *names: str) -> Domain:
        """Say who may send commands, for transitions that look at ``ctx.actor``."""
        return replace(self, _actors=names)

    def random(self, label: str, *values: float) -> Domain:
        """Say which numbers ``ctx.random(label)`` may give: one for each case that the code tells apart."""
        return replace(self, _chances={**self._chances, label: values})

    def one_date(self) -> Domain:
        """Say that one date stands for all, for transitions that look at the date of ``ctx.now``."""
        return replace(self, _any_date=True)

    def has_one_date(self) -> bool:
        """Return whether one date stands for all."""
        return self._any_date

    def with_moves(self, moves: Iterable[Move]) -> Domain:
        """Return a domain that also has the events of a story, where nothing else is known of them."""
        found: dict[type[Event], list[Event]] = {}
        for move in moves:
            if isinstance(move.event, Event) and type(move.event) not in self._events:
                found.setdefault(type(move.event), []).append(move.event)
        return replace(self, _stories={kind: tuple(dict.fromkeys(events)) for kind, events in found.items()})

    def known_actors(self) -> tuple[str, ...] | None:
        """Return who may send commands, or ``None`` where nobody said."""
        return self._actors

    def chances(self, label: str) -> tuple[float, ...]:
        """Return the numbers for a label.

        Raises:
            NoDomain: When nobody said.
        """
        if label not in self._chances:
            raise NoDomain(f"ctx.random({label!r})", f"do give Domain().random({label!r}, ...)")
        return self._chances[label]

    def events(self, event: type[Event], subject: BaseModel, echoed: Sequence[str] = ()) -> tuple[Event, ...]:
        """Return every event of a type that may come.

        Args:
            event: The type.
            subject: The intent that it answers, or the state that it comes to.
            echoed: The fields that repeat the subject's.

        Raises:
            NoDomain: When a field has no finite set of values.
            DomainError: When a given event is of another type or repeats wrongly.
        """
        given = self._events.get(event)
        if given is None:
            fixed = {name: (getattr(subject, name),) for name in echoed}
            told = [
                one
                for one in self._stories.get(event, ())
                if all(getattr(one, name) == fixed[name][0] for name in fixed)
            ]
            try:
                derived = cast("tuple[Event, ...]", tuple(self._models(event, fixed)))
            except NoDomain:
                if not told:
                    raise
                return tuple(told)
            return tuple(dict.fromkeys((*derived, *told)))
        values = tuple(given(subject) if callable(given) else given)
        for one in values:
            if type(one) is not event:
                raise DomainError(event.__name__, f"expected {event.__name__}, got {one!r}")
            wrong = [name for name in echoed if getattr(one, name) != getattr(subject, name)]
            if wrong and callable(given):
                raise DomainError(event.__name__, f"expected {wrong[0]} as in {subject!r}, got {one!r}")
        same = {name: getattr(subject, name) for name in echoed}
        return tuple(type(one).model_validate({**one.__dict__, **same}) for one in values) if same else values

    def depends(self, event: type[Event]) -> bool:
        """Say whether which events of a type may come depends on the state."""
        return callable(self._events.get(event))

    def models(self, model: type[BaseModel]) -> tuple[BaseModel, ...]:
        """Return every value of a model.

        Raises:
            NoDomain: When a field has no finite set of values.
        """
        return tuple(self._models(model, {}))

    def _models(self, model: type[BaseModel], fixed: Mapping[str, tuple[object, ...]]) -> Iterator[BaseModel]:
        choices: dict[str, tuple[object, ...]] = {}
        size = 1
        for name, info in fields_of(model).items():
            values = fixed[name] if name in fixed else self._of_field(model, name, info)
            choices[name] = values
            size *= len(values)
        if size > _MOST:
            raise NoDomain(model.__name__, f"{size} combinations of values; do give Domain().of({model.__name__}, ...)")
        for one in product(*choices.values()):
            try:
                yield model.model_validate(dict(zip(choices, one, strict=True)))
            except ValidationError:  # a validator of the model's own: this combination cannot be
                continue

    def _of_field(self, model: type[BaseModel], name: str, info: FieldInfo) -> tuple[object, ...]:
        for cls in model.__mro__:
            if (cls, name) in self._fields:
                return self._fields[cls, name]
        return self._of_type(info.annotation, tuple(info.metadata), f"{model.__name__}.{name}")

    def _of_type(self, annotation: object, metadata: tuple[object, ...], place: str) -> tuple[object, ...]:
        if (given := self._given(annotation)) is not None:
            return given
        origin = get_origin(annotation)
        if origin is Annotated:  # bounds may stand within a tuple, a set or a union, too
            plain, *own = get_args(annotation)
            return self._of_type(plain, (*metadata, *chain(*(getattr(one, "metadata", (one,)) for one in own))), place)
        if origin in (Union, UnionType):
            found = tuple(chain(*(self._of_type(one, metadata, place) for one in get_args(annotation))))
        else:
            found = tuple(chain(*(self._of_one(one, metadata, place) for one in alternatives(annotation))))
        if len(found) > _MOST:
            raise NoDomain(place, f"{len(found)} values")
        return found

    def _given(self, annotation: object) -> tuple[object, ...] | None:
        for kind, values in self._types.items():
            if kind is annotation or kind == annotation:
                return values
        return None

    def _of_one(self, kind: object, metadata: tuple[object, ...], place: str) -> Iterable[object]:
        if (given := self._given(kind)) is not None:
            return given
        plain = unwrapped(kind)
        if literals := literal_values(plain):
            return literals
        if get_origin(plain) is tuple:
            return self._tuples(get_args(plain), place)
        origin = get_origin(plain)
        if isinstance(origin, type) and issubclass(origin, FrozenSet):
            return self._sets(get_args(plain)[0], place)
        if not isinstance(plain, type) or plain is TypedId:
            raise NoDomain(place, f"of type {kind}")
        return self._of_class(plain, metadata, place)

    def _of_class(self, kind: type, metadata: tuple[object, ...], place: str) -> Iterable[object]:
        if kind is NoneType:
            return (None,)
        if kind is bool:
            return (False, True)
        if issubclass(kind, Enum):
            return tuple(kind)
        if issubclass(kind, BaseModel):
            return tuple(self._models(kind, {}))
        if kind is int:
            return _between(metadata, place)
        raise NoDomain(place, f"of type {kind.__name__}")

    def _tuples(self, kinds: tuple[object, ...], place: str) -> Iterable[object]:
        if Ellipsis in kinds:
            raise NoDomain(place, "a tuple of any length")
        return product(*(self._of_type(one, (), place) for one in kinds))

    def _sets(self, kind: object, place: str) -> Iterable[object]:
        members = self._of_type(kind, (), place)
        if 2 ** len(members) > _MOST:
            raise NoDomain(place, f"a set of up to {len(members)} members")
        sizes = range(len(members) + 1)
        return [FrozenSet(some) for size in sizes for some in combinations(members, size)]


def _between(metadata: tuple[object, ...], place: str) -> range:
    """Return the integers between two bounds, all of them."""
    low: int | None = None
    high: int | None = None
    for one in metadata:
        for name, shift in (("ge", 0), ("gt", 1)):
            low = _int(getattr(one, name, None), shift) if hasattr(one, name) else low
        for name, shift in (("le", 0), ("lt", -1)):
            high = _int(getattr(one, name, None), shift) if hasattr(one, name) else high
    if low is None or high is None:
        raise NoDomain(place, "of type int, without both bounds")
    if high - low >= _SPAN:
        raise NoDomain(place, f"of type int, with {high - low + 1} values between its bounds")
    return range(low, high + 1)


def _int(value: object, shift: int) -> int | None:
    return value + shift if isinstance(value, int) else None
