"""What every durable store keeps of claims: leases, epochs, dead letters, and what a pause holds."""

from datetime import UTC, datetime, timedelta

import pytest

from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.orders import FailureCause
from telic.kernel.unread import Unread
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.claims import IntentState, buried, given_up, left_for_later, released, retried
from telic.runtime.protocols import DurableStore
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import Begin, Check, Checked, Submit, desk

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = 30 * SECOND


@pytest.fixture
def store(durable):
    return durable


@pytest.fixture
def runtime(durable):
    return WorkflowRuntime(machine=desk, store=durable)


async def submitted(runtime, *names, at=NOW):
    for number, name in enumerate(names):
        await runtime.run_step(WorkflowId(name), Begin(), now=at + number * SECOND)
        await runtime.run_step(WorkflowId(name), Submit(), now=at + number * SECOND)


async def claimed(store, *, now=NOW, limit=10, most=10, early=False, lease=LEASE):
    return await store.claim({"check-it": most}, limit, now=now, until=now + lease, worker="w", early=early)


def names(claims):
    return [claim.workflow_id for claim in claims]


def listed(*lists):
    """Hold lists of a, b and c to show all three, b as what could not be read."""
    for rows in lists:
        assert [id for id, _ in rows] == ["a", "b", "c"]
        (_, first), (_, unread), (_, last) = rows
        assert {type(first.intent), type(last.intent)} == {Check}
        assert (unread.id, type(unread.intent)) == ("b:2:0", Unread)
        assert (unread.intent.tag, unread.intent.version) == ("check-it", 7)
        assert unread.intent.problem.startswith("cannot read 'check-it' version 7")


async def test_stores_are_durable(store):
    assert isinstance(store, DurableStore)


async def test_what_is_due_is_claimed_once_and_the_oldest_first(store, runtime):
    await submitted(runtime, "b", "a", "c")
    assert await claimed(store, now=NOW - SECOND) == ()
    first, second = await claimed(store, now=NOW + SECOND)
    assert names([first, second]) == ["b", "a"]
    assert (first.id, first.attempt, first.crashes, first.epoch) == ("b:2:0", 1, 0, 1)
    assert (first.until, first.overdue, first.cause, first.problem) == (NOW + SECOND + LEASE, False, None, "")
    assert names(await claimed(store, now=NOW + 9 * SECOND)) == ["c"]
    assert await claimed(store, now=NOW + 9 * SECOND) == ()


async def test_no_more_are_claimed_than_are_wanted_of_a_type_or_at_all(store, runtime):
    await submitted(runtime, "a", "b", "c", "d")
    later = NOW + LEASE
    assert names(await claimed(store, now=later, limit=1)) == ["a"]
    assert names(await claimed(store, now=later, most=2)) == ["b", "c"]
    assert await claimed(store, now=later, most=0) == ()
    assert await store.claim({"other": 1}, 1, now=later, until=later, worker="w") == ()
    assert names(await claimed(store, now=later)) == ["d"]


async def test_a_lapsed_lease_is_claimed_again_and_counts_as_a_crash(store, runtime):
    await submitted(runtime, "a")
    (first,) = await claimed(store)
    assert await claimed(store, now=NOW + LEASE - SECOND) == ()
    (second,) = await claimed(store, now=NOW + LEASE)
    assert (second.attempt, second.crashes, second.epoch, second.failures) == (2, 1, 2, 1)
    assert first.id == second.id


async def test_a_renewed_lease_is_not_claimed_by_another(store, runtime):
    await submitted(runtime, "a")
    (claim,) = await claimed(store)
    assert await store.renew([claim], NOW + 2 * LEASE) == {claim.id: False}
    assert await claimed(store, now=NOW + LEASE) == ()
    assert names(await claimed(store, now=NOW + 2 * LEASE)) == ["a"]
    assert await store.renew([claim], NOW + 3 * LEASE) == {}
    assert await store.renew([], NOW) == {}


async def test_a_failure_is_fenced_by_the_epoch(store, runtime):
    await submitted(runtime, "a")
    (stale,) = await claimed(store)
    (fresh,) = await claimed(store, now=NOW + LEASE)
    for settle in (
        retried(stale, NOW, "no network"),
        released(stale, NOW),
        left_for_later(stale, None),
        given_up(stale, FailureCause.EXHAUSTED, "no"),
        buried(stale, "no"),
    ):
        assert await store.settle([settle]) == (False,)
    assert await store.settle([retried(fresh, NOW + LEASE, "no network")]) == (True,)
    assert await store.settle([retried(fresh, NOW + LEASE, "no network")]) == (False,)


async def test_a_success_counts_whoever_holds_the_claim(store, runtime):
    await submitted(runtime, "a")
    (stale,) = await claimed(store)
    (fresh,) = await claimed(store, now=NOW + LEASE)
    assert (await runtime.answer(stale.id, Checked())).kind == "stepped"
    assert await store.settle([buried(fresh, "no")]) == (False,)
    assert await store.renew([fresh], NOW) == {}
    assert await store.next_due(["check-it"]) is None


async def test_a_retry_is_due_at_its_moment_and_tells_what_went_wrong(store, runtime):
    await submitted(runtime, "a")
    (claim,) = await claimed(store)
    await store.settle([retried(claim, NOW + 5 * SECOND, "no network")])
    assert await store.next_due(["check-it"]) == NOW + 5 * SECOND
    assert await claimed(store, now=NOW + 4 * SECOND) == ()
    (again,) = await claimed(store, now=NOW + 5 * SECOND)
    assert (again.attempt, again.crashes, again.problem) == (2, 0, "no network")


async def test_what_is_ready_can_be_claimed_early_and_nothing_else(store, runtime):
    await submitted(runtime, "leased", "later", "ready", "retried")
    leased, later, _, failed = await claimed(store, now=NOW + LEASE)
    await store.settle([left_for_later(later, NOW + 9 * LEASE), retried(failed, NOW + 9 * LEASE, "no")])
    await store.renew([leased], NOW + 3 * LEASE)
    await submitted(runtime, "new", at=NOW + 10 * LEASE)
    found = await claimed(store, now=NOW + LEASE, early=True, limit=1)
    assert names(found) == ["retried"]
    assert names(await claimed(store, now=NOW + LEASE, early=True)) == ["new"]


async def test_a_released_claim_leaves_no_trace(store, runtime):
    await submitted(runtime, "a")
    (claim,) = await claimed(store)
    assert await store.settle([released(claim, NOW)]) == (True,)
    (again,) = await claimed(store)
    assert (again.attempt, again.crashes, again.epoch) == (1, 0, 2)


async def test_what_is_left_for_later_is_overdue_after_its_moment(store, runtime):
    await submitted(runtime, "a", "b")
    first, second = await claimed(store, now=NOW + SECOND)
    await store.settle([left_for_later(first, NOW + LEASE), left_for_later(second, None)])
    assert await store.next_due(["check-it"]) == NOW + LEASE
    assert await claimed(store, now=NOW + LEASE - SECOND) == ()
    (overdue,) = await claimed(store, now=NOW + 1000 * LEASE)
    assert (overdue.id, overdue.overdue, overdue.crashes) == (first.id, True, 0)
    assert (await runtime.answer(second.id, Checked())).kind == "stepped"


async def test_one_that_was_given_up_is_claimed_with_its_cause_and_is_no_crash(store, runtime):
    await submitted(runtime, "a", "b")
    kept, handed = await claimed(store, now=NOW + SECOND)
    cause = FailureCause.EXHAUSTED
    told = [given_up(kept, cause, "no network"), given_up(handed, cause, "no network", due=NOW)]
    assert await store.settle(told) == (True, True)
    (again,) = await claimed(store, now=NOW + SECOND)
    assert (again.id, again.cause, again.problem, again.crashes) == (handed.id, cause, "no network", 0)
    again = next(one for one in await claimed(store, now=kept.until) if one.id == kept.id)
    assert (again.id, again.cause, again.crashes) == (kept.id, cause, 0)


async def test_dead_letters_are_listed_in_pages_and_stay_until_they_are_redriven(store, runtime):
    await submitted(runtime, "a", "b", "c")
    claims = await claimed(store, now=NOW + LEASE)
    await store.settle([buried(one, "no", FailureCause.EXHAUSTED) for one in claims])
    assert await claimed(store, now=NOW + 99 * LEASE) == ()
    assert await store.next_due(["check-it"]) is None
    first, second = await store.dead_letters(limit=2)
    assert (first.opened.id, first.workflow_id, first.attempt, first.crashes) == ("a:2:0", "a", 1, 0)
    assert (first.cause, first.problem, second.opened.id) == (FailureCause.EXHAUSTED, "no", "b:2:0")
    (third,) = await store.dead_letters(after=second.opened.id)
    assert await store.redrive([third.opened.id, IntentId("none:1:0")], now=NOW) == 1
    (again,) = await claimed(store)
    assert (again.id, again.attempt, again.crashes, again.cause) == (third.opened.id, 1, 0, None)
    assert await store.redrive(now=NOW) == 2
    assert await store.dead_letters() == ()
    assert names(await claimed(store)) == ["a", "b"]


async def test_an_answer_ends_a_dead_letter(store, runtime):
    await submitted(runtime, "a")
    (claim,) = await claimed(store)
    await store.settle([buried(claim, "no")])
    assert (await runtime.answer(claim.id, Checked())).kind == "stepped"
    assert await store.dead_letters() == ()


async def test_a_withdrawn_intent_is_due_at_once_wherever_it_stood(store, runtime):
    await submitted(runtime, "dead", "later", "ready", "retried", "running")
    dead, later, ready, failed, running = await claimed(store, now=NOW + LEASE)
    await store.settle([
        buried(dead, "no", FailureCause.EXHAUSTED), left_for_later(later, None),
        released(ready, NOW), retried(failed, NOW + 99 * LEASE, "no"),
    ])  # fmt: skip
    for name in ("dead", "later", "ready", "retried", "running"):
        await runtime.run_step(WorkflowId(name), Cancel())
    claims = await claimed(store, now=NOW)
    assert sorted(names(claims)) == ["dead", "later", "ready", "retried"]
    assert {(one.opened.withdrawn, one.overdue, one.cause) for one in claims} == {(True, False, None)}
    assert await store.renew([running], NOW + LEASE) == {running.id: True}
    assert await store.settle([retried(running, NOW + 99 * LEASE, "no")]) == (True,)
    assert names(await claimed(store, now=NOW)) == ["running"]


async def test_a_dead_letter_of_which_something_may_have_happened_is_not_ended_by_a_withdrawal(store, runtime):
    await submitted(runtime, "answered", "doubted", "late answered", "late doubted", "late failed")
    answered, doubted, late_answered, late_doubted, late_failed = await claimed(store, now=NOW + LEASE)
    await store.settle([buried(answered, "no"), buried(doubted, "no", FailureCause.IN_DOUBT)])
    for name in ("answered", "doubted", "late answered", "late doubted", "late failed"):
        await runtime.run_step(WorkflowId(name), Cancel())
    await store.settle([buried(late_answered, "no"), buried(late_doubted, "no", FailureCause.IN_DOUBT)])
    await store.settle([buried(late_failed, "no", FailureCause.EXHAUSTED)])
    found = await claimed(store, now=NOW)
    assert {one.workflow_id: one.cause for one in found} == {"doubted": "in_doubt", "late failed": None}
    assert sorted(one.workflow_id for one in await store.dead_letters()) == [
        "answered",
        "late answered",
        "late doubted",
    ]


async def test_a_pause_holds_what_nobody_has_claimed_until_the_resumption(store, runtime):
    await submitted(runtime, "a")
    await runtime.run_step(WorkflowId("a"), Pause())
    assert await claimed(store, now=NOW + LEASE, early=True) == ()
    assert await store.next_due(["check-it"]) is None
    await runtime.run_step(WorkflowId("a"), Resume())
    assert names(await claimed(store)) == ["a"]


async def test_what_runs_while_its_instance_is_paused_is_held_when_it_comes_back(store, runtime):
    await submitted(runtime, "a", "b", "c", "d")
    retrying, lapsing, dead, giving = await claimed(store, now=NOW + LEASE)
    for name in ("a", "b", "c", "d"):
        await runtime.run_step(WorkflowId(name), Pause())
    await store.settle([retried(retrying, NOW, "no"), buried(dead, "no")])
    await store.settle([given_up(giving, FailureCause.EXHAUSTED, "no", due=NOW)])
    assert await store.redrive(now=NOW) == 1
    assert names(await claimed(store, now=NOW + 2 * LEASE)) == ["d"]
    assert await store.next_due(["check-it"]) == NOW + 3 * LEASE  # when the lease of d ends: the others are held
    for name in ("a", "b", "c"):
        await runtime.run_step(WorkflowId(name), Resume())
    assert sorted(names(await claimed(store, now=NOW + 2 * LEASE))) == ["a", "b", "c"]
    assert lapsing.workflow_id == "b"


async def test_what_a_pause_has_held_is_claimed_once_after_it(store, runtime):
    await submitted(runtime, "a", "b")
    for event in (Pause(), Resume()) * 2:
        await runtime.run_step(WorkflowId("b"), event)
    assert names(await claimed(store, now=NOW + 9 * SECOND)) == ["a", "b"]


async def test_a_cancellation_lets_go_what_a_pause_has_held(store, runtime):
    await submitted(runtime, "a")
    await runtime.run_step(WorkflowId("a"), Pause())
    await runtime.run_step(WorkflowId("a"), Cancel())
    (claim,) = await claimed(store)
    assert claim.opened.withdrawn


def test_states_that_become_due_come_first():
    assert [IntentState.READY, IntentState.LEASED, IntentState.LATER] == [0, 1, 2]
    assert sorted(IntentState)[3:] == [IntentState.HELD, IntentState.DEAD, IntentState.ASIDE]
