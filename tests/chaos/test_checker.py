"""The checker sees what it is there to see: each invariant is broken by hand, and found."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from telic import EventId, Handlers, System, Worker, WorkflowId, WorkflowRuntime
from tests.chaos.checker import examine
from tests.chaos.evidence import Effect, Evidence, Sent, Told
from tests.chaos.machine import Announce, Begin, Paid, Pay, Poke, Work, Worked, errand
from tests.chaos.places import SqliteFile

ONE = WorkflowId("one")


async def played(place):
    """One errand that ends, and one that is left in the midst."""
    effects, told = [], []

    async def acted(intent, call):
        effects.append(Effect(call.key, type(intent).__name__, call.attempt, 1, 0.0))
        return Worked(ref=intent.ref) if isinstance(intent, Work) else None

    async def pay(intent, call):
        await acted(intent, call)
        return Paid(ref=intent.ref)

    async with place.database() as database:
        runtime = WorkflowRuntime(machine=errand, store=database.store(errand))
        bound = Handlers(Work.handled_by(acted), Pay.handled_by(pay), Announce.handled_by(acted))
        worker = Worker(System(runtimes=[runtime], handlers=bound))
        for number, event in enumerate((Begin(rounds=1), Poke(number=1), Poke(number=2))):
            id = EventId(f"sender#{number}")
            result = await runtime.run_step(ONE, event, event_id=id)
            told.append(Told(ONE, id, result.kind))
        await worker.drain()
        (wait, *_) = (await runtime.load(ONE)).waits
        await runtime.run_step(ONE, wait.wait.event, wait=wait.key, now=wait.wait.at)
        await worker.drain()
        await runtime.run_step(WorkflowId("two"), Begin(rounds=2))
        await worker.drain()
    return Evidence(tuple(effects), tuple(Sent(one.workflow, one.event) for one in told), tuple(told))


@pytest.fixture
def place(tmp_path):
    return SqliteFile(str(tmp_path / "run.db"), {"durability": "normal"})


@pytest.fixture
def evidence(place):
    return asyncio.run(played(place))


def invariants(place, evidence, *, ended=False):
    return {one.invariant for one in examine(place, errand, evidence, ended=ended).findings}


def broken(place, *statements):
    with closing(sqlite3.connect(place.path)) as connection, connection:
        for one in statements:
            assert connection.execute(one).rowcount > 0


def test_a_run_that_went_well_has_no_findings(place, evidence):
    verdict = examine(place, errand, evidence, ended=False)
    assert verdict.findings == ()
    assert verdict.figures["instances"] == 2
    assert verdict.figures["effects"] == len(evidence.effects) == 5


@pytest.fixture
def cut(place, monkeypatch):
    """A run whose longer journal was cut, and carries a checkpoint later on."""
    monkeypatch.setattr(errand, "checkpoint_every", 3)
    evidence = asyncio.run(played(place))

    async def shortened():
        async with place.database() as database:
            return await database.store(errand).cut(datetime.max.replace(tzinfo=UTC), 4)

    assert asyncio.run(shortened()) == 2
    return evidence


def test_a_journal_that_was_cut_is_in_order(place, cut):
    assert examine(place, errand, cut, ended=False).findings == ()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM telic_checkpoint WHERE id = 'one' AND revision = 3", {"I1", "I2"}),
        ("UPDATE telic_checkpoint SET status = 'paused' WHERE id = 'one' AND revision = 6", {"I2"}),
        ("DELETE FROM telic_event_id WHERE id = 'one' AND event_id = 'sender#1'", {"I6"}),
    ],
)
def test_what_a_cut_must_leave_is_missed(place, cut, statement, found):
    broken(place, statement)
    assert invariants(place, cut) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM telic_journal WHERE id = 'one' AND revision = 2", {"I1", "I2", "I6", "I9"}),
        (
            "UPDATE telic_instance SET state = CAST(replace(CAST(state AS TEXT), '[1,2]', '[1]') AS BLOB) WHERE id = 'one'",
            {"I2"},
        ),
        ("UPDATE telic_journal SET state_hash = x'00' WHERE id = 'one' AND revision = 3", {"I2"}),
        ("UPDATE telic_journal SET answers = 'one:1:1' WHERE id = 'one' AND revision = 4", {"I2", "I3"}),
        ("UPDATE telic_journal SET event_id = 'sender#1' WHERE id = 'one' AND revision = 3", {"I5", "I6", "I9"}),
        ("DELETE FROM telic_wait WHERE id = 'two' AND type = 'task'", {"I9"}),
        ("UPDATE telic_wait SET due_us = due_us + 1 WHERE id = 'two' AND type = 'deadline'", {"I9"}),
        ("DELETE FROM telic_event_id WHERE event_id = 'sender#1'", {"I9"}),
    ],
)
def test_what_was_changed_in_the_store_is_found(place, evidence, statement, found):
    broken(place, statement)
    assert invariants(place, evidence) >= found


def test_an_accepted_event_that_is_not_in_the_journal_is_found(place, evidence):
    told = (*evidence.told, Told(ONE, "sender#9", "stepped"))
    assert invariants(place, evidence._replace(told=told)) == {"I6"}


def test_a_refused_event_that_is_in_the_journal_is_found(place, evidence):
    told = (*evidence.told, Told(ONE, "sender#1", "ended"))
    assert invariants(place, evidence._replace(told=told)) == {"I6"}


def test_an_answer_without_an_effect_is_found(place, evidence):
    assert invariants(place, evidence._replace(effects=evidence.effects[1:])) == {"I4"}


def test_a_second_effect_of_what_may_happen_at_most_once_is_found(place, evidence):
    again = next(one for one in evidence.effects if one.intent == "Pay")
    assert invariants(place, evidence._replace(effects=(*evidence.effects, again))) == {"I4b"}


def test_a_second_effect_of_what_happens_at_least_once_is_right(place, evidence):
    again = next(one for one in evidence.effects if one.intent == "Work")
    assert invariants(place, evidence._replace(effects=(*evidence.effects, again))) == set()


def test_what_does_not_end_is_stuck(place, evidence):
    assert invariants(place, evidence, ended=True) == {"I8"}


def test_a_sender_who_was_never_told_is_stuck(place, evidence):
    findings = examine(place, errand, evidence._replace(told=evidence.told[:-1])).findings
    assert "I8 one: the sender of sender#2 was never told what came of it" in map(str, findings)


def test_a_deadline_that_fired_early_is_found(place, evidence):
    broken(place, "UPDATE telic_journal SET at_us = at_us - 1000000 WHERE id = 'one' AND wait IS NOT NULL")
    assert "I7" in invariants(place, evidence)


def test_an_intent_row_that_is_lost_is_found(place, evidence):
    async def begun():
        async with place.database() as database:
            runtime = WorkflowRuntime(machine=errand, store=database.store(errand))
            await runtime.run_step(WorkflowId("three"), Begin(rounds=1))

    asyncio.run(begun())
    broken(place, "DELETE FROM telic_outbox WHERE id = 'three'")
    assert invariants(place, evidence) == {"I9"}
