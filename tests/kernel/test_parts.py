"""Parts: the states that a state may hold in its fields."""

from enum import StrEnum
from typing import Literal

from telic import Fact, FrozenMap, State, Topic, Value
from telic.kernel.parts import may_declare_waits, parts_in, parts_of


class K(StrEnum):
    A = "a"


class News(Fact): ...


class Quiet(State):
    kind: Literal[K.A] = K.A


class Waiting(State):
    kind: Literal[K.A] = K.A

    def waits(self) -> tuple[Topic[News]]:
        return (Topic(fact=News, name="news"),)


class Shelf(State):
    kind: Literal[K.A] = K.A
    rows: FrozenMap[str, tuple[Quiet | Waiting, ...]] = FrozenMap()
    last: Waiting | None = None
    count: int = 0


class Tree(State):
    kind: Literal[K.A] = K.A
    branches: tuple["Tree", ...] = ()
    leaf: Quiet = Quiet()


class Grove(State):
    kind: Literal[K.A] = K.A
    trees: tuple[Tree, ...] = ()
    quiet: Quiet = Quiet()


class Other(Value):
    shelf: Shelf


def test_parts_are_found_in_containers_and_unions():
    assert list(parts_in(FrozenMap[str, tuple[Quiet | Waiting, ...]])) == [Quiet, Waiting]
    assert list(parts_in(int | None)) == []


def test_each_part_is_named_once():
    assert parts_of(Shelf) == (Quiet, Waiting)
    assert (parts_of(Quiet), parts_of(Other)) == ((), (Shelf,))


def test_a_state_may_declare_waits_through_a_part():
    assert may_declare_waits(Waiting)
    assert may_declare_waits(Shelf)
    assert not may_declare_waits(Quiet)


def test_a_state_that_may_hold_its_own_kind_has_itself_for_a_part():
    assert parts_of(Tree) == (Tree, Quiet)
    assert not may_declare_waits(Tree)
    assert not may_declare_waits(Grove)
