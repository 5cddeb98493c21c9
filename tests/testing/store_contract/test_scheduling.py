"""Turns: each order once, real tasks underneath, and a cancellation at each await."""

from math import comb

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from telic.testing.store_contract.scheduling import Choices, Director, Effort, interrupted, schedules


async def writing(log, text, awaits=0):
    for _ in range(awaits):
        await anyio.lowlevel.checkpoint()
    log.append(text)


def client(log, letters, awaits=0):
    async def run(step):
        for letter in letters:
            await step(writing(log, letter, awaits))

    return run


async def all_orders(effort, *programs, awaits=0, said=None):
    found = []
    for choices in schedules(effort, (said if said is not None else []).append):
        log = []
        await Director(choices).direct([client(log, letters, awaits) for letters in programs])
        found.append("".join(log))
    return found


async def test_two_clients_of_three_calls_meet_in_every_order_once():
    said = []
    found = await all_orders(Effort(schedules=300), "abc", "xyz", said=said)
    assert said == []
    assert len(found) == len(set(found)) == comb(6, 3)
    assert {"".join(sorted(one)) for one in found} == {"abcxyz"}


async def test_an_await_within_a_call_is_a_place_to_change_over():
    found = await all_orders(Effort(schedules=10_000), "ab", "xy", awaits=1)
    assert len(found) == comb(8, 4)
    assert set(found) == set(await all_orders(Effort(), "ab", "xy"))


async def test_what_is_too_much_is_sampled_and_that_is_said():
    said = []
    found = await all_orders(Effort(schedules=10), "abc", "xyz", said=said)
    assert said == ["there are more orders of turns than 10: a sample was tried"]
    assert len(found) == 11
    assert found == await all_orders(Effort(schedules=10), "abc", "xyz")


async def test_locks_work_because_each_client_is_a_task():
    for choices in schedules(Effort(schedules=60), print):
        lock, log = anyio.Lock(), []

        async def guarded(text, lock=lock, log=log):
            async with lock:
                log.append(text)
                await anyio.lowlevel.checkpoint()
                log.append(text)

        async def run(step, text, guarded=guarded):
            for _ in range(2):
                await step(guarded(text))

        await Director(choices).direct([lambda step, text=text, run=run: run(step, text) for text in "ab"])
        assert all(log[at] == log[at + 1] for at in range(0, len(log), 2))
        assert not choices.outside


async def test_clients_that_wait_for_threads_are_noticed():
    choices = Choices([])

    async def in_thread():
        await anyio.to_thread.run_sync(lambda: None)

    async def run(step):
        await step(in_thread())

    await Director(choices).direct([run, run])
    assert [of for _, of in choices.made][:1] == [2]


async def test_an_error_of_a_client_is_raised_when_all_have_ended():
    log = []

    async def failing():
        await anyio.lowlevel.checkpoint()
        raise KeyError("mine")

    async def run(step):
        await step(failing())

    with pytest.raises(KeyError, match="mine"):
        await Director(Choices([])).direct([run, client(log, "ab")])
    assert log == ["a", "b"]


@pytest.mark.parametrize(("at", "done"), [(0, []), (1, []), (2, ["a"]), (3, ["a", "b"]), (9, ["a", "b"])])
async def test_a_call_is_cancelled_at_one_of_its_awaits(at, done):
    log = []

    async def call():
        for text in "ab":
            await anyio.lowlevel.checkpoint()
            log.append(text)

    yields = []
    for probe in range(1, 20):
        log.clear()
        if not await interrupted(call(), probe):
            yields.append(probe)
            break
    per_await = (yields[0] - 1) // 2  # trio may yield more than once at a checkpoint
    log.clear()
    reached = await interrupted(call(), at * per_await if at < 3 else 99)
    assert reached is (at < 3)
    assert log == (["a"] if at == 2 else [] if at < 2 else ["a", "b"]) == done


async def test_what_a_call_raises_when_it_is_cancelled_is_its_own_business():
    log = []

    async def call():
        try:
            await anyio.lowlevel.checkpoint()
        finally:
            log.append("ended")

    assert await interrupted(call(), 1)
    assert log == ["ended"]
