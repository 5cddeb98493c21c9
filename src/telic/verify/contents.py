"""Whether a value that outlives a step can change.

What may never be here: code; this looks at values.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence, MutableSet
from collections.abc import Set as AbstractSet

from pydantic import BaseModel

from telic.verify.sources import is_own

__all__ = ["is_mutable"]

_DESCRIPTORS = (classmethod, staticmethod, property, types.FunctionType, types.BuiltinFunctionType, type)


def is_mutable(value: object, depth: int = 0) -> bool:
    """Say whether a value, or anything in it, can be changed; iterators can.

    Args:
        value: A value of a module, a class or a closure.
        depth: How far it was looked into.
    """
    if isinstance(value, _DESCRIPTORS) or depth > 4:
        return False
    if isinstance(value, types.MappingProxyType):
        return any(is_mutable(each, depth + 1) for each in value.values())
    if isinstance(value, (MutableMapping, MutableSequence, MutableSet, Iterator)):
        return True
    if isinstance(value, (tuple, frozenset)):
        return any(is_mutable(each, depth + 1) for each in value)
    if isinstance(value, BaseModel):
        return not value.model_config.get("frozen")
    if dataclasses.is_dataclass(value):
        parameters = getattr(type(value), "__dataclass_params__", None)
        return not getattr(parameters, "frozen", False)
    if isinstance(value, (Mapping, AbstractSet)):
        return False  # no way to change it from outside is declared
    return is_own(type(value).__module__) and _has_open_attributes(value)


def _has_open_attributes(value: object) -> bool:
    """Say whether an own class lets anybody write its attributes; members of enums hide theirs."""
    cls = type(value)
    is_plain = cls.__setattr__ is object.__setattr__
    return is_plain and bool(getattr(value, "__dict__", None)) and not hasattr(cls, "__members__")
