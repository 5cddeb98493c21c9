"""What users of other systems have lost or found wrong, and find right here: on every store.

Storage, history, tenants and versions; retention has a file of its own.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never

import pytest
from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Fact,
    FinalState,
    Handlers,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
    start,
    transition,
    upcast,
)
from telic.kernel.errors import DecodeError
from telic.kernel.journal import fold
from telic.kernel.messages import Spawn
from telic.kernel.values import EventId, TypedId
from telic.runtime.queries import Query
from telic.shell.operators import Operators
from telic.shell.retention import Retention, cut_journals, purge
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.test_operators import told
from tests.shell.till import NOW, HandClock

SHELF = WorkflowId("shelf")
CHILD = WorkflowId("shelf/shelf:2:0")


class Kind(StrEnum):
    OPEN = "open"
    SHUT = "shut"


class Nr(TypedId): ...


class Begin(Command):
    nr: Nr = Nr("top")


class Draw(Command):
    """Notes the moment, and an id that is drawn."""


class Copy(Command):
    times: int


class Have(Command):
    nr: Nr


class Shut(Command): ...


class Emptied(Fact):
    nr: Nr


class Print(Intent[Never]):
    text: str


class Shelve(Spawn[Emptied], machine=lambda: shelf):
    nr: Nr

    def begin(self) -> Begin:
        return Begin(nr=self.nr)


class Open(State):
    kind: Literal[Kind.OPEN] = Kind.OPEN
    nr: Nr
    ids: tuple[str, ...] = ()
    moments: tuple[AwareDatetime, ...] = ()
    note: str = ""

    @classmethod
    @start
    def begin(cls, event: Begin, ctx: Context) -> tuple["Open", NoIntent]:
        return cls(nr=event.nr, ids=(str(ctx.uuid("id")),)), NoIntent()

    @transition
    def draw(self, event: Draw, ctx: Context) -> tuple["Open", NoIntent]:
        drawn = (*self.ids, str(ctx.uuid("id")))
        return self.evolve(ids=drawn, moments=(*self.moments, ctx.now)), NoIntent()

    @transition
    def copy_out(self, event: Copy) -> tuple["Open", Many[Print]]:
        return self, Many.of(Print(text="the same") for _ in range(event.times))

    @transition
    def have(self, event: Have) -> tuple["Open", Shelve]:
        return self, Shelve(nr=event.nr)

    @transition
    def emptied(self, event: Emptied) -> tuple["Open", NoIntent]:
        return self, NoIntent()

    @transition
    def shut(self, event: Shut) -> tuple["Closed", NoIntent]:
        return Closed(nr=self.nr), NoIntent()


class Closed(FinalState):
    kind: Literal[Kind.SHUT] = Kind.SHUT
    nr: Nr
    ignores = (Ignores(Emptied, why="it is shut, whatever stands in it"),)

    def outcome(self) -> Emptied:
        return Emptied(nr=self.nr)


ShelfState = Annotated[Open | Closed, Field(discriminator="kind")]
ShelfEvent = Begin | Draw | Copy | Have | Shut | Emptied


def read_from(*versions):
    """The upcasters from these versions on; each notes the version that it has read."""
    return tuple(
        upcast("open", one)(lambda data, one=one: {**data, "note": f"{data['note']}>{one}"}) for one in versions
    )


shelf = Machine[ShelfState, ShelfEvent](name="shelf", checkpoint_every=5)
ninth = Machine[ShelfState, ShelfEvent](name="shelf", version=9, upcasters=read_from(8))
eleventh = Machine[ShelfState, ShelfEvent](name="shelf", version=11, upcasters=read_from(8, 9, 10))


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def url(place, anyio_backend_name):
    return postgres_url() if place == "postgres" and anyio_backend_name == "asyncio" else ""


@pytest.fixture
async def store(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, shelf, tmp_path, url, anyio_backend_name) as store:
        yield store


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=shelf, store=store, clock=HandClock())


def serving(runtime, printed=None):
    """A system whose printer returns nothing."""

    async def print_out(intent, call):
        if printed is not None:
            printed.append(call.key)

    return System(runtimes=[runtime], handlers=Handlers(Print.handled_by(print_out)))


async def test_two_equal_intents_are_carried_out_twice_and_one_that_brings_nothing_back_is_not_run_again(runtime):
    printed = []
    worker = Worker(serving(runtime, printed))
    await runtime.run_step(SHELF, Begin())
    await runtime.run_step(SHELF, Copy(times=2))
    for _ in range(3):
        await worker.drain()
    assert sorted(printed) == ["shelf:2:0", "shelf:2:1"]


async def test_parent_and_child_draw_ids_of_their_own_and_each_step_draws_another(runtime):
    await runtime.run_step(SHELF, Begin())
    await runtime.run_step(SHELF, Have(nr=Nr("child")))
    await Worker(serving(runtime)).drain()
    for id in (SHELF, CHILD):
        await runtime.run_step(id, Draw())
    drawn = [(await runtime.load(id)).state.ids for id in (SHELF, CHILD)]
    assert len({one for ids in drawn for one in ids}) == 4


async def test_another_run_of_the_same_process_reuses_nothing_of_the_first(runtime):
    for id in ("a", "b"):
        await runtime.run_step(WorkflowId(id), Begin())
    first, second = [(await runtime.load(WorkflowId(id))).state.ids for id in ("a", "b")]
    assert first != second


async def test_three_seconds_read_as_three(runtime):
    await runtime.run_step(SHELF, Begin())
    for _ in range(2):
        await runtime.run_step(SHELF, Draw())
        runtime.clock.move(3)
    first, second = (await runtime.load(SHELF)).state.moments
    assert second - first == timedelta(seconds=3)
    assert [one.at for one in await runtime.store.journal(SHELF)][1:] == [first, second]


async def test_every_step_is_saved_by_itself_and_the_history_leads_to_it(runtime):
    await runtime.run_step(SHELF, Begin())
    for number in range(1, 4):
        await runtime.run_step(SHELF, Draw(), event_id=EventId(f"e{number}"), actor="ann")
        snapshot, journal = await runtime.load(SHELF), await runtime.store.journal(SHELF)
        assert (snapshot.revision, len(snapshot.state.ids)) == (number + 1, number + 1)
        assert fold(shelf, snapshot.meta, journal) == snapshot
    assert [(one.actor, one.given_id) for one in journal[1:]] == [("ann", "e1"), ("ann", "e2"), ("ann", "e3")]


async def test_one_tenant_reaches_nothing_of_another(runtime):
    north, south = (
        WorkflowRuntime(machine=shelf, store=runtime.store.within(tenant=name), clock=runtime.clock)
        for name in ("north", "south")
    )
    await north.run_step(SHELF, Begin(), event_id=EventId("e"))
    (printed,) = (await north.run_step(SHELF, Copy(times=1))).intents
    for other in (runtime, south):
        assert await other.load(SHELF) is None
        assert (await other.store.journal(SHELF), await other.store.outbox(), await other.store.ids()) == ((), (), ())
        assert (await other.store.find()).items == ()
        claimed = await other.store.claim({"Print": 9}, 9, now=NOW, until=NOW, worker="w")
        assert claimed == ()
        assert (await other.done(printed.id)).kind == "not_found"
        assert (await other.run_step(SHELF, Draw())).kind == "not_found"
        assert await told(Operators(serving(other), actor="eve").cancel("shelf", Query(), reason="mine")) == []
        assert await purge(serving(other), Retention(), now=NOW + timedelta(days=99)) == 0
        assert await cut_journals(serving(other), Retention(), now=NOW + timedelta(days=99)) == 0
    assert (await south.run_step(SHELF, Begin(), event_id=EventId("e"))).kind == "started"
    assert (await north.load(SHELF)).meta.tenant == "north"
    assert (await north.done(printed.id)).kind == "ignored"
    assert north.id_of("k") != south.id_of("k") != runtime.id_of("k")


def reread(store, machine):
    """The same data as another code reads it; what is in memory is read by no other code."""
    database = getattr(store, "_database", None)
    if database is None:
        pytest.skip("what is in memory is read by the code that wrote it")
    return WorkflowRuntime(machine=machine, store=database.store(machine))


async def test_version_10_is_newer_than_version_9_and_what_was_stored_decides(store):
    old, new = reread(store, ninth), reread(store, eleventh)
    await old.run_step(SHELF, Begin())
    await new.run_step(WorkflowId("newer"), Begin())
    assert (await new.load(SHELF)).state.note == ">9>10"
    assert (await new.load(WorkflowId("newer"))).state.note == ""
    await new.run_step(SHELF, Draw())
    assert [one.code_version for one in await new.store.journal(SHELF)] == [9, 11]
    with pytest.raises(DecodeError, match="expected version 9 at most, got 11, which a newer code has stored"):
        await old.load(SHELF)
    assert [str(one.id) for one in await old.store.undecodable()] == ["newer", "shelf"]
    assert len((await old.store.find()).items) == 2


async def test_a_checkpoint_of_older_code_is_read_by_newer_code(store):
    old = reread(store, Machine[ShelfState, ShelfEvent](name="shelf", checkpoint_every=2, upcasters=read_from(8)))
    await old.run_step(SHELF, Begin())
    for _ in range(3):
        await old.run_step(SHELF, Draw())
    assert await old.store.cut(old.clock.now() + timedelta(days=1), 1) == 1
    first, *_ = await reread(store, eleventh).store.journal(SHELF)
    assert (first.revision, first.checkpoint.state.note) == (2, ">9>10")
