"""Gathers the waits of a state and of the states in its fields, keyed by path.

What may never be here: what becomes of the waits; ``advance`` decides that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from pydantic import BaseModel

from telic.kernel.errors import TransitionError
from telic.kernel.parts import may_declare_waits, parts_in
from telic.kernel.snapshot import OpenWait
from telic.kernel.states import State
from telic.kernel.values import WaitKey
from telic.kernel.waits import Deadline, Wait

__all__ = ["declared_waits", "opened_waits"]


def declared_waits(state: BaseModel, path: str = "") -> Iterator[tuple[str, Wait]]:
    """Yield the waits that a state and its parts declare, each with its full key.

    Args:
        state: A state; one that is no :class:`State` declares its waits if it has any.
        path: The path of the state within the whole, with its dot.
    """
    declare = getattr(state, "waits", None)
    if declare is not None:
        for wait in declare():
            yield f"{path}{wait.key}", wait
    for name in _fields_with_waits(type(state)):
        yield from _waits_in(state.__dict__[name], f"{path}{name}")


@lru_cache(maxsize=1024)
def _fields_with_waits(cls: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields whose parts may declare a wait; most have none, and are not walked."""
    return tuple(
        name
        for name, field in cls.model_fields.items()
        if any(may_declare_waits(part) for part in parts_in(field.annotation))
    )


def _waits_in(value: object, path: str) -> Iterator[tuple[str, Wait]]:
    if isinstance(value, State):
        yield from declared_waits(value, f"{path}.")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _waits_in(one, f"{path}.{key}")
    elif isinstance(value, Iterable) and not isinstance(value, (str, bytes, BaseModel)):
        for number, one in enumerate(value):
            yield from _waits_in(one, f"{path}.{number}")


def opened_waits(state: BaseModel, before: tuple[OpenWait, ...], revision: int, now: datetime) -> tuple[OpenWait, ...]:
    """Return the waits of a state, each with its age if it was open before.

    A wait keeps its identity for as long as it is declared under one key. A deadline that
    has fired stays fired for the moment that it fired for.

    Args:
        state: The state after the step.
        before: The waits before the step.
        revision: The record that this step writes.
        now: The moment of the step.

    Raises:
        TransitionError: When two waits of the state have one key.
    """
    known = {one.key: one for one in before}
    found: dict[str, OpenWait] = {}
    for key, wait in declared_waits(state):
        if key in found:
            raise TransitionError(
                f"{type(state).__name__}.waits",
                f"expected each wait under a key of its own, got {key!r} twice; do give one of them key=",
            )
        found[key] = _aged(known.get(WaitKey(key)), WaitKey(key), wait, revision, now)
    after = tuple(found.values())
    return before if after == before else after


def _aged(known: OpenWait | None, key: WaitKey, wait: Wait, revision: int, now: datetime) -> OpenWait:
    if known is None or type(known.wait) is not type(wait):
        return OpenWait(key, wait, revision, now)
    fired = known.fired if isinstance(wait, Deadline) and wait.at == known.fired else None
    return OpenWait(key, wait, known.since, known.opened_at, fired, known.reminded)
