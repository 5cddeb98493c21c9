"""The driver: a log goes into a real SQLite file, once, twice, and after a kill.

Logs are made up and small; the real one is run where `LOAN_LOG` names it. No test here may
know what the driver has in memory: what counts is what it reports and what the file holds.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import anyio
import pytest

from examples.loan.driver import Driver, Run, event_id
from examples.loan.generator import generate, write_xes
from examples.loan.log import Case, LogError, read_cases
from examples.loan.machine import LoanEvent, LoanState, loan
from examples.loan.report import peak_bytes, table
from examples.loan.tally import Tally
from telic import WorkflowId, WorkflowRuntime
from telic.kernel.events import Pause
from telic.kernel.snapshot import Outcome
from telic.stores.sqlite import SqliteDatabase

ROOT = Path(__file__).parents[3]
CASES, SEED = 60, 7
LINES = {"A": 287, "O": 135, "W": 894}
MISFIT = "complete_application is scheduled already"
REAL_LOG = os.environ.get("LOAN_LOG", "")


@pytest.fixture
def told() -> list[Case]:
    return list(generate(CASES, SEED))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "loan.sqlite"


async def run(path: Path, cases, concurrency: int = 8, watch=None) -> Run:
    async with SqliteDatabase(path, commit="inline") as db:
        return await Driver(db.store(loan), watch).run(cases, concurrency)


async def test_every_line_is_applied_or_recorded_as_a_misfit(path, told):
    tally = (await run(path, told)).tally
    assert tally.lines == LINES
    assert tally.applied == {**LINES, "W": LINES["W"] - 1}
    assert tally.ignored == {("W", MISFIT): 1}
    assert tally.outcomes == {"declined": 33, "cancelled": 19, "activated": 7, "finalized": 1}
    assert (tally.refused, tally.duplicates) == (Counter(), 0)


async def test_a_second_run_is_duplicate_throughout_and_ends_in_the_same_table(path, told):
    first = (await run(path, told)).tally
    second = (await run(path, told)).tally
    assert second.duplicates == second.lines.total() == 1_316
    assert table(second) == table(first)


@pytest.mark.parametrize("concurrency", [1, 200])
async def test_the_table_does_not_depend_on_how_many_cases_run_at_once(path, told, concurrency):
    tally = (await run(path, told, concurrency)).tally
    assert table(tally) == table((await run(path, told)).tally)


async def test_the_lines_of_a_case_are_recorded_in_order_and_at_their_times(path, told):
    await run(path, told)
    async with SqliteDatabase(path) as db:
        for case in told:
            journal = await db.store(loan).journal(WorkflowId(case.id))
            assert [entry.event_id for entry in journal] == [event_id(line) for line in case.lines]
            assert [entry.at for entry in journal] == [line.at for line in case.lines]
            assert [entry.actor for entry in journal] == [line.resource or "" for line in case.lines]


async def test_a_misfit_stands_in_the_journal_with_its_reason(path, told):
    await run(path, told)
    async with SqliteDatabase(path) as db:
        store = db.store(loan)
        journals = [await store.journal(WorkflowId(case.id)) for case in told]
    ignored = [line for journal in journals for line in journal if line.outcome is Outcome.IGNORED]
    assert [entry.why for entry in ignored] == [(MISFIT,)]
    assert ignored[0].event.activity == "W_Completeren aanvraag"


async def test_no_more_cases_are_read_than_there_is_room_for(path, told):
    read = 0
    ahead = []

    def counted() -> Iterator[Case]:
        nonlocal read
        for case in told:
            read += 1
            yield case

    def watch(tally: Tally) -> None:
        ahead.append(read - tally.instances)

    await run(path, counted(), concurrency=3, watch=watch)
    assert max(ahead) == 4  # three under way, and one that is waiting to be taken


async def test_a_case_that_never_began_is_refused_and_not_recorded(path, told):
    case = replace(told[0], lines=told[0].lines[1:3])
    for _ in range(2):
        tally = (await run(path, [case])).tally
        assert tally.refused.total() == 2
        assert {reason for _, reason in tally.refused} == {"not_found"}
        assert tally.instances == 0


async def test_a_paused_application_takes_nothing_and_goes_on_another_time(path, told):
    case = told[0]
    begun = replace(case, lines=case.lines[:2])
    await run(path, [begun])
    async with SqliteDatabase(path) as db:
        runtime: WorkflowRuntime[LoanState, LoanEvent]
        runtime = WorkflowRuntime(machine=loan, store=db.store(loan))
        await runtime.run_step(WorkflowId(case.id), Pause())
    tally = (await run(path, [case])).tally
    assert {reason for _, reason in tally.refused} == {"rejected"}
    assert tally.refused.total() == len(case.lines) - 2
    assert tally.outcomes == {"partly_submitted": 1}


async def test_where_the_log_is_broken_what_was_read_is_kept(tmp_path, path, told):
    log = tmp_path / "log.xes.gz"
    write_xes(log, told)
    whole = log.read_bytes()
    log.write_bytes(whole[: len(whole) // 2])
    broken = await run(path, read_cases(log))
    assert isinstance(broken.fault, LogError)
    assert broken.tally.instances == broken.fault.cases_read > 0
    log.write_bytes(whole)
    mended = await run(path, read_cases(log))
    assert mended.fault is None
    assert mended.tally.duplicates == broken.tally.lines.total()


KILLED = """
import os, signal, sys
import anyio
from pathlib import Path
from examples.loan.driver import Driver
from examples.loan.generator import generate
from examples.loan.machine import loan
from telic.stores.sqlite import SqliteDatabase

def watch(tally):
    if tally.lines.total() == 700:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with SqliteDatabase(sys.argv[1], commit=sys.argv[2]) as db:
        await Driver(db.store(loan), watch).run(generate(60, 7), 8)

anyio.run(main)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("commit", ["inline", "thread"])
def test_a_run_that_was_killed_is_finished_by_the_next(tmp_path, path, told, commit):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), commit], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    tally = anyio.run(run, path, told).tally
    assert 700 <= tally.duplicates < tally.lines.total()
    assert table(tally) == table(anyio.run(run, tmp_path / "other.sqlite", told).tally)


@pytest.mark.skipif(not REAL_LOG, reason="LOAN_LOG names no log")
@pytest.mark.timeout(900)
def test_the_real_log(path):
    for duplicates in (0, 262_200):
        tally = anyio.run(run, path, read_cases(Path(REAL_LOG)), 64).tally
        assert tally.duplicates == duplicates
        assert tally.lines == {"A": 60_849, "O": 31_244, "W": 170_107}
        assert tally.applied == {"A": 60_849, "O": 31_244, "W": 170_055}
        assert tally.ignored.total() == 52
        assert tally.outcomes == {
            "activated": 2_246,
            "declined": 7_635,
            "cancelled": 2_807,
            "preaccepted": 69,
            "accepted": 3,
            "finalized": 327,
        }
    assert (peak_bytes() or 0) < 300_000_000


async def test_the_driver_takes_any_iterable_of_cases(path):
    assert (await run(path, islice(generate(CASES, SEED), 2))).tally.instances == 2
