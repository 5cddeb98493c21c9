"""Hypothesis knows telic's classes by itself."""

import subprocess
import sys
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Annotated

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from telic import Fact, TypedId, Value
from telic.testing.registration import register
from tests.small_order.machine import OrderAwaitingPayment


class ParcelId(TypedId): ...


class Weight(Value):
    grams: Annotated[int, Field(gt=0, lt=10)]
    price: Annotated[Decimal, Field(max_digits=3, decimal_places=1)]


class Weighed(Fact, tag="weighed"):
    parcel_id: ParcelId
    weight: Weight


@settings(max_examples=25)
@given(st.from_type(ParcelId))
def test_an_id_is_drawn_by_its_type(value):
    assert type(value) is ParcelId


@settings(max_examples=25)
@given(st.from_type(Weighed))
def test_a_value_is_drawn_by_its_type_with_all_in_it(value):
    assert Weighed.model_validate_json(value.model_dump_json()) == value


@settings(max_examples=10)
@given(st.from_type(OrderAwaitingPayment))
def test_a_state_of_a_machine_is_drawn_by_its_type(value):
    assert type(value) is OrderAwaitingPayment


def test_a_class_that_is_defined_later_is_known_too_and_keeps_its_options():
    class Late(Fact, tag="late"):
        parcel_id: ParcelId

    assert Late.__tag__ == "late"
    assert not st.from_type(Late).is_empty


def test_a_second_registration_changes_nothing():
    hook = Value.__dict__["__init_subclass__"]
    register()
    assert Value.__dict__["__init_subclass__"] is hook


def test_hypothesis_finds_it_by_its_entry_point():
    (found,) = [one for one in entry_points(group="hypothesis") if one.name == "telic"]
    assert found.load() is register


def test_without_hypothesis_nothing_is_touched():
    program = "import telic; from telic.kernel.values import Value; print('__init_subclass__' in vars(Value))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
