"""Keys and numbers for values: equal keys mean equal stored bytes, and nothing less.

Python holds ``1 == True == 1.0`` and two ids of different types with one text for equal, so
a key carries types wherever a field may hold values of more than one. Keys are whole, never
a hash of a value. What may never be here: the meaning of a value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Generic, TypeVar, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, fields_of, literal_values, unwrapped
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import TypedId, Value

__all__ = ["Interner", "contents_of", "key_of", "tagged"]

T = TypeVar("T")

_SCALARS = (str, int, bytes, Decimal, datetime, date, timedelta, UUID, Enum, TypedId)
_Plan = tuple[int, tuple[str, ...], tuple[str, ...], bool]
_plans: dict[type[BaseModel], _Plan] = {}


def key_of(model: BaseModel) -> tuple[Hashable, ...]:
    """Return a hashable that is equal for equal values of one class, and only for them.

    Args:
        model: A frozen model.

    Raises:
        TypeError: When a field holds something that cannot be hashed.
    """
    cls = type(model)
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _plan(cls)
    size, direct, other, exact = plan
    values = model.__dict__
    if not other:
        return (cls, *values.values()) if len(values) == size else (cls, *[values[name] for name in direct])
    if exact:
        # Canonical values have one JSON, and `Machine` refuses fields whose JSON could mean two.
        return (cls, model.__pydantic_serializer__.to_json(model))
    return (cls, *[values[name] for name in direct], *[tagged(values[name]) for name in other])


def contents_of(model: BaseModel) -> tuple[Hashable, ...]:
    """Return a hashable in which every part of a model, however deep, carries its type."""
    return (type(model), *(tagged(model.__dict__[name]) for name in fields_of(type(model))))


def _plan(cls: type[BaseModel]) -> _Plan:
    """Tell the fields whose values speak for themselves from those that need their types told."""
    fields = fields_of(cls)
    varying = {name: field.annotation for name, field in fields.items() if len(literal_values(field.annotation)) != 1}
    direct = tuple(name for name, annotation in varying.items() if _speaks_for_itself(annotation))
    other = tuple(name for name in varying if name not in direct)
    size = len(fields) if len(direct) == len(fields) else -1
    return size, direct, other, issubclass(cls, Value)


def _speaks_for_itself(annotation: object) -> bool:
    kinds = [one for one in alternatives(annotation) if one is not NoneType]
    if len(kinds) != 1:
        return False
    kind = unwrapped(kinds[0])
    origin = get_origin(kind)
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, (FrozenMap, FrozenSet))):
        return all(one is Ellipsis or _speaks_for_itself(one) for one in get_args(kind))
    if literals := literal_values(kind):
        return len({type(one) for one in literals}) == 1
    return isinstance(kind, type) and issubclass(kind, _SCALARS)


def tagged(value: object) -> Hashable:
    """Return a hashable for any value, in which every part carries its type.

    Raises:
        TypeError: When it cannot be hashed.
    """
    if value is None or isinstance(value, _SCALARS):
        return (type(value), value)
    if isinstance(value, BaseModel):
        return contents_of(value)
    if isinstance(value, tuple):
        return (tuple, *map(tagged, value))
    if isinstance(value, Mapping):
        return (type(value), *((tagged(key), tagged(one)) for key, one in value.items()))
    if isinstance(value, AbstractSet):
        return (type(value), frozenset(map(tagged, value)))
    if isinstance(value, float):
        return (float, repr(value))  # tells 0.0 from -0.0, whose bytes differ
    if isinstance(value, Hashable):
        return (type(value), value)
    raise TypeError(f"expected a value that can be hashed, got {value!r}")


class Interner(Generic[T]):
    """Gives each of many values a number, from 0 on, in the order of their first appearance.

    Attributes:
        values: The values by number; of equal ones the first.
    """

    __slots__ = ("_key", "_numbers", "values")

    def __init__(self, key: Callable[[T], Hashable]) -> None:
        """Take what tells values apart."""
        self._key = key
        self._numbers: dict[Hashable, int] = {}
        self.values: list[T] = []

    def number(self, value: T) -> int:
        """Return the number of a value; a new one for a value that was not seen before."""
        key = self._key(value)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.values)
            self.values.append(value)
        return found

    def __len__(self) -> int:
        """Return how many values there are."""
        return len(self.values)
