"""Permits of a shared limit: many who ask at once get what there is, and no more."""

from datetime import timedelta

from telic.kernel.rates import Rate
from telic.shell.limits import Limit, Meter
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import NOON, Check, desk
from tests.stores.test_saving import gathered

RATE = Rate(count=1, per=timedelta(seconds=1), burst=10)


def meter(store, rate=RATE):
    return Meter(Limit(Check, rate=rate, shared="api"), store.limits, "api")


async def taken_by(stores, count, most, now):
    """How many permits so many clients get, each of whom wants so many."""
    meters = [meter(one) for one in stores]
    found = await gathered(count, lambda number: meters[number % len(meters)].take(most, now))
    return sum(permits.granted for permits in found)


async def hold_together(*stores):
    """Hold stores over one database to give out what a limit has, and nothing twice."""
    assert await taken_by(stores, 16, 1, NOON) == 10
    assert await taken_by(stores, 4, 5, NOON + timedelta(seconds=3)) == 3
    assert await taken_by(stores, 8, 2, NOON + timedelta(hours=1)) == 10


async def test_many_who_ask_at_once_get_what_there_is(durable):
    await hold_together(durable)


async def test_two_databases_on_one_file_share_a_limit(db, path, commit):
    async with SqliteDatabase(path, commit=commit) as other:
        await hold_together(db.store(desk), other.store(desk))


async def test_what_is_given_back_is_there_for_others(durable):
    one, two = meter(durable), meter(durable)
    permits = await one.take(8, NOON)
    assert (await two.take(8, NOON)).granted == 2
    await one.give_back(permits, 5, NOON)
    assert (await two.take(8, NOON)).granted == 5
    await one.give_back(permits, 0, NOON)
    assert (await two.take(1, NOON)).granted == 0


async def test_what_was_never_taken_is_not_given_back(durable):
    fresh = meter(durable)
    nothing = await fresh.take(0, NOON)
    await fresh.give_back(nothing, 0, NOON)
    assert await durable.limits.spent("api") is None


async def test_a_clock_that_has_gone_back_closes_no_limit(durable):
    one = meter(durable)
    assert (await one.take(99, NOON + timedelta(hours=1))).granted == 10
    strayed = await one.take(1, NOON)
    assert (strayed.granted, strayed.again) == (0, NOON + timedelta(seconds=1))
    assert (await one.take(99, NOON + timedelta(seconds=2))).granted == 2


async def test_a_rate_that_is_changed_holds_from_then_on(durable):
    slow = meter(durable, Rate(count=1, per=timedelta(days=1)))
    assert (await slow.take(1, NOON)).granted == 1
    assert (await meter(durable).take(1, NOON)).granted == 0
    assert (await meter(durable).take(9, NOON + timedelta(seconds=2))).granted == 2
