"""The shape of stored values: what JSON a type writes, and whether another type reads it.

A shape is plain data, the same on every machine. What is not known to be readable is told as
such. What may never be here: values; this compares types.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from telic.kernel.annotations import fields_of, unwrapped
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import TypedId, Value

__all__ = ["FieldShape", "ModelShape", "Shape", "ShapeReader"]

_SCALARS: tuple[tuple[type, str], ...] = (
    (type(None), "null"),
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (Decimal, "decimal"),
    (datetime, "datetime"),
    (date, "date"),
    (timedelta, "timedelta"),
    (UUID, "uuid"),
    (bytes, "bytes"),
    (str, "str"),
)
_BOUNDS = (
    "decimal_places", "ge", "gt", "le", "lt", "max_digits", "max_length", "min_length", "multiple_of", "pattern",
)  # fmt: skip
# These say how a value is checked or shown, and refuse nothing that was stored.
_HARMLESS = frozenset({"Discriminator", "Strict", "Tag", "FieldInfo", "str"})
_CALLING = ("field_serializers", "field_validators", "model_serializers", "model_validators", "validators")


class Shape(Value):
    """The JSON that one type writes.

    Attributes:
        type: What it is: a scalar, ``literal``, ``union``, ``tuple``, ``array``, ``set``, ``map``,
            ``model`` or ``other``.
        values: The values of a literal or an enum.
        items: The alternatives of a union, the places of a tuple, key and value of a map.
        model: The name of a model, or of a type that is not known.
        bounds: What else is asked of a value, by name.
        checks: The functions that look at a value, by name.
    """

    type: str
    values: tuple[bool | int | float | str | None, ...] = ()
    items: tuple[Shape, ...] = ()
    model: str = ""
    bounds: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()


class FieldShape(Value):
    """One field of a model.

    Attributes:
        name: Its name.
        shape: The shape of its values.
        required: It has no default.
    """

    name: str
    shape: Shape
    required: bool


class ModelShape(Value):
    """The JSON object that one model writes.

    Attributes:
        name: The name of the model.
        closed: It refuses fields that it does not know.
        fields: Its fields, by name.
        checks: The validators and serializers of its own, by name.
    """

    name: str
    closed: bool
    fields: tuple[FieldShape, ...] = ()
    checks: tuple[str, ...] = ()


class ShapeReader:
    """Reads the shapes of types; each model once.

    Attributes:
        models: The models that were met, by name.
    """

    def __init__(self) -> None:
        """Begin with no model."""
        self.models: dict[str, ModelShape] = {}
        self._names: dict[type, str] = {}

    def model(self, cls: type) -> str:
        """Read a model, or a dataclass, and return the name of its shape."""
        if cls in self._names:
            return self._names[cls]
        taken = self._names.values()
        name = cls.__qualname__ if cls.__qualname__ not in taken else f"{cls.__module__}.{cls.__qualname__}"
        self._names[cls] = name
        fields = tuple(sorted(self._fields(cls), key=lambda one: one.name))
        closed = issubclass(cls, BaseModel) and cls.model_config.get("extra") == "forbid"
        self.models[name] = ModelShape(name=name, closed=closed, fields=fields, checks=_checks_of(cls))
        return name

    def shape(self, annotation: object, metadata: tuple[object, ...] = ()) -> Shape:
        """Return the shape of a type.

        Args:
            annotation: The type.
            metadata: What ``Annotated`` or ``Field`` says of it.
        """
        annotation, metadata = _taken_apart(annotation, metadata)
        origin = get_origin(annotation)
        if origin in (Union, types.UnionType):
            items = {self.shape(one, metadata) for one in get_args(annotation)}
            return Shape(type="union", items=tuple(sorted(items, key=Shape.model_dump_json)))
        bounds, checks = _asked(metadata)
        plain = self._plain(annotation, origin)
        asked = {**dict(plain.bounds), **bounds}
        return plain.evolve(bounds=tuple(sorted(asked.items())), checks=tuple(sorted(checks)))

    def _plain(self, annotation: object, origin: object) -> Shape:
        arguments = get_args(annotation)
        if origin is Literal:
            return _literal(arguments)
        if origin is tuple and arguments[1:] == (Ellipsis,):
            return Shape(type="array", items=(self.shape(arguments[0]),))
        if origin is tuple:
            return Shape(type="tuple", items=tuple(self.shape(one) for one in arguments if one != ()))
        if origin in (FrozenSet, frozenset, set):
            return Shape(type="set", items=(self.shape(arguments[0]),))
        if origin is FrozenMap:
            return Shape(type="map", items=(self.shape(arguments[0]), self.shape(arguments[1])))
        if isinstance(annotation, type) and origin is None:
            return self._class(annotation)
        if isinstance(annotation, TypeVar) and annotation.__bound__ is not None:
            return self.shape(annotation.__bound__)
        return Shape(type="other", model=str(annotation))

    def _class(self, cls: type) -> Shape:
        if issubclass(cls, BaseModel) or dataclasses.is_dataclass(cls):
            return Shape(type="model", model=self.model(cls))
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return Shape(type="tuple", items=tuple(self.shape(one) for one in get_type_hints(cls).values()))
        if issubclass(cls, Enum):
            return _literal(tuple(cls))
        if issubclass(cls, TypedId):
            return Shape(type="str", bounds=(("min_length", "1"),))
        if cls is AwareDatetime:
            return Shape(type="datetime")
        name = next((name for base, name in _SCALARS if issubclass(cls, base)), None)
        return Shape(type=name) if name is not None else Shape(type="other", model=f"{cls.__module__}.{cls.__name__}")

    def _fields(self, cls: type) -> Iterator[FieldShape]:
        if issubclass(cls, BaseModel):
            for name, field in fields_of(cls).items():
                shape = self.shape(field.annotation, tuple(field.metadata))
                yield FieldShape(name=name, shape=shape, required=field.is_required())
        elif dataclasses.is_dataclass(cls):
            hints: Mapping[str, object] = get_type_hints(cls, include_extras=True)
            for one in dataclasses.fields(cls):
                required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
                yield FieldShape(name=one.name, shape=self.shape(hints[one.name]), required=required)


def _taken_apart(annotation: object, metadata: tuple[object, ...]) -> tuple[object, tuple[object, ...]]:
    while True:
        if get_origin(annotation) is Annotated:
            metadata += tuple(getattr(annotation, "__metadata__", ()))
            annotation = get_args(annotation)[0]
        elif hasattr(annotation, "__value__") and not isinstance(annotation, type):
            annotation = getattr(annotation, "__value__")  # noqa: B009  (the two alias types share no base)
        else:
            plain = unwrapped(annotation)
            if plain is annotation:
                return annotation, metadata
            annotation = plain


def _literal(members: Iterable[object]) -> Shape:
    values = {_plain_value(one) for one in members}
    if any(kind == "other" for kind, _ in values):
        return Shape(type="other", model=str(sorted(str(one) for one in members)))
    ordered = sorted(values, key=lambda one: (one[0], str(one[1])))
    return Shape(type="literal", values=tuple(value for _, value in ordered))


def _plain_value(member: object) -> tuple[str, bool | int | float | str | None]:
    value = member.value if isinstance(member, Enum) else member
    if isinstance(value, str):
        return "str", str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return type(value).__name__, value
    return "other", repr(value)


def _asked(metadata: Iterable[object]) -> tuple[dict[str, str], set[str]]:
    """Return the bounds and the checks that metadata asks for."""
    bounds: dict[str, str] = {}
    checks: set[str] = set()
    for one in metadata:
        if isinstance(one, FieldInfo):
            inner, called = _asked(one.metadata)
            bounds |= inner
            checks |= called
            continue
        if isinstance(one, Iterable) and not isinstance(one, (str, bytes)):
            inner, called = _asked(one)
            bounds |= inner
            checks |= called
        found = {name: getattr(one, name, None) for name in _BOUNDS}
        held = {name: _bound(value) for name, value in found.items() if value is not None}
        bounds |= held
        call = getattr(one, "func", None)
        if callable(call):
            checks.add(f"{type(one).__name__}({getattr(call, '__qualname__', repr(type(call)))})")
        elif not held and not isinstance(one, Iterable) and not _is_harmless(one):
            checks.add(type(one).__name__)
    return bounds, checks


def _is_harmless(one: object) -> bool:
    if any(base.__name__ in _HARMLESS for base in type(one).__mro__):
        return True
    held = getattr(one, "__dict__", {})
    return bool(held) and held.keys() <= {"allow_inf_nan", "strict", "union_mode"}


def _bound(value: object) -> str:
    return str(getattr(value, "pattern", value))


def _checks_of(cls: type) -> tuple[str, ...]:
    """Return the names of the validators and serializers of a model."""
    known = getattr(cls, "__pydantic_decorators__", None)
    groups: list[Mapping[str, object]] = [getattr(known, name, {}) for name in _CALLING]
    return tuple(sorted({str(getattr(one, "cls_var_name", "")) for group in groups for one in group.values()}))
