"""What the fields of values may hold: one model for each fault, with its exact text, and a right twin."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, get_args
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    FiniteFloat,
    HttpUrl,
    NaiveDatetime,
    SecretStr,
    StringConstraints,
    create_model,
)
from typing_extensions import TypeAliasType

from telic import Command, FrozenMap, FrozenSet, TypedId, Value
from telic.kernel.canonical import value_faults
from tests.kernel.kinds import Different, Kindred, Large, Needy, Small, Twin

T = TypeVar("T")
ALLOWED = "use scalars, enums, tuples, FrozenMap, FrozenSet or frozen models"


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 1


class Mood(Enum):
    GOOD = (1, 2)


class OrderId(TypedId): ...


class ItemId(TypedId): ...


Shouted = TypeAliasType("Shouted", Annotated[OrderId, StringConstraints(to_upper=True)])


class Money(Value):
    amount: Decimal


class Box(Value, Generic[T]):
    content: T


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class Pair(Generic[T]):
    left: T


class Range(NamedTuple):
    low: int
    high: int


class Node(Value):
    children: tuple["Node", ...] = ()
    follower: "Follower | None" = None


class Follower(Value):
    node: Node


class Plain: ...


@dataclasses.dataclass
class Soft:
    x: int


@dataclasses.dataclass(frozen=True)
class Leaky:
    names: list[str]


@dataclasses.dataclass(frozen=True)
class Lost:
    other: "Nowhere"  # noqa: F821


class Messy(NamedTuple):
    names: set[str]


class Inner(Value):
    tags: list[str]


def found(annotation, base=Value, name="field", **options):
    config = ConfigDict(**options)
    if base is Value:

        class Model(Value):
            model_config = {"arbitrary_types_allowed": True, **config}
    else:

        class Model(BaseModel):
            model_config = {"arbitrary_types_allowed": True, **config}

    model = create_model("Model", __base__=Model, **{name: (annotation, ...)})
    return [str(fault) for fault in value_faults(model, set())]


@pytest.mark.parametrize(
    "annotation",
    [
        str,
        int,
        bool,
        float,
        bytes,
        None,
        Colour,
        Size,
        Mood,
        Literal["a", "b"],
        OrderId,
        AwareDatetime,
        date,
        timedelta,
        Decimal,
        UUID,
        EmailStr,
        HttpUrl,
        int | None,
        Annotated[int, Field(gt=0)],
        tuple[int, ...],
        tuple[int, str],
        tuple[()],
        FrozenSet[OrderId],
        FrozenMap[str, int],
        FrozenMap[OrderId, Money],
        FrozenMap[Colour, int],
        FrozenMap[int, int],
        FrozenMap[UUID, int],
        FrozenMap[date, int],
        FrozenMap[Literal["a", "b"], tuple[Money, ...]],
        Money,
        Box[int],
        Box,
        Point,
        Pair[int],
        Range,
        Node,
        Command,
    ],
    ids=str,
)
def test_a_canonical_type_is_no_fault(annotation):
    assert found(annotation) == []


@pytest.mark.parametrize(
    ("annotation", "got", "remedy"),
    [
        (list[int], "list[int]", "tuple[int, ...]"),
        (list, "list", "tuple[...]"),
        (deque[int], "collections.deque[int]", "tuple[int, ...]"),
        (Sequence[int], "collections.abc.Sequence[int]", "tuple[int, ...]"),
        (Iterable[int], "collections.abc.Iterable[int]", "tuple[int, ...]"),
        (set[str], "set[str]", "FrozenSet[str]"),
        (frozenset[str], "frozenset[str]", "FrozenSet[str]"),
        (AbstractSet[str], "collections.abc.Set[str]", "FrozenSet[str]"),
        (dict, "dict", "FrozenMap[...]"),
        (dict[str, Any], "dict[str, Any]", "FrozenMap[str, Any]"),
        (Mapping[str, int], "collections.abc.Mapping[str, int]", "FrozenMap[str, int]"),
        (dict[str, list[int | None]], "dict[str, list[int | None]]", "FrozenMap[str, tuple[int | None, ...]]"),
        (dict[str, tuple[int, ...]], "dict[str, tuple[int, ...]]", "FrozenMap[str, tuple[int, ...]]"),
        (
            dict[Literal["a"], FrozenSet[int]],
            "dict[typing.Literal['a'], telic.kernel.frozen.FrozenSet[int]]",
            "FrozenMap[Literal['a'], FrozenSet[int]]",
        ),
    ],
)
def test_a_mutable_container_names_what_to_write_instead(annotation, got, remedy):
    got = got.replace("typing.", "")
    assert found(annotation)[0] == f"Model.field: expected an immutable value, got {got}; do write {remedy}"


def test_a_container_within_a_container_is_told_once_and_its_models_are_looked_at():
    assert found(tuple[dict[str, list[Inner]], ...]) == [
        f"Model.field: expected an immutable value, got dict[str, list[{__name__}.Inner]]; "
        "do write FrozenMap[str, tuple[Inner, ...]]",
        "Inner.tags: expected an immutable value, got list[str]; do write tuple[str, ...]",
    ]


@pytest.mark.parametrize(
    ("annotation", "got"),
    [
        (time, "time"),
        (SecretStr, "SecretStr"),
        (bytearray, "bytearray"),
        (object, "object"),
        (complex, "complex"),
        (Plain, "Plain"),
        (NaiveDatetime, "NaiveDatetime"),
        (type[int], "type[int]"),
        (Callable[[int], int], "collections.abc.Callable[[int], int]"),
    ],
)
def test_a_type_whose_values_do_not_come_back_as_they_were_is_a_fault(annotation, got):
    assert found(annotation) == [f"Model.field: expected a type of canonical values, got {got}; do {ALLOWED}"]


def test_any_is_no_type_of_canonical_values():
    assert found(Any) == ["Model.field: expected a type of canonical values, got Any; do name the exact type"]


def test_an_instant_has_a_time_zone():
    class Stamp(datetime): ...

    assert found(datetime) == ["Model.field: expected an aware datetime, got datetime; do write AwareDatetime"]
    assert found(Stamp) == ["Model.field: expected an aware datetime, got Stamp; do write AwareDatetime"]


@pytest.mark.parametrize(
    ("annotation", "got"),
    [
        (Small | Twin, "Small | Twin"),
        (FrozenMap[str, tuple[Small | Twin, ...]], "Small | Twin"),
        (Large | Small | None, "Large | Small"),
        (Small | Kindred, "Small | Kindred"),
    ],
)
def test_models_are_told_apart_by_what_is_stored(annotation, got):
    assert found(annotation) == [
        f"Model.field: expected alternatives that differ when they are stored, got {got}, which are read alike; "
        "do give each a kind of its own: kind: Literal[SomeKind.MEMBER] = SomeKind.MEMBER"
    ]


@pytest.mark.parametrize("annotation", [Small | Large, Needy | Small, Small | Different, Small | None])
def test_models_that_are_read_as_what_they_are_may_stand_beside_each_other(annotation):
    class Holder(Value):
        field: annotation

    assert found(annotation) == []
    for kind in (one for one in (Small, Large, Needy, Different) if one in get_args(annotation)):
        holder = Holder(field=kind(more=1) if kind is Needy else kind())
        assert type(Holder.model_validate_json(holder.model_dump_json()).field) is kind


@pytest.mark.parametrize(
    ("annotation", "got"),
    [
        (OrderId | ItemId, "OrderId | ItemId"),
        (OrderId | ItemId | None, "OrderId | ItemId"),
        (tuple[OrderId | str, ...], "OrderId | str"),
        (FrozenMap[int, OrderId | Colour], "OrderId | Colour"),
        (Literal["a"] | OrderId, "Literal['a'] | OrderId"),
        (OrderId | AwareDatetime, "OrderId | AwareDatetime"),
        (str | Colour, "str | Colour"),
        (Decimal | str, "Decimal | str"),
        (str | bytes | int, "str | bytes"),
    ],
)
def test_alternatives_are_told_apart_by_what_is_stored(annotation, got):
    assert found(annotation) == [
        f"Model.field: expected alternatives that differ when they are stored, got {got}, which are all texts; "
        "do keep one of them, or put each into a frozen model with a kind of its own"
    ]


def test_alternatives_that_are_all_texts_are_one_because_they_come_back_as_another_class():
    model = create_model("Model", __base__=Value, field=(OrderId | ItemId, ...))
    given = model(field=ItemId("i"))
    again = model.model_validate_json(given.model_dump_json())
    assert (again, type(given.field), type(again.field)) == (given, ItemId, OrderId)


@pytest.mark.parametrize(
    "annotation",
    [
        OrderId | None,
        OrderId | int | Money,
        str | Literal["a"],  # noqa: PYI051  (that is what is tried)
        Literal["a", b"b"],
        Literal[1] | OrderId,
        Decimal | AwareDatetime | None,
        Size | str,
    ],
)
def test_alternatives_of_which_one_is_a_text_are_no_fault(annotation):
    assert found(annotation) == []


SHOUTING = StringConstraints(to_upper=True)


@pytest.mark.parametrize(
    ("annotation", "constraint"),
    [
        (Annotated[OrderId, Field(pattern="o-.*")], "pattern"),
        (Annotated[OrderId, StringConstraints(pattern="o-.*", max_length=9)], "pattern"),
        (tuple[Annotated[OrderId, SHOUTING], ...], "to_upper"),
        (Annotated[OrderId | None, Field(pattern="o-.*")], "pattern"),
        (FrozenMap[Annotated[OrderId, Field(pattern="o-.*")], int], "pattern"),
        (tuple[Annotated[OrderId, Field(pattern="o-.*")], ...], "pattern"),
        (Annotated[tuple[Annotated[Shouted, Field(max_length=3)], ...], Field(max_length=2)], "to_upper"),
    ],
)
def test_a_constraint_that_makes_a_typed_id_a_plain_text_is_a_fault(annotation, constraint):
    assert found(annotation) == [
        f"Model.field: expected OrderId to keep its class, got {constraint}, which makes it a plain str; "
        "do check it in a function: Annotated[OrderId, AfterValidator(...)]"
    ]


def test_a_constraint_that_makes_a_typed_id_a_plain_text_may_stand_beside_the_annotation():
    class Model(Value):
        field: OrderId = Field(pattern="o-.*")
        other: str = Field(pattern="o-.*")

    assert type(Model(field="o-1", other="o-2").field) is str
    assert len(list(value_faults(Model, set()))) == 1


class Tagged(NamedTuple):
    order_id: Annotated[OrderId, Field(pattern="o-.*")]


def test_a_constraint_in_a_record_makes_a_typed_id_a_plain_text_too():
    assert found(Tagged) == [
        "Tagged.order_id: expected OrderId to keep its class, got pattern, which makes it a plain str; "
        "do check it in a function: Annotated[OrderId, AfterValidator(...)]"
    ]


def test_a_typed_id_may_be_limited_and_checked():
    checked = Annotated[OrderId, Field(max_length=3), AfterValidator(lambda given: given)]
    assert found(checked) == []
    assert type(create_model("Model", __base__=Value, field=(checked, ...))(field="o-1").field) is OrderId


@pytest.mark.parametrize("container", [FrozenMap, FrozenSet, tuple])
def test_a_container_says_what_it_holds(container):
    name = container.__name__
    assert found(container) == [
        f"Model.field: expected {name} with the types of its content, got {name}; do write {name}[...]"
    ]


@pytest.mark.parametrize("key", [float, AwareDatetime, datetime, Money, tuple[int, ...], Literal[b"a"]])
def test_keys_are_what_json_can_hold(key):
    (text,) = found(FrozenMap[key, int])
    assert text.startswith("Model.field: expected keys that JSON can hold, got ")
    assert text.endswith("; do use a TypedId, str, int, UUID, date or a StrEnum")


def test_keys_are_of_one_type():
    assert found(FrozenMap[str | int, int]) == [
        "Model.field: expected keys of one type, got str | int, which JSON cannot tell apart; do keep one of the types"
    ]


def test_what_the_values_of_a_map_hold_is_looked_at():
    assert found(FrozenMap[str, FrozenSet[bytearray]]) == [
        f"Model.field: expected a type of canonical values, got bytearray; do {ALLOWED}"
    ]


@pytest.mark.parametrize(
    ("name", "annotation", "written"), [("order_id", str, "OrderId"), ("id", str | None, "ModelId")]
)
def test_an_id_has_a_type_of_its_own(name, annotation, written):
    assert found(annotation, name=name) == [
        f"Model.{name}: expected a typed id, got str; do write class {written}(TypedId): ... and {name}: {written}"
    ]
    assert found(OrderId, name=name) == []
    assert found(UUID, name=name) == []


def test_a_plain_model_is_frozen_and_closed():
    assert found(int, BaseModel) == [
        "Model: expected a frozen model, got one that can be changed; "
        'do derive it from Value, or write model_config = {"frozen": True}'
    ]
    assert found(int, BaseModel, frozen=True, extra="allow") == [
        "Model: expected fields that are declared, got extra='allow', which takes any; "
        "do declare each field, or write extra='forbid'"
    ]
    assert found(int, BaseModel, frozen=True) == []


def test_the_floats_of_a_plain_model_are_finite():
    assert found(tuple[float, ...], BaseModel, frozen=True) == [
        "Model.field: expected finite floats, got a model that allows NaN; "
        "do derive it from Value, or set allow_inf_nan=False"
    ]
    assert found(float, allow_inf_nan=True) != []
    assert found(float, BaseModel, frozen=True, allow_inf_nan=False) == []
    assert found(FiniteFloat, BaseModel, frozen=True) == []


def test_the_bytes_of_a_plain_model_can_be_written():
    assert found(bytes, BaseModel, frozen=True) == [
        "Model.field: expected bytes that JSON can hold, got a model that writes them as text; "
        'do derive it from Value, or set ser_json_bytes="base64" and val_json_bytes="base64"'
    ]
    assert found(bytes, BaseModel, frozen=True, ser_json_bytes="hex") != []
    assert found(bytes, BaseModel, frozen=True, ser_json_bytes="hex", val_json_bytes="hex") == []


def test_the_bytes_of_a_value_come_back_from_json():
    class Photo(Value):
        data: bytes

    photo = Photo(data=b"\xff\x00")
    assert Photo.model_validate_json(photo.model_dump_json()) == photo
    assert photo.evolve(data=b"\xfe") == Photo(data=b"\xfe")


def test_a_dataclass_is_frozen_and_what_it_holds_is_looked_at():
    assert found(Soft) == [
        "Model.field: expected an immutable value, got Soft; do write @dataclass(frozen=True), or a Value"
    ]
    assert found(tuple[Leaky, Leaky]) == [
        "Leaky.names: expected an immutable value, got list[str]; do write tuple[str, ...]"
    ]
    assert found(Messy) == ["Messy.names: expected an immutable value, got set[str]; do write FrozenSet[str]"]
    assert found(Pair[bytearray]) == [f"Model.field: expected a type of canonical values, got bytearray; do {ALLOWED}"]


def test_a_name_that_cannot_be_found_says_where_to_import_it():
    class Holder(Value):
        alone: "Nowhere"  # noqa: F821
        several: tuple["Nowhere", ...]  # noqa: F821

    remedy = "do import it in the module of Holder, not under TYPE_CHECKING"
    assert [str(fault) for fault in value_faults(Holder, set())] == [
        f"Holder.alone: expected a type that can be found, got the name 'Nowhere'; {remedy}",
        f"Holder.several: expected a type that can be found, got the name 'Nowhere'; {remedy}",
    ]
    faults = [str(fault) for fault in value_faults(create_model("M", __base__=Value, lost=(Lost, ...)), set())]
    assert faults == [
        "Lost: expected a type that can be found, got the name 'Nowhere'; "
        "do import it in the module of Lost, not under TYPE_CHECKING"
    ]


def test_each_class_is_looked_at_once():
    seen: set[type] = set()
    assert len(list(value_faults(Inner, seen))) == 1
    assert list(value_faults(Inner, seen)) == []
    assert seen == {Inner}
