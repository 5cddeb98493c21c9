"""The immutable containers: one order, one hash, the same bytes for equal content."""

from decimal import Decimal
from enum import Enum

from hypothesis import given
from hypothesis import strategies as st

from telic import FrozenMap, FrozenSet, TypedId, Value


class Colour(Enum):
    RED = 1
    BLUE = 2


class Word(Enum):
    TWO = "b"
    ONE = "a"


class BoxId(TypedId): ...


class Box(Value):
    tags: FrozenSet[str] = FrozenSet()
    inner: FrozenMap[BoxId, Decimal] = FrozenMap()


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(), max_size=6), st.randoms())
def test_maps_of_equal_content_have_one_order_and_hash(content, random):
    shuffled = list(content.items())
    random.shuffle(shuffled)
    one, other = FrozenMap(content), FrozenMap(shuffled)
    assert (one, hash(one), list(one)) == (other, hash(other), sorted(content))
    assert dict(one) == content
    assert hash(one) == hash(one)


@given(st.lists(st.text(max_size=3), max_size=6))
def test_sets_keep_each_item_once_in_one_order(items):
    one = FrozenSet(items)
    assert (list(one), len(one), hash(one)) == (sorted(set(items)), len(set(items)), hash(FrozenSet(reversed(items))))
    assert hash(one) == hash(one)


def test_containers_change_by_making_new_ones():
    stock = FrozenMap({"b": 2, "a": 1})
    assert (stock.put("c", 3), stock.without("a", "z")) == (FrozenMap({"a": 1, "b": 2, "c": 3}), FrozenMap({"b": 2}))
    assert (stock["a"], len(stock), stock == {"a": 1}, repr(stock)) == (1, 2, False, "FrozenMap({'a': 1, 'b': 2})")
    names = FrozenSet(["b", "a"])
    assert (names.put("c").without("a"), names == {"a"}, repr(names)) == (
        FrozenSet("bc"),
        False,
        "FrozenSet(['a', 'b'])",
    )
    assert ("a" in names, "c" in names) == (True, False)
    assert (names & FrozenSet("a"), names | FrozenSet("c")) == (FrozenSet("a"), FrozenSet("abc"))


def test_numbers_enums_and_all_other_keys_have_one_order():
    assert list(FrozenMap({2: "x", 1.5: "y"})) == [1.5, 2]
    assert list(FrozenSet([Colour.BLUE, Colour.RED])) == [Colour.RED, Colour.BLUE]
    assert list(FrozenSet(Word)) == [Word.ONE, Word.TWO]
    assert list(FrozenMap({(2,): 1, (1,): 2})) == [(1,), (2,)]


def test_containers_come_from_json_and_from_plain_ones():
    box = Box(tags={"b", "a"}, inner={"y": "1.0", "x": 2})
    assert box.model_dump(include={"tags", "inner"}, mode="json") == {"tags": ["a", "b"], "inner": {"x": "2", "y": "1"}}
    assert Box(tags=box.tags, inner=box.inner) == Box.model_validate_json(box.model_dump_json()) == box
    assert Box(tags=["a", "b"]).tags == box.tags
