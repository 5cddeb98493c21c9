"""Which classes with fields stand in a type, and in their fields in turn.

What may never be here: what their values are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from telic.kernel.annotations import fields_of
from telic.testing.constraints import peeled

__all__ = ["is_record", "reached", "reached_from"]


def is_record(cls: object) -> bool:
    """Say whether a class has fields: a model, a dataclass, a named tuple."""
    if not isinstance(cls, type) or get_origin(cls) is not None:
        return False
    named = issubclass(cls, tuple) and hasattr(cls, "_fields")
    return issubclass(cls, BaseModel) or dataclasses.is_dataclass(cls) or named


def _records_in(annotation: object) -> Iterator[type]:
    """Yield the classes with fields that stand in an annotation, however deep."""
    plain, _ = peeled(annotation)
    if isinstance(plain, type) and is_record(plain):
        yield plain
    elif get_origin(plain) is not Literal:
        for one in get_args(plain):
            yield from _records_in(one)


def _parts_of(cls: type) -> Iterator[type]:
    hints: list[object] = (
        [one.annotation for one in fields_of(cls).values()]
        if issubclass(cls, BaseModel)
        else list(get_type_hints(cls, include_extras=True).values())
    )
    for hint in hints:
        yield from _records_in(hint)


def reached_from(annotation: object) -> set[type]:
    """Return the classes with fields that a value of a type may hold."""
    found: set[type] = set()
    for one in _records_in(annotation):
        found |= {one} | reached(one)
    return found


def reached(cls: type) -> set[type]:
    """Return the classes that stand in the fields of a class, and in theirs."""
    found: set[type] = set()
    ahead = list(_parts_of(cls))
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += _parts_of(one)
    return found
