"""The runtime: what callers see of steps, starts, answers, races and folds."""

import threading
from datetime import timedelta

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telic import Cancel, EventId, IntentId, Machine, WorkflowId, WorkflowRuntime
from telic.kernel.errors import DecodeError, RevisionConflict, StoreFailed
from telic.kernel.journal import fold
from telic.kernel.orders import FailureCause
from telic.kernel.results import (
    Conflict,
    Deferred,
    Duplicate,
    Ignored,
    Invalid,
    NotFound,
    Rejected,
    Started,
    Stepped,
    Unasked,
    Unplaced,
)
from telic.kernel.snapshot import Begin, Status
from telic.kernel.upcasters import upcast
from telic.kernel.values import WaitKey
from telic.runtime.protocols import SystemClock
from telic.runtime.runtime import workflow_of
from telic.runtime.waker import current_loop
from telic.stores.memory import MemoryStore
from tests.kernel import machines as m
from tests.kernel.machines import HOUR, ID, NOW, shop, step, walk


@pytest.fixture
def store():
    return MemoryStore(shop)


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=shop, store=store)


class Counting(MemoryStore):
    """A store that counts, and lets others in between load and save."""

    def __init__(self, machine):
        super().__init__(machine)
        self.loads = self.saves = 0

    async def load(self, id, event_ids=()):
        self.loads += 1
        await anyio.lowlevel.checkpoint()
        return await super().load(id, event_ids)

    async def save(self, commit):
        self.saves += 1
        await anyio.lowlevel.checkpoint()
        await super().save(commit)


class Losing(MemoryStore):
    """A store in which somebody else is first, so many times."""

    def __init__(self, machine, times):
        super().__init__(machine)
        self.times = times

    async def save(self, commit):
        if self.times:
            self.times -= 1
            raise RevisionConflict(commit.id, commit.expected, 99)
        await super().save(commit)


class Breaking(MemoryStore):
    async def save(self, commit):
        raise StoreFailed("save", "disk full")


async def together(*calls):
    results = [None] * len(calls)

    async def one(at, call):
        results[at] = await call

    async with anyio.create_task_group() as group:
        for at, call in enumerate(calls):
            group.start_soon(one, at, call)
    return results


async def test_a_start_under_a_key_is_a_duplicate_the_second_time(runtime):
    first = await runtime.start(m.Open(), key="bike-7")
    second = await runtime.start(m.Open(), key="bike-7")
    assert isinstance(first, Started)
    assert (second.id, second.recorded.outcome) == (first.id, "started")
    assert first.id == runtime.id_of("bike-7") != runtime.id_of("bike-8")
    assert first.snapshot.meta.key == "bike-7"


async def test_a_start_says_what_it_needs(runtime):
    with pytest.raises(TypeError, match="expected key= beside a start event, got none"):
        await runtime.start(m.Open())
    with pytest.raises(TypeError, match="expected a first state beside the id, got none"):
        await runtime.start(ID)
    named = Machine[m.Shop, m.ShopEvent](name="named", starts=(m.New,))
    begun = await WorkflowRuntime(machine=named, store=MemoryStore(named)).start(ID, m.New(parts=1), now=NOW)
    assert (begun.state, begun.record.event, begun.record.at) == (m.New(parts=1), Begin(m.New(parts=1)), NOW)
    assert repr(begun.record.event).startswith("Begin(New(")
    assert len({begun.record.event, Begin(m.New(parts=1))}) == 1


async def test_results_carry_what_was_written(runtime):
    opened = await runtime.run_step(ID, m.Open(), event_id=EventId("e"))
    assert (opened.id, opened.revision, opened.state, opened.intent, opened.intents[0].id, opened.followed) == (
        ID, 1, m.New(), m.Mail(), "bike:1:0", (),
    )  # fmt: skip
    assert repr(opened) == f"Started(id=WorkflowId('bike'), revision=1, state={m.New()!r})"
    assert opened == type(opened)(opened.record, opened.snapshot)
    assert len({opened, opened}) == 1
    assert opened != 1
    deferred = await runtime.run_step(ID, m.Collect())
    assert (type(deferred), deferred.record.event_id) == (Deferred, "telic:bike:2")
    ignored = await runtime.run_step(ID, m.Poke(how="hush"))
    assert (type(ignored), ignored.why) == (Ignored, "hush")
    again = await runtime.run_step(ID, m.Open(), event_id=EventId("telic:bike:2"))
    assert isinstance(again, Duplicate)


async def test_answers_failures_and_done_come_by_key(runtime):
    opened = await runtime.run_step(ID, m.Open())
    key = opened.intents[0].id
    assert workflow_of(key) == ID
    assert isinstance(await runtime.fail(key, FailureCause.EXHAUSTED, "no mail today"), Unasked)
    assert isinstance(await runtime.fail(IntentId("bike:9:9"), FailureCause.EXHAUSTED), Invalid)
    assert await runtime.fail(IntentId("ghost:1:0"), FailureCause.EXHAUSTED) == NotFound(WorkflowId("ghost"))
    assert isinstance(await runtime.answer(key, m.Mailed()), Ignored)
    assert isinstance(await runtime.answer(key, m.Mailed()), Duplicate)
    poked = await runtime.run_step(ID, m.Poke())
    assert isinstance(await runtime.done(poked.intents[0].id), Ignored)
    await runtime.run_step(ID, Cancel())
    ended = await runtime.load(ID)
    assert ended.status is Status.ENDED


async def test_events_may_come_as_json(runtime):
    assert isinstance(await runtime.run_json(ID, b'{"type": "Open", "parts": 1}'), Started)
    for data, text in (
        (b"{", "expected a JSON object, got text that is not JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", 'expected a JSON object with a "type", got list'),
        ({"type": "Opne"}, "expected \"type\" to be one of Approve, Collect, Lapsed, Mailed, Open, PartCame, PartMissing, Poke, Quote, Recalled, got 'Opne' (did you mean 'Open'?)"),
        ({"type": "Quote", "price": "x"}, "Quote.price: Input should be a valid integer, unable to parse string as an integer, got 'x'"),
        ({"type": "Quote", "price": 1, "tip": 2}, "Quote.tip: Extra inputs are not permitted, got 2"),
    ):  # fmt: skip
        assert await runtime.run_json(ID, data) == Invalid(ID, (text,))


async def test_a_caller_may_name_the_revision_it_has_seen(runtime):
    await runtime.run_step(ID, m.Open())
    assert await runtime.run_step(ID, m.Poke(), if_revision=7) == Conflict(ID, 7, 1)
    stepped = await runtime.run_step(ID, m.Poke(), if_revision=1, event_id=EventId("p"))
    assert isinstance(stepped, Stepped)
    assert isinstance(await runtime.run_step(ID, m.Poke(), if_revision=1, event_id=EventId("p")), Duplicate)
    assert await runtime.run_step(WorkflowId("none"), m.Poke(), if_revision=1) == Conflict(WorkflowId("none"), 1, 0)


async def test_a_lost_race_is_tried_again_and_a_limit_gives_up():
    runtime = WorkflowRuntime(machine=shop, store=Losing(shop, 3))
    assert isinstance(await runtime.run_step(ID, m.Open()), Started)
    losing = WorkflowRuntime(machine=shop, store=Losing(shop, 10**9))
    assert await losing.run_step(ID, m.Open(), limit_seconds=0.01) == Conflict(ID, None, 99)


async def test_a_race_that_ends_in_a_refusal_is_told():
    store = Losing(shop, 0)
    runtime = WorkflowRuntime(machine=shop, store=store)
    await runtime.run_step(ID, m.Open())
    store.times = 1
    assert isinstance(await runtime.run_step(ID, m.Quote(price=-1)), Rejected)
    store._snapshots.clear()
    original, store.save = store.save, None

    async def vanish(commit):
        store.save = original
        raise RevisionConflict(commit.id, 0, None)

    store.save = vanish
    await runtime.run_step(ID, m.Open())


async def test_concurrent_calls_for_one_instance_share_a_load_and_a_save():
    store = Counting(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    await runtime.run_step(ID, m.Open())
    store.loads = store.saves = 0
    results = await together(*(runtime.run_step(ID, m.Poke(), event_id=EventId(f"e{n}")) for n in range(20)))
    assert sorted(one.revision for one in results) == list(range(2, 22))
    assert (store.loads, store.saves) == (2, 2)
    twice = await together(*(runtime.run_step(ID, m.Poke(), event_id=EventId("same")) for _ in range(3)))
    assert sorted(type(one).__name__ for one in twice) == ["Duplicate", "Duplicate", "Stepped"]


async def test_a_fold_that_loses_a_race_begins_again_and_refusals_need_no_save():
    store = Losing(shop, 0)
    runtime = WorkflowRuntime(machine=shop, store=store)
    await runtime.run_step(ID, m.Open())
    store.times = 3
    results = await together(*(runtime.run_step(ID, m.Poke()) for _ in range(4)))
    assert {type(one) for one in results} == {Stepped}
    refused = await together(*(runtime.run_step(ID, m.Quote(price=-1)) for _ in range(4)))
    assert all(one.kind == "rejected" for one in refused)


async def test_one_broken_step_of_a_fold_fails_alone():
    runtime = WorkflowRuntime(machine=shop, store=Counting(shop))
    await runtime.run_step(ID, m.Open())

    async def broken():
        with pytest.raises(ValueError, match="crash"):
            await runtime.run_step(ID, m.Poke(how="crash"))

    await together(
        runtime.run_step(ID, m.Poke()), runtime.run_step(ID, m.Poke()), broken(), runtime.run_step(ID, m.Poke())
    )
    assert (await runtime.load(ID)).state.pokes == 3


async def test_a_store_that_fails_fails_every_call_and_changes_nothing():
    store = Breaking(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)

    async def fails():
        with pytest.raises(StoreFailed, match="save failed: disk full"):
            await runtime.run_step(ID, m.Open())

    await together(*(fails() for _ in range(5)))
    assert await runtime.load(ID) is None


async def test_a_cancelled_call_does_not_disturb_the_others():
    runtime = WorkflowRuntime(machine=shop, store=Counting(shop))
    await runtime.run_step(ID, m.Open())

    async def impatient():
        with anyio.move_on_after(0):
            await runtime.run_step(ID, m.Poke(how="mail"))

    calls = [impatient() if n % 3 == 1 else runtime.run_step(ID, m.Poke()) for n in range(9)]
    done = [one for one in await together(*calls) if one is not None]
    assert len(done) == 6
    assert isinstance(await runtime.run_step(ID, m.Poke()), Stepped)


def test_several_threads_with_their_own_loops_share_the_lanes():
    store = MemoryStore(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    anyio.run(lambda: runtime.run_step(ID, m.Open()))

    async def poke():
        for _ in range(50):
            await runtime.run_step(ID, m.Poke())

    threads = [
        threading.Thread(target=anyio.run, args=(poke,), kwargs={"backend": backend})
        for backend in ("asyncio", "trio") * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store._snapshots[ID].state.pokes == 200


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


def test_the_clock_is_in_utc_and_a_runtime_names_its_parts(runtime):
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert (
        repr(runtime)
        == "WorkflowRuntime(machine=Machine('shop', version=1, 5 states, 10 events), store=MemoryStore('shop', 0 instances))"
    )
    assert repr(SystemClock()) == "SystemClock()"
    typed = WorkflowRuntime[m.Shop, m.ShopEvent](machine=shop, store=MemoryStore(shop))
    assert typed.machine is shop


# --- laws -----------------------------------------------------------------------------------

COMMANDS = st.one_of(
    st.sampled_from([m.Collect(), Cancel(), m.Poke(how="hush")]),
    st.builds(m.Poke, how=st.sampled_from(["", "mail", "both"])),
    st.builds(m.Quote, price=st.integers(-1, 3)),
)
MOVES = st.lists(st.one_of(COMMANDS, st.integers(0, 9)), max_size=14)


def lived(moves):
    """Apply commands, and for a number whatever is open at that place; return snapshots and commits."""
    snapshot, commits = None, []
    for move in [m.Open(parts=2), *moves]:
        event, how = move, {}
        if isinstance(move, int):
            options = [*possible(snapshot)]
            if not options:
                continue
            event, how = options[move % len(options)]
        commit = step(snapshot, event, now=NOW + HOUR, event_id=EventId(f"e{len(commits)}"), **how)
        if hasattr(commit, "after"):
            commits.append(commit)
            snapshot = commit.after
    return commits


def possible(snapshot):
    for key, one in snapshot.open.items():
        if isinstance(one.intent, m.OrderPart):
            yield m.PartCame(part_id=one.intent.part_id), {"answers": key}
            yield m.PartMissing(part_id=one.intent.part_id), {"answers": key}
            yield shop.failures[m.OrderPart](intent=one.intent, cause="exhausted"), {"answers": key}
        elif isinstance(one.intent, m.Mail):
            yield m.Mailed(mail_id=one.intent.mail_id), {"answers": key}
    for one in snapshot.waits:
        if one.key == "boss":
            yield m.Approve(), {"wait": WaitKey("boss")}
        elif one.wait.event_type is m.Lapsed and one.fired is None:
            yield m.Lapsed(), {"wait": one.key}
        elif one.key == "Recalled":
            yield m.Recalled(model="x"), {"wait": one.key}


@given(MOVES)
def test_what_is_stored_is_what_was(moves):
    for commit in lived(moves):
        after = commit.after._replace(seen={})
        stored = shop.codec.encode_snapshot(after)
        again = shop.codec.decode_snapshot(
            stored, meta=after.meta, revision=after.revision, status=after.status, at=after.at
        )
        assert again._replace(seen={}) == after
        for record in commit.records:
            assert shop.codec.decode_event(*shop.codec.encode_event(record.event)) == record.event


@given(MOVES)
def test_the_same_step_comes_to_the_same_and_the_end_is_the_end(moves):
    one, other = lived(moves), lived(moves)
    assert one == other
    for commit in one:
        again = step(commit.after, m.Poke(), event_id=commit.records[0].given_id)
        assert again.kind == "duplicate"
        if commit.after.status is Status.ENDED:
            assert step(commit.after, m.Poke()).kind == "ended"


@given(MOVES)
def test_the_journal_folded_is_the_state(moves):
    from telic.kernel.journal import entry_of

    commits = lived(moves)
    entries = [entry_of(record, shop) for commit in commits for record in commit.records]
    folded = fold(shop, commits[-1].after.meta, entries)
    assert folded._replace(seen={}) == commits[-1].after._replace(seen={})


def test_values_of_older_versions_are_read_and_unknown_ones_named():
    @upcast("new", 1)
    def with_pokes(data):
        return {"kind": data["kind"], "pokes": data["nudges"]}

    newer = Machine[m.Shop, m.ShopEvent](name="shop", upcasters=(with_pokes,))
    assert newer.codec.decode_state("new", 1, b'{"kind":"new","nudges":3}') == m.New(pokes=3)
    assert newer.codec.encode_state(m.New()).version == 2
    for tag, version, data, text in (
        ("new", 2, b'{"kind":"new","pokes":"x"}', "New.pokes: Input should be a valid integer"),
        ("old", 1, b"{}", "expected a name that the machine knows, got 'old' version 1"),
        ("old", 1, b"[]", "expected a JSON object, got list; do restore the row"),
        ("old", 1, b"{", "expected JSON, got EOF while parsing"),
    ):
        with pytest.raises(DecodeError) as caught:
            newer.codec.decode_state(tag, version, data)
        assert text in str(caught.value)


@pytest.mark.parametrize("rest", [b'{"open": 1}', b'{"open": [[1, 2]]}', b'{"waits": [[1]]}', b'{"parked": [["Poke", "x", {}, null, "e", 1, "deferred", null, ""]]}'])  # fmt: skip
def test_a_row_that_is_damaged_is_named_and_left_alone(rest):
    snapshot = walk(m.Open(), m.Quote(price=1))
    stored = shop.codec.encode_snapshot(snapshot)._replace(rest=rest)
    with pytest.raises(DecodeError, match="expected open intents, waits and kept events"):
        shop.codec.decode_snapshot(stored, meta=snapshot.meta, revision=2, status=snapshot.status, at=snapshot.at)


def test_a_wait_that_the_code_has_come_to_declare_is_open_from_now():
    snapshot = walk(m.Open(), m.Quote(price=1))
    stored = shop.codec.encode_snapshot(snapshot)._replace(rest=None)
    again = shop.codec.decode_snapshot(stored, meta=snapshot.meta, revision=2, status=snapshot.status, at=NOW)
    assert [one.since for one in again.waits] == [2, 2, 2, 2]


def test_unplaced_results_say_so():
    assert Unplaced.kind == "unplaced"
