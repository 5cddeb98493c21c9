"""The immutable containers: one order, one hash, the same bytes for equal content."""

from datetime import date
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


KEYS = [
    st.text("abäß_", min_size=1, max_size=2),
    st.integers(-3, 3) | st.sampled_from([-0.5, 1.5]),
    st.sampled_from(Word),
    st.sampled_from(Colour),
    st.dates(date(2026, 1, 1), date(2026, 1, 4)),
    st.sampled_from([BoxId("b"), BoxId("a"), BoxId("ä"), BoxId("aa")]),
]


def changes(keys):
    """What a container holds at first, and then pairs of keys: to put in, or to take out."""
    return st.tuples(st.lists(keys, max_size=6), st.lists(st.tuples(st.booleans(), keys, keys), max_size=15))


CHANGES = st.sampled_from(KEYS).flatmap(changes)


@given(CHANGES)
def test_a_map_has_one_order_after_any_changes(given_changes):
    content, steps = given_changes
    model = dict.fromkeys(content, 0)
    changed = FrozenMap(model)
    for number, (puts, key, other) in enumerate(steps):
        before, known = changed, list(changed.items())
        if puts:
            changed, model = changed.put(key, number), {**model, key: number}
        else:
            changed = changed.without(key, other)
            model = {one: value for one, value in model.items() if one not in (key, other)}
        fresh = FrozenMap(reversed(model.items()))
        assert list(before.items()) == known
        assert list(changed.items()) == list(fresh.items())
        assert (changed, hash(changed), repr(changed)) == (fresh, hash(fresh), repr(fresh))


@given(CHANGES)
def test_a_set_has_one_order_after_any_changes(given_changes):
    content, steps = given_changes
    changed, model = FrozenSet(content), set(content)
    for puts, key, other in steps:
        changed = changed.put(key, other) if puts else changed.without(key, other)
        model = model | {key, other} if puts else model - {key, other}
        fresh = FrozenSet(model)
        assert (list(changed), changed, hash(changed)) == (list(fresh), fresh, hash(fresh))


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
