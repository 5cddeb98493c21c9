"""Values made anew: instants moved, fresh names renamed, and nothing else touched."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from telic import FrozenMap, FrozenSet, TypedId, Value
from telic.verify.rebuilding import fresh_name, holds_instants, moved, names_in, new_name, renamed

DAY = timedelta(days=1)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Oid(TypedId): ...


class Leaf(Value):
    at: datetime
    name: str = ""


class Tree(Value):
    leaf: Leaf
    leaves: tuple[Leaf, ...] = ()
    by_id: FrozenMap[Oid, datetime] = FrozenMap()
    ids: FrozenSet[UUID] = FrozenSet()
    oid: Oid = Oid("fixed")
    uuid: UUID | None = None


def test_every_instant_moves_however_deep_it_lies():
    tree = Tree(leaf=Leaf(at=NOON, name="a"), leaves=(Leaf(at=NOON),), by_id=FrozenMap({Oid("x"): NOON}))
    later = Tree(
        leaf=Leaf(at=NOON + DAY, name="a"), leaves=(Leaf(at=NOON + DAY),), by_id=FrozenMap({Oid("x"): NOON + DAY})
    )
    assert moved(tree, DAY) == later
    assert moved(later, -DAY) == tree


def test_what_has_nothing_to_change_is_the_same_object():
    leaf = Leaf(at=NOON, name="a")
    assert renamed(leaf, {fresh_name(1): fresh_name(2)}) is leaf
    assert moved(Tree(leaf=leaf), timedelta(0)) == Tree(leaf=leaf)


def test_a_name_is_renamed_as_an_id_and_within_a_text_in_either_form():
    old, new = new_name(0), fresh_name(7)
    tree = Tree(leaf=Leaf(at=NOON, name=f"<{old.hex}>"), oid=Oid(f"o-{old}"), uuid=old, ids=FrozenSet([old]))
    after = renamed(tree, {old: new})
    assert after.leaf.name == f"<{new.hex}>"
    assert after.oid == Oid(f"o-{new}")
    assert type(after.oid) is Oid
    assert (after.uuid, list(after.ids)) == (new, [new])


def test_a_name_that_is_not_named_and_an_id_of_a_users_own_stay():
    foreign = uuid4()
    tree = Tree(leaf=Leaf(at=NOON), oid=Oid(f"o-{fresh_name(3)}"), uuid=foreign)
    assert renamed(tree, {fresh_name(4): fresh_name(5)}) == tree
    assert list(names_in(tree)) == [fresh_name(3)]


def test_names_are_found_in_the_order_of_their_appearance():
    tree = Tree(
        leaf=Leaf(at=NOON, name=f"{fresh_name(2)} {fresh_name(9)}"),
        by_id=FrozenMap({Oid(f"k-{fresh_name(4)}"): NOON}),
        uuid=fresh_name(1),
    )
    assert list(names_in(tree)) == [fresh_name(number) for number in (2, 9, 4, 1)]


def test_new_names_and_ordered_ones_are_never_mixed_up():
    assert not {fresh_name(number) for number in range(50)} & {new_name(number) for number in range(50)}
    assert {one.version for one in (fresh_name(1), new_name(1))} == {8}


def test_an_instant_is_noticed_wherever_it_is():
    assert holds_instants(Tree(leaf=Leaf(at=NOON)))
    assert holds_instants(FrozenMap({Oid("x"): (NOON,)}))
    assert not holds_instants(FrozenSet([Oid("x")]))
    assert not holds_instants(DAY)
