"""Immutable containers with one canonical order: :class:`FrozenMap` and :class:`FrozenSet`.

Equal containers hold their content in the same order whatever the order it came in, so
their JSON is the same bytes. What may never be here: a container that can be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import TYPE_CHECKING, Self, TypeVar, get_args

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

__all__ = ["FrozenMap", "FrozenSet"]

K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)
T_co = TypeVar("T_co", covariant=True)
W = TypeVar("W")


def _order(key: object) -> tuple[str, object]:
    """Return a sort key by which equal keys of any one type have one order."""
    if isinstance(key, str):  # members of a StrEnum too: their text is their value
        return "str", str.__str__(key)
    plain = key.value if isinstance(key, Enum) else key
    if isinstance(plain, str):
        return "str", str(plain)
    if isinstance(plain, (int, float)):
        return "number", plain
    return type(plain).__name__, repr(plain)


class FrozenMap(Mapping[K, V_co]):
    """A hashable mapping, ordered by key; changes make a new one.

    Example:
        >>> stock = FrozenMap({"b": 2, "a": 1})
        >>> stock.put("c", 3).without("a")
        FrozenMap({'b': 2, 'c': 3})
        >>> stock == FrozenMap({"a": 1, "b": 2})
        True
    """

    __slots__ = ("_items", "_known_hash")
    _items: dict[K, V_co]
    _known_hash: int | None

    def __init__(self, items: Mapping[K, V_co] | Iterable[tuple[K, V_co]] = ()) -> None:
        """Take the items, in the order of their keys; of equal keys the last one counts."""
        given = dict(items)
        self._items = {key: given[key] for key in sorted(given, key=_order)}
        self._known_hash = None

    def __getitem__(self, key: K) -> V_co:
        """Return the value of a key, or raise ``KeyError``."""
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        """Iterate over the keys, in order."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._items)

    def __hash__(self) -> int:
        """Hash by content, once."""
        if self._known_hash is None:
            self._known_hash = hash(tuple(self._items.items()))
        return self._known_hash

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        if isinstance(other, FrozenMap):
            return self._items == other._items
        return NotImplemented

    def __repr__(self) -> str:
        """Return the map as the call that makes it."""
        return f"FrozenMap({self._items!r})"

    def put(self: FrozenMap[K, W], key: K, value: W) -> FrozenMap[K, W]:
        """Return a map in which the key has this value.

        Args:
            key: A new key, or one whose value is replaced.
            value: The value.
        """
        items = {**self._items, key: value}
        return _in_order(items) if key in self._items else FrozenMap(items)

    def without(self, *keys: K) -> FrozenMap[K, V_co]:
        """Return a map that lacks these keys; a key that is not there is no error."""
        return _in_order({key: value for key, value in self._items.items() if key not in keys})

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[object], handler: GetCoreSchemaHandler, /
    ) -> core_schema.CoreSchema:
        """Validate keys and values by their types; write a JSON object ordered by key."""
        arguments = get_args(source)
        parts = [handler.generate_schema(argument) for argument in arguments]
        plain = core_schema.dict_schema(*parts)
        return core_schema.no_info_before_validator_function(
            _as_dict,
            core_schema.no_info_after_validator_function(cls, plain),
            serialization=core_schema.plain_serializer_function_ser_schema(_items_of, return_schema=plain),
        )


def _in_order(items: dict[K, V_co]) -> FrozenMap[K, V_co]:
    """Return a map of items that are in order already."""
    made: FrozenMap[K, V_co] = FrozenMap.__new__(FrozenMap)
    made._items, made._known_hash = items, None  # noqa: SLF001  (our own)
    return made


def _as_dict(given: object) -> object:
    return given._items if isinstance(given, FrozenMap) else given  # noqa: SLF001  (our own)


def _items_of(given: FrozenMap[K, V_co]) -> dict[K, V_co]:
    return given._items  # noqa: SLF001  (our own)


class FrozenSet(AbstractSet[T_co]):
    """A hashable set that keeps its content in one order; changes make a new one.

    Example:
        >>> FrozenSet(["b", "a"]).put("c").without("a")
        FrozenSet(['b', 'c'])
        >>> "b" in FrozenSet(["b"])
        True
    """

    __slots__ = ("_items", "_known_hash")
    _items: dict[T_co, None]
    _known_hash: int | None

    def __init__(self, items: Iterable[T_co] = ()) -> None:
        """Take the items, each once."""
        self._items = dict.fromkeys(sorted(dict.fromkeys(items), key=_order))
        self._known_hash = None

    def __contains__(self, item: object) -> bool:
        """Say whether the item is there."""
        return item in self._items

    def __iter__(self) -> Iterator[T_co]:
        """Iterate over the items, in order."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def __hash__(self) -> int:
        """Hash by content, once."""
        if self._known_hash is None:
            self._known_hash = hash(tuple(self._items))
        return self._known_hash

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        if isinstance(other, FrozenSet):
            return self._items.keys() == other._items.keys()
        return NotImplemented

    def __repr__(self) -> str:
        """Return the set as the call that makes it."""
        return f"FrozenSet({list(self._items)!r})"

    @classmethod
    def _from_iterable(cls, it: Iterable[T_co]) -> Self:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return cls(it)

    def put(self: FrozenSet[W], *items: W) -> FrozenSet[W]:
        """Return a set that has these items as well."""
        return FrozenSet((*self._items, *items))

    def without(self, *items: object) -> FrozenSet[T_co]:
        """Return a set that lacks these items; one that is not there is no error."""
        return FrozenSet(item for item in self._items if item not in items)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[object], handler: GetCoreSchemaHandler, /
    ) -> core_schema.CoreSchema:
        """Validate items by their type; write a JSON array in order."""
        arguments = get_args(source)
        parts = [handler.generate_schema(argument) for argument in arguments]
        plain = core_schema.list_schema(*parts)
        return core_schema.no_info_before_validator_function(
            _as_list,
            core_schema.no_info_after_validator_function(cls, plain),
            serialization=core_schema.plain_serializer_function_ser_schema(_as_list, return_schema=plain),
        )


def _as_list(given: object) -> object:
    if isinstance(given, FrozenSet):
        return list(given)
    if isinstance(given, (set, frozenset)):
        return list(given)
    return given
