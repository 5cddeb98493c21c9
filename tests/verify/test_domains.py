"""Domains: what is derived, what is given, and what has none and is never defaulted."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

import pytest
from pydantic import AwareDatetime, Field, model_validator

from telic import Command, Fact, FrozenMap, FrozenSet, Intent, TypedId, Value
from telic.verify import Domain, DomainError, How, Move
from telic.verify.domains import NoDomain


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Oid(TypedId): ...


class Other(TypedId): ...


class Inner(Value):
    colour: Colour
    big: bool


class Nothing(Value): ...


def holding(kind):
    return type("Holder", (Value,), {"__module__": __name__, "__annotations__": {"it": kind}})


def derived(kind, domain=None):
    return [one.it for one in (domain or Domain()).models(holding(kind))]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (bool, [False, True]),
        (Colour, [Colour.RED, Colour.BLUE]),
        (Literal["a", 1], ["a", 1]),
        (bool | None, [False, True, None]),
        (Colour | bool, [Colour.RED, Colour.BLUE, False, True]),
        (Annotated[int, Field(ge=1, le=3)], [1, 2, 3]),
        (Annotated[int, Field(gt=1, lt=4)], [2, 3]),
        (Annotated[int, Field(ge=3, le=2)], []),
        (tuple[bool, Literal[7]], [(False, 7), (True, 7)]),
        (tuple[()], [()]),
        (tuple[Annotated[int, Field(ge=1, le=2)]], [(1,), (2,)]),
        (Annotated[int, Field(ge=1, le=2)] | None, [1, 2, None]),
        (FrozenSet[bool], [FrozenSet(), FrozenSet([False]), FrozenSet([True]), FrozenSet([False, True])]),
        (Nothing, [Nothing()]),
        (Inner, [Inner(colour=colour, big=big) for colour in Colour for big in (False, True)]),
    ],
    ids=str,
)
def test_a_finite_type_has_all_its_values(kind, values):
    assert derived(kind) == values


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (str, "of type str"),
        (int, "of type int, without both bounds"),
        (Annotated[int, Field(ge=0)], "of type int, without both bounds"),
        (Annotated[int, Field(lt=9)], "of type int, without both bounds"),
        (Annotated[int, Field(ge=0, le=64)], "of type int, with 65 values between its bounds"),
        (float, "of type float"),
        (Decimal, "of type Decimal"),
        (date, "of type date"),
        (AwareDatetime, "of type"),
        (Oid, "of type Oid"),
        (tuple[bool, ...], "a tuple of any length"),
        (FrozenMap[Colour, bool], "of type"),
        (FrozenSet[Annotated[int, Field(ge=0, le=12)]], "a set of up to 13 members"),
        (str | None, "of type str"),
        (tuple[bool, str], "of type str"),
    ],
    ids=str,
)
def test_any_other_type_has_no_domain_and_no_default(kind, why):
    with pytest.raises(NoDomain) as caught:
        derived(kind)
    assert (caught.value.place, why in caught.value.why) == ("Holder.it", True), caught.value.why


def test_more_values_than_a_person_would_mean_are_no_domain():
    byte = Annotated[int, Field(ge=0, le=63)]
    with pytest.raises(NoDomain, match="262144"):
        derived(tuple[byte, byte, byte])


def test_a_combination_that_the_model_refuses_is_left_out():
    class Pair(Value):
        one: bool
        two: bool

        @model_validator(mode="after")
        def _differ(self) -> Self:
            if self.one == self.two:
                raise ValueError("equal")
            return self

    assert Domain().models(Pair) == (Pair(one=False, two=True), Pair(one=True, two=False))


def test_a_value_for_a_type_holds_wherever_the_type_stands():
    domain = Domain().each(Oid, Oid("x")).each(str, "s")
    assert derived(Oid, domain) == [Oid("x")]
    assert derived(tuple[Oid, str], domain) == [(Oid("x"), "s")]
    assert derived(str | None, domain) == ["s", None]


def test_a_value_for_a_field_stands_before_one_for_its_type_and_is_inherited():
    class Base(Command):
        name: str

    class Child(Base):
        big: Literal[True]

    domain = Domain().each(str, "type").field(Base, "name", "base")
    assert [one.name for one in domain.models(Child)] == ["base"]
    assert [one.name for one in domain.field(Child, "name", "child").models(Child)] == ["child"]


def test_a_field_that_is_not_there_is_refused():
    with pytest.raises(DomainError) as caught:
        Domain().field(Inner, "color", 1)
    assert str(caught.value) == "domain of Inner.color: expected a field of Inner (colour, big), got color"


def test_a_domain_is_never_changed():
    domain = Domain()
    domain.each(str, "s").field(Inner, "big", True).actors("ada").random("x", 0.5)
    assert domain == Domain()
    assert domain.known_actors() is None


class Said(Fact):
    oid: Oid
    text: str = ""
    more: bool = False


class Ask(Intent[Said]):
    oid: Oid
    text: str = ""


def test_an_answer_echoes_the_fields_that_it_is_told_to_and_no_other():
    domain = Domain().field(Said, "text", "hm")
    assert domain.events(Said, Ask(oid=Oid("a"), text="no echo"), ("oid",)) == (
        Said(oid=Oid("a"), text="hm", more=False),
        Said(oid=Oid("a"), text="hm", more=True),
    )


def test_without_an_echo_an_id_has_no_domain():
    with pytest.raises(NoDomain, match=r"Said\.oid"):
        Domain().field(Said, "text", "hm").events(Said, Ask(oid=Oid("a")))


def test_events_that_are_given_take_over_what_is_echoed():
    domain = Domain().of(Said, [Said(oid=Oid("any"), text="one")])
    assert domain.events(Said, Ask(oid=Oid("a")), ("oid",)) == (Said(oid=Oid("a"), text="one"),)
    assert domain.events(Said, Ask(oid=Oid("a"))) == (Said(oid=Oid("any"), text="one"),)


def test_a_function_is_called_with_the_subject_and_has_to_echo():
    domain = Domain().of(Said, lambda intent: [Said(oid=intent.oid, text=intent.text)])
    assert domain.events(Said, Ask(oid=Oid("a"), text="t"), ("oid",)) == (Said(oid=Oid("a"), text="t"),)
    wrong = Domain().of(Said, lambda intent: [Said(oid=Oid("b"))])
    with pytest.raises(DomainError, match=r"expected oid as in Ask\(oid=Oid\('a'\)"):
        wrong.events(Said, Ask(oid=Oid("a")), ("oid",))
    assert (domain.depends(Said), Domain().of(Said, []).depends(Said), Domain().depends(Said)) == (True, False, False)


def test_an_event_of_another_type_is_refused():
    class Go(Command): ...

    with pytest.raises(DomainError, match=r"domain of Said: expected Said, got Go\(\)"):
        Domain().of(Said, [Go()]).events(Said, Ask(oid=Oid("a")))


def test_an_empty_domain_is_a_domain():
    assert Domain().of(Said, []).events(Said, Ask(oid=Oid("a"))) == ()


def test_numbers_of_chance_are_given_by_label():
    assert Domain().random("coin", 0.1, 0.9).chances("coin") == (0.1, 0.9)
    with pytest.raises(NoDomain, match="coin"):
        Domain().random("dice", 0.1).chances("coin")


def test_the_events_of_a_story_are_tried_where_nothing_else_is_known():
    said = Said(oid=Oid("a"), text="told")
    moves = [Move(How.ANSWER, said, Ask(oid=Oid("a"))), Move(How.ANSWER, said)]
    assert Domain().with_moves(moves).events(Said, Ask(oid=Oid("a")), ("oid",)) == (said,)
    given = Domain().of(Said, [])
    assert given.with_moves(moves).events(Said, Ask(oid=Oid("a")), ("oid",)) == ()
    wider = Domain().field(Said, "text", "hm").with_moves(moves)
    assert [one.text for one in wider.events(Said, Ask(oid=Oid("a")), ("oid",))] == ["hm", "hm", "told"]


def test_an_aware_moment_may_be_given():
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    assert derived(datetime, Domain().each(datetime, moment)) == [moment]
