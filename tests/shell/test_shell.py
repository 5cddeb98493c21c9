"""The first shell: handlers, the system they serve, and a worker that drains the outbox."""

import pytest

from telic import Call, Handlers, Later, System, Worker, WorkflowId, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.shell.worker import AnswerRefused, WrongAnswer
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.kernel import machines as m
from tests.kernel.machines import ID, shop

SENT: list[str] = []


async def mail(intent: m.Mail, call: Call) -> m.Mailed:
    SENT.append(call.key)
    return m.Mailed(mail_id=intent.mail_id)


async def log(intent: m.Log, call: Call) -> None:
    SENT.append(call.key)


async def order_part(intent: m.OrderPart, call: Call) -> m.PartCame:
    return m.PartCame(part_id=intent.part_id)


class Fails:
    """A handler that is an object, and that raises until it is told to stop."""

    def __init__(self):
        self.broken = True

    async def __call__(self, intent: m.Mail, call: Call) -> m.Mailed:
        if self.broken:
            raise OSError("no network")
        return m.Mailed()


BOUND = (m.Mail.handled_by(mail), m.Log.handled_by(log), m.OrderPart.handled_by(order_part))


@pytest.fixture(params=["memory", "sqlite"])
async def runtime(request, tmp_path):
    SENT.clear()
    if request.param == "memory":
        yield WorkflowRuntime(machine=shop, store=MemoryStore(shop))
    else:
        async with SqliteDatabase(tmp_path / "shop.sqlite") as database:
            yield WorkflowRuntime(machine=shop, store=database.store(shop))


def system(runtime, *bindings):
    chosen = {binding.intent: binding for binding in (*BOUND, *bindings)}
    return System(runtimes=[runtime], handlers=Handlers(*chosen.values()))


async def test_a_worker_carries_out_what_is_open_and_brings_answers_back(runtime):
    await runtime.run_step(ID, m.Open())
    await runtime.run_step(ID, m.Poke())
    drained = await Worker(system(runtime)).drain()
    assert (drained.carried_out, drained.later, drained.failures) == (2, (), ())
    assert sorted(SENT) == ["bike:1:0", "bike:2:0"]
    assert not (await runtime.load(ID)).open
    assert (await Worker(system(runtime)).drain()).carried_out == 0


async def test_a_handler_that_raises_leaves_its_intent_open(runtime):
    fails = Fails()
    await runtime.run_step(ID, m.Open())
    worker = Worker(system(runtime, m.Mail.handled_by(fails)), concurrency=1)
    (failure,) = (await worker.drain()).failures
    assert (failure.intent_id, failure.intent, str(failure.error)) == ("bike:1:0", "Mail", "no network")
    assert (await runtime.load(ID)).revision == 1
    fails.broken = False
    assert (await worker.drain()).carried_out == 1


async def test_a_wrong_answer_is_told_and_changes_nothing(runtime):
    async def wrong(intent, call):
        return m.Lapsed()

    async def silent(intent, call):
        return None

    await runtime.run_step(ID, m.Open())
    for handler, got in ((wrong, "Lapsed()"), (silent, "None")):
        (failure,) = (await Worker(system(runtime, m.Mail.handled_by(handler))).drain()).failures
        assert isinstance(failure.error, WrongAnswer)
        assert str(failure.error) == f"handler of Mail: expected Mailed, got {got}; do return one of the declared facts"
    assert str(WrongAnswer("Log", (), "1")).startswith("handler of Log: expected None, got 1")


async def test_an_answer_with_the_wrong_id_is_refused(runtime):
    async def mixed_up(intent, call):
        return m.PartCame(part_id=m.PartId("other"))

    await runtime.run_step(ID, m.Open(parts=1))
    await runtime.run_step(ID, m.Quote(price=1))
    await runtime.run_step(ID, m.Approve(), wait="boss")
    (failure,) = (await Worker(system(runtime, m.OrderPart.handled_by(mixed_up))).drain()).failures
    assert isinstance(failure.error, AnswerRefused)
    assert str(failure.error).startswith("intent bike:3:0: expected its answer to be taken, got Invalid(")


async def test_an_answer_may_come_later_from_whoever_holds_the_key(runtime):
    async def later(intent, call):
        return Later()

    await runtime.run_step(ID, m.Open())
    worker = Worker(system(runtime, m.Mail.handled_by(later)))
    drained = await worker.drain()
    assert (drained.carried_out, drained.later) == (0, ("bike:1:0",))
    assert (await runtime.answer(drained.later[0], m.Mailed())).kind == "ignored"


def test_a_worker_needs_room():
    with pytest.raises(ValueError, match="expected concurrency of at least 1, got 0"):
        Worker(System(runtimes=[], handlers=Handlers()), concurrency=0)


def test_handlers_are_one_for_each_type_and_can_be_awaited():
    with pytest.raises(ConfigurationError) as caught:
        Handlers(*BOUND, m.Mail.handled_by(lambda intent, call: None))
    assert str(caught.value).splitlines()[:2] == [
        "Handlers cannot be built:",
        "  1. expected one handler for Mail, got two; do keep one",
    ]
    assert "expected an async function for Mail, got Binding(Mail, " in str(caught.value)
    handlers = Handlers(*BOUND)
    assert (len(handlers), list(handlers), repr(handlers)) == (3, list(BOUND), "Handlers(Mail, Log, OrderPart)")


def test_a_system_fits_together_or_says_what_does_not():
    class NoOutbox:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

    class Maul(m.Intent[m.Mailed]): ...

    runtime = WorkflowRuntime(machine=shop, store=NoOutbox())
    with pytest.raises(ConfigurationError) as caught:
        System(runtimes=[runtime, runtime], handlers=Handlers(Maul.handled_by(mail), *BOUND[1:]))
    assert caught.value.findings == (
        "expected machines of different names, got 'shop' 2 times; do rename one of them",
        "expected a handler for Mail of machine 'shop', got none (did you mean 'Maul'?); do add Mail.handled_by(function)",
        "expected intents that a machine emits, got a handler for Maul (did you mean 'Mail'?); do remove it, or add its machine",
        "expected a store with an outbox for machine 'shop', got NoOutbox; do give it outbox(limit)",
    )
    fine = System(runtimes=[WorkflowRuntime(machine=shop, store=MemoryStore(shop))], handlers=Handlers(*BOUND))
    assert repr(fine) == "System(shop)"


async def test_machines_without_intents_have_nothing_to_drain():
    from tests.kernel.test_asking import First, child

    quiet = WorkflowRuntime(machine=child, store=MemoryStore(child))
    assert (await Worker(System(runtimes=[quiet], handlers=Handlers())).drain()).carried_out == 0
    assert First.__name__ == "First"
    assert WorkflowId("w")
