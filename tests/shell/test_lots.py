"""Which intents are claimed first: the urgent ones, in turn, and nobody is passed over for ever."""

from typing import Never

import anyio

from telic import Handlers, Intent, System, WorkflowRuntime
from telic.kernel.rates import Rate
from telic.shell.attempts import Served
from telic.shell.limits import Limit
from telic.shell.lots import Lot, Turns, lots_of
from telic.stores.memory import MemoryStore
from tests.shell.test_shift import nothing_open
from tests.shell.till import Ask, Charge, Done, Note, Quiet, Wire, till, until


class Urgent(Intent[Never], priority=5): ...


class Hasty(Urgent): ...


async def handle(intent, call): ...


def lot(priority, *tags):
    return Lot(Served(None, None, "", frozenset(tags)), frozenset(tags), priority)


def begun(turns, due, rounds=1):
    """The tags of what a worker with room for one begins, with so many due of each."""
    order = []
    for _ in range(rounds):
        for one, _ in turns:
            (tag,) = one.tags
            count = 1 if due.get(tag) else 0
            turns.asked(one, count)
            if count:
                due[tag] -= 1
                order.append(tag)
                break
    return order


def test_the_more_urgent_comes_first_and_equals_take_turns():
    turns = Turns([lot(0, "a"), lot(9, "b"), lot(0, "c"), lot(-1, "d")])
    rounds = [[next(iter(one.tags)) for one, _ in turns] for _ in range(2)]
    assert rounds == [["b", "c", "a", "d"], ["b", "a", "c", "d"]]


def test_one_that_was_passed_over_eight_times_comes_first_for_once():
    turns = Turns([lot(0, "plain"), lot(5, "urgent")])
    order = begun(turns, {"plain": 3, "urgent": 99}, rounds=20)
    assert order == (["urgent"] * 8 + ["plain"]) * 2 + ["urgent"] * 2


def test_whoever_waits_longest_for_a_turn_gets_one_and_not_all():
    turns = Turns([lot(0, "plain"), lot(5, "urgent")])
    begun(turns, {"urgent": 99}, rounds=8)
    (first, most), *_ = turns
    assert (first.tags, most) == ({"plain"}, 1)


def test_three_levels_all_get_on():
    turns = Turns([lot(0, "low"), lot(1, "middle"), lot(2, "high")])
    order = begun(turns, {"low": 99, "middle": 99, "high": 99}, rounds=100)
    assert [order.count(tag) for tag in ("high", "middle", "low")] == [80, 10, 10]


def test_intents_of_one_priority_and_without_limits_are_one_lot():
    """So that claiming costs one statement, as if there were no priorities."""
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till))
    bindings = [Charge.handled_by(handle, priority=3), *(one.handled_by(handle) for one in (Wire, Quiet, Note))]
    limits = [Limit(Wire, rate=Rate(count=1)), Limit(Wire, Quiet, rate=Rate(count=1), shared="both")]
    system = System(runtimes=[runtime], handlers=Handlers(*bindings), limits=limits)
    served = Served(runtime, runtime.store, "", system.tags(runtime))
    lots = {one.tags: one.priority for one in lots_of(system, [served])}
    assert lots == {frozenset({"Charge"}): 3, frozenset({"Wire"}): 0, frozenset({"Quiet"}): 0, frozenset({"Note"}): 0}
    plain = System(
        runtimes=[runtime], handlers=Handlers(*(one.handled_by(handle) for one in (Charge, Wire, Quiet, Note)))
    )
    (everything,) = lots_of(plain, [served])
    assert repr(everything) == "Lot('till', ['Charge', 'Note', 'Quiet', 'Wire'], priority=0)"


async def test_a_worker_begins_the_urgent_first_though_others_wait_longer(bench):
    order = []

    async def note(intent, call):
        order.append("note")

    async def charge(intent, call):
        order.append("charge")
        return Done(ref=intent.ref)

    for _ in range(3):
        await bench.ask(Ask(what="note"))
    await bench.ask(Ask(what="charge", many=3))
    urgent = Charge.handled_by(charge, priority=1)
    async with bench.working(bench.worker(urgent, Note.handled_by(note), concurrency=1)):
        await until(lambda: nothing_open(bench))
    assert order == ["charge"] * 3 + ["note"] * 3


async def test_a_stream_of_urgent_ones_lets_others_through(bench):
    order, done = [], anyio.Event()

    async def note(intent, call):
        order.append("note")
        done.set()

    async def charge(intent, call):
        order.append("charge")
        if not done.is_set():  # there is always another one
            await bench.ask(Ask(what="charge", many=1))
        return Done(ref=intent.ref)

    await bench.ask(Ask(what="note"))
    await bench.ask(Ask(what="charge", many=4))
    urgent = Charge.handled_by(charge, priority=1)
    async with bench.working(bench.worker(urgent, Note.handled_by(note), concurrency=1)):
        await until(lambda: nothing_open(bench))
    assert order.index("note") == 8


def test_a_priority_is_of_the_class_and_inherited():
    assert (Urgent.__priority__, Hasty.__priority__, Charge.__priority__) == (5, 5, 0)
