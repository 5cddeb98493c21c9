"""Claims, dead letters and deadlines on PostgreSQL: the common facts, and what is particular to it."""

import asyncio

import pytest

from telic.kernel.events import Pause
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.claims import buried, retried
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres.agenda import DUE_DEADLINES, NEXT_DEADLINE
from telic.stores.postgres.claims import CLAIM, DEAD, HEAD
from tests.stores.desk import Begin, Checked, Submit, desk
from tests.stores.test_claims import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    LEASE,
    NOW,
    SECOND,
    claimed,
    listed,
    names,
    submitted,
    test_a_cancellation_lets_go_what_a_pause_has_held,
    test_a_dead_letter_of_which_something_may_have_happened_is_not_ended_by_a_withdrawal,
    test_a_failure_is_fenced_by_the_epoch,
    test_a_lapsed_lease_is_claimed_again_and_counts_as_a_crash,
    test_a_pause_holds_what_nobody_has_claimed_until_the_resumption,
    test_a_released_claim_leaves_no_trace,
    test_a_renewed_lease_is_not_claimed_by_another,
    test_a_retry_is_due_at_its_moment_and_tells_what_went_wrong,
    test_a_success_counts_whoever_holds_the_claim,
    test_a_withdrawn_intent_is_due_at_once_wherever_it_stood,
    test_an_answer_ends_a_dead_letter,
    test_dead_letters_are_listed_in_pages_and_stay_until_they_are_redriven,
    test_no_more_are_claimed_than_are_wanted_of_a_type_or_at_all,
    test_one_that_was_given_up_is_claimed_with_its_cause_and_is_no_crash,
    test_stores_are_durable,
    test_what_a_pause_has_held_is_claimed_once_after_it,
    test_what_is_due_is_claimed_once_and_the_oldest_first,
    test_what_is_left_for_later_is_overdue_after_its_moment,
    test_what_is_ready_can_be_claimed_early_and_nothing_else,
    test_what_runs_while_its_instance_is_paused_is_held_when_it_comes_back,
)
from tests.stores.test_saving import gathered


async def plan(sql, statements, text):
    """The plan of a statement once for all its parameters, as the sessions of a database make it."""
    await sql.execute(
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off; "
        "SET enable_hashjoin = off; SET enable_mergejoin = off"
    )
    await sql.execute(f"PREPARE asked AS {statements.of(text)}")
    count = len(await sql.fetchval("SELECT parameter_types FROM pg_prepared_statements WHERE name = 'asked'"))
    lines = await sql.fetch(f"EXPLAIN EXECUTE asked ({', '.join(['NULL'] * count)})")
    await sql.execute("DEALLOCATE asked")
    return "\n".join(line[0] for line in lines)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        (CLAIM, "telic_outbox_due"),
        (HEAD, "telic_outbox_due"),
        (DEAD, "telic_outbox_dead"),
        (DUE_DEADLINES, "telic_wait_due"),
        (NEXT_DEADLINE, "telic_wait_due"),
    ],
)
async def test_what_is_due_is_found_by_a_seek_in_an_index(sql, db, text, index):
    found = await plan(sql, db.statements, text)
    assert f"using {index} on" in found
    assert "Seq Scan" not in found


async def test_two_databases_never_share_a_claim(opened, store, runtime):
    await submitted(runtime, *(f"w-{number}" for number in range(40)))
    async with opened() as other:
        both = (store, other.store(desk))
        found = await gathered(16, lambda number: claimed(both[number % 2], now=NOW + 2 * LEASE, limit=5))
    taken = [claim.id for claims in found for claim in claims]
    assert len(taken) == len(set(taken))
    assert len(taken) + len(await claimed(store, now=NOW + 2 * LEASE, limit=100, most=100)) == 40


async def test_a_claim_passes_over_what_another_is_claiming(sql, store, runtime):
    await submitted(runtime, "a", "b")
    async with sql.transaction():
        inside = store.within(conn=sql)
        assert names(await claimed(inside, now=NOW + 9 * SECOND, limit=1)) == ["a"]
        assert names(await claimed(store, now=NOW + 9 * SECOND)) == ["b"]


async def test_whoever_settles_waits_for_an_answer_that_is_under_way(sql, store, runtime):
    await submitted(runtime, "a", "b")
    first, second = await claimed(store, now=NOW + 9 * SECOND)
    answered = sql.transaction()
    await answered.start()
    inside = WorkflowRuntime(machine=desk, store=store.within(conn=sql))
    assert (await inside.answer(first.id, Checked())).kind == "stepped"
    both = asyncio.ensure_future(store.settle([retried(second, NOW, "no"), retried(first, NOW, "no")]))
    assert (await runtime.run_step(WorkflowId("c"), Begin())).kind == "started"
    assert not both.done()
    await answered.commit()
    assert await both == (True, False)


async def test_a_transaction_of_the_caller_keeps_its_own_patience(sql, store, runtime):
    await submitted(runtime, "a")
    async with sql.transaction():
        inside = store.within(conn=sql)
        (claim,) = await claimed(inside)
        await inside.renew([claim], NOW + LEASE)
        await inside.settle([buried(claim, "no")])
        await inside.redrive(now=NOW)
        await inside.sweep()
        assert await sql.fetchval("SHOW lock_timeout") == "0"
    assert names(await claimed(store)) == ["a"]


async def test_an_intent_that_todays_code_cannot_read_is_given_back_and_told(sql, store, runtime):
    await submitted(runtime, "a", "b")
    await sql.execute("UPDATE telic_outbox SET payload = '[]' WHERE id = 'a'")
    assert names(await claimed(store, now=NOW + SECOND)) == ["b"]
    row = await sql.fetchrow("SELECT state, attempt, epoch, problem FROM telic_outbox WHERE id = 'a'")
    assert tuple(row)[:3] == (0, 0, 1)
    assert row["problem"].startswith("cannot read 'check-it' version 1")
    assert await store.next_due(["check-it"]) == NOW + SECOND + LEASE  # the lease of b


async def test_what_todays_code_cannot_read_is_listed_and_hides_no_other(sql, store, runtime):
    await submitted(runtime, "a", "b", "c")
    await store.settle([buried(one, "no") for one in await claimed(store, now=NOW + LEASE)])
    await sql.execute("UPDATE telic_outbox SET payload = '[]', version = 7 WHERE id = 'b'")
    listed(await store.outbox(), [(one.workflow_id, one.opened) for one in await store.dead_letters()])
    assert await store.redrive([IntentId("b:2:0")], now=NOW) == 1


async def test_deadlines_are_due_postponed_and_held(store, runtime):
    await submitted(runtime, "a", "b")
    (first, second) = await store.due_deadlines(NOW + 9999 * LEASE, 10)
    assert (first.workflow_id, first.key) == ("a", "Lapsed")
    assert await store.next_deadline() == first.at
    assert await store.due_deadlines(first.at - SECOND, 10) == ()
    assert await store.due_deadlines(NOW + 9999 * LEASE, 1) == (first,)
    await store.postpone(first, second.at + SECOND)
    assert await store.next_deadline() == second.at
    assert await store.due_deadlines(second.at, 10) == (second,)
    await runtime.run_step(WorkflowId("b"), Pause())
    assert await store.next_deadline() == second.at + SECOND
    await runtime.run_step(WorkflowId("a"), Pause())
    assert await store.next_deadline() is None


async def test_a_sweep_writes_the_waits_that_newer_code_declares(sql, store, runtime):
    await submitted(runtime, "a", "b", "c")
    await runtime.run_step(WorkflowId("b"), Pause())
    text = "SELECT * FROM telic_wait ORDER BY id, key"
    everything = await sql.fetch(text)
    await sql.execute("""
        DELETE FROM telic_wait WHERE id = 'a' OR id = 'b';
        UPDATE telic_wait SET due_us = 1 WHERE id = 'c' AND type = 'deadline';
        INSERT INTO telic_wait (tenant, machine, id, key, type, event, since, opened_us)
        SELECT tenant, machine, id, 'old', type, event, since, opened_us
        FROM telic_wait WHERE id = 'c' AND type = 'deadline'
    """)
    first = await store.sweep(limit=2)
    assert first == (WorkflowId("b"), ("a", "b"))
    assert await store.sweep(after=first.last, limit=2) == (None, ("c",))
    assert await sql.fetch(text) == everything
    assert (await store.sweep()).repaired == ()
    assert await store.sweep(after=WorkflowId("c")) == (None, ())


async def test_a_sweep_leaves_alone_what_has_moved_meanwhile(sql, db, store, runtime, monkeypatch):
    await submitted(runtime, "a", "b")
    await sql.execute("DELETE FROM telic_wait")
    change = db.change

    async def after_another(operation, text, *values):
        await runtime.run_step(WorkflowId("a"), Pause())
        return await change(operation, text, *values)

    monkeypatch.setattr(db, "change", after_another)
    assert (await store.sweep()).repaired == ("b",)


async def test_what_cannot_be_read_is_passed_over_by_a_sweep(sql, opened, runtime):
    await submitted(runtime, "a")
    await sql.execute("UPDATE telic_instance SET state = '[]'")
    async with opened() as other:
        assert await other.store(desk).sweep() == (None, ())


async def test_tenants_do_not_claim_from_each_other(store):
    one, two = store.within(tenant="one"), store.within(tenant="two")
    await submitted(WorkflowRuntime(machine=desk, store=one), "a")
    assert await claimed(two, now=NOW + LEASE) == ()
    (claim,) = await claimed(one, now=NOW + LEASE)
    assert await two.settle([retried(claim, NOW, "no")]) == (False,)
    assert await one.settle([buried(claim, "no")]) == (True,)
    assert await two.dead_letters() == ()
    assert await two.redrive([IntentId("a:2:0")], now=NOW) == 0
    assert await store.settle([]) == ()


async def test_a_step_that_submits_is_claimed_at_once(store, runtime):
    await runtime.run_step(WorkflowId("a"), Begin(), now=NOW)
    await runtime.run_step(WorkflowId("a"), Submit(), now=NOW)
    assert await store.next_due(["check-it"]) == NOW
    assert await store.next_due(["other"]) is None
    assert names(await claimed(store)) == ["a"]
