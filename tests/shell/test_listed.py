"""Books that one process keeps for a store which only lists its outbox."""

from datetime import timedelta

import pytest

from telic import WorkflowId
from telic.kernel.orders import FailureCause
from telic.runtime.claims import buried
from telic.runtime.protocols import DurableStore
from telic.runtime.runtime import WorkflowRuntime
from telic.shell.listed import Listed
from tests.shell.test_worker import OnlyLists
from tests.shell.till import ID, NOW, Ask, Done, Open, Ref, TakeBack, till

LEASE = timedelta(seconds=30)


@pytest.fixture
async def listed():
    store = OnlyLists(till)
    runtime = WorkflowRuntime(machine=till, store=store)
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge", many=2))
    return runtime, Listed(store)


async def claimed(books, now=NOW):
    return await books.claim({"Charge": 9}, 9, now=now, until=now + LEASE, worker="w")


async def test_what_is_listed_is_claimed_once(listed):
    _, books = listed
    assert isinstance(books, DurableStore)
    assert [one.id for one in await claimed(books)] == ["till:2:0", "till:2:1"]
    assert await claimed(books) == ()


async def test_what_was_answered_elsewhere_is_not_claimed_again(listed):
    runtime, books = listed
    await claimed(books)
    await runtime.answer("till:2:0", Done(ref=Ref("charge-0-0")))
    assert [one.id for one in await claimed(books, NOW + LEASE)] == ["till:2:1"]


async def test_what_is_withdrawn_is_noticed_when_it_is_listed(listed):
    runtime, books = listed
    first, second = await claimed(books)
    await books.settle([buried(first, "no", FailureCause.EXHAUSTED)])
    await runtime.run_step(ID, TakeBack())
    assert [one.opened.withdrawn for one in await claimed(books)] == [True]
    assert await books.renew([second], NOW + LEASE) == {second.id: True}


async def test_dead_letters_are_those_of_this_process(listed):
    _, books = listed
    first, second = await claimed(books)
    await books.settle([buried(first, "no"), buried(second, "no")])
    assert [one.opened.id for one in await books.dead_letters(after=first.id)] == [second.id]
    assert await books.redrive(now=NOW) == 2
    assert await books.next_due(["Charge"]) == NOW


async def test_there_are_no_deadlines(listed):
    _, books = listed
    assert await books.due_deadlines(NOW, 9) == ()
    assert await books.next_deadline() is None
    assert await books.sweep(after=WorkflowId("a")) == (None, ())
