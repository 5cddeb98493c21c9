"""The one place that knows the event loop: tickets and loops of asyncio and trio."""

import asyncio
import gc
import threading
import weakref

import anyio
import pytest

from telic.runtime.waker import current_loop


def test_there_is_no_loop_outside_of_one():
    with pytest.raises(RuntimeError, match="expected a running asyncio or trio event loop, got none"):
        current_loop()


async def test_a_ticket_is_kept_once_or_fails():
    loop = current_loop()
    assert loop is current_loop()
    kept, failed = loop.ticket(), loop.ticket()
    kept.keep(False)
    kept.keep(True)
    kept.fail(ValueError())
    failed.fail(ValueError("no"))
    failed.fail(ValueError("again"))
    failed.keep()
    assert await kept.wait() is False
    with pytest.raises(ValueError, match="no"):
        await failed.wait()
    late = loop.ticket()
    loop.soon(late.keep)
    assert await late.wait() is True
    assert loop.soon_from_thread(lambda: None)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_has_ended_says_so(backend):
    async def the_loop():
        return current_loop()

    assert anyio.run(the_loop, backend=backend).soon_from_thread(lambda: None) is False


async def test_a_ticket_may_be_kept_while_it_is_waited_for_and_from_another_thread():
    loop = current_loop()
    kept, failed = loop.ticket(), loop.ticket()
    loop.soon(lambda: kept.keep(False))
    assert await kept.wait() is False
    thread = threading.Thread(target=loop.soon_from_thread, args=(lambda: failed.fail(ValueError("no")),))
    thread.start()
    with pytest.raises(ValueError, match="no"):
        await failed.wait()
    thread.join()


async def test_a_ticket_whose_waiter_was_cancelled_may_still_be_kept():
    ticket = current_loop().ticket()
    with anyio.move_on_after(0) as scope:
        await ticket.wait()
    assert scope.cancelled_caught
    ticket.keep()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_each_event_loop_is_known_by_one_object(backend):
    async def both():
        return current_loop(), current_loop()

    one, other = anyio.run(both, backend=backend)
    assert one is other
    assert anyio.run(both, backend=backend)[0] is not one


def test_a_closed_loop_is_forgotten_when_the_next_one_is_met():
    async def met():
        current_loop()
        return weakref.ref(asyncio.get_running_loop())

    closed = asyncio.run(met())
    asyncio.run(met())
    gc.collect()
    assert closed() is None
