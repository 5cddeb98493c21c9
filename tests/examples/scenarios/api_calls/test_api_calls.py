"""Steps that are tried again, each by its policy; an expected no is an answer, and never is."""

from itertools import pairwise

import pytest

from examples.scenarios.api_calls.handlers import EVERY_STEP, THE_CALL, handlers_with
from examples.scenarios.api_calls.machine import (
    FetchRecord,
    FindOlderCopy,
    ImportDone,
    ImportFailed,
    ImportRecord,
    ImportStoring,
    NoCopyFound,
    RecordFetched,
    RecordFound,
    RecordId,
    RecordRefused,
    RecordStored,
    StoreRecord,
    api_calls,
)
from telic.shell import Simulation

IMPORT = ImportRecord(record_id=RecordId("r-1"))
FETCHED, NOTHING, STORED = RecordFetched(content="new"), NoCopyFound(), RecordStored()


class Api:
    """Somebody else's API: what it says to each kind of call, or raises, once it has failed so often."""

    def __init__(self, fetch=FETCHED, find=NOTHING, store=STORED, fails=0):
        self.said = {FetchRecord: fetch, FindOlderCopy: find, StoreRecord: store}
        self.fails = fails
        self.handlers = handlers_with(self.answer, self.answer, self.answer)

    async def answer(self, intent, call):
        if self.fails > 0:
            self.fails -= 1
            raise ConnectionError("no route")
        said = self.said[type(intent)]
        if isinstance(said, Exception):
            raise said
        return said


def simulated(api):
    return Simulation(api_calls, handlers=api.handlers)


def delays(world, intent):
    """How long each attempt came after the one before, in seconds."""
    moments = [one.at for one in world.attempts if isinstance(one.intent, intent)]
    return [(after - before).total_seconds() for before, after in pairwise(moments)]


def test_the_call_is_tried_ten_times_with_delays_that_double_and_then_fails_with_the_last_error():
    with simulated(Api(fetch=ConnectionError("no route"))) as world:
        imported = world.start(api_calls, IMPORT, key="r-1")
        world.run_until_idle()
        key = world.attempts[0].key
        waited = delays(world, FetchRecord)
        assert len(waited) == 9
        assert waited == pytest.approx([THE_CALL.delay(attempt, key).total_seconds() for attempt in range(1, 10)])
        assert all(2 ** (place - 1) <= one <= 2**place for place, one in enumerate(waited[:8]))
        assert isinstance(imported.state, ImportFailed)
        assert "no route" in imported.state.error


def test_a_step_without_a_policy_of_its_own_is_tried_five_times_and_then_left_to_an_operator():
    with simulated(Api(store=ConnectionError("full"))) as world:
        imported = world.start(api_calls, IMPORT, key="r-1")
        world.run_until_idle()
        assert [one.attempt for one in world.attempts if isinstance(one.intent, StoreRecord)] == [1, 2, 3, 4, 5]
        assert isinstance(imported.state, ImportStoring)
        (dead,) = world.dead_letters(api_calls)
        assert dead.opened.intent == StoreRecord(record_id=RecordId("r-1"), content="new")


def test_attempts_of_one_step_are_not_counted_for_another():
    with simulated(Api(fails=4)) as world:
        imported = world.start(api_calls, IMPORT, key="r-1")
        world.run_until_idle()
        assert isinstance(imported.state, ImportDone)
        assert [one.attempt for one in world.attempts] == [1, 2, 3, 4, 5, 1]


def test_no_delay_is_longer_than_five_minutes():
    assert all(EVERY_STEP.evolve(max_attempts=99).delay(one, "k").total_seconds() <= 300 for one in range(1, 99))


@pytest.mark.parametrize(
    ("find", "end"),
    [
        (RecordFound(content="old"), ImportDone(record_id=RecordId("r-1"))),
        (NoCopyFound(), ImportFailed(error="status 404")),
    ],
)
async def test_an_expected_error_goes_another_way_and_is_not_tried_again(stage, find, end):
    play = stage(api_calls, handlers=Api(fetch=RecordRefused(status=404), find=find).handlers)
    id = await play.start(api_calls, IMPORT)
    assert await play.state(api_calls, id) == end
    assert (await play.kinds(api_calls, id))[:2] == ["calling", "recovering"]
    assert play.failures == []


async def test_an_unexpected_error_leaves_the_instance_as_it_was_until_it_goes_well(stage):
    play = stage(api_calls, handlers=Api(fails=2).handlers)
    id = await play.start(api_calls, IMPORT)
    for _ in range(2):
        assert await play.kinds(api_calls, id) == ["calling"]
        await play.settle()
    assert await play.kinds(api_calls, id) == ["calling", "storing", "imported"]
    assert [str(one.error) for one in play.failures] == ["no route", "no route"]


async def test_imports_that_have_failed_are_found_by_their_error(stage):
    play = stage(api_calls, handlers=Api(fetch=RecordRefused(status=410)).handlers)
    id = await play.start(api_calls, IMPORT)
    (found,) = (await play.runtime(api_calls).store.find(attributes={"error": "status 410"})).items
    assert (found.id, found.kind) == (id, "failed")
