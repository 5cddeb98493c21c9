"""Whether one type reads what another has written: types, bounds and what nobody can tell."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, NonNegativeInt, PositiveInt, StringConstraints
from typing_extensions import TypeAliasType

from telic import FrozenMap, FrozenSet, TypedId, Value
from telic.verify.fitting import Fitting
from telic.verify.shapes import ShapeReader


class Sku(TypedId): ...


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Cat(Value):
    kind: Literal["cat"] = "cat"
    lives: int


class Dog(Value):
    kind: Literal["dog"] = "dog"
    name: str


class Open(BaseModel):
    model_config = {"frozen": True}
    lives: int


class Small(BaseModel):
    model_config = {"frozen": True}


class Tree(Value):
    name: str
    branches: tuple["Tree", ...] = ()


class Cats(Value):
    pets: FrozenMap[str, tuple[Cat, ...]]


class Dogs(Value):
    pets: FrozenMap[str, tuple[Dog, ...]]


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


class Pair(NamedTuple):
    left: int
    right: str


Alias = TypeAliasType("Alias", Annotated[int, Field(ge=0)])

READS = [
    (int, int),
    (int, float),
    (int, Decimal),
    (int, int | None),
    (PositiveInt, NonNegativeInt),
    (Alias, int),
    (Alias, NonNegativeInt),
    (Annotated[int, Field(gt=4)], Annotated[int, Field(ge=4)]),
    (Annotated[int, Field(multiple_of=6)], Annotated[int, Field(multiple_of=3)]),
    (Annotated[str, Field(min_length=3, max_length=5)], Annotated[str, Field(min_length=2, max_length=6)]),
    (Annotated[str, StringConstraints(pattern="a+")], str),
    (Sku, str),
    (date, str),
    (Decimal, Sku),
    (Mood, str),
    (Mood, Literal["good", "bad", "fine"]),
    (Literal["good"], Mood),
    (Mood, Literal["good"] | Literal["bad"]),  # noqa: PYI030  (a union is what is tested)
    (Literal[3], Annotated[int, Field(le=3)]),
    (Cat, Cat | Dog),
    (Cat | Dog, Dog | Cat),
    (tuple[int, ...], FrozenSet[int]),
    (FrozenMap[Sku, int], FrozenMap[str, float]),
    (FrozenMap[Mood, int], FrozenMap[str, int]),
    (Tree, Tree),
    (Point, Point),
    (Pair, tuple[int, str]),
    (Open, Small),
]  # fmt: skip
MISFITS = [
    (str, int, "str is stored, int is read"),
    (float, int, "float is stored, int is read"),
    (str, Decimal, "str is stored, decimal is read"),
    (str, Mood, "str is stored, one of 'bad', 'good' is read"),
    (Mood, Literal["good"], "'bad' may be stored, one of 'good' is read"),
    (Literal[True], Literal[1], "True may be stored, one of 1 is read"),
    (Literal[4], Annotated[int, Field(le=3)], "4 may be stored, int is read"),
    (int | None, int, "null is stored, int is read"),
    (NonNegativeInt, PositiveInt, "ge=0 when it was stored, gt=0 is read"),
    (int, PositiveInt, "no bounds when it was stored, gt=0 is read"),
    (Annotated[str, Field(pattern="a+")], Annotated[str, Field(pattern="a*")], "pattern=a+ when it was stored, pattern=a* is read"),
    (str, Sku, "no bounds when it was stored, min_length=1 is read"),
    (int, Annotated[int, AfterValidator(abs)], "nobody can tell whether AfterValidator(abs) takes what is stored"),
    (date, AwareDatetime, "date is stored, datetime is read"),
    (Cat | Dog, Cat, "'dog' may be stored, one of 'cat' is read"),
    (tuple[int, str], tuple[int, int], "str is stored, int is read"),
    (tuple[int, str], tuple[int], "2 items are stored, 1 are read"),
    (FrozenMap[str, int], FrozenMap[int, int], "str is stored, int is read"),
    (complex, bytearray, "nobody can tell whether builtins.bytearray reads builtins.complex"),
    (Small, Open, "required, and not stored"),
    (Cat, Dog, "stored, and Dog has no such field"),
]  # fmt: skip


def misfits(old, new):
    before, after = ShapeReader(), ShapeReader()
    shapes = before.shape(old), after.shape(new)
    return [one.why for one in Fitting(before.models, after.models).misfits(*shapes)]


@pytest.mark.parametrize(("old", "new"), READS, ids=str)
def test_what_is_as_wide_reads_what_is_stored(old, new):
    assert misfits(old, new) == []


@pytest.mark.parametrize(("old", "new", "why"), MISFITS, ids=str)
def test_what_is_narrower_says_why(old, new, why):
    assert why in misfits(old, new)


def test_a_misfit_names_its_field_also_deep_inside():
    before, after = ShapeReader(), ShapeReader()
    names = before.model(Cats), after.model(Dogs)
    found = Fitting(before.models, after.models).model_misfits(*names)
    assert [one.path for one in found] == ["pets[][].kind", "pets[][].lives", "pets[][].name"]


def test_a_model_that_holds_itself_is_read_once():
    reader = ShapeReader()
    reader.model(Tree)
    assert [field.name for field in reader.models["Tree"].fields] == ["branches", "name"]
    assert list(reader.models) == ["Tree"]
