"""What a process of a simulated world works with, and what goes wrong there."""

import pickle
from datetime import timedelta

import pytest

from telic import Call, IntentId, WorkflowId
from telic.kernel.handling import RetryAfter
from telic.runtime.protocols import DurableStore
from telic.shell import Fate, Fault, FaultKind, Simulation
from telic.shell.simulated import Diary, FaultMet, Perils, SimulatedStore, scripted
from telic.shell.virtual import Process
from telic.stores.memory import MemoryStore
from tests.shell.till import Ask, Charge, Done, Note, Open, Quiet, Ref, Wire, till

ANSWERS = {one: lambda intent: Done(ref=intent.ref) for one in (Charge, Wire, Quiet)} | {Note: None}


def asked(fate, what="charge", **answers):
    """A till that is asked for one thing, at rest."""
    by_name = {one.__name__.lower(): one for one in (Charge, Wire, Quiet)}
    said = ANSWERS | {by_name[name]: answer for name, answer in answers.items()}
    with Simulation(till, answers=said, fate=fate, lease_seconds=30) as world:
        instance = world.start(till, Open(), key="t")
        instance.send(Ask(what=what))
        world.settle()
        return instance.state.log, [one.attempt for one in world.attempts], world.now - instance.journal[0].at


def faulty(where, kind, **how):
    smooth = Fate(faults=[])
    asked(smooth, **how)
    at = next(at for at, point in enumerate(smooth.points) if point.where == where)
    fate = Fate(faults=[Fault(at, kind)])
    found = asked(fate, **how)
    assert [(one.where, one.kind) for one in fate.happened] == [(where, kind)]
    return found


def test_a_simulated_store_is_a_durable_one():
    perils = Perils(Process("one"), Fate())
    store = SimulatedStore(MemoryStore(till), perils, Diary())
    assert isinstance(store, DurableStore)
    assert repr(store) == "SimulatedStore(MemoryStore('till', 0 instances))"


def test_a_failed_attempt_is_made_again():
    log, attempts, _ = faulty("worker before Charge", FaultKind.FAIL)
    assert (log, attempts) == (("charge-0 done",), [2])


def test_an_attempt_whose_word_is_lost_is_made_again():
    log, attempts, _ = faulty("worker after Charge", FaultKind.FAIL)
    assert (log, attempts) == (("charge-0 done",), [1, 2])


def test_an_attempt_that_must_not_run_twice_is_in_doubt():
    log, attempts, _ = faulty("worker after Wire", FaultKind.CRASH, what="wire")
    assert log[0].startswith("wire-0 in_doubt: ")
    assert attempts == [1]


def test_a_late_answer_takes_longer_than_a_lease():
    log, attempts, took = faulty("worker after Charge", FaultKind.LATE)
    assert (log, attempts) == (("charge-0 done",), [1])
    assert took == timedelta(seconds=60)


def test_an_answer_that_comes_twice_counts_once():
    log, attempts, took = faulty("worker after Charge", FaultKind.TWICE)
    assert (log, attempts) == (("charge-0 done",), [1])
    assert took > timedelta(0)


@pytest.mark.parametrize("kind", [FaultKind.CRASH, FaultKind.FAIL])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_save_may_be_lost_or_its_word(when, kind):
    log, _, _ = faulty(f"worker {when} save of Done for t", kind)
    assert log == ("charge-0 done",)


def test_a_client_asks_again_when_its_process_dies():
    log, _, _ = faulty("client after save of Ask for t", FaultKind.CRASH)
    assert log == ("charge-0 done",)


def test_a_claim_whose_word_is_lost_lapses():
    log, attempts, took = faulty("worker after claim of Charge", FaultKind.FAIL)
    assert (log, attempts) == (("charge-0 done",), [2])
    assert took == timedelta(seconds=30)


def test_an_error_that_says_that_nothing_was_done_is_no_run():
    errors = [RetryAfter(timedelta(seconds=1))]
    log, attempts, _ = asked(Fate(), "wire", wire=lambda intent: errors.pop() if errors else Done(ref=intent.ref))
    assert log == ("wire-0 done",)
    assert attempts == [1, 2]


async def test_the_same_key_is_answered_the_same():
    answers = (Done(ref=Ref("one")), Done(ref=Ref("two")))
    binding = scripted(Charge, answers, Fate(), Diary(), lambda call, after: None)

    async def said(key):
        return await binding.handler(Charge(ref=Ref("r")), Call(IntentId(key), WorkflowId("w")))

    assert {await said("w:1:0") for _ in range(20)} < set(answers)
    assert {await said(f"w:{number}:0") for number in range(20)} == set(answers)


def test_the_text_says_where_and_pickles():
    error = pickle.loads(pickle.dumps(FaultMet("before Charge")))
    assert str(error) == "expected nothing to go wrong, got a simulated fault before Charge"
