"""Values as source code: what is written evaluates to what it was written from."""

import importlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from telic import FrozenMap, FrozenSet, IntentFailed
from telic.kernel.orders import FailureCause
from telic.verify.literals import Imports, source_of
from tests.verify.buggy.words import K, Oid, Paid, Pay

VALUES = [
    None,
    True,
    7,
    -1.5,
    "it's",
    b"raw",
    K.A,
    Oid("o"),
    Decimal("1.50"),
    date(2026, 5, 1),
    datetime(2026, 5, 1, 12, 30, 0, 5, tzinfo=UTC),
    datetime(2026, 5, 1, tzinfo=UTC),
    timedelta(days=1, seconds=2, microseconds=3),
    timedelta(0),
    UUID(int=7),
    (),
    (Oid("o"),),
    (1, (2, "x")),
    FrozenMap({Oid("o"): (K.A, Decimal(2))}),
    FrozenSet([Oid("a"), Oid("b")]),
    Paid(oid=Oid("o")),
    IntentFailed[Pay](intent=Pay(oid=Oid("o")), cause=FailureCause.IN_DOUBT),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_written_evaluates_to_the_value(value):
    imports = Imports()
    source = source_of(value, imports)
    names = {}
    exec(imports.text(), names)
    again = eval(source, names)
    assert (again, type(again)) == (value, type(value))


def test_fields_that_have_their_default_are_left_out():
    failed = IntentFailed[Pay](intent=Pay(oid=Oid("o")), cause=FailureCause.EXHAUSTED)
    assert "detail" not in source_of(failed, Imports())


def test_imports_are_in_order_and_each_name_is_there_once():
    imports = Imports()
    source_of((Oid("a"), Oid("b"), Paid(oid=Oid("c")), K.A, 1), imports)
    assert imports.text() == f"from {Paid.__module__} import K, Oid, Paid"
    assert importlib.import_module(Paid.__module__).Paid is Paid


def test_a_nested_class_is_reached_through_its_outer_one():
    imports = Imports()
    imports.take("some.module", "Outer.Inner")
    assert imports.text() == "from some.module import Outer"
