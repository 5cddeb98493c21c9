"""A world in virtual time: the order over three days, and broken code that its faults find."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import anyio
import anyio.lowlevel
import pytest

from telic import Handlers, Later, Retry
from telic.kernel.events import Pause, Resume
from telic.kernel.handling import NonRetryable, RetryAfter
from telic.kernel.results import Started, Stepped
from telic.kernel.snapshot import Status
from telic.shell import After, Fate, Fault, FaultKind, InvariantBroken, Simulated, Simulation, every_fault, simulate
from telic.stores.memory import MemoryStore
from tests.house.tree import ROOT
from tests.shell import till as t
from tests.small_order.handlers import handlers
from tests.small_order.machine import OrderAwaitingPayment, OrderCancelled, OrderCancelling, OrderShipped, order
from tests.small_order.vocabulary import (
    CancelOrder,
    CardCharged,
    CardDeclined,
    ChargeCard,
    OrderId,
    OrderLine,
    PlaceOrder,
    RefundCard,
    ReserveStock,
    Sku,
    StockReserved,
)

ID = OrderId("o-1")
PLACE = PlaceOrder(order_id=ID, lines=(OrderLine(sku=Sku("book"), quantity=2, price=Decimal(5)),))
DECLINED, CHARGED = CardDeclined(order_id=ID), CardCharged(order_id=ID)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def placed(world):
    return world.start(order, PLACE, key="o-1")


def kinds(instance):
    return [str(entry.kind) for entry in instance.journal]


def moments(world, instance):
    began = instance.journal[0].at
    return [entry.at - began for entry in instance.journal]


class Bank:
    """A card service that remembers the keys it has seen, or does not."""

    def __init__(self, *, knows_keys):
        self.charges = []
        self._knows_keys = knows_keys

    async def charge(self, intent, call):
        if not (self._knows_keys and call.key in self.charges):
            self.charges.append(call.key)
        return CardCharged(order_id=intent.order_id)

    @property
    def handlers(self):
        others = [one for one in handlers if one.intent is not ChargeCard]
        return Handlers(ChargeCard.handled_by(self.charge), *others)


class SplitStore(MemoryStore):
    """Saves the state first, and what is to be done in a transaction of its own."""

    def __init__(self, machine):
        super().__init__(machine)
        self._books()
        self.unwritten = []

    async def save(self, commit):
        await super().save(commit)
        await anyio.lowlevel.checkpoint()
        while self.unwritten:
            super()._noted(self.unwritten.pop(0))

    def _noted(self, commit):
        self.unwritten.append(commit)


class ForgetfulStore(MemoryStore):
    """Does not remember that an attempt has begun."""

    async def claim(self, *wanted, **how):
        return tuple(claim._replace(crashes=0) for claim in await super().claim(*wanted, **how))


def shipped(fate, **how):
    with Simulation(order, handlers=handlers, fate=fate, **how) as world:
        instance = placed(world)
        world.skip(3 * DAY)
        world.settle()
        assert isinstance(instance.state, OrderShipped)
        return instance.journal, fate.points


def charged_once(fate, *, knows_keys=True):
    bank = Bank(knows_keys=knows_keys)
    with Simulation(order, handlers=bank.handlers, fate=fate) as world:
        placed(world)
        world.settle()
        assert len(bank.charges) == 1


def wired(fate, store=MemoryStore):
    with till_world(store=store, fate=fate) as world:
        instance = world.start(t.till, t.Open(), key="t")
        instance.send(t.Ask(what="wire"))
        world.settle()


def till_world(**how):
    answers = {one: lambda intent: t.Done(ref=intent.ref) for one in (t.Charge, t.Wire, t.Quiet)}
    return Simulation(t.till, answers={**answers, t.Note: None, **how.pop("answers", {})}, **how)


# ---------------------------------------------------------------------- time


def test_an_order_is_shipped_without_any_time_passing():
    with Simulation(order, handlers=handlers) as world:
        began, instance = world.now, placed(world)
        assert isinstance(instance.result, Started)
        assert isinstance(instance.state, OrderAwaitingPayment)
        world.run_until_idle()
        assert isinstance(instance.state, OrderShipped)
        assert instance.status is Status.ENDED
        assert world.now == began


def test_three_days_pass_and_each_deadline_fires_at_its_moment():
    with Simulation(order, handlers=handlers, answers={ChargeCard: After(2.5 * DAY, DECLINED)}) as world:
        began, instance = world.now, placed(world)
        world.skip(DAY)
        assert isinstance(instance.state, OrderAwaitingPayment)
        world.skip(2 * DAY)
        assert isinstance(instance.state, OrderCancelled)
        assert kinds(instance) == ["awaiting_payment", "cancelling", "cancelled"]
        assert moments(world, instance) == [0 * DAY, 2 * DAY, 2.5 * DAY]
        assert world.now == began + 3 * DAY


def test_what_follows_from_a_deadline_is_done_before_time_goes_on():
    with Simulation(order, handlers=handlers, answers={ChargeCard: After(2.5 * DAY, CHARGED)}) as world:
        instance = placed(world)
        world.skip(3 * DAY)
        assert moments(world, instance) == [0 * DAY, 2 * DAY, 2.5 * DAY, 2.5 * DAY]
        assert [type(one.intent) for one in world.attempts] == [ChargeCard, RefundCard]


def test_deadlines_of_many_instances_fire_in_their_order():
    with Simulation(order, handlers=handlers, answers={ChargeCard: Later()}) as world:
        for number in range(3):
            world.start(order, PLACE, key=f"o-{number}")
            world.skip(HOUR)
        world.skip(2 * DAY)
        began = min(one.journal[0].at for one in world.instances(order))
        lapsed = sorted(one.journal[1].at - began for one in world.instances(order))
        assert lapsed == [2 * DAY, 2 * DAY + HOUR, 2 * DAY + 2 * HOUR]


def test_no_time_is_skipped_backwards():
    with Simulation(order, handlers=handlers) as world:
        now = world.now
        world.skip_to(now - DAY)
        assert world.now == now


def test_what_a_handler_sleeps_passes_virtual_time():
    async def slowly(intent, call):
        await anyio.sleep(60)
        return CHARGED

    others = [one for one in handlers if one.intent is not ChargeCard]
    with Simulation(order, handlers=Handlers(ChargeCard.handled_by(slowly), *others)) as world:
        instance = placed(world)
        world.skip(30 * SECOND)
        assert isinstance(instance.send(CancelOrder(reason="too slow")), Stepped)
        assert isinstance(instance.state, OrderCancelling)
        world.run_until_idle()
        assert moments(world, instance) == [0 * SECOND, 30 * SECOND, 60 * SECOND, 60 * SECOND]


def test_retries_pass_virtual_time_too():
    errors = [OSError("away"), OSError("away")]

    async def flaky(intent, call):
        if errors:
            raise errors.pop()
        return CHARGED

    policy = Retry(base_delay=HOUR, max_delay=DAY, jitter=0)
    others = [one for one in handlers if one.intent is not ChargeCard]
    with Simulation(order, handlers=Handlers(ChargeCard.handled_by(flaky, retry=policy), *others)) as world:
        instance = placed(world)
        world.run_until_idle()
        assert isinstance(instance.state, OrderShipped)
        assert [one.at - world.attempts[0].at for one in world.attempts[:3]] == [0 * HOUR, HOUR, 3 * HOUR]


def test_an_async_function_runs_in_the_time_of_the_world():
    async def sleep():
        await anyio.sleep(DAY.total_seconds())
        return "slept"

    with Simulation(order, handlers=handlers) as world:
        began = world.now
        assert world.run(sleep) == "slept"
        assert world.now - began == DAY


# ------------------------------------------------------------------- answers


def test_a_later_answer_comes_from_whoever_holds_the_key():
    with Simulation(order, handlers=handlers, answers={ChargeCard: Later()}) as world:
        instance = placed(world)
        world.run_until_idle()
        assert [type(one.intent) for one in instance.open] == [ChargeCard]
        assert isinstance(instance.answer(CHARGED), Stepped)
        world.run_until_idle()
        assert isinstance(instance.state, OrderShipped)


def test_an_answer_that_nobody_asks_for_is_the_fault_of_the_test():
    with Simulation(order, handlers=handlers, answers={ChargeCard: Later()}) as world:
        instance = placed(world)
        with pytest.raises(LookupError) as caught:
            instance.answer(StockReserved(order_id=ID))
        assert str(caught.value) == "expected one open intent that StockReserved answers, got 0; do name its key="


def test_an_answer_may_depend_on_the_intent():
    answers = {ChargeCard: lambda intent: CHARGED if intent.amount < 20 else DECLINED}
    with Simulation(order, handlers=handlers, answers=answers) as world:
        instance = placed(world)
        world.run_until_idle()
        assert isinstance(instance.state, OrderShipped)


def test_of_several_answers_the_seed_chooses_one():
    def end(seed):
        with Simulation(order, handlers=handlers, answers={ChargeCard: (CHARGED, DECLINED)}, seed=seed) as world:
            instance = placed(world)
            world.run_until_idle()
            return type(instance.state)

    ends = [end(seed) for seed in range(8)]
    assert set(ends) == {OrderShipped, OrderCancelled}
    assert ends == [end(seed) for seed in range(8)]


def test_an_error_is_raised_as_a_handler_raises_it():
    with till_world(answers={t.Charge: NonRetryable("no such card")}) as world:
        instance = world.start(t.till, t.Open(), key="t")
        instance.send(t.Ask(what="charge"))
        world.run_until_idle()
        assert instance.state.log == ("charge-0 non_retryable: NonRetryable: no such card",)


def test_a_pause_holds_what_is_to_be_done():
    with Simulation(order, handlers=handlers) as world:
        instance = placed(world)
        instance.send(Pause())
        world.skip(HOUR)
        assert isinstance(instance.state, OrderAwaitingPayment)
        assert world.attempts == ()
        instance.send(Resume())
        world.run_until_idle()
        assert isinstance(instance.state, OrderShipped)


def test_a_handler_that_runs_when_its_instance_is_paused_may_end():
    async def slowly(intent, call):
        await anyio.sleep(60)
        return t.Done(ref=intent.ref)

    async def noted(intent, call): ...

    bound = Handlers(*(one.handled_by(slowly) for one in (t.Charge, t.Wire, t.Quiet)), t.Note.handled_by(noted))
    with Simulation(t.till, handlers=bound) as world:
        instance = world.start(t.till, t.Open(), key="t")
        instance.send(t.Ask(what="wire"))
        world.skip(SECOND)
        instance.send(Pause())
        world.run_until_idle()
        instance.send(Resume())
        assert instance.state.log == ("wire-0 done",)


# --------------------------------------------------------------------- faults


def test_a_dead_worker_says_nothing_and_another_takes_over_after_its_lease():
    fate = Fate(faults=[])
    shipped(fate)
    at = next(at for at, point in enumerate(fate.points) if point.where == "worker after ReserveStock")
    journal, _ = shipped(Fate(faults=[Fault(at, FaultKind.CRASH)]), lease_seconds=60)
    took = [later.at - earlier.at for earlier, later in pairwise(journal)]
    assert max(took) == 60 * SECOND


def test_no_code_of_a_dead_process_runs():
    told = []

    async def charge(intent, call):
        try:
            await anyio.sleep(1)
        finally:
            told.append(call.attempt)
        return CHARGED

    others = [one for one in handlers if one.intent is not ChargeCard]
    bound = Handlers(ChargeCard.handled_by(charge), *others)
    smooth = Fate(faults=[])
    with Simulation(order, handlers=bound, fate=smooth) as world:
        placed(world)
        world.settle()
    at = next(at for at, point in enumerate(smooth.points) if point.where == "worker within ChargeCard")
    told.clear()
    with Simulation(order, handlers=bound, fate=Fate(faults=[Fault(at, FaultKind.CRASH)])) as world:
        placed(world)
        world.settle()
        assert told == [2]


def test_three_hundred_seeds_hold():
    report = simulate(shipped, seeds=range(300))
    report.check()
    assert report.runs == 300
    assert report.faults > 100


def test_every_single_fault_holds():
    report = every_fault(shipped)
    report.check()
    assert report.faults == report.runs - 1 > 40


def test_a_payment_that_comes_late_holds_with_every_fault():
    def refunded(fate):
        with Simulation(order, handlers=handlers, fate=fate, answers={ChargeCard: After(2.5 * DAY, CHARGED)}) as world:
            instance = placed(world)
            world.skip(4 * DAY)
            world.settle()
            assert isinstance(instance.state, OrderCancelled)

    every_fault(refunded).check()


def test_a_bank_that_knows_its_keys_charges_once():
    every_fault(charged_once, kinds={FaultKind.CRASH}).check()
    simulate(charged_once, seeds=range(30)).check()


def test_a_bank_that_does_not_know_its_keys_is_found_and_the_fault_makes_it_happen_again():
    report = simulate(lambda fate: charged_once(fate, knows_keys=False))
    assert not report.passed
    found = report.failure.fate
    assert len(found.happened) == 1
    with pytest.raises(AssertionError) as caught:
        charged_once(Fate(found.seed, faults=found.happened), knows_keys=False)
    assert f"seed {found.seed}, 1 fault\n" in caught.value.__notes__[0]
    assert repr(found) in caught.value.__notes__[0]


def test_a_store_that_splits_a_commit_is_found():
    report = every_fault(lambda fate: shipped(fate, store=SplitStore))
    assert "client within save of PlaceOrder for o-1: crash" in str(report)
    assert "nobody will carry it out" in str(report)


def test_a_world_with_faults_settles_when_it_is_left():
    found = every_fault(lambda fate: shipped(fate, store=SplitStore)).failure.fate
    again = Fate(found.seed, faults=found.happened)
    with pytest.raises(InvariantBroken) as caught, Simulation(order, handlers=handlers, store=SplitStore, fate=again) as world:  # fmt: skip
        placed(world)
    assert caught.value.__notes__ == [f"simulation: {again}"]


def test_a_store_that_forgets_attempts_is_found():
    simulate(wired).check()
    report = every_fault(wired)
    report.check()
    report = every_fault(lambda fate: wired(fate, ForgetfulStore))
    assert "expected one run at most, got 2" in str(report)


def test_nothing_goes_wrong_once_all_is_to_settle():
    fate = Fate(faults=[])
    with Simulation(order, handlers=handlers, fate=fate) as world:
        placed(world)
        world.settle()
        before = len(fate.points)
        world.start(order, PLACE, key="o-2")
        world.run_until_idle()
        assert len(fate.points) == before


def test_a_dead_letter_is_redriven_when_the_world_settles():
    errors = [RetryAfter(SECOND)] * 3

    async def flaky(intent, call):
        if errors:
            raise errors.pop()
        return CHARGED

    others = [one for one in handlers if one.intent is not ChargeCard]
    with Simulation(order, handlers=Handlers(ChargeCard.handled_by(flaky), *others)) as world:
        instance = placed(world)
        world.run_until_idle()
        assert len(world.dead_letters(order)) == 1
        world.settle()
        assert isinstance(instance.state, OrderShipped)


RUN = """
from telic.shell import Fate
from tests.shell.test_simulation import shipped
for seed in range(5):
    journal, points = shipped(Fate(seed, share=0.1))
    print([(str(entry.at), entry.kind, entry.event_id) for entry in journal], points)
"""


def test_a_seed_makes_the_same_run_in_every_process():
    outputs = {
        subprocess.run(
            [sys.executable, "-c", RUN], env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


def test_a_world_says_what_it_is():
    with Simulation(order, handlers=handlers) as world:
        assert repr(world) == "Simulation(order, 2026-01-05T09:00:00+00:00)"
        assert repr(placed(world)).startswith("Simulated('order', ")
        assert isinstance(placed(world), Simulated)
        assert repr(world.clock) == "VirtualClock(2026-01-05T09:00:00+00:00)"


def test_stock_may_be_reserved_a_day_later():
    with Simulation(order, handlers=handlers, answers={ReserveStock: After(DAY, StockReserved(order_id=ID))}) as world:
        instance = placed(world)
        world.skip(DAY)
        assert isinstance(instance.state, OrderShipped)
