"""Numbers for worlds: what they stand for, there and back, whenever and under whatever names."""

from datetime import timedelta

import pytest

from telic.kernel.snapshot import Status
from telic.verify import explore
from telic.verify.rebuilding import fresh_name, names_in, renamed
from telic.verify.space import item_of
from tests.verify import small
from tests.verify.buggy import dead
from tests.verify.leaky import leaky

GRAPHS = {
    "many": explore(small.many(3)).graph,
    "withdrawing": explore(small.withdrawing()).graph,
    "doubting": explore(small.doubting()).graph,
    "keeping": explore(small.keeping(lambda ctx: True)).graph,
    "parts": explore(small.parts(mixed_up=True)).graph,
    "leaky": explore(leaky).graph,
}
DAY = timedelta(days=1)


def each_world(name):
    graph = GRAPHS[name]
    return graph.stepper.space, graph.worlds


@pytest.mark.parametrize("name", GRAPHS)
def test_a_world_comes_back_from_its_snapshot(name):
    space, worlds = each_world(name)
    for world in worlds:
        assert space.world(space.snapshot(world), space.rests.values[world[1]].ghost) == world


@pytest.mark.parametrize("name", GRAPHS)
def test_a_world_comes_back_from_another_moment(name):
    space, worlds = each_world(name)
    for world in worlds:
        assert space.later(space.later(world, DAY), -DAY) == world
        assert space.later(world, timedelta(0)) is world


@pytest.mark.parametrize("name", GRAPHS)
def test_names_are_in_order_and_other_names_make_no_other_world(name):
    space, worlds = each_world(name)
    for world in worlds:
        assert space.ordered(world) == world
        state = space.states.values[world[0]]
        named = {old: fresh_name(number) for number, old in enumerate(names_in(state), 70)}
        strange = (
            space.states.number(renamed(state, named)),
            world[1],
            *sorted(
                item_of(space.intents.number(renamed(space.intents.values[item >> 1], named)), withdrawn=bool(item & 1))
                for item in world[2:]
            ),
        )
        assert space.ordered(strange) == world


@pytest.mark.parametrize("name", GRAPHS)
def test_what_is_shown_is_what_the_step_knows(name):
    space, worlds = each_world(name)
    for world in worlds:
        shown, snapshot = space.shown(world), space.snapshot(world)
        assert shown.state == snapshot.state
        assert shown.open == tuple(one.intent for one in snapshot.open.values())
        assert shown.withdrawn == tuple(one.intent for one in snapshot.open.values() if one.withdrawn)
        assert shown.late == tuple(one.intent for one in snapshot.late.values())
        assert shown.waits.keys() == {one.key for one in snapshot.waits if one.fired is None}
        assert [*shown.deferred, *shown.unplaced] == [one.event for one in snapshot.parked]
        final = type(shown.state) in space.machine.final_states
        assert snapshot.status is (Status.ENDED if final else Status.RUNNING)


def test_a_deadline_that_has_fired_is_no_wait_any_more():
    space, worlds = each_world("leaky")
    fired = [world for world in worlds if space.rests.values[world[1]].fired]
    assert [space.rests.values[world[1]].fired for world in fired] == [("Lapsed",)]
    assert space.shown(fired[0]).waits == {}


def test_only_what_a_state_hears_of_is_tracked():
    assert {one.__name__ for one in GRAPHS["many"].stepper.space.tracked} == {"Pay"}
    rings = next(case for case in dead.CASES if str(case) == "a_bell_that_never_rings").build(False)
    assert explore(rings).graph.stepper.space.tracked == frozenset()


def test_an_item_tells_whether_it_is_withdrawn():
    assert (item_of(3, withdrawn=False), item_of(3, withdrawn=True)) == (6, 7)
