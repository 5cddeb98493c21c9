"""Values hold immutable, canonical things only: what a field's type may be.

Canonical means that equal values have equal bytes, and that the bytes read back are the
value again. What may never be here: a look at values; a type says whether all its values
are canonical.
"""

from __future__ import annotations

import collections.abc as abstract
import dataclasses
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import combinations
from types import UnionType
from typing import Any, ForwardRef, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo
from pydantic.types import SecretBytes, SecretStr

from telic.kernel.annotations import alternatives, fields_of, literal_values, metadata_of, unwrapped
from telic.kernel.errors import Fault
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import TypedId

__all__ = ["value_faults"]

_SCALARS = (str, int, float, bool, bytes, Decimal, date, timedelta, UUID, Enum, TypedId, type(None))
_KEYS = (str, int, UUID, date, StrEnum)
_NEVER = (time, SecretStr, SecretBytes)
_REPLACEMENTS: Mapping[object, str] = {
    **dict.fromkeys((dict, abstract.Mapping, abstract.MutableMapping), "FrozenMap"),
    **dict.fromkeys((set, frozenset, abstract.Set, abstract.MutableSet), "FrozenSet"),
    **dict.fromkeys((list, deque, abstract.Sequence, abstract.MutableSequence, abstract.Iterable), "tuple"),
}
_ALLOWED = "use scalars, enums, tuples, FrozenMap, FrozenSet or frozen models"
_BYTES = frozenset({"base64", "hex"})
_TEXTS = (str, bytes, Decimal, UUID, date, timedelta)
# What Pydantic checks on a text of its own making, and so gives back without the class of an id.
_MAKES_PLAIN = ("pattern", "strip_whitespace", "to_lower", "to_upper", "coerce_numbers_to_str", "ascii_only")


class _Place(NamedTuple):
    """Where a type stands: its field, and what the configuration of the model says.

    Attributes:
        where: The model and the field.
        model: The name of the model.
        finite: Floats are never NaN or infinite.
        coded: Any bytes can be written as JSON.
        told: A container around it is to be replaced already.
    """

    where: str
    model: str
    finite: bool
    coded: bool
    told: bool = False


def value_faults(model: type[BaseModel], seen: set[type]) -> Iterator[Fault]:
    """Yield what is not frozen or not canonical in a model and in the models in its fields.

    Args:
        model: The class of a state, an event or an intent.
        seen: The classes that were looked at before; grows.
    """
    if model in seen:
        return
    seen.add(model)
    config, name = model.model_config, model.__name__
    if not config.get("frozen"):
        yield Fault(
            name,
            "expected a frozen model, got one that can be changed",
            'derive it from Value, or write model_config = {"frozen": True}',
        )
    if config.get("extra") == "allow":
        yield Fault(
            name,
            "expected fields that are declared, got extra='allow', which takes any",
            "declare each field, or write extra='forbid'",
        )
    finite, coding = config.get("allow_inf_nan") is False, config.get("ser_json_bytes")
    coded = coding in _BYTES and coding == config.get("val_json_bytes")
    for field_name, field in fields_of(model).items():
        yield from _id_fault(model, field_name, field.annotation)
        place = _Place(f"{name}.{field_name}", name, finite or _is_finite(field), coded)
        yield from _plain_id_faults(place, field.annotation, tuple(field.metadata))
        yield from _field_faults(place, field.annotation, seen)


def _is_finite(field: FieldInfo) -> bool:
    return any(getattr(one, "allow_inf_nan", None) is False for one in field.metadata)


def _id_fault(model: type[BaseModel], name: str, annotation: object) -> Iterator[Fault]:
    if (name == "id" or name.endswith("_id")) and any(one is str for one in alternatives(annotation)):
        stem = "".join(part.capitalize() for part in name.split("_")) if name != "id" else f"{model.__name__}Id"
        yield Fault(
            f"{model.__name__}.{name}",
            "expected a typed id, got str",
            f"write class {stem}(TypedId): ... and {name}: {stem}",
        )


def _plain_id_faults(place: _Place, annotation: object, noted: tuple[object, ...] = ()) -> Iterator[Fault]:
    """Yield each typed id, however deep, that a constraint turns into a plain text."""
    inner, noted = unwrapped(annotation), (*noted, *metadata_of(annotation))
    if isinstance(inner, type) and issubclass(inner, TypedId):
        # A Field inside of another type keeps its constraints to itself.
        flat = [each for one in noted for each in (one.metadata if isinstance(one, FieldInfo) else (one,))]
        for name in _MAKES_PLAIN:
            if any(getattr(one, name, None) for one in flat):
                yield Fault(
                    place.where,
                    f"expected {inner.__name__} to keep its class, got {name}, which makes it a plain str",
                    f"check it in a function: Annotated[{inner.__name__}, AfterValidator(...)]",
                )
        return
    union = get_origin(inner) in (Union, UnionType)
    for each in get_args(inner):
        yield from _plain_id_faults(place, each, noted if union else ())


def _alike_faults(place: _Place, annotation: object) -> Iterator[Fault]:
    """Yield a fault for alternatives that are stored alike, so that one comes back as another."""
    texts = [one for one in alternatives(annotation) if _is_stored_as_text(one)]
    ids = any(isinstance(one, type) and issubclass(one, TypedId) for one in texts)
    others = [one for one in texts if not literal_values(one)]  # beside str, a Literal is one of its values
    if (ids and len(texts) > 1) or (str in texts and len(others) > 1):
        yield Fault(
            place.where,
            "expected alternatives that differ when they are stored, "
            f"got {' | '.join(map(_name, texts))}, which are all texts",
            "keep one of them, or put each into a frozen model with a kind of its own",
        )


def _models_alike_faults(place: _Place, annotation: object) -> Iterator[Fault]:
    """Yield a fault for models of which one, stored, is read as another that stands before it."""
    models = [one for one in alternatives(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    for first, later in combinations(models, 2):
        if _is_read_as(later, first):
            yield Fault(
                place.where,
                "expected alternatives that differ when they are stored, "
                f"got {first.__name__} | {later.__name__}, which are read alike",
                "give each a kind of its own: kind: Literal[SomeKind.MEMBER] = SomeKind.MEMBER",
            )


def _is_read_as(model: type[BaseModel], other: type[BaseModel]) -> bool:
    """Say whether what is written of one model can be read as another."""
    mine, others = fields_of(model), fields_of(other)
    if mine.keys() - others.keys() or any(others[name].is_required() for name in others.keys() - mine.keys()):
        return False
    return all(_overlap(field.annotation, others[name].annotation) for name, field in mine.items())


def _overlap(one: object, other: object) -> bool:
    mine, others = _told_values(one), _told_values(other)
    return bool(mine & others) if mine and others else one == other


def _told_values(annotation: object) -> frozenset[object]:
    """Return the values of a type that has a few, by which models are told apart; of others, none."""
    plain = unwrapped(annotation)
    return frozenset(plain if isinstance(plain, type(Enum)) else literal_values(plain))


def _is_stored_as_text(one: object) -> bool:
    if one is AwareDatetime:
        return True
    literals = literal_values(one)
    if literals:
        return any(isinstance(each, str) for each in literals)
    return isinstance(one, type) and get_origin(one) is None and issubclass(one, _TEXTS)


def _field_faults(place: _Place, annotation: object, seen: set[type]) -> Iterator[Fault]:
    yield from _alike_faults(place, annotation)
    yield from _models_alike_faults(place, annotation)
    for one in alternatives(annotation):
        origin = get_origin(one)
        if origin is Literal or one is AwareDatetime or isinstance(one, TypeVar):
            continue
        if isinstance(one, (str, ForwardRef)):
            yield _unresolved(place, one)
        elif (origin or one) in _REPLACEMENTS:
            yield from _mutable(place, one, seen)
        elif origin is None:
            yield from _class_faults(place, one, seen)
        elif origin in (tuple, FrozenMap, FrozenSet) or dataclasses.is_dataclass(origin):
            yield from _content_faults(place, one, seen)
        else:
            yield Fault(place.where, f"expected a type of canonical values, got {_name(one)}", _ALLOWED)


def _unresolved(place: _Place, name: str | ForwardRef) -> Fault:
    text = name if isinstance(name, str) else name.__forward_arg__
    return Fault(
        place.where,
        f"expected a type that can be found, got the name {text!r}",
        f"import it in the module of {place.model}, not under TYPE_CHECKING",
    )


def _mutable(place: _Place, one: object, seen: set[type]) -> Iterator[Fault]:
    if not place.told:
        yield Fault(place.where, f"expected an immutable value, got {_name(one)}", f"write {_written(one)}")
    yield from _contents(place._replace(told=True), get_args(one), seen)


def _content_faults(place: _Place, one: object, seen: set[type]) -> Iterator[Fault]:
    origin, arguments = get_origin(one), get_args(one)
    if origin is FrozenMap:
        yield from _key_faults(place.where, arguments[0])
        arguments = arguments[1:]
    elif isinstance(origin, type) and dataclasses.is_dataclass(origin):
        yield from _class_faults(place, origin, seen)
    yield from _contents(place, arguments, seen)


def _contents(place: _Place, arguments: tuple[object, ...], seen: set[type]) -> Iterator[Fault]:
    for each in arguments:
        if each not in (Ellipsis, ()):
            yield from _field_faults(place, each, seen)


def _key_faults(where: str, key: object) -> Iterator[Fault]:
    kinds = list(alternatives(key))
    if len(kinds) > 1:
        yield Fault(
            where,
            f"expected keys of one type, got {' | '.join(map(_name, kinds))}, which JSON cannot tell apart",
            "keep one of the types",
        )
    for one in kinds:
        literals = literal_values(one)
        held = all(isinstance(each, _KEYS) for each in literals) if literals else _is_key(one)
        if not held:
            yield Fault(
                where,
                f"expected keys that JSON can hold, got {_name(one)}",
                "use a TypedId, str, int, UUID, date or a StrEnum",
            )


def _is_key(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, _KEYS) and not issubclass(one, datetime)


def _class_faults(place: _Place, one: object, seen: set[type]) -> Iterator[Fault]:
    where = place.where
    if one is Any or not isinstance(one, type):
        remedy = "name the exact type" if one is Any else _ALLOWED
        yield Fault(where, f"expected a type of canonical values, got {_name(one)}", remedy)
    elif issubclass(one, datetime):
        yield Fault(where, f"expected an aware datetime, got {one.__name__}", "write AwareDatetime")
    elif issubclass(one, BaseModel):
        yield from value_faults(one, seen)
    elif one in (FrozenMap, FrozenSet, tuple):
        yield Fault(
            where,
            f"expected {one.__name__} with the types of its content, got {one.__name__}",
            f"write {one.__name__}[...]",
        )
    elif dataclasses.is_dataclass(one) or (issubclass(one, tuple) and hasattr(one, "_fields")):
        yield from _record_faults(place, one, seen)
    else:
        yield from _scalar_faults(place, one)


def _scalar_faults(place: _Place, one: type) -> Iterator[Fault]:
    if issubclass(one, float) and not place.finite:
        yield Fault(
            place.where,
            "expected finite floats, got a model that allows NaN",
            "derive it from Value, or set allow_inf_nan=False",
        )
    elif issubclass(one, bytes) and not place.coded:
        yield Fault(
            place.where,
            "expected bytes that JSON can hold, got a model that writes them as text",
            'derive it from Value, or set ser_json_bytes="base64" and val_json_bytes="base64"',
        )
    elif issubclass(one, _NEVER) or not (issubclass(one, _SCALARS) or _is_text(one)):
        yield Fault(place.where, f"expected a type of canonical values, got {one.__name__}", _ALLOWED)


def _is_text(one: type) -> bool:
    """Say whether it is one of Pydantic's addresses, whose values are texts or like them.

    Looked up by name: their module takes long to import, and only their users have done so.
    """
    names = {base.__name__ for base in one.__mro__ if base.__module__ == "pydantic.networks"}
    return not names.isdisjoint({"EmailStr", "_BaseUrl"})


def _record_faults(place: _Place, one: type, seen: set[type]) -> Iterator[Fault]:
    """Yield what is wrong with a dataclass or a named tuple, and with its fields."""
    if one in seen:
        return
    seen.add(one)
    if dataclasses.is_dataclass(one) and not getattr(getattr(one, "__dataclass_params__", None), "frozen", False):
        yield Fault(
            place.where,
            f"expected an immutable value, got {one.__name__}",
            "write @dataclass(frozen=True), or a Value",
        )
    inner = place._replace(where=one.__name__, model=one.__name__, told=False)
    try:
        hints: Mapping[str, object] = get_type_hints(one, include_extras=True)
    except NameError as error:
        yield _unresolved(inner, str(error.name))
        return
    for name, hint in hints.items():
        there = inner._replace(where=f"{one.__name__}.{name}")
        yield from _plain_id_faults(there, hint)
        yield from _field_faults(there, hint, seen)


def _written(annotation: object) -> str:
    """Return how a type is written with each container replaced by an immutable one."""
    parts: list[str] = []
    for one in alternatives(annotation):
        name = _REPLACEMENTS.get(get_origin(one) or one)
        arguments = [_written(each) if each is not Ellipsis else "..." for each in get_args(one)]
        if name is None and (get_origin(one) is None or get_origin(one) is Literal):
            parts.append(_name(one))
            continue
        if name == "tuple" or not arguments:
            arguments.append("...")
        parts.append(f"{name or _name(get_origin(one))}[{', '.join(arguments)}]")
    return " | ".join(parts)


def _name(annotation: object) -> str:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return "None" if annotation is type(None) else annotation.__name__
    return str(annotation).replace("typing.", "")
