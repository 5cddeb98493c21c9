"""Parts: the states that a state may hold in its fields, found in the fields' types.

What may never be here: a look at values; see ``gathering``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_origin

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, fields_of
from telic.kernel.states import State

__all__ = ["may_declare_waits", "parts_in", "parts_of"]


def parts_in(annotation: object, seen: frozenset[object] = frozenset()) -> Iterator[type[State]]:
    """Yield the classes of states that a field of this type may hold."""
    for one in alternatives(annotation):
        if isinstance(one, type) and issubclass(one, State):
            yield one
        elif get_origin(one) is not None and one not in seen:
            for argument in get_args(one):
                yield from parts_in(argument, seen | {one})


def parts_of(cls: type[BaseModel]) -> tuple[type[State], ...]:
    """Return the classes of states that a model may hold in its fields, each once."""
    return tuple(dict.fromkeys(part for field in fields_of(cls).values() for part in parts_in(field.annotation)))


def may_declare_waits(cls: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> bool:
    """Say whether a state, or a part that it may hold, declares any wait."""
    if getattr(cls, "waits", State.waits) is not State.waits:
        return True
    return any(may_declare_waits(part, seen | {cls}) for part in parts_of(cls) if part not in seen and part is not cls)
