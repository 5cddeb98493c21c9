"""Requests that are carried out together: whatever happens, each caller is told."""

import asyncio

import pytest

from telic.kernel.errors import StoreFailed
from telic.stores.postgres.gathering import MAX_TOGETHER, Gathering, settle
from tests.stores.test_saving import gathered


async def test_what_is_asked_in_one_turn_goes_together_in_groups_of_a_size():
    sizes = []

    async def carry_out(group):
        sizes.append(len(group))
        for one in group:
            settle(one, one.request * 2)

    gathering = Gathering("double", carry_out, 1)
    assert await gathered(600, gathering.ask) == [2 * number for number in range(600)]
    assert sizes == [MAX_TOGETHER, MAX_TOGETHER, 600 - 2 * MAX_TOGETHER]


async def test_no_more_groups_are_under_way_than_allowed_and_none_has_a_key_twice():
    under_way, most, groups = set(), [], []

    async def carry_out(group):
        under_way.add(id(group))
        most.append(len(under_way))
        groups.append([one.request for one in group])
        await asyncio.sleep(0)
        under_way.remove(id(group))
        for one in group:
            settle(one, one.request)

    gathering = Gathering("look", carry_out, 2, lambda number: number % 3)
    assert await gathered(12, gathering.ask) == list(range(12))
    await gathering.drained()
    assert max(most) == 2
    assert groups == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


@pytest.fixture(autouse=True)
async def quiet():
    """The loop says nothing of tasks that break: their callers are told."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    yield
    loop.set_exception_handler(None)


@pytest.mark.parametrize("error", [ValueError("no"), asyncio.CancelledError()], ids=repr)
async def test_a_group_that_breaks_tells_its_callers_how(error):
    async def carry_out(group):
        settle(group[0], 0)
        raise error

    first, second = await gathered(2, Gathering("look", carry_out, 1).ask)
    assert first == 0
    assert isinstance(second, StoreFailed)
    assert str(second) == f"look failed: expected to carry it out, got {error!r}; do load again to see what is saved"


async def test_after_a_group_that_breaks_the_next_goes_on():
    async def carry_out(group):
        if group[0].request == 0:
            raise ValueError
        for one in group:
            settle(one, one.request)

    gathering = Gathering("look", carry_out, 1, lambda number: number // 2)
    first, second, third = await gathered(3, lambda number: gathering.ask((0, 1, 2)[number]))
    assert isinstance(first, StoreFailed)
    assert second == 1
    assert isinstance(third, StoreFailed)  # it went with the first


async def test_at_the_end_of_the_loop_nobody_waits_for_ever():
    async def carry_out(group):
        raise asyncio.CancelledError

    gathering = Gathering("look", carry_out, 1, lambda number: 0)
    first, second = await gathered(2, gathering.ask)
    assert str(first) == (
        "look failed: expected to carry it out, got CancelledError(); do load again to see what is saved"
    )
    assert str(second) == (
        "look failed: expected to carry it out, got the end of the event loop; do load again to see what is saved"
    )
