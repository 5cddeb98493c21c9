"""Which values that outlive a step can be changed."""

import types
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

import pytest
from pydantic import BaseModel

from telic import FrozenMap, FrozenSet, Value
from telic.verify.contents import is_mutable


class Colour(StrEnum):
    RED = "red"


class Price(Value):
    cents: int


class Loose(BaseModel):
    cents: int


@dataclass(frozen=True)
class Fixed:
    cents: int


@dataclass
class Free:
    cents: int


class Own:
    def __init__(self):
        self.cents = 1


FIXED = [
    1, "a", None, Decimal(1), datetime(2026, 1, 1, tzinfo=UTC), (1, "a"), frozenset({1}), Colour.RED, Colour, Price(cents=1),
    Fixed(1), FrozenMap({"a": 1}), FrozenSet({1}), types.MappingProxyType({"a": 1}), len, Own,
]  # fmt: skip
FREE = [
    [], {}, set(), bytearray(), deque(), iter(()), (1, []), Loose(cents=1), Free(1), Own(), types.MappingProxyType({"a": []}),
]  # fmt: skip


@pytest.mark.parametrize("value", FIXED, ids=repr)
def test_what_nobody_can_change_is_fixed(value):
    assert not is_mutable(value)


@pytest.mark.parametrize("value", FREE, ids=lambda value: type(value).__name__)
def test_what_somebody_can_change_is_not(value):
    assert is_mutable(value)
