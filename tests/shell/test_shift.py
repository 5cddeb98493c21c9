"""A worker at work: claims, leases, retries, dead letters, each rule by its fact."""

from datetime import timedelta

import anyio

from telic import Later, Retry
from telic.kernel.errors import StoreFailed
from telic.kernel.handling import NonRetryable, RetryAfter
from tests.shell.till import NOW, Ask, Charge, Done, HandClock, Note, Quiet, Ref, TakeBack, Wire, until

LEASE = 30


class Scripted:
    """A handler that does what it is told, one thing for each attempt, and keeps the calls."""

    def __init__(self, *acts):
        self.acts = list(acts)
        self.calls = []
        self.began = anyio.Event()
        self.cancelled = False

    async def __call__(self, intent, call):
        self.calls.append(call.attempt)
        self.began.set()
        act = self.acts.pop(0) if self.acts else None
        if isinstance(act, anyio.Event):
            try:
                await act.wait()
            except anyio.get_cancelled_exc_class():
                self.cancelled = True
                raise
            act = self.acts.pop(0) if self.acts else None
        if isinstance(act, Exception):
            raise act
        return act if act is not None else Done(ref=intent.ref)


def logged(bench, *lines):
    async def check():
        return await bench.log() == lines

    return check


def due_at(bench, seconds):
    """What is due next is due so many seconds after the beginning."""

    async def check():
        due = await bench.store.next_due(["Charge", "Wire", "Quiet"])
        return due == NOW + timedelta(seconds=seconds)

    return check


async def test_what_a_commit_opens_is_carried_out_at_once(bench):
    worker = bench.worker()
    async with bench.working(worker):
        await bench.ask(Ask(what="charge"))
        await until(logged(bench, "charge-0 done"))
        await bench.ask(Ask(what="note"))
        await until(lambda: nothing_open(bench))
    assert bench.clock.now() == NOW


async def nothing_open(bench):
    return not await bench.open()


async def test_a_failure_is_retried_when_its_delay_has_passed(bench):
    handler = Scripted(OSError("no network"), OSError("no network"))
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(due_at(bench, 1))
        bench.clock.move(1)
        await until(due_at(bench, 3))
        bench.clock.move(2)
        await until(logged(bench, "charge-0 done"))
    assert handler.calls == [1, 2, 3]


async def test_a_used_up_policy_tells_the_state(bench):
    handler = Scripted(OSError("no network"))
    await bench.ask(Ask(what="charge"))
    once = Charge.handled_by(handler, retry=Retry(max_attempts=1))
    async with bench.working(bench.worker(once)):
        await until(logged(bench, "charge-0 exhausted: OSError: no network"))
    assert (await bench.open(), await bench.dead()) == ([], [])


async def test_a_failure_that_no_state_takes_is_a_dead_letter_until_it_is_redriven(bench):
    handler = Scripted(OSError("no network"))
    await bench.ask(Ask(what="quiet"))
    once = Quiet.handled_by(handler, retry=Retry(max_attempts=1))
    async with bench.working(bench.worker(once)):
        await until(lambda: some_dead(bench))
        (letter,) = await bench.store.dead_letters()
        assert (letter.cause, letter.problem, letter.attempt) == ("exhausted", "OSError: no network", 1)
        assert await bench.open() == ["till:2:0"]
        await bench.store.redrive(now=bench.clock.now())
        await until(logged(bench, "quiet-0 done"))
    assert handler.calls == [1, 1]


async def some_dead(bench):
    return bool(await bench.dead())


async def test_what_must_not_be_retried_is_not(bench):
    handler = Scripted(NonRetryable("no such card"))
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(logged(bench, "charge-0 non_retryable: NonRetryable: no such card"))
    assert handler.calls == [1]


async def test_a_handler_may_ask_for_a_longer_delay(bench):
    handler = Scripted(RetryAfter(timedelta(seconds=20)))
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(due_at(bench, 20))


async def test_an_attempt_that_takes_too_long_is_cancelled_and_counts(bench):
    handler = Scripted(anyio.Event())
    deadlines = []

    async def slow(intent, call):
        deadlines.append(call.deadline)
        return await handler(intent, call)

    await bench.ask(Ask(what="charge"))
    policy = Retry(max_attempts=2, jitter=0, attempt_timeout=timedelta(seconds=5))
    async with bench.working(bench.worker(Charge.handled_by(slow, retry=policy))):
        await handler.began.wait()
        bench.clock.move(5)
        await until(due_at(bench, 6))
        bench.clock.move(1)
        await until(logged(bench, "charge-0 done"))
    assert handler.cancelled
    assert deadlines == [NOW + timedelta(seconds=5), NOW + timedelta(seconds=11)]


async def test_at_most_once_is_in_doubt_when_its_lease_has_lapsed(bench):
    handler = Scripted()
    await bench.ask(Ask(what="wire"))
    until_then = NOW + timedelta(seconds=LEASE)
    await bench.store.claim({"Wire": 1}, 1, now=NOW, until=until_then, worker="dead")
    async with bench.working(bench.worker(Wire.handled_by(handler))):
        bench.clock.move(LEASE)
        doubt = "wire-0 in_doubt: expected an end of the one attempt, got none before its lease ended"
        await until(logged(bench, doubt))
    assert handler.calls == []


async def test_at_most_once_is_in_doubt_when_its_handler_raises(bench):
    handler = Scripted(OSError("no network"))
    await bench.ask(Ask(what="wire"))
    async with bench.working(bench.worker(Wire.handled_by(handler))):
        await until(logged(bench, "wire-0 in_doubt: OSError: no network"))
    assert handler.calls == [1]


async def test_at_least_once_is_run_again_when_its_lease_has_lapsed(bench):
    handler = Scripted()
    await bench.ask(Ask(what="charge"))
    await bench.store.claim({"Charge": 1}, 1, now=NOW, until=NOW + timedelta(seconds=LEASE), worker="dead")
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        bench.clock.move(LEASE)
        await until(logged(bench, "charge-0 done"))
    assert handler.calls == [2]


async def test_what_kills_its_workers_is_given_up(bench):
    handler = Scripted()
    await bench.ask(Ask(what="charge"))
    for number in range(3):
        at = NOW + timedelta(seconds=number)
        await bench.store.claim({"Charge": 1}, 1, now=at, until=at + timedelta(seconds=1), worker="dead")
    bench.clock.move(LEASE)
    async with bench.working(bench.worker(Charge.handled_by(handler), max_crashes=3)):
        await until(logged(bench, "charge-0 exhausted: expected an end, got 3 attempts that outlived their lease"))
    assert handler.calls == []


async def test_what_is_withdrawn_and_unclaimed_never_runs(bench):
    handler = Scripted()
    await bench.ask(Ask(what="charge"))
    await bench.ask(TakeBack())
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(logged(bench, "charge-0 withdrawn: withdrawn before anybody carried it out"))
    assert (handler.calls, await bench.open()) == ([], [])


async def test_what_is_withdrawn_while_it_runs_is_cancelled(bench):
    handler = Scripted(anyio.Event())
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler), concurrency=1)):
        await handler.began.wait()
        await bench.ask(TakeBack())
        await until(logged(bench, "charge-0 withdrawn: withdrawn while it ran"))
    assert handler.cancelled


async def test_a_withdrawal_by_another_process_is_noticed_with_the_next_renewal(bench):
    handler = Scripted(anyio.Event())
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await handler.began.wait()
        hints = bench.store.hints
        bells, hints.bells = hints.bells, ()
        await bench.ask(TakeBack())
        hints.bells = bells
        bench.clock.move(LEASE / 3)
        await until(logged(bench, "charge-0 withdrawn: withdrawn while it ran"))


async def test_the_success_of_a_stale_worker_counts_and_the_second_is_a_duplicate(bench):
    go, ahead = anyio.Event(), HandClock(NOW + timedelta(seconds=LEASE))
    stale, fresh = Scripted(go), Scripted(anyio.Event())
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(stale))):
        await stale.began.wait()
        async with bench.working(bench.worker(Charge.handled_by(fresh), clock=ahead)):
            await fresh.began.wait()
            go.set()
            await until(logged(bench, "charge-0 done"))
    assert (stale.calls, fresh.calls) == ([1], [2])


async def test_the_failure_of_a_stale_worker_is_not_heard(bench):
    go, finish, ended = anyio.Event(), anyio.Event(), anyio.Event()
    ahead = HandClock(NOW + timedelta(seconds=LEASE))
    stale, fresh = Scripted(go, NonRetryable("no such card")), Scripted(finish)
    await bench.ask(Ask(what="charge"))
    old = bench.worker(Charge.handled_by(stale))

    async def run_old():
        await old.run()
        ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(run_old)
        await stale.began.wait()
        async with bench.working(bench.worker(Charge.handled_by(fresh), clock=ahead)):
            await fresh.began.wait()
            go.set()
            old.stop()
            await ended.wait()
            assert await bench.log() == ()
            finish.set()
            await until(logged(bench, "charge-0 done"))
    assert (stale.calls, fresh.calls) == ([1], [2])


async def test_a_renewed_lease_is_left_alone_by_others(bench):
    go, ahead = anyio.Event(), HandClock()
    first, second = Scripted(go), Scripted()
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(first))):
        await first.began.wait()
        for step in range(1, 7):
            bench.clock.move(10)
            await until(due_at(bench, LEASE + 10 * step))
        ahead.move(65)
        async with bench.working(bench.worker(Charge.handled_by(second), clock=ahead)):
            go.set()
            await until(logged(bench, "charge-0 done"))
    assert second.calls == []


async def test_a_worker_that_has_lost_its_lease_cancels_the_handler(bench):
    handler, taken = Scripted(anyio.Event()), NOW + timedelta(seconds=LEASE)
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await handler.began.wait()
        await bench.store.claim({"Charge": 1}, 1, now=taken, until=NOW + timedelta(days=1), worker="another")
        bench.clock.move(LEASE / 3)
        await until(lambda: was_cancelled(handler))
    assert await bench.log() == ()


async def was_cancelled(handler):
    return handler.cancelled


async def test_a_worker_that_cannot_renew_its_leases_stops_trusting_them(bench, monkeypatch):
    async def fails(claims, until):
        raise StoreFailed("renew", "the disk is gone")

    handler = Scripted(anyio.Event())
    await bench.ask(Ask(what="charge"))
    monkeypatch.setattr(bench.store, "renew", fails)
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await handler.began.wait()
        for _ in range(3):
            assert not handler.cancelled
            bench.clock.move(LEASE / 3)
            await anyio.wait_all_tasks_blocked()
        await until(lambda: was_cancelled(handler))


async def test_a_renewed_lease_is_trusted_anew(bench, monkeypatch):
    renew, renewals = bench.store.renew, []

    async def once(claims, until):
        renewals.append(until)
        if len(renewals) > 1:
            raise StoreFailed("renew", "the disk is gone")
        return await renew(claims, until)

    handler = Scripted(anyio.Event())
    await bench.ask(Ask(what="charge"))
    monkeypatch.setattr(bench.store, "renew", once)
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await handler.began.wait()
        bench.clock.move(LEASE / 3)
        await until(due_at(bench, LEASE / 3 + LEASE))
        await anyio.wait_all_tasks_blocked()
        for step in range(2, 5):
            assert not handler.cancelled
            bench.clock.move(LEASE / 3)
            await until(lambda step=step: counted(renewals, step))
            await anyio.wait_all_tasks_blocked()
        await until(lambda: was_cancelled(handler))


async def test_later_stays_open_until_it_is_answered(bench):
    handler = Scripted(Later(until=NOW + timedelta(hours=1)))
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await handler.began.wait()
        await until(due_at(bench, 3600))
        bench.clock.move(3000)
        await bench.runtime.answer((await bench.open())[0], Done(ref=Ref("charge-0")))
        await until(logged(bench, "charge-0 done"))
    assert handler.calls == [1]


async def test_later_fails_as_exhausted_when_its_time_is_over(bench):
    handler = Scripted(Later(until=NOW + timedelta(hours=1)))
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(due_at(bench, 3600))
        bench.clock.move(3600)
        await until(logged(bench, "charge-0 exhausted: expected its answer in time, got none"))
    assert handler.calls == [1]


async def test_a_success_after_a_failure_was_taken_is_not_lost(bench):
    await bench.ask(Ask(what="charge"))
    (key,) = await bench.open()
    async with bench.working(bench.worker(Charge.handled_by(Scripted(Later(until=NOW))))):
        await until(logged(bench, "charge-0 exhausted: expected its answer in time, got none"))
    await bench.runtime.answer(key, Done(ref=Ref("charge-0")))
    assert (await bench.log())[-1] == "charge-0 done"


async def test_an_answer_that_the_machine_cannot_take_is_a_dead_letter(bench):
    handler = Scripted(Done(ref=Ref("broken")))
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(lambda: some_dead(bench))
    (letter,) = await bench.store.dead_letters()
    assert (letter.cause, letter.problem) == (None, "ValueError: no such drawer")


async def test_a_wrong_answer_is_a_dead_letter(bench):
    await bench.ask(Ask(what="note"))
    async with bench.working(bench.worker(Note.handled_by(Scripted(Done(ref=Ref("r")))))):
        await until(lambda: some_dead(bench))
    (letter,) = await bench.store.dead_letters()
    assert letter.problem.startswith("WrongAnswer: handler of Note: expected None, got Done(")


async def test_an_answer_is_kept_while_the_store_does_not_save(bench, monkeypatch):
    handler, save, failures = Scripted(), bench.store.save, [1, 2, 3]

    async def fails(commit):
        if handler.calls and failures:
            failures.pop()
            raise StoreFailed("save", "the disk is busy")
        await save(commit)

    await bench.ask(Ask(what="wire"))
    monkeypatch.setattr(bench.store, "save", fails)
    bench.over_again()
    async with bench.working(bench.worker(Wire.handled_by(handler))):
        await handler.began.wait()
        while failures:
            bench.clock.move(0.4)
            await anyio.wait_all_tasks_blocked()
        bench.clock.move(1)
        await until(logged(bench, "wire-0 done"))
    assert handler.calls == [1]


async def test_a_failure_that_was_noted_is_delivered_by_whoever_finds_it(bench, monkeypatch):
    fail = bench.runtime.fail
    calls = []

    async def dies(key, cause, detail, *, now):
        calls.append(key)
        if len(calls) == 1:
            raise StoreFailed("load", "the disk is gone")
        return await fail(key, cause, detail, now=now)

    handler = Scripted(NonRetryable("no such card"))
    await bench.ask(Ask(what="charge"))
    vars(bench.runtime)["fail"] = dies
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(lambda: counted(calls, 1))
        await until(due_at(bench, LEASE))
        await anyio.wait_all_tasks_blocked()
        bench.clock.move(LEASE)
        await until(logged(bench, "charge-0 non_retryable: NonRetryable: no such card"))
    assert handler.calls == [1]


async def counted(calls, count):
    return len(calls) >= count


async def test_what_this_code_cannot_read_waits_for_other_code(bench):
    database = getattr(bench.store, "lane_key", None)
    if database is None:
        return  # no code is older than what is in memory

    async def overwrite(state):
        def work(connection):
            (before,) = connection.execute("SELECT state FROM telic_instance").fetchone()
            connection.execute("UPDATE telic_instance SET state = ?, at_us = at_us + 1", (state,))
            return before

        return await database.carry_out("test", work)

    answered, failed = Scripted(), Scripted(NonRetryable("no such card"))
    await bench.ask(Ask(what="charge"))
    await bench.ask(Ask(what="wire"))
    readable = await overwrite(b"[]")
    async with bench.working(bench.worker(Charge.handled_by(answered), Wire.handled_by(failed))):
        await until(due_at(bench, 60))
        await overwrite(readable)
        bench.clock.move(60)
        await until(lambda: nothing_open(bench))
    assert sorted(await bench.log()) == ["charge-0 done", "wire-1 non_retryable: NonRetryable: no such card"]
    assert (answered.calls, failed.calls) == ([1, 1], [1])
