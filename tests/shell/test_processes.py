"""Workers in processes of their own, on one file: they share, and one that is killed loses nothing."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from telic.stores.sqlite import SqliteDatabase
from tests.house.tree import ROOT
from tests.shell.conftest import Bench
from tests.shell.test_shift import Scripted, logged, nothing_open
from tests.shell.till import Ask, Charge, HandClock, Open, Wire, till, until


@contextmanager
def process(path, how):
    arguments = [sys.executable, "-m", "tests.shell.process", str(path), how]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        try:
            yield other
        finally:
            other.kill()


@pytest.fixture
async def shared(tmp_path):
    """A till in a file, as this process sees it under the time of the machine."""
    path = tmp_path / "till.db"
    async with SqliteDatabase(path) as database:
        clock = HandClock(datetime.now(UTC))
        bench = Bench(database.store(till), clock)
        await bench.ask(Open())
        yield path, bench


async def test_what_a_killed_process_was_at_is_run_again_after_its_lease(shared):
    path, bench = shared
    await bench.ask(Ask(what="charge"))
    with process(path, "hang") as other:
        assert other.stdout.readline() == "till:2:0\n"
        other.kill()
        other.wait()
    handler = Scripted()
    bench.clock.move((datetime.now(UTC) - bench.clock.now() + timedelta(seconds=20)).total_seconds())
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(lambda: leased(bench))
        assert handler.calls == []
        bench.clock.move(15)
        await until(logged(bench, "charge-0 done"))
    assert handler.calls == [2]


async def leased(bench):
    due = await bench.store.next_due(["Charge"])
    return due is not None and due > bench.clock.now()


async def test_at_most_once_is_in_doubt_after_its_process_was_killed(shared):
    path, bench = shared
    await bench.ask(Ask(what="wire"))
    with process(path, "hang") as other:
        assert other.stdout.readline() == "till:2:0\n"
        other.kill()
        other.wait()
    handler = Scripted()
    bench.clock.move((datetime.now(UTC) - bench.clock.now() + timedelta(seconds=40)).total_seconds())
    async with bench.working(bench.worker(Wire.handled_by(handler))):
        doubt = "wire-0 in_doubt: expected an end of the one attempt, got none before its lease ended"
        await until(logged(bench, doubt))
    assert handler.calls == []


async def test_two_processes_on_one_file_carry_out_each_intent_once(shared):
    path, bench = shared
    with process(path, "share") as one, process(path, "share") as two:
        assert [other.stdout.readline() for other in (one, two)] == ["ready\n", "ready\n"]
        await bench.ask(Ask(what="charge", many=60))
        await until(lambda: nothing_open(bench))
        for other in (one, two):
            other.send_signal(signal.SIGTERM)
        lines = [*one.stdout.read().split(), *two.stdout.read().split()]
        assert (one.wait(), two.wait()) == (0, 0)
    assert len(lines) == len(set(lines)) == 60
    assert len(await bench.log()) == 60


async def test_a_process_that_is_told_to_stop_gives_nothing_up(shared):
    path, bench = shared
    await bench.ask(Ask(what="charge"))
    with process(path, "hang") as other:
        assert other.stdout.readline() == "till:2:0\n"
        other.send_signal(signal.SIGTERM)
        other.send_signal(signal.SIGINT)
        other.wait()
    handler = Scripted()
    bench.clock.move((datetime.now(UTC) - bench.clock.now()).total_seconds())
    async with bench.working(bench.worker(Charge.handled_by(handler))):
        await until(logged(bench, "charge-0 done"))
    assert handler.calls == [1]
