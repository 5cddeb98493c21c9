"""How annotations are taken apart."""

from typing import Annotated, Generic, Literal, Never, NoReturn, Optional, Self, TypeVar, Union

import pytest
import typing_extensions
from typing_extensions import TypeAliasType

from telic import Fact, Intent, Value
from telic.kernel.annotations import (
    alternatives,
    fields_of,
    hints_of,
    literal_values,
    metadata_of,
    type_arguments,
    unwrapped,
)

T = TypeVar("T")
N = TypeVar("N", bound="int | str")
F_co = TypeVar("F_co", bound=Fact, covariant=True)
G_co = TypeVar("G_co", bound=Fact, covariant=True)

Number = TypeAliasType("Number", int | float)
Pair = TypeAliasType("Pair", tuple[T, T], type_params=(T,))


class Done(Fact): ...


class Lost(Fact): ...


def test_an_annotation_is_unwrapped_of_its_aliases_and_of_what_is_annotated():
    assert unwrapped(Annotated[Number, "here"]) == int | float
    assert unwrapped(Pair[int]) == tuple[int, int]
    assert unwrapped(int) is int


def test_what_is_noted_beside_a_type_is_found_through_its_aliases():
    noted = TypeAliasType("noted", Annotated[int, "inner"])
    assert metadata_of(Annotated[noted, "outer", "more"]) == ("outer", "more", "inner")
    assert (metadata_of(int), metadata_of(tuple[Annotated[int, "deep"], ...])) == ((), ())


def test_the_alternatives_of_a_union_are_flat_however_it_is_written():
    assert list(alternatives(Union[int, Optional[str]])) == [int, str, type(None)]  # noqa: UP007, UP045
    assert list(alternatives(Annotated[Number, 1] | bytes)) == [int, float, bytes]
    assert list(alternatives(list[int])) == [list[int]]


def test_self_stands_for_its_owner_never_for_nothing_and_a_variable_for_its_bound():
    assert [*alternatives(Self | int, Done), *alternatives(typing_extensions.Self, Lost)] == [Done, int, Lost]
    assert [*alternatives(Never), *alternatives(NoReturn)] == []
    bounded = TypeVar("bounded", bound=int | str)
    assert list(alternatives(bounded)) == [int, str]
    assert list(alternatives(T)) == [T]


def test_hints_are_evaluated_in_the_module_first_and_then_among_the_names():
    def marked(one: "Done", other: "Unknown", third: "Annotated[int, 1]") -> None: ...  # noqa: F821

    names = {"Unknown": bytes, "Done": bytes}
    assert hints_of(marked, names) == {
        "one": Done,
        "other": bytes,
        "third": Annotated[int, 1],
        "return": type(None),
    }
    with pytest.raises(NameError, match="Unknown"):
        hints_of(marked, {})


def test_the_arguments_of_a_generic_base_are_found_through_generics_in_between():
    class Work(Intent[Done]): ...

    class Harder(Work): ...

    class Ask(Intent[F_co | Lost], Generic[F_co, G_co]): ...

    class Asked(Ask[Done, Lost]): ...

    class Either(Intent[G_co], Generic[F_co, G_co]): ...

    class Chosen(Either[Lost, Done]): ...

    assert type_arguments(Work, Intent) == type_arguments(Harder, Intent) == (Done,)
    assert type_arguments(Chosen, Intent) == (Done,)
    assert len(type_arguments(Asked, Intent)) == 1
    assert type_arguments(Intent, Intent) == type_arguments(Done, Intent) == ()


def test_fields_may_name_what_follows_in_their_module():
    assert not Early.__pydantic_fields_complete__
    assert fields_of(Early)["later"].annotation is Later
    assert list(fields_of(Later)) == ["number"]


class Early(Value):
    later: "Later"


class Later(Value):
    number: int


def test_the_values_of_a_literal_are_known_and_those_of_any_other_type_are_not():
    assert literal_values(Annotated[Literal["a", "b"], 1]) == ("a", "b")
    assert literal_values(str) == ()
