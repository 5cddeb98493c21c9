"""Permits of a shared limit on PostgreSQL: the common facts, and two databases at once."""

import pytest

from tests.stores.desk import NOON, desk
from tests.stores.test_limits import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    hold_together,
    test_a_clock_that_has_gone_back_closes_no_limit,
    test_a_rate_that_is_changed_holds_from_then_on,
    test_many_who_ask_at_once_get_what_there_is,
    test_what_is_given_back_is_there_for_others,
    test_what_was_never_taken_is_not_given_back,
)


@pytest.fixture
def durable(store):
    return store


async def test_two_databases_on_one_server_share_a_limit(opened, store):
    async with opened() as other:
        await hold_together(store, other.store(desk))


async def test_permits_that_are_taken_in_a_transaction_count_when_it_is_committed(sql, store):
    transaction = sql.transaction()
    await transaction.start()
    limits = store.within(conn=sql).limits
    assert await limits.spend("api", None, NOON)
    assert await store.limits.spent("api") is None
    await transaction.rollback()
    assert await store.limits.spent("api") is None
