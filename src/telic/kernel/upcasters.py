"""Upcasters: read what older versions of the code have stored.

An upcaster maps plain JSON to plain JSON and may change the stored name. They apply wherever
a value is stored: state, open intents, kept events, journal. What may never be here: a
reading of today's classes; an upcaster must go on working when those change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from pydantic import JsonValue

from telic.kernel.errors import DecodeError, nearest

__all__ = ["Json", "Upcaster", "Upcasters", "upcast"]

Json: TypeAlias = dict[str, JsonValue]


class Upcaster(NamedTuple):
    """One step from an older stored shape to the next.

    Attributes:
        tag: The stored name that it reads: a tag, or the kind of a state.
        from_version: The version that it reads.
        to: The stored name that it writes.
        function: From plain JSON to plain JSON.
    """

    tag: str
    from_version: int
    to: str
    function: Callable[[Json], Json]

    def __call__(self, data: Json) -> Json:
        """Map one stored value."""
        return self.function(data)


def upcast(tag: str, from_version: int, *, to: str | None = None) -> Callable[[Callable[[Json], Json]], Upcaster]:
    """Make an upcaster of a function; hand it to ``Machine(..., upcasters=(...))``.

    Args:
        tag: The stored name that it reads.
        from_version: The version that it reads, from 1.
        to: The stored name that it writes, if that changed.

    Raises:
        ValueError: For a version below 1.

    Example:
        >>> @upcast("charge", from_version=1)
        ... def with_currency(data: Json) -> Json:
        ...     return {**data, "currency": "EUR"}
        >>> with_currency({"amount": 7})
        {'amount': 7, 'currency': 'EUR'}
    """
    if from_version < 1:
        raise ValueError(f"expected from_version of at least 1, got {from_version}")

    def mark(function: Callable[[Json], Json]) -> Upcaster:
        return Upcaster(tag, from_version, to if to is not None else tag, function)

    return mark


class Upcasters:
    """The upcasters of one machine, and the versions that follow from them."""

    def __init__(self, steps: Iterable[Upcaster]) -> None:
        """Take the steps.

        Raises:
            ValueError: When two of them read the same version of the same name.
        """
        self._steps: dict[tuple[str, int], Upcaster] = {}
        self._current: dict[str, int] = {}
        for step in steps:
            key = (step.tag, step.from_version)
            if key in self._steps:
                raise ValueError(
                    f"expected one upcaster for {step.tag!r} version {step.from_version}, got two; do keep one"
                )
            self._steps[key] = step
            for name in {step.tag, step.to}:
                self._current[name] = max(self._current.get(name, 1), step.from_version + 1)

    def version(self, tag: str) -> int:
        """Return the version in which today's code stores a name."""
        return self._current.get(tag, 1)

    def raised(self, tag: str, version: int, data: Json, known: Iterable[str]) -> tuple[str, Json]:
        """Return today's name and data of a stored value.

        Args:
            tag: Its stored name.
            version: Its stored version.
            data: What is stored.
            known: The names that today's code can decode.

        Raises:
            DecodeError: When no chain of upcasters leads to today's shape.
        """
        names = frozenset(known)
        first, at = tag, version
        while at != self.version(tag) or tag not in names:
            step = self._steps.get((tag, at))
            if step is None:
                raise DecodeError(first, version, self._gap(tag, at, names))
            try:
                data = step(data)
            except Exception as error:
                raise DecodeError(
                    first, version, f"expected the upcaster from {tag!r} version {at} to map it, got {error!r}"
                ) from error
            tag, at = step.to, at + 1
        return tag, data

    def _gap(self, tag: str, at: int, names: frozenset[str]) -> str:
        if tag in names and at > self.version(tag):
            newest = self.version(tag)
            return f"expected version {newest} at most, got {at}, which a newer code has stored; do deploy that code"
        if tag in names:
            return (
                f"expected an upcaster from every version below {self.version(tag)}, got none from version {at}; "
                f"do add @upcast({tag!r}, from_version={at})"
            )
        return (
            f"expected a name that the machine knows{nearest(tag, names)}, got {tag!r} version {at} "
            f"and no upcaster from it; do add @upcast({tag!r}, from_version={at}, ...)"
        )
