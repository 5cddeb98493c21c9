"""Frozen values and typed ids: one form for equal values, and nothing that does not belong."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, Tag, ValidationError

from telic import FrozenMap, FrozenSet, TypedId, Value
from telic.kernel.values import is_writable

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class BoxId(TypedId): ...


class SmallBoxId(BoxId): ...


class LidId(TypedId): ...


class Box(Value):
    box_id: BoxId = BoxId("b")
    amount: Decimal = Decimal(0)
    at: AwareDatetime = NOW
    tags: FrozenSet[str] = FrozenSet()
    inner: FrozenMap[BoxId, Decimal] = FrozenMap()
    type: Decimal | None = None
    default: tuple[AwareDatetime, ...] = ()


class Crate(Value):
    boxes: tuple[Box, ...] = ()


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [("1.50", "1.5"), ("100", "100"), ("1E+3", "1000"), ("-0.00", "0"), ("-2.0", "-2"), ("0.0", "0"), ("7", "7"), ("-3", "-3")],
)  # fmt: skip
def test_a_decimal_is_kept_in_one_form(given_text, kept):
    assert str(Box(amount=Decimal(given_text)).amount) == kept


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.integers(0, 5))
def test_equal_decimals_give_equal_bytes(number, zeros):
    padded = number.quantize(Decimal(1).scaleb(-6 - zeros)) if abs(number) < 10**9 else number
    assert Box(amount=number).amount == number
    assert Box(amount=number).model_dump_json() == Box(amount=padded).model_dump_json()


def test_an_instant_in_utc_has_no_second_hour():
    twice = NOW.replace(fold=1)
    box = Box(at=twice, default=(twice,))
    assert (box.at, box.at.fold, box.default[0].fold) == (NOW, 0, 0)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 12))
def test_an_instant_is_kept_in_utc(naive, hours):
    here = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    box = Box(at=here, default=(here,))
    assert (box.at, box.at.tzinfo) == (here, UTC)
    assert Box.model_validate_json(box.model_dump_json()) == box == Box(at=here.astimezone(UTC), default=(here,))


def test_values_are_canonical_inside_other_values_and_under_any_field_name():
    crate = Crate(boxes=(Box(amount=Decimal("1.0"), type=Decimal("2.0")),))
    assert crate.model_dump_json(include={"boxes": {0: {"amount", "type"}}}) == '{"boxes":[{"amount":"1","type":"2"}]}'


def test_values_are_canonical_in_unions_and_in_values_that_hold_their_own_kind():
    class Price(Value):
        amount: Decimal | AwareDatetime
        tagged: Annotated[Decimal, Tag("amount")] | bool | None = None

    class Tree(Value):
        height: Decimal
        branches: tuple["Tree", ...] = ()

    assert Price(amount=Decimal("1.50"), tagged=Decimal("2.0")).model_dump_json() == '{"amount":"1.5","tagged":"2"}'
    tree = Tree(height=Decimal("2.0"), branches=(Tree(height=Decimal("1.0")),))
    assert tree.model_dump_json() == '{"height":"2","branches":[{"height":"1","branches":[]}]}'
    assert str(Tree(height=1, branches=({"height": "1.0"},)).branches[0].height) == "1"


def test_values_refuse_nan_unknown_fields_and_change():
    for wrong in ({"amount": "NaN"}, {"colour": 1}):
        with pytest.raises(ValidationError):
            Box(**wrong)
    with pytest.raises(ValidationError, match="frozen"):
        Box().amount = Decimal(1)
    with pytest.raises(ValidationError, match="colour"):
        Box().evolve(colour="red")
    assert Box().evolve(amount=Decimal("2.0")) == Box(amount=Decimal(2))


class Note(Value):
    text: str = ""
    texts: tuple[str, ...] = ()
    by_name: FrozenMap[str, str] = FrozenMap()
    tags: FrozenSet[str] = FrozenSet()
    box_id: BoxId | None = None


LONE = "a\ud800"


@pytest.mark.parametrize("content", [{"text": LONE}, {"texts": (LONE,)}, {"by_name": {LONE: ""}}, {"by_name": {"": LONE}}, {"tags": {LONE}}, {"box_id": LONE}])  # fmt: skip
def test_a_value_refuses_text_that_no_store_can_write(content):
    with pytest.raises(ValidationError, match="unable to parse raw data as a unicode string"):
        Note(**content)
    with pytest.raises(ValidationError, match="unable to parse raw data as a unicode string"):
        Note().evolve(**content)


def test_a_typed_id_is_of_text_that_can_be_written():
    assert [is_writable(one) for one in ("", "a", "ä", "\U0001f600", LONE, "\udfff")] == [True] * 4 + [False] * 2
    assert BoxId("\U0001f600") == "\U0001f600"
    with pytest.raises(
        ValueError, match=r"^expected BoxId of text that UTF-8 can write, got 'a\\ud800'; do replace its lone"
    ):
        BoxId(LONE)


@given(st.text())
def test_text_is_kept_as_it_is_and_no_limit_is_told(text):
    assert Note(text=text).text == Note.model_validate_json(Note(text=text).model_dump_json()).text == text
    assert Note.model_json_schema()["properties"]["text"] == {"default": "", "title": "Text", "type": "string"}


def test_a_typed_id_is_not_empty_and_of_its_own_kind():
    assert (repr(BoxId("b")), Box(box_id="x").box_id) == ("BoxId('b')", BoxId("x"))
    assert type(Box(box_id=SmallBoxId("x")).box_id) is BoxId
    with pytest.raises(ValueError, match="expected BoxId to have at least one character, got ''"):
        BoxId("")
    with pytest.raises(ValidationError, match="expected BoxId, got LidId"):
        Box(box_id=LidId("l"))
    with pytest.raises(ValidationError, match="at least 1 character"):
        Box(box_id="")
