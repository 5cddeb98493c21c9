"""Hooks are told what was committed: at least once, in order, each for itself."""

import logging
from datetime import timedelta

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.kernel.errors import ConfigurationError, StoreClosed, StoreFailed
from telic.kernel.handling import NonRetryable
from telic.shell.hooks import Happened, Hook, Hooks
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.kernel.lamp import Glow, lamp
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.till import ID, NOW, Arm, Ask, Charge, Disarm, Done, HandClock, Note, Open, Quiet, Wire, till, until


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def url(place):
    return postgres_url() if place == "postgres" else ""


@pytest.fixture
async def runtime(place, tmp_path, url, anyio_backend_name, clock):
    async with store_in(place, till, tmp_path, url, anyio_backend_name) as store:
        yield WorkflowRuntime(machine=till, store=store, clock=clock)


class Ear:
    """A hook that keeps what it is told, and raises as often as it is asked to."""

    def __init__(self, name="audit", *, raises=0, **how):
        self.batches = []
        self.raises = raises
        self.hook = Hook(name, self.hear, **how)

    async def hear(self, batch):
        if self.raises:
            self.raises -= 1
            raise OSError("no line")
        self.batches.append(batch)

    @property
    def heard(self):
        return [(one.kind.value, one.revision) for batch in self.batches for one in batch]

    async def has_heard(self):
        return bool(self.batches)


def system(runtime, *, charge=None):
    async def done(intent, call):
        return Done(ref=intent.ref)

    async def noted(intent, call):
        return None

    bound = {one: one.handled_by(done) for one in (Charge, Wire, Quiet)} | {Note: Note.handled_by(noted)}
    if charge is not None:
        bound[Charge] = Charge.handled_by(charge)
    return System(runtimes=[runtime], handlers=Handlers(*bound.values()))


def telling(runtime, *ears, **how):
    return Hooks(system(runtime), [ear.hook for ear in ears], **how)


async def test_a_hook_is_told_what_happens_after_it_has_begun_to_listen(runtime):
    ear = Ear()
    await runtime.run_step(ID, Open())
    assert await telling(runtime, ear).drain() == 0
    await runtime.run_step(ID, Disarm())
    await runtime.run_step(ID, Arm(at=NOW))
    assert await telling(runtime, ear).drain() == 2
    assert ear.heard == [("stepped", 2), ("stepped", 3)]
    assert await telling(runtime, ear).drain() == 0


async def test_a_hook_hears_only_the_kinds_it_asks_for(runtime):
    ear = Ear(kinds={Happened.STARTED})
    await telling(runtime, ear).drain()
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Disarm())
    assert await telling(runtime, ear).drain() == 2
    assert ear.heard == [("started", 1)]


async def test_each_hook_is_told_for_itself(runtime):
    audit, mail = Ear("audit"), Ear("mail")
    await telling(runtime, audit, mail).drain()
    await runtime.run_step(ID, Open())
    await telling(runtime, audit).drain()
    await telling(runtime, audit, mail).drain()
    assert audit.heard == mail.heard == [("started", 1)]


async def test_a_batch_that_was_not_taken_comes_again(runtime):
    ear = Ear(raises=1)
    await telling(runtime, ear).drain()
    await runtime.run_step(ID, Open())
    with pytest.raises(OSError, match="no line"):
        await telling(runtime, ear).drain()
    assert await telling(runtime, ear).drain() == 1
    assert ear.heard == [("started", 1)]


async def test_batches_are_no_longer_than_asked_for(runtime):
    ear = Ear()
    await telling(runtime, ear).drain()
    await runtime.run_step(ID, Open())
    for _ in range(4):
        await runtime.run_step(ID, Disarm())
    await telling(runtime, ear, batch=2).drain()
    assert [len(batch) for batch in ear.batches] == [2, 2, 1]


async def test_a_failure_that_a_state_takes_is_told_with_its_cause(runtime, clock):
    async def refused(intent, call):
        raise NonRetryable("no such card")

    ear = Ear(kinds={Happened.FAILED})
    await telling(runtime, ear).drain()
    await runtime.run_step(ID, Open())
    (intent,) = (await runtime.run_step(ID, Ask(what="charge"))).intents
    worker = Worker(system(runtime, charge=refused), clock=clock)
    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)

        async def failed():
            return bool((await runtime.load(ID)).state.log)

        await until(failed)
        group.cancel_scope.cancel()
    await telling(runtime, ear).drain()
    ((failure,),) = ear.batches
    assert failure[1:3] == (Happened.FAILED, "")
    assert (failure.subject, failure.cause) == (intent.id, "non_retryable")
    assert "no such card" in failure.detail


async def test_one_process_at_a_time_tells_a_hook(runtime, clock):
    one, other = Ear(), Ear()
    await telling(runtime, one).drain()
    await runtime.run_step(ID, Open())
    now = clock.now()
    assert await runtime.store.take_turn("audit", worker="elsewhere", now=now, until=now + timedelta(seconds=60))
    assert await telling(runtime, other).drain() == 0
    clock.move(60)
    assert await telling(runtime, other).drain() == 1


async def test_a_worker_tells_hooks(runtime, clock):
    ear = Ear()
    worker = Worker(system(runtime), clock=clock, hooks=[ear.hook])
    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)

        async def heard():
            await runtime.run_step(ID, Open())
            await runtime.run_step(ID, Disarm())
            clock.move(10)
            return await ear.has_heard()

        await until(heard)
        group.cancel_scope.cancel()
    assert set(ear.heard[0]) <= {"started", "stepped", *range(1, 10_000)}


async def test_a_hook_that_raises_is_told_again_after_a_pause_and_holds_up_no_other(clock, caplog):
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till), clock=clock)
    broken, sound = Ear("broken", raises=2), Ear("sound")
    caplog.set_level(logging.ERROR, "telic.hooks")
    await telling(runtime, broken, sound).drain()
    await runtime.run_step(ID, Open())
    async with anyio.create_task_group() as group:
        group.start_soon(telling(runtime, broken, sound).run)
        await until(sound.has_heard)
        assert not broken.batches

        async def heard():
            clock.move(1)
            return await broken.has_heard()

        await until(heard)
        group.cancel_scope.cancel()
    assert broken.heard == [("started", 1)]
    assert [one.getMessage() for one in caplog.records] == [
        "hook broken was not told of machine till; again in 0.5 s",
        "hook broken was not told of machine till; again in 1.0 s",
    ]
    assert caplog.records[0].machine == "till"


async def test_a_hook_that_stops_gives_its_turn_back(clock):
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till), clock=clock)
    ear = Ear()
    async with anyio.create_task_group() as group:
        group.start_soon(telling(runtime, ear).run)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    await runtime.run_step(ID, Open())
    assert await telling(runtime, ear).drain() == 1


async def test_a_database_that_was_closed_ends_it(tmp_path, clock):
    db = SqliteDatabase(tmp_path / "till.db")
    runtime = WorkflowRuntime(machine=till, store=db.store(till), clock=clock)
    await runtime.run_step(ID, Open())
    await db.aclose()
    with pytest.raises(StoreClosed):
        await telling(runtime, Ear()).run()


async def test_a_store_that_does_not_answer_for_a_while_is_asked_again(clock, caplog):
    class Away(MemoryStore):
        away = 1

        async def unheard(self, name, limit):
            if self.away:
                self.away -= 1
                raise StoreFailed("unheard", "no disk")
            return await super().unheard(name, limit)

    runtime = WorkflowRuntime(machine=till, store=Away(till), clock=clock)
    ear = Ear()
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Open())
    async with anyio.create_task_group() as group:
        group.start_soon(telling(runtime, ear).run)

        async def heard():
            clock.move(1)
            return await ear.has_heard()

        await until(heard)
        group.cancel_scope.cancel()


async def test_a_hook_that_has_nothing_to_hear_writes_nothing(runtime, monkeypatch):
    hooks, turns = telling(runtime, Ear()), []
    await hooks.drain()

    async def take_turn(store, name, **how):
        turns.append(name)
        return True

    monkeypatch.setattr(type(runtime.store), "take_turn", take_turn)
    assert await hooks._tell(hooks._lines[0]) == 0
    assert turns == []
    await runtime.run_step(ID, Open())
    assert await hooks._tell(hooks._lines[0]) == 1
    assert turns == ["audit"]


def test_hooks_that_do_not_fit_are_all_listed():
    class TwoMethods:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

        async def outbox(self, limit=100): ...

    async def shines(intent, call): ...

    runtime = WorkflowRuntime(machine=lamp, store=TwoMethods())
    lit = System(runtimes=[runtime], handlers=Handlers(Glow.handled_by(shines)))
    with pytest.raises(ConfigurationError) as error:
        Hooks(lit, [Ear().hook, Ear().hook, Ear("mail", machines={"lmap"}).hook])
    assert error.value.findings == (
        "expected hooks of different names, got 'audit' 2 times; do rename one of them",
        "expected machines of the system for hook 'mail', got 'lmap' (did you mean 'lamp'?); do remove it, or add its runtime",
        "expected a store that keeps what happens for hooks of machine 'lamp', got TwoMethods; do use one with the methods of TellsHooks",
    )


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"batch": 0}, "expected a batch of at least 1, got 0"),
        ({"poll_seconds": 0}, "expected poll_seconds above 0, got 0"),
        ({"lease_seconds": -1}, "expected lease_seconds above 0, got -1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(how, text):
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till))
    with pytest.raises(ValueError, match=text):
        telling(runtime, Ear(), **how)


def test_a_hook_shows_its_name():
    assert repr(Ear().hook) == "Hook('audit')"
