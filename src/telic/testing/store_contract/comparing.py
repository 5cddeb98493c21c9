"""Where two values differ: strictly, field by field, by type as well as by content.

``==`` is too kind here: a text equals a member of a ``StrEnum``, a mapping equals another of
another order, an instant equals itself in any time zone. What may never be here: a value
that is changed to make it comparable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel

from telic.kernel.frozen import FrozenSet
from telic.kernel.waits import Wait
from telic.testing.store_contract.rules import shown

__all__ = ["differences"]


def differences(expected: object, got: object, path: str) -> Iterator[str]:
    """Yield ``path: expected ..., got ...`` for each place in which two values differ.

    Args:
        expected: The right value.
        got: The value to judge.
        path: What both are called.
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        yield from _mappings(expected, got, path)
    elif type(expected) is not type(got):
        yield f"{path}: expected {shown(expected)}, got {shown(got)} ({type(got).__name__})"
    elif isinstance(expected, BaseModel) and isinstance(got, BaseModel):
        yield from _mappings(expected.__dict__, got.__dict__, path, ".")
    elif isinstance(expected, Wait) and isinstance(got, Wait):
        yield from _mappings(_slots(expected), _slots(got), path, ".")
    elif isinstance(expected, (tuple, list)) and isinstance(got, (tuple, list)):
        yield from _sequences(expected, got, path)
    elif isinstance(expected, FrozenSet) and isinstance(got, FrozenSet):
        yield from _sequences(tuple(expected), tuple(got), path)
    elif _essence(expected) != _essence(got):
        yield f"{path}: expected {shown(expected)}, got {shown(got)}"


def _mappings(
    expected: Mapping[object, object] | Mapping[str, object],
    got: Mapping[object, object] | Mapping[str, object],
    path: str,
    dot: str = "",
) -> Iterator[str]:
    keys, found = list(expected), list(got)
    if keys != found:
        yield f"{path}: expected the keys {shown(keys)} in this order, got {shown(found)}"
        return
    for (key, one), other in zip(expected.items(), got.values(), strict=True):
        yield from differences(one, other, f"{path}.{key}" if dot else f"{path}[{key!r}]")


def _sequences(
    expected: tuple[object, ...] | list[object], got: tuple[object, ...] | list[object], path: str
) -> Iterator[str]:
    if len(expected) != len(got):
        yield f"{path}: expected {len(expected)} values, got {len(got)}: {shown(got)}"
        return
    names = getattr(expected, "_fields", None)
    for number, (one, other) in enumerate(zip(expected, got, strict=True)):
        place = f"{path}.{names[number]}" if names is not None else f"{path}[{number}]"
        yield from differences(one, other, place)


def _slots(wait: Wait) -> Mapping[str, object]:
    names = dict.fromkeys(name for kind in type(wait).__mro__ for name in getattr(kind, "__slots__", ()))
    return {name: getattr(wait, name) for name in names}


def _essence(value: object) -> object:
    """Return what has to be the same of two values of one type."""
    if isinstance(value, datetime):
        offset = value.utcoffset()
        # An instant that is aware and not in UTC is another value: its bytes differ.
        return value.replace(tzinfo=None), None if offset is None else offset // timedelta(microseconds=1)
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, Decimal):
        return value.as_tuple()
    return value
