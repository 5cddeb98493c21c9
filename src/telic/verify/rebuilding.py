"""Values made anew with some of their leaves changed: instants moved, fresh names renamed.

An exploration keeps its clock in one place, so that worlds which differ only in the date are
one; and it names what ``ctx.uuid`` makes by order of appearance, so that worlds which differ
only in such names are one. What may never be here: a choice of what to move or rename.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar, cast
from uuid import UUID

from pydantic import BaseModel

from telic.kernel.annotations import fields_of
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import TypedId

__all__ = ["fresh_name", "holds_instants", "moved", "names_in", "new_name", "renamed", "renamed_text"]

M = TypeVar("M", bound=BaseModel)

# RFC 9562 leaves version 8 to us: these stand for ids that a real run would make by chance.
_NAME = re.compile(r"7e11c000-?0000-?8000-?(8000|8001)-?([0-9a-f]{12})")


def fresh_name(number: int) -> UUID:
    """Return the id that stands for the fresh id of this number within a world."""
    return UUID(f"7e11c000-0000-8000-8000-{number:012x}")


def new_name(number: int) -> UUID:
    """Return the id that a step has just made, before it gets its place in a world."""
    return UUID(f"7e11c000-0000-8000-8001-{number:012x}")


def moved(model: M, by: timedelta) -> M:
    """Return a model with every instant in it moved."""

    def leaf(value: object) -> object:
        return value + by if isinstance(value, datetime) else value

    return _rebuilt(model, leaf)


def renamed(model: M, names: Mapping[UUID, UUID]) -> M:
    """Return a model with fresh ids renamed, also where they are part of a text."""

    def leaf(value: object) -> object:
        if isinstance(value, UUID):
            return names.get(value, value)
        if isinstance(value, str) and _NAME.search(value):
            text = renamed_text(value, names)
            return type(value)(text) if isinstance(value, TypedId) else text
        return value

    return _rebuilt(model, leaf)


def renamed_text(text: str, names: Mapping[UUID, UUID]) -> str:
    """Return a text with the fresh ids in it renamed."""

    def swap(match: re.Match[str]) -> str:
        new = names.get(UUID(match.group().replace("-", "")))
        if new is None:
            return match.group()
        return str(new) if "-" in match.group() else new.hex

    return _NAME.sub(swap, text)


def names_in(value: object) -> Iterator[UUID]:
    """Yield the fresh ids in a value, in the order of their appearance."""
    if isinstance(value, BaseModel):
        for one in value.__dict__.values():
            yield from names_in(one)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from names_in(key)
            yield from names_in(one)
    elif isinstance(value, (tuple, FrozenSet)):
        for one in value:
            yield from names_in(one)
    elif isinstance(value, (str, UUID)):
        for match in _NAME.finditer(str(value)):
            yield UUID(match.group().replace("-", ""))


def holds_instants(value: object) -> bool:
    """Say whether there is an instant in a value."""
    if isinstance(value, BaseModel):
        return any(map(holds_instants, value.__dict__.values()))
    if isinstance(value, Mapping):
        return any(holds_instants(key) or holds_instants(one) for key, one in value.items())
    if isinstance(value, (tuple, FrozenSet)):
        return any(map(holds_instants, value))
    return isinstance(value, datetime)


def _rebuilt(model: M, leaf: Callable[[object], object]) -> M:
    changed = _walk(model, leaf)
    return cast("M", changed)


def _walk(value: object, leaf: Callable[[object], object]) -> object:
    if isinstance(value, BaseModel):
        old = {name: value.__dict__[name] for name in fields_of(type(value))}
        new = {name: _walk(one, leaf) for name, one in old.items()}
        if all(new[name] is one for name, one in old.items()):
            return value
        return type(value).model_validate(new)
    if isinstance(value, FrozenMap):
        items = {_walk(key, leaf): _walk(one, leaf) for key, one in value.items()}
        same = all(key in items and items[key] is one for key, one in value.items())
        return value if same else FrozenMap(items)
    if isinstance(value, FrozenSet):
        return FrozenSet(_walk(one, leaf) for one in value)
    if isinstance(value, tuple):
        parts = tuple(_walk(one, leaf) for one in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    return leaf(value)
