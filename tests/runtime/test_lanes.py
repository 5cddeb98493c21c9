"""Lanes: calls for one instance, one behind the other."""

import threading

import anyio
import pytest

from telic.runtime.lanes import Lanes, Waiter, lanes_of
from telic.runtime.waker import current_loop
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop

KEY = "one"


async def waiting(lanes, *requests):
    """Take a lane and queue up behind it; return the waiters."""
    assert lanes.enter(KEY)
    waiters = [Waiter(one, current_loop()) for one in requests]
    assert all(lanes.join(KEY, one) for one in waiters)
    return waiters


async def test_a_lane_is_taken_by_the_first_and_freed_when_nobody_waits():
    lanes = Lanes()
    assert (lanes.enter(KEY), lanes.enter(KEY), lanes.enter("other"), len(lanes)) == (True, False, True, 2)
    assert (KEY in lanes, "third" in lanes) == (True, False)
    taken = lanes.taken
    assert set(taken) == {KEY, "other"}
    lanes.leave(KEY)
    assert (len(lanes), KEY in lanes, KEY in taken, lanes.enter(KEY)) == (1, False, False, True)


async def test_a_lane_that_has_become_free_is_taken_by_who_joins_it():
    lanes = Lanes()
    waiter = Waiter("a", current_loop())
    assert (lanes.join(KEY, waiter), lanes.enter(KEY)) == (False, False)


async def test_who_leaves_gives_the_lane_to_the_first_that_waits():
    lanes = Lanes()
    first, second = await waiting(lanes, "a", "b")
    lanes.leave(KEY)
    assert await first.ticket.wait() is True
    assert (lanes.take(KEY, 9, lambda _: True), len(lanes)) == ([second], 1)
    assert second.wake(lead=False)
    assert await second.ticket.wait() is False


async def test_a_leader_takes_those_at_the_head_that_fit_and_no_more_than_the_limit():
    lanes = Lanes()
    waiters = await waiting(lanes, "a", "b", "B", "c", "d")
    assert lanes.take(KEY, 1, str.islower) == waiters[:1]
    assert lanes.take(KEY, 9, str.islower) == waiters[1:2]
    assert lanes.take(KEY, 9, str.isupper) == waiters[2:3]
    assert lanes.take(KEY, 9, str.islower) == waiters[3:]


async def test_who_gives_up_leaves_the_queue_once():
    lanes = Lanes()
    (waiter,) = await waiting(lanes, "a")
    assert (lanes.abandon(KEY, waiter), lanes.abandon(KEY, waiter), lanes.abandon("other", waiter)) == (
        True, False, False,
    )  # fmt: skip


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_heir_whose_loop_has_ended_is_passed_over(backend):
    async def made():
        return Waiter("gone", current_loop())

    gone, lanes = anyio.run(made, backend=backend), Lanes()

    async def inherit():
        assert lanes.enter(KEY)
        here = Waiter("here", current_loop())
        assert lanes.join(KEY, gone)
        assert lanes.join(KEY, here)
        lanes.leave(KEY)
        return await here.ticket.wait()

    assert anyio.run(inherit, backend=backend) is True


async def test_a_waiter_is_woken_from_a_thread_without_a_loop():
    waiter = Waiter("a", current_loop())
    thread = threading.Thread(target=waiter.wake, kwargs={"lead": True})
    thread.start()
    assert await waiter.ticket.wait() is True
    thread.join()


def test_stores_over_one_database_share_their_lanes_for_one_machine_and_tenant():
    class Store:
        def __init__(self, lane_key):
            self.lane_key = lane_key

    database = Store(None)
    lanes = lanes_of(Store(database), "shop", "")
    assert lanes is lanes_of(Store(database), "shop", "") is lanes_of(Store(database), "shop", "")
    assert lanes is not lanes_of(Store(database), "shop", "t")
    assert lanes is not lanes_of(Store(database), "lamp", "")
    assert lanes is not lanes_of(Store(Store(None)), "shop", "")
    alone = MemoryStore(shop)
    assert lanes_of(alone, "shop", "") is lanes_of(alone, "shop", "")
