"""Values hold immutable, canonical things only: what a field's type may be.

What may never be here: a look at values; a type says whether all its values are canonical.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Literal, TypeVar, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic.types import SecretBytes, SecretStr

from telic.kernel.annotations import alternatives
from telic.kernel.errors import Fault
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import TypedId, Value

__all__ = ["value_faults"]

_SCALARS = (str, int, float, bool, bytes, Decimal, date, timedelta, UUID, Enum, type(None))
_KEYS = (str, int, UUID, date, StrEnum)
_REPLACEMENTS: Mapping[object, str] = {
    dict: "FrozenMap{}",
    Mapping: "FrozenMap{}",
    list: "tuple{}",
    set: "FrozenSet{}",
    frozenset: "FrozenSet{}",
}


def value_faults(model: type[BaseModel], seen: set[type]) -> Iterator[Fault]:
    """Yield what is not frozen or not canonical in a model and in the models in its fields.

    Args:
        model: The class of a state, an event or an intent.
        seen: The classes that were looked at before; grows.
    """
    if model in seen:
        return
    seen.add(model)
    if not model.model_config.get("frozen"):
        yield Fault(
            model.__name__,
            "expected a frozen model, got one that can be changed",
            'derive it from Value, or write model_config = {"frozen": True}',
        )
    for name, field in model.model_fields.items():
        yield from _id_fault(model, name, field.annotation)
        yield from _field_faults(model, f"{model.__name__}.{name}", field.annotation, seen)


def _id_fault(model: type[BaseModel], name: str, annotation: object) -> Iterator[Fault]:
    if (name == "id" or name.endswith("_id")) and any(one is str for one in alternatives(annotation)):
        stem = "".join(part.capitalize() for part in name.split("_")) if name != "id" else f"{model.__name__}Id"
        yield Fault(
            f"{model.__name__}.{name}",
            "expected a typed id, got str",
            f"write class {stem}(TypedId): ... and {name}: {stem}",
        )


def _field_faults(model: type[BaseModel], where: str, annotation: object, seen: set[type]) -> Iterator[Fault]:
    for one in alternatives(annotation):
        origin, arguments = get_origin(one), get_args(one)
        if origin is Literal or one is AwareDatetime or isinstance(one, TypeVar):
            continue
        if (replacement := _REPLACEMENTS.get(origin or one)) is not None:
            inner = ", ".join((*(_name(each) for each in arguments), *(["..."] if (origin or one) is list else [])))
            yield Fault(
                where,
                f"expected an immutable value, got {_name(one)}",
                "write " + replacement.format(f"[{inner or '...'}]"),
            )
        elif origin is not None and issubclass(origin if isinstance(origin, type) else object, BaseModel):
            yield from value_faults(origin, seen)
        elif origin in (tuple, FrozenMap, FrozenSet):
            if origin is FrozenMap:
                yield from _key_faults(where, arguments[0])
            content = [each for each in arguments if each not in (Ellipsis, ())]
            yield from (fault for each in content for fault in _field_faults(model, where, each, seen))
        else:
            yield from _class_faults(model, where, one, seen)


def _key_faults(where: str, key: object) -> Iterator[Fault]:
    for one in alternatives(key):
        if not (isinstance(one, type) and issubclass(one, _KEYS)) or one is datetime:
            yield Fault(
                where,
                f"expected keys that JSON can hold, got {_name(one)}",
                "use a TypedId, str, int, UUID, date or a StrEnum",
            )


def _class_faults(model: type[BaseModel], where: str, one: object, seen: set[type]) -> Iterator[Fault]:
    if one is Any or not isinstance(one, type):
        remedy = (
            "name the exact type" if one is Any else "use scalars, enums, tuples, FrozenMap, FrozenSet or frozen models"
        )
        yield Fault(where, f"expected a type of canonical values, got {_name(one)}", remedy)
    elif one is datetime:
        yield Fault(where, "expected an aware datetime, got datetime", "write AwareDatetime")
    elif issubclass(one, BaseModel):
        yield from value_faults(one, seen)
    elif one in (FrozenMap, FrozenSet, tuple):
        yield Fault(
            where,
            f"expected {one.__name__} with the types of its content, got {one.__name__}",
            f"write {one.__name__}[...]",
        )
    elif issubclass(one, float) and not _finite(model):
        yield Fault(
            where,
            "expected finite floats, got a model that allows NaN",
            "derive it from Value, or set allow_inf_nan=False",
        )
    elif dataclasses.is_dataclass(one):
        parameters = getattr(one, "__dataclass_params__", None)
        if not getattr(parameters, "frozen", False):
            yield Fault(
                where, f"expected an immutable value, got {one.__name__}", "write @dataclass(frozen=True), or a Value"
            )
    elif issubclass(one, (time, SecretStr, SecretBytes)) or not issubclass(one, (*_SCALARS, TypedId)):
        yield Fault(
            where,
            f"expected a type of canonical values, got {one.__name__}",
            "use scalars, enums, tuples, FrozenMap, FrozenSet or frozen models",
        )


def _finite(model: type[BaseModel]) -> bool:
    return issubclass(model, Value) or model.model_config.get("allow_inf_nan") is False


def _name(annotation: object) -> str:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "")
