"""Values made up from types: valid, canonical, and of every kind that telic allows."""

import dataclasses
import importlib.util
from datetime import UTC, date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, NewType, Union
from uuid import UUID

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from pydantic import (
    UUID1,
    UUID3,
    UUID4,
    UUID5,
    UUID6,
    UUID7,
    UUID8,
    AfterValidator,
    AwareDatetime,
    EmailStr,
    Field,
    HttpUrl,
    PositiveInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from telic import FrozenMap, FrozenSet, TypedId, Value
from telic.testing.errors import NoStrategy, TooManyRefused
from telic.testing.strategies import strategy_for
from tests.small_order.vocabulary import OrderId, OrderLine, PlaceOrder

few = settings(max_examples=25)
HAS_EMAIL = importlib.util.find_spec("email_validator") is not None


class Id(TypedId): ...


class Shade(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(Value):
    kind: Literal["inner"] = "inner"
    shade: Shade


class Outer(Value):
    kind: Literal["outer"] = "outer"
    inner: Inner | None = None


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass(frozen=True)
class Size:
    width: Annotated[int, Field(ge=1)]
    height: int


class Period(Value):
    begins: date
    ends: date

    @model_validator(mode="after")
    def in_order(self):
        if self.ends < self.begins:
            raise ValueError("ends before it begins")
        return self


class Even(Value):
    number: int

    @field_validator("number")
    @classmethod
    def is_even(cls, number):
        if number % 2:
            raise ValueError("odd")
        return number


def check(holds):
    assert holds


def _upper(text):
    return text.upper()


Alias = NewType("Alias", int)
Shape = Annotated[Inner | Outer, Field(discriminator="kind")]

# What may stand in a field, and what every value of it has to be.
FIELDS = {
    "bool": bool,
    "int": int,
    "positive": PositiveInt,
    "bounded": Annotated[int, Field(ge=3, lt=9)],
    "multiple": Annotated[int, Field(multiple_of=7, gt=-20, le=70)],
    "float": float,
    "bounded_float": Annotated[float, Field(gt=0, le=1)],
    "multiple_float": Annotated[float, Field(multiple_of=0.5, ge=1, le=9)],
    "decimal": Decimal,
    "money": Annotated[Decimal, Field(max_digits=5, decimal_places=2)],
    "price": Annotated[Decimal, Field(gt=0, lt=1, decimal_places=3)],
    "tiny": Annotated[Decimal, Field(gt=0, lt=Decimal("0.00000001"))],
    "digits": Annotated[Decimal, Field(max_digits=3)],
    "quarters": Annotated[Decimal, Field(multiple_of=Decimal("0.25"), ge=0)],
    "str": str,
    "sized": Annotated[str, Field(min_length=2, max_length=3)],
    "pattern": Annotated[str, Field(pattern=r"^[A-Z]{2}\d+$")],
    "open_pattern": Annotated[str, Field(pattern="[0-9]")],
    "pattern_and_length": Annotated[str, StringConstraints(pattern="^[a-c]+$", max_length=2)],
    "stripped": Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
    "ascii": Annotated[str, StringConstraints(ascii_only=True)],
    "checked": Annotated[str, AfterValidator(_upper)],
    "bytes": Annotated[bytes, Field(max_length=4)],
    "id": Id,
    "short_id": Annotated[Id, Field(max_length=3)],
    "enum": Shade,
    "literal": Literal[Shade.RED, 7],
    "none": None,
    "datetime": AwareDatetime,
    "date": date,
    "later": Annotated[date, Field(gt=date(2026, 1, 1), le=date(2026, 1, 3))],
    "span": timedelta,
    "short_span": Annotated[timedelta, Field(ge=timedelta(0), lt=timedelta(seconds=5))],
    "uuid": UUID,
    "uuid1": UUID1,
    "uuid3": UUID3,
    "uuid4": UUID4,
    "uuid5": UUID5,
    "uuid6": UUID6,
    "uuid7": UUID7,
    "uuid8": UUID8,
    "url": HttpUrl,
    "pair": tuple[int, Shade],
    "nothing": tuple[()],
    "row": tuple[Inner, ...],
    "sized_row": Annotated[tuple[int, ...], Field(min_length=1, max_length=2)],
    "constrained_row": tuple[Annotated[int, Field(gt=5)], ...],
    "map": FrozenMap[Id, int],
    "map_by_number": FrozenMap[int, Inner],
    "set": FrozenSet[Shade],
    "full_set": Annotated[FrozenSet[int], Field(min_length=2)],
    "optional": int | None,
    "bounded_optional": Annotated[int | None, Field(ge=5)],
    "old_union": Union[int, Shade],  # noqa: UP007  (people have it)
    "discriminated": Shape,
    "named_tuple": Point,
    "dataclass": Size,
    "new_type": Alias,
    "period": Period,
    "even": Even,
}


@pytest.mark.parametrize("name", FIELDS)
def test_values_of_every_kind_are_valid_and_come_back_as_they_were(name):
    holder = type("Holder", (Value,), {"__annotations__": {"it": FIELDS[name]}, "__module__": __name__})

    @few
    @given(strategy_for(holder))
    def holds(value):
        data = value.model_dump_json()
        again = holder.model_validate_json(data)
        assert again == value
        assert type(again.it) is type(value.it)
        assert again.model_dump_json() == data

    holds()


@pytest.mark.parametrize("name", FIELDS)
def test_a_type_alone_is_held_to_the_same(name):
    adapter = TypeAdapter(FIELDS[name], config=None)

    @settings(max_examples=10)
    @given(strategy_for(FIELDS[name]))
    def holds(value):
        assert adapter.validate_python(value) == value

    holds()


# The eight things that ``st.from_type`` gets wrong.


@few
@given(strategy_for(Annotated[str, Field(pattern=r"^[A-Z]{2}\d$")]))
def test_a_pattern_is_matched_whole(value):
    assert len(value) == 3
    assert value[:2].isupper()


@few
@given(strategy_for(Annotated[Decimal, Field(max_digits=4, decimal_places=1)]))
def test_digits_and_places_are_kept_together(value):
    assert abs(value) <= Decimal("999.9")
    assert int(value.as_tuple().exponent) >= -1


@given(strategy_for(Decimal))
def test_a_bare_decimal_is_finite_and_has_no_trailing_zeros(value):
    assert value.is_finite()
    assert str(value) == "0" or "." not in str(value) or not str(value).endswith("0")
    assert "E" not in str(value)


@few
@given(strategy_for(AwareDatetime))
def test_instants_are_in_utc(value):
    assert value.tzinfo is UTC


@few
@given(strategy_for(UUID4))
def test_a_uuid_has_its_version(value):
    assert value.version == 4


@pytest.mark.skipif(HAS_EMAIL, reason="email-validator is installed")
def test_an_address_without_its_package_says_what_to_install():
    with pytest.raises(NoStrategy) as caught:
        strategy_for(EmailStr)
    assert str(caught.value) == (
        "EmailStr: expected email-validator beside Pydantic for EmailStr, got none; do pip install 'pydantic[email]'"
    )


@pytest.mark.skipif(not HAS_EMAIL, reason="email-validator is not installed")
def test_an_address_with_its_package_is_valid():
    adapter = TypeAdapter(EmailStr)
    few(given(strategy_for(EmailStr))(lambda value: check(adapter.validate_python(value) == value)))()


@few
@given(strategy_for(HttpUrl))
def test_an_http_url_is_of_its_own_type(value):
    assert type(value) is HttpUrl


@given(strategy_for(Period))
def test_a_model_validator_is_never_offended(value):
    assert value.begins <= value.ends


# What is drawn.


@few
@given(strategy_for(float))
def test_floats_are_finite(value):
    assert value - value == 0


def test_a_float_is_never_the_negative_zero():
    with pytest.raises(NoSuchExample):
        find(strategy_for(float), lambda value: str(value) == "-0.0", settings=settings(max_examples=500))


def test_every_member_of_a_union_is_drawn():
    values = strategy_for(Shape)
    assert isinstance(find(values, lambda value: isinstance(value, Inner)), Inner)
    assert isinstance(find(values, lambda value: isinstance(value, Outer) and value.inner is not None), Outer)


def test_a_field_with_a_default_is_left_out_and_given():
    class Holder(Value):
        number: int = 7

    assert find(strategy_for(Holder), lambda value: "number" not in value.model_fields_set).number == 7
    assert find(strategy_for(Holder), lambda value: "number" in value.model_fields_set).number == 0


def test_a_default_that_is_made_anew_is_never_left_to_itself():
    class Holder(Value):
        number: int = Field(default_factory=lambda: 1 / 0)

    few(given(strategy_for(Holder))(lambda value: None))()


def test_a_field_with_an_alias_is_filled_by_its_name():
    class Holder(Value):
        number: Annotated[int, Field(alias="No", ge=3)]

    assert find(strategy_for(Holder), lambda value: True).number == 3


class Tree(Value):
    children: "tuple[Tree, ...]"
    parent: "Tree | None" = None


class Chain(Value):
    to: "Link"


class Link(Value):
    to: "Ring"


class Ring(Value):
    to: "Chain | None"


class Endless(Value):
    more: "Endless"


@few
@given(strategy_for(Tree))
def test_a_recursive_model_ends(value):
    assert height(value) <= 3


def height(tree):
    return 1 + max((height(one) for one in (*tree.children, *([tree.parent] if tree.parent else []))), default=0)


def test_a_recursive_model_has_values_within_values():
    assert find(strategy_for(Tree), lambda tree: any(one.children for one in tree.children))
    assert find(strategy_for(Chain), lambda chain: chain.to.to.to is not None)


def test_a_model_that_cannot_end_has_no_strategy():
    with pytest.raises(NoStrategy) as caught:
        strategy_for(Endless)
    assert str(caught.value) == (
        "Endless: expected a type that has values, got bounds that leave none; "
        "do widen its constraints, or pass overrides"
    )


@few
@given(strategy_for(PlaceOrder, overrides={OrderId: st.just(OrderId("o")), OrderLine: st.nothing()}))
def test_overrides_stand_wherever_their_type_stands(value):
    assert value == PlaceOrder(order_id=OrderId("o"), lines=())


def test_an_override_is_found_by_its_annotation_too():
    percent = Annotated[int, Field(ge=0, le=100)]

    class Holder(Value):
        share: FrozenMap[Id, percent]

    values = strategy_for(Holder, overrides={percent: st.just(50)})
    assert find(values, lambda value: len(value.share) == 1).share == FrozenMap({Id("0"): 50})


# What has no strategy, or nearly no value.


def test_a_type_of_which_nothing_is_known_names_the_field():
    class Holder(Value):
        payload: Any

    with pytest.raises(NoStrategy) as caught:
        strategy_for(Holder)
    assert str(caught.value) == (
        "Holder.payload: expected a type of canonical values, got Any; "
        "do pass overrides={Any: ...} with a strategy of your own"
    )


def test_a_pattern_that_python_cannot_read_names_the_field():
    class Holder(Value):
        text: Annotated[str, Field(pattern=r"^\p{L}$")]

    with pytest.raises(NoStrategy, match=r"Holder.text: expected a pattern that Python can read, got '\^"):
        strategy_for(Holder)


def test_validators_that_refuse_nearly_all_are_named():
    class Lucky(Value):
        number: int

        @model_validator(mode="after")
        def is_the_one(self):
            if self.number != 7919:
                raise ValueError("another number")
            return self

    @settings(max_examples=50, suppress_health_check=list(HealthCheck))
    @given(strategy_for(Lucky))
    def never(value): ...

    with pytest.raises(TooManyRefused) as caught:
        never()
    error = caught.value
    assert error.validators == ("is_the_one",)
    assert str(error) == (
        f"Lucky: expected at least one value of twenty to be valid, got {error.refused} of {error.made} refused by "
        "is_the_one, the last one with 'Lucky: Value error, another number'; do narrow the types of its fields, "
        "or pass overrides={Lucky: ...}"
    )


def test_an_id_with_a_rule_of_its_own_is_held_to_it():
    class Code(TypedId):
        def __new__(cls, value):
            if len(value) > 2:
                raise ValueError("too long")
            return super().__new__(cls, value)

    few(given(strategy_for(Code))(lambda value: check(type(value) is Code and len(value) < 3)))()


# Machines.


def test_the_validity_of_a_strategy_is_pydantics():
    with pytest.raises(ValidationError):
        Period(begins=date(2026, 1, 2), ends=date(2026, 1, 1))
