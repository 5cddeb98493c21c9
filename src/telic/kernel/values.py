"""Frozen values, typed ids, and the canonical form that makes equal values equal bytes.

Every state, event and intent is a :class:`Value`. What may never be here: anything that
reads a clock, draws a random number or touches the outside.

Two things are done once, when a class is built, and cost nothing afterwards where they do
not apply: aware datetimes are brought to UTC, and decimals lose their trailing zeros.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self, cast, dataclass_transform

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PrivateAttr

# The one private name that telic takes from Pydantic: without a metaclass of our own the
# type checkers do not see that a value is frozen.
from pydantic._internal._model_construction import ModelMetaclass
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EventId", "IntentId", "TypedId", "Value", "WaitKey", "WorkflowId", "is_writable"]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field, PrivateAttr))
class _FrozenMeta(ModelMetaclass):
    """Makes mutation of a value an error for mypy and pyright, without a plugin."""

    # Values have no virtual subclasses; the checks of an ABC cost ten times as much, at every step.
    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__


def _in_utc(value: datetime) -> datetime:
    """Return the same instant in UTC; a naive datetime stays and is refused by ``Machine``."""
    if value.tzinfo is UTC and value.fold:
        return value.replace(fold=0)  # no clock is put back in UTC, and no text tells of it
    if value.tzinfo is UTC or value.tzinfo is None:
        return value
    return value.astimezone(UTC)


def _normal(value: Decimal) -> Decimal:
    """Return the same number without trailing zeros and without an exponent above zero."""
    text = str(value)  # far cheaper than taking the number apart, and most need nothing more
    if ("E" not in text and ("." not in text or text[-1] != "0") and text[0] != "-") or not value.is_finite():
        return value
    if not value:
        return Decimal(0)
    sign, digits, exponent = value.as_tuple()
    places = int(exponent)
    if places > 0:
        return Decimal((sign, digits + (0,) * places, 0))
    kept = len(digits)
    while places < 0 and digits[kept - 1] == 0:
        kept, places = kept - 1, places + 1
    return Decimal((sign, digits[:kept], places))


_CANONICAL: dict[str, Callable[[datetime], datetime] | Callable[[Decimal], Decimal]] = {
    "datetime": _in_utc,
    "decimal": _normal,
}


def canonical_schema(node: object) -> object:
    """Return a core schema in which instants come in UTC and decimals without trailing zeros.

    Args:
        node: A core schema, or any part of one.

    Returns:
        The same structure; models inside have been made canonical by themselves.
    """
    if isinstance(node, list):
        return [canonical_schema(part) for part in node]
    if isinstance(node, tuple):
        return tuple(canonical_schema(part) for part in node)
    if not isinstance(node, dict):
        return node
    kind = node.get("type")
    if not isinstance(kind, str):  # fields or choices, keyed by names of the user's own
        return {name: canonical_schema(part) for name, part in node.items()}
    if kind in _CANONICAL:
        leaf = cast("core_schema.CoreSchema", node)
        return core_schema.no_info_after_validator_function(_CANONICAL[kind], leaf)
    if kind == "model" and node.get("metadata", {}).get(_DONE):
        return node
    return {name: part if name in _OPAQUE else canonical_schema(part) for name, part in node.items()}


# Parts of a core schema that hold no schema, or none that is ours to change.
_OPAQUE = frozenset(
    {"metadata", "config", "default", "default_factory", "expected", "serialization", "cls", "function"}
)
_DONE = "telic_canonical"


def _marked(schema: object) -> object:
    """Note in a schema that it is canonical, so that a model around it leaves it alone."""
    assert isinstance(schema, dict)  # as that of every model
    return {**schema, "metadata": {**schema.get("metadata", {}), _DONE: True}}


def is_writable(text: str) -> bool:
    """Say whether UTF-8 can write a text: all but those with a lone surrogate.

    Args:
        text: Mostly an answer of the outside; a byte that was no text becomes such a surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Value(BaseModel, metaclass=_FrozenMeta):
    """A frozen model that refuses unknown fields, NaN, infinity, and text that no store can write.

    Example:
        >>> class Money(Value):
        ...     amount: Decimal
        >>> Money(amount=Decimal("1.50")) == Money(amount=Decimal("1.5"))
        True
        >>> Money(amount=Decimal("1.50")).model_dump_json()
        '{"amount":"1.5"}'
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        protected_namespaces=(),
        ser_json_bytes="base64",
        val_json_bytes="base64",
        defer_build=True,
        # Any limit has Pydantic look at a text as UTF-8; without one, lone surrogates would pass.
        str_min_length=0,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler, /
    ) -> core_schema.CoreSchema:
        """Build the schema of the model, canonical at its leaves."""
        return cast("core_schema.CoreSchema", _marked(canonical_schema(handler(source))))

    def evolve(self, **changes: object) -> Self:
        """Return a copy with some fields changed, validated like any new value.

        Args:
            changes: The new values by field name.

        Raises:
            pydantic.ValidationError: When a name is unknown or a value does not fit.

        Example:
            >>> class Money(Value):
            ...     amount: int
            >>> Money(amount=1).evolve(amount=2)
            Money(amount=2)
        """
        return type(self).model_validate({**self.__dict__, **changes})


class TypedId(str):
    """An id of one kind of thing: a ``str`` that another kind of id cannot stand in for.

    Example:
        >>> class OrderId(TypedId): ...
        >>> OrderId("o-1")
        OrderId('o-1')
        >>> OrderId("")
        Traceback (most recent call last):
        ...
        ValueError: expected OrderId to have at least one character, got ''
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Make an id from a text that is not empty.

        Raises:
            ValueError: For an empty text, or one with a lone surrogate.
        """
        if not value:
            raise ValueError(f"expected {cls.__name__} to have at least one character, got ''")
        if not value.isascii() and not is_writable(value):
            raise ValueError(
                f"expected {cls.__name__} of text that UTF-8 can write, got {str.__repr__(value)}; "
                "do replace its lone surrogates"
            )
        return str.__new__(cls, value)

    def __repr__(self) -> str:
        """Return the id as the call that makes it."""
        return f"{type(self).__name__}({str.__repr__(self)})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[object], handler: GetCoreSchemaHandler, /
    ) -> core_schema.CoreSchema:
        """Validate as a text of at least one character, and refuse an id of another kind."""
        return core_schema.no_info_wrap_validator_function(cls._validated, core_schema.str_schema(min_length=1))

    @classmethod
    def _validated(cls, value: object, handler: core_schema.ValidatorFunctionWrapHandler) -> Self:
        if type(value) is cls:
            return value
        if isinstance(value, TypedId) and not isinstance(value, cls):
            raise PydanticCustomError(
                "typed_id",
                "expected {expected}, got {got}",
                {"expected": cls.__name__, "got": type(value).__name__},
            )
        return str.__new__(cls, handler(value))


class WorkflowId(TypedId):
    """Names one instance of one machine, for one tenant."""

    __slots__ = ()


class EventId(TypedId):
    """Names one event for one instance; the same id is applied at most once."""

    __slots__ = ()


class IntentId(TypedId):
    """Names one emitted intent: workflow, revision and position; the idempotency key."""

    __slots__ = ()


class WaitKey(TypedId):
    """Names one wait within its state; parts of a composed state prefix their path."""

    __slots__ = ()
