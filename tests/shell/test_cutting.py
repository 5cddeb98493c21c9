"""The journal of an instance that goes on is cut at checkpoints, and nothing is forgotten by that."""

from datetime import timedelta

import anyio
import anyio.lowlevel
import pytest

from telic import Handlers, Machine, System, Worker, WorkflowId, WorkflowRuntime
from telic.kernel.errors import DecodeError
from telic.kernel.events import Pause, Terminate
from telic.kernel.journal import fold
from telic.kernel.results import Duplicate, ResultKind
from telic.kernel.snapshot import Recorded, Status
from telic.kernel.values import EventId
from telic.runtime.retention import Cuts
from telic.shell.forking import Forked, ForkRefused
from telic.shell.operators import Operators
from telic.shell.retention import Retention, cut_journals, purge
from telic.verify import Journal, replay
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.test_worker import OnlyLists
from tests.shell.till import NOW, HandClock, until
from tests.stores.desk import Add, Approve, Begin, Check, Checked, DeskEvent, DeskState, Later, Submit

DAY = timedelta(days=1)
DESK = WorkflowId("desk")
notable = Machine[DeskState, DeskEvent](name="desk", version=3, checkpoint_every=4)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def url(place, anyio_backend_name):
    return postgres_url() if place == "postgres" and anyio_backend_name == "asyncio" else ""


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
async def runtime(place, tmp_path, url, anyio_backend_name, clock):
    async with store_in(place, notable, tmp_path, url, anyio_backend_name) as store:
        yield WorkflowRuntime(machine=notable, store=store, clock=clock)


@pytest.fixture
def system(runtime):
    async def check(intent, call):
        raise NotImplementedError

    return System(runtimes=[runtime], handlers=Handlers(Check.handled_by(check)))


async def added(runtime, count, id=DESK, first=1):
    for number in range(first, first + count):
        await runtime.run_step(id, Add(), event_id=EventId(f"add-{number}"))


async def begun(runtime, count, id=DESK):
    """An instance with this many records; each has an event id."""
    await runtime.run_step(id, Begin(), event_id=EventId("begin"))
    await added(runtime, count - 1, id)


async def submitted(runtime):
    """Ten records, with checkpoints at 4 and 8: an intent and all kinds of waits are open in the later one."""
    await begun(runtime, 5)
    for name, event in (("later", Later()), ("submit", Submit())):
        await runtime.run_step(DESK, event, event_id=EventId(name))
    await runtime.run_step(DESK, Pause())
    snapshot = await runtime.load(DESK)
    assert (snapshot.revision, len(snapshot.open), len(snapshot.waits)) == (9, 1, 3)
    return snapshot


async def lines(runtime, id=DESK):
    return [one.revision for one in await runtime.store.journal(id)]


async def cut(runtime, keep=1):
    return await runtime.store.cut(NOW + DAY, keep)


async def test_stores_cut(runtime):
    assert isinstance(runtime.store, Cuts)


async def test_a_record_of_many_carries_the_whole_instance(runtime):
    await submitted(runtime)
    journal = await runtime.store.journal(DESK)
    held = {one.revision: one.checkpoint for one in journal if one.checkpoint is not None}
    assert list(held) == [4, 8]
    snapshot = await runtime.load(DESK)
    for revision, checkpoint in held.items():
        assert checkpoint == fold(notable, snapshot.meta, journal[:revision])
    assert (len(held[8].open), len(held[8].waits)) == (1, 3)


async def test_a_journal_is_cut_behind_a_checkpoint_and_leads_to_the_same_state(runtime):
    before = await submitted(runtime)
    assert (await cut(runtime), await lines(runtime)) == (3, [4, 5, 6, 7, 8, 9])
    assert fold(notable, before.meta, await runtime.store.journal(DESK)) == before
    assert (await cut(runtime), await lines(runtime)) == (4, [8, 9])
    assert fold(notable, before.meta, await runtime.store.journal(DESK)) == before
    assert await cut(runtime) == 0
    assert await runtime.load(DESK) == before


async def test_what_is_young_and_what_is_among_the_last_stays(runtime, clock):
    await begun(runtime, 9)
    assert await runtime.store.cut(NOW, 1) == 0  # nothing is older than now
    assert await cut(runtime, keep=7) == 0
    assert (await cut(runtime, keep=6), await lines(runtime)) == (3, [4, 5, 6, 7, 8, 9])
    assert await cut(runtime, keep=3) == 0
    clock.move(86400)
    await added(runtime, 4, first=9)
    assert (await runtime.store.cut(NOW + DAY, 1), await lines(runtime)) == (4, [8, 9, 10, 11, 12, 13])
    assert await runtime.store.cut(NOW + DAY, 1) == 0  # 12 is too young


async def test_an_event_whose_record_was_cut_is_still_known_with_what_came_of_it(runtime):
    await submitted(runtime)
    names = tuple(EventId(name) for name in ("begin", "add-1", "add-3", "add-4", "later", "submit"))
    before = (await runtime.store.load(DESK, names)).seen
    assert before[EventId("submit")] == Recorded("stepped", 7, "review", ("desk:7:0",))
    while await cut(runtime):
        pass
    assert dict((await runtime.store.load(DESK, names)).seen) == dict(before)
    for name, event in (("begin", Begin()), ("add-1", Add()), ("submit", Submit())):
        result = await runtime.run_step(DESK, event, event_id=EventId(name))
        assert isinstance(result, Duplicate)
        assert result.recorded == before[EventId(name)]
    assert (await runtime.load(DESK)).revision == 9


async def test_a_start_under_a_key_is_known_though_its_record_was_cut(runtime):
    first = await runtime.start(Begin(), key="k-1")
    await added(runtime, 9, first.id)
    assert await cut(runtime)
    again = await runtime.start(Begin(), key="k-1")
    assert (again.kind, again.id) == (ResultKind.DUPLICATE, first.id)


async def test_an_instance_goes_on_behind_the_cut(runtime):
    await submitted(runtime)
    while await cut(runtime):
        pass
    (opened,) = (await runtime.load(DESK)).open
    listed = [one.id for _, one in await runtime.store.outbox()]
    assert listed == [opened]
    await runtime.answer(opened, Checked())
    assert await lines(runtime) == [8, 9, 10]
    assert (await runtime.load(DESK)).deferred[0].event == Checked()


async def test_a_checkpoint_that_was_tampered_with_is_not_believed(runtime, place, monkeypatch):
    await begun(runtime, 5)
    if place == "memory":
        return  # it keeps the values themselves
    monkeypatch.setattr("telic.runtime.images.state_hash", lambda data: b"else")
    with pytest.raises(DecodeError) as caught:
        await runtime.store.journal(DESK)
    assert "of line 4 of instance WorkflowId('desk'), got 656c7365; do restore the row" in str(caught.value)


async def test_a_whole_instance_goes_with_its_checkpoints(runtime, system):
    await begun(runtime, 9)
    assert await cut(runtime) == 3
    await runtime.run_step(DESK, Terminate())
    assert await purge(system, Retention(), now=NOW + 31 * DAY) == 1
    assert await cut(runtime) == 0
    await begun(runtime, 5)
    assert (await cut(runtime), await lines(runtime)) == (3, [4, 5])


async def test_the_oldest_checkpoint_of_all_instances_goes_first(runtime, system, clock):
    for name in ("b", "a"):
        await begun(runtime, 9, WorkflowId(name))
        clock.move(60)
    assert await cut_journals(system, Retention(days=1, records=2), now=NOW + 9 * DAY) == 14
    assert [await lines(runtime, WorkflowId(name)) for name in ("a", "b")] == [[8, 9], [8, 9]]
    assert await cut_journals(system, Retention(days=1, records=None), now=NOW + 9 * DAY) == 0


async def test_old_code_and_new_code_read_a_journal_that_was_cut(runtime):
    before = await submitted(runtime)
    await cut(runtime)
    report = replay(notable, [Journal(before.meta, await runtime.store.journal(DESK))])
    report.assert_ok()
    assert report.snapshots == (before,)


async def test_a_fork_begins_with_the_checkpoint_of_a_journal_that_was_cut(runtime, system):
    operators = Operators(system, actor="ann")
    await begun(runtime, 3)
    await runtime.run_step(DESK, Submit(), event_id=EventId("submit"))
    await runtime.answer((await open_of(runtime))[0], Checked())
    await runtime.run_step(DESK, Later())
    assert await cut(runtime) == 3
    refused = await operators.fork("desk", DESK, 3)
    assert refused == ForkRefused(DESK, "expected a revision from 4 to 6, for the records before 4 were cut, got 3")
    at_cut = await operators.fork("desk", DESK, 4)
    assert isinstance(at_cut, Forked)
    assert (at_cut.revision, at_cut.stopped, [one.id for one in at_cut.aside]) == (4, "", [f"{at_cut.id}:4:0"])
    again = await operators.fork("desk", DESK)
    assert (again.revision, again.stopped, again.aside) == (6, "", ())
    for made, first in ((at_cut, 4), (again, 4)):
        snapshot, journal = await runtime.load(made.id), await runtime.store.journal(made.id)
        assert journal[0].revision == first
        assert fold(notable, snapshot.meta, journal) == snapshot
        assert (snapshot.meta.parent, snapshot.meta.root, snapshot.status) == (None, None, Status.RUNNING)
    assert (await runtime.run_step(again.id, Submit(), event_id=EventId("submit"))).kind == "duplicate"
    assert (await runtime.load(again.id)).state == (await runtime.load(DESK)).state


async def open_of(runtime, id=DESK):
    return list((await runtime.load(id)).open)


async def test_a_fork_takes_over_what_is_kept(runtime, system):
    await begun(runtime, 1)
    await runtime.run_step(DESK, Later(), event_id=EventId("named"))
    await runtime.run_step(DESK, Later())
    await added(runtime, 2)
    assert await cut(runtime) == 3
    made = await Operators(system, actor="ann").fork("desk", DESK)
    assert [one.event_id for one in (await runtime.load(made.id)).parked] == ["named", f"telic:{made.id}:3"]
    assert (await runtime.run_step(made.id, Submit())).kind == "stepped"
    assert (await runtime.load(made.id)).state.count == 2 + 200


async def test_a_fork_that_was_made_before_is_told_though_its_own_journal_was_cut(runtime, system):
    operators = Operators(system, actor="ann")
    await begun(runtime, 2)
    made = await operators.fork("desk", DESK, operation="op")
    await added(runtime, 9, made.id, first=100)
    while await cut(runtime):
        pass
    again = await operators.fork("desk", DESK, operation="op")
    assert again == made._replace(stopped="the record that says why not further was cut")


async def test_a_worker_cuts_what_is_old(runtime, system, clock):
    await begun(runtime, 9)
    clock.move(31 * 86400)

    async def short():
        return await lines(runtime) == [8, 9]

    async with anyio.create_task_group() as group:
        group.start_soon(Worker(system, clock=clock, retention=Retention(records=1)).run)
        await until(short)
        group.cancel_scope.cancel()


async def test_an_ending_that_was_reached_at_a_checkpoint_is_cut_like_any_other(runtime):
    await begun(runtime, 6)
    await runtime.run_step(DESK, Submit())
    (task,) = [one.key for one in (await runtime.load(DESK)).waits if one.key == "Approve"]
    await runtime.run_step(DESK, Approve(), wait=task)
    assert (await runtime.load(DESK)).status is Status.ENDED
    assert await cut(runtime) == 3
    assert (await cut(runtime), await lines(runtime)) == (4, [8])


def test_a_store_of_two_methods_is_not_cut():
    assert not isinstance(OnlyLists(notable), Cuts)


def test_figures_that_keep_nothing_are_refused():
    with pytest.raises(ValueError, match="expected records above 0, got 0; do keep all of them with records=None"):
        Retention(records=0)
    assert repr(Retention()) == "Retention(days=30, records=10000, batch=100)"


async def test_journals_are_cut_while_others_step(runtime):
    await begun(runtime, 1)

    async def adding(writer):
        for number in range(10):
            await runtime.run_step(DESK, Add(), event_id=EventId(f"{writer}-{number}"))

    async def cutting():
        for _ in range(10):
            await cut(runtime)
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for writer in range(4):
            group.start_soon(adding, writer)
        for _ in range(2):
            group.start_soon(cutting)
    while await cut(runtime):
        pass
    snapshot, journal = await runtime.load(DESK), await runtime.store.journal(DESK)
    assert (snapshot.revision, snapshot.state.count) == (41, 40)
    assert [one.revision for one in journal] == list(range(journal[0].revision, 42))
    assert journal[0].checkpoint is not None
    assert fold(notable, snapshot.meta, journal) == snapshot
    names = tuple(EventId(f"{writer}-{number}") for writer in range(4) for number in range(10))
    seen = (await runtime.store.load(DESK, names)).seen
    assert sorted(one.revision for one in seen.values()) == list(range(2, 42))


async def test_of_many_who_cut_at_once_each_takes_other_records(runtime):
    for name in ("a", "b", "c"):
        await begun(runtime, 13, WorkflowId(name))
    gone = []

    async def cutting():
        while count := await cut(runtime):
            gone.append(count)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(cutting)
    while count := await cut(runtime):
        gone.append(count)
    assert sum(gone) == 3 * 11
    assert [await lines(runtime, WorkflowId(name)) for name in ("a", "b", "c")] == [[12, 13]] * 3
