"""Keys: equal for equal stored bytes, and for nothing else."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from telic import FrozenMap, FrozenSet, TypedId, Value
from telic.verify.keys import Interner, key_of, tagged


class Oid(TypedId): ...


class Pid(TypedId): ...


class Loose(Value):
    it: int | float | bool | str | Oid | Pid | None


class Plain(Value):
    kind: Literal["k"] = "k"
    number: int
    oid: Oid
    amounts: tuple[Decimal, ...] = ()


UNLIKE = [1, 1.0, True, 0, 0.0, -0.0, False, "a", Oid("a"), Pid("a"), None]


def test_values_of_different_types_have_different_keys_even_where_python_holds_them_for_equal():
    keys = {key_of(Loose.model_construct(it=one)) for one in UNLIKE}
    assert len(keys) >= len(UNLIKE) - 2  # a text and two ids of that text may be stored alike
    assert len({tagged(one) for one in UNLIKE}) == len(UNLIKE)


def test_equal_values_have_one_key():
    one = Plain(number=1, oid=Oid("a"), amounts=(Decimal("1.0"),))
    other = Plain(number=1, oid=Oid("a"), amounts=(Decimal(1),))
    assert one is not other
    assert key_of(one) == key_of(other) != key_of(one.evolve(number=2))


def test_classes_with_the_same_fields_have_different_keys():
    class Twin(Value):
        it: int | float | bool | str | Oid | Pid | None

    assert key_of(Loose(it=1)) != key_of(Twin(it=1))
    assert tagged(Loose(it=1)) != tagged(Twin(it=1))


def test_the_order_of_members_makes_no_difference_and_their_types_do():
    class Bag(Value):
        names: FrozenSet[Oid] = FrozenSet()
        sizes: FrozenMap[Oid, int | bool] = FrozenMap()

    one = Bag(names=FrozenSet([Oid("a"), Oid("b")]), sizes=FrozenMap({Oid("a"): 1, Oid("b"): 2}))
    other = Bag(names=FrozenSet([Oid("b"), Oid("a")]), sizes=FrozenMap({Oid("b"): 2, Oid("a"): 1}))
    assert key_of(one) == key_of(other)
    assert key_of(one) != key_of(one.evolve(sizes=FrozenMap({Oid("a"): True, Oid("b"): 2})))


def test_a_tuple_and_its_members_are_told_apart():
    assert len({tagged(one) for one in [(), (1,), (True,), ((1,),), "1", timedelta(0)]}) == 6


def test_what_cannot_be_hashed_is_refused():
    with pytest.raises(TypeError, match="expected a value that can be hashed, got bytearray"):
        tagged(bytearray(b"x"))


def test_any_frozen_model_has_a_key():
    class Classic(BaseModel):
        model_config = ConfigDict(frozen=True)
        number: int

    assert key_of(Classic(number=1)) == key_of(Classic(number=1)) != key_of(Classic(number=2))


def test_numbers_are_given_in_the_order_of_appearance_and_the_first_of_equals_is_kept():
    interner = Interner(str.lower)
    assert [interner.number(one) for one in ("B", "a", "b", "A", "c")] == [0, 1, 0, 1, 2]
    assert (interner.values, len(interner)) == (["B", "a", "c"], 3)
