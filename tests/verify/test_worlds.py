"""Worlds as a property sees them."""

from telic.verify import explore
from telic.verify.worlds import NOTHING, Rest
from tests.verify import small
from tests.verify.buggy.words import Grade, Oid, Pay


def shown(machine):
    graph = explore(machine).graph
    return [graph.shown(place) for place in range(len(graph.worlds))]


def test_a_world_shows_what_is_open_withdrawn_and_late():
    worlds = shown(small.withdrawing())
    pay = Pay(oid=Oid("o"))
    assert {(world.open, world.withdrawn, world.late) for world in worlds} == {
        ((pay,), (), ()),
        ((pay,), (pay,), ()),
        ((), (), (pay,)),
        ((), (), ()),
    }


def test_a_world_shows_what_is_kept_oldest_first():
    kept = {world.deferred for world in shown(small.keeping(lambda ctx: True))}
    assert (Grade(level=2), Grade(level=0)) in kept
    assert (Grade(level=0), Grade(level=2)) in kept


def test_a_world_shows_its_waits_and_no_ghost_unless_there_is_one():
    world = shown(small.tasks())[0]
    assert list(world.waits) == ["boss", "deputy"]
    assert world.ghost is None


def test_most_worlds_have_no_rest():
    assert Rest() == NOTHING == ((), (), (), 0)
