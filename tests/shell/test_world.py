"""What a world refuses: what does not fit together, what waits for outside, what never ends."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import anyio
import pytest

from telic import Handlers, Retry
from telic.kernel.errors import ConfigurationError, StoreFailed
from telic.kernel.results import Rejected
from telic.shell import Simulation, Stalled
from telic.stores.memory import MemoryStore
from tests.small_order.handlers import handlers
from tests.small_order.machine import order
from tests.small_order.vocabulary import CardCharged, ChargeCard, OrderId, OrderLine, PlaceOrder, Sku

ID = OrderId("o-1")
PLACE = PlaceOrder(order_id=ID, lines=(OrderLine(sku=Sku("book"), quantity=2, price=Decimal(5)),))
CHARGED = CardCharged(order_id=ID)
DAY = timedelta(days=1)


def test_a_refused_start_is_a_result():
    with Simulation(order, handlers=handlers) as world:
        instance = world.start(order, PlaceOrder(order_id=ID, lines=()), key="o-1")
        assert isinstance(instance.result, Rejected)
        with pytest.raises(LookupError, match="expected an instance"):
            _ = instance.state


def test_what_does_not_fit_together_is_found_at_once():
    with pytest.raises(ConfigurationError, match="expected a handler for ChargeCard"):
        Simulation(order)


async def test_a_world_refuses_to_stand_within_a_running_loop():
    with pytest.raises(RuntimeError) as caught:
        Simulation(order, handlers=handlers)
    assert str(caught.value) == (
        "expected no running event loop, got one: a simulation has its own; do use it from a plain function"
    )


def test_a_handler_that_never_ends_is_found():
    async def hang(intent, call):
        await anyio.sleep_forever()

    others = [one for one in handlers if one.intent is not ChargeCard]
    with Simulation(
        order, handlers=Handlers(ChargeCard.handled_by(hang), *others), lease_seconds=DAY.total_seconds()
    ) as world:
        world.start(order, PLACE, key="o-1")
        with pytest.raises(Stalled) as caught:
            world.run_until_idle()
    assert str(caught.value) == (
        "expected the world to come to rest, got ChargeCard still to be done; "
        "do let each handler end in virtual time, and await nothing from outside"
    )


def test_a_thread_is_refused():
    async def threaded(intent, call):
        return await asyncio.to_thread(lambda: CHARGED)

    others = [one for one in handlers if one.intent is not ChargeCard]
    bound = Handlers(ChargeCard.handled_by(threaded, retry=Retry(max_attempts=1)), *others)
    with Simulation(order, handlers=bound) as world:
        world.start(order, PLACE, key="o-1")
        world.run_until_idle()
        (letter,) = world.dead_letters(order)
        assert "expected no threads in a simulation" in letter.problem


def test_a_store_that_never_answers_is_told():
    class Gone(MemoryStore):
        async def save(self, commit):
            raise StoreFailed("save", "gone")

    with Simulation(order, handlers=handlers, store=Gone) as world, pytest.raises(StoreFailed, match="gone"):
        world.start(order, PLACE, key="o-1")
