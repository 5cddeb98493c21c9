"""What the metadata of a type says about its values: bounds, lengths, patterns, validators.

Pydantic, annotated-types and ``Field`` each have classes of their own for this; they agree
on the names of attributes, and only those are read. What may never be here: a strategy.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Union, get_args, get_origin

import annotated_types
import typing_extensions
from pydantic.fields import FieldInfo

__all__ = ["Limits", "limits_of", "peeled", "union_members"]

_ALIASES = (*{getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType), typing_extensions.TypeAliasType},)
_LOWER = ("ge", "gt", "min_length")
_UPPER = ("le", "lt", "max_length", "max_digits", "decimal_places")
_OTHER = ("multiple_of", "pattern", "uuid_version", "ascii_only")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is known of the values of one type.

    Attributes:
        values: Constraints by the name that Pydantic gives them: ``ge``, ``max_length``, ...
        validators: The names of functions that check or change a value.
    """

    values: dict[str, object] = field(default_factory=dict)
    validators: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to hold a value to."""
        return bool(self.values or self.validators)

    def __and__(self, outer: Limits) -> Limits:
        """Return both, the tighter bound of each name."""
        merged = dict(self.values)
        for name, value in outer.values.items():
            merged[name] = _tighter(name, merged[name], value) if name in merged else value
        return replace(self, values=merged, validators=self.validators + outer.validators)

    def get(self, name: str) -> object:
        """Return a constraint, or ``None``."""
        return self.values.get(name)

    def number(self, name: str, default: int | None = None) -> int | None:
        """Return a constraint that is a whole number, or the default."""
        value = self.values.get(name)
        return value if isinstance(value, int) else default


def _tighter(name: str, one: object, other: object) -> object:
    pair: list[int] = [one, other]  # type: ignore[list-item]  # pyright: ignore[reportAssignmentType]  (both are bounds of one kind)
    if name in _LOWER:
        return max(pair)
    return min(pair) if name in _UPPER else other


def limits_of(metadata: Iterable[object]) -> Limits:
    """Return what the metadata of one type says.

    Args:
        metadata: What stands in ``Annotated`` beside the type, or in ``FieldInfo.metadata``.
    """
    found = Limits()
    for one in _flat(metadata):
        values = {
            name: value for name in (*_LOWER, *_UPPER, *_OTHER) if (value := getattr(one, name, None)) is not None
        }
        function = getattr(one, "func", None)
        names = (str(getattr(function, "__name__", function)),) if function is not None else ()
        found &= Limits(values, names)
    return found


def _flat(metadata: Iterable[object]) -> Iterator[object]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _flat(one.metadata)
        elif isinstance(one, annotated_types.GroupedMetadata) and not hasattr(one, "pattern"):
            yield from _flat(one)
        else:
            yield one


def peeled(annotation: object) -> tuple[object, tuple[object, ...]]:
    """Return a type without alias, ``Annotated`` and ``NewType``, and the metadata beside it."""
    metadata: tuple[object, ...] = ()
    while True:
        origin = get_origin(annotation)
        if isinstance(annotation, _ALIASES):
            annotation = getattr(annotation, "__value__")  # noqa: B009  (the two alias types share no base)
        elif origin is Annotated:
            annotation, *beside = get_args(annotation)
            metadata = (*beside, *metadata)
        elif isinstance(origin, _ALIASES):
            annotation = getattr(origin, "__value__")[get_args(annotation)]  # noqa: B009  (as above)
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif annotation is None:
            annotation = type(None)
        elif isinstance(annotation, typing.TypeVar) and annotation.__bound__ is not None:
            annotation = annotation.__bound__
        else:
            return annotation, metadata


def union_members(annotation: object) -> tuple[object, ...]:
    """Return the members of a union as they are written; of anything else, nothing."""
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else ()
