"""A file under fire: a full disk, and copies that are taken at any instant."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.chaos.checker import Verdict, examine
from tests.chaos.crew import Crew, pause
from tests.chaos.evidence import EFFECTS, SENT, TOLD, Evidence
from tests.chaos.machine import errand
from tests.chaos.marks import Phase
from tests.chaos.places import SqliteFile
from tests.chaos.scenario import Outcome, under_fire


def filled(place: SqliteFile, where: Path, times: int) -> Outcome:
    """The disk is full for a while, again and again."""
    refused: list[int] = []

    def blows(crew: Crew) -> int:
        for _ in range(times):
            pause(0.3, 0.8)
            crew.marks.disk_full = True
            pause(0.5, 1.2)
            crew.marks.disk_full = False
        pause(0.3, 0.5)
        refused.extend(crew.marks.count(slot, Phase.REFUSED) for slot in crew.processes)
        return times

    outcome = under_fire("disk full for a second", place, where, blows)
    if not sum(refused):
        outcome = outcome._replace(problems=(*outcome.problems, "expected the full disk to be noticed, it was not"))
    return outcome._replace(details={"refused_to_senders": sum(refused)})


def copied_frozen(place: SqliteFile, where: Path, times: int) -> Outcome:
    """Database and write-ahead log are copied while every process stands still at some instant."""

    def copy(crew: Crew, into: Path) -> None:
        with crew.all_frozen():
            _keep_evidence(where, into, (SENT, TOLD, EFFECTS))
            for end in ("", "-wal"):
                shutil.copyfile(place.path + end, into / f"copy.db{end}")

    return _copied("copy of database and log, all processes stopped", place, where, times, copy)


def copied_live(place: SqliteFile, where: Path, times: int) -> Outcome:
    """The backup API of SQLite copies the database while it is written to."""

    def copy(crew: Crew, into: Path) -> None:
        _keep_evidence(where, into, (SENT, TOLD))
        with closing(sqlite3.connect(place.path)) as source, closing(sqlite3.connect(into / "copy.db")) as target:
            source.backup(target)
        _keep_evidence(where, into, (EFFECTS,))

    return _copied("copy of a live database by the backup API", place, where, times, copy)


def _copied(scenario: str, place: SqliteFile, where: Path, times: int, copy) -> Outcome:
    taken: list[Path] = []

    def blows(crew: Crew) -> int:
        for number in range(times):
            pause()
            into = where / f"copy-{number}"
            into.mkdir()
            copy(crew, into)
            taken.append(into)
        return times

    outcome = under_fire(scenario, place, where, blows)
    found = [_examined(into) for into in taken]
    findings = tuple(finding for verdict in found for finding in verdict.findings)
    verdict = Verdict((*outcome.verdict.findings, *findings), outcome.verdict.figures)
    records = sum(int(one.figures["records"]) for one in found)
    open_intents = sum(int(one.figures["open"]) for one in found)
    return outcome._replace(verdict=verdict, details={"records_in_copies": records, "open_in_copies": open_intents})


def _examined(into: Path) -> Verdict:
    return examine(SqliteFile(str(into / "copy.db")), errand, Evidence.of(into), ended=False)


def _keep_evidence(where: Path, into: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if (where / name).exists():
            shutil.copyfile(where / name, into / name)
