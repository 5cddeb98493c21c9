"""A crew of worker processes, forked from this warm one, and the ways to break them.

Everything here is synchronous and has no threads: it forks. What may never be here: a child
that nobody ends.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.chaos.evidence import ORPHANS, Evidence, Ledger
from tests.chaos.marks import HIT, Marks, Phase
from tests.chaos.places import Place
from tests.chaos.worker import Post, Setting, forked_worker

_AIM_SECONDS = 0.4
_LEASED = "SELECT intent_id FROM {{s}}telic_outbox WHERE state = 1 AND worker LIKE '%:{process}:%'"
_ANSWERED = "SELECT answers, min(at_us) FROM {s}telic_journal WHERE answers IS NOT NULL GROUP BY answers"
_OPEN = (
    "SELECT (SELECT count(*) FROM {s}telic_instance WHERE machine = 'errand' AND status = 'running')"
    " + (SELECT count(*) FROM {s}telic_outbox WHERE machine = 'errand')"
)


class Crew:
    """Some worker processes on one place.

    Attributes:
        hits: How many kills hit each phase; those that hit none, as ``UP``.
        kills: How many there were.
        aimed: How many of them waited for a phase.
        late_ms: By how much the event loop of any worker came late, at worst.
    """

    def __init__(self, place: Place, folder: Path, setting: Setting, size: int = 4) -> None:
        self.place = place
        self.folder = folder
        self.marks = Marks(size)
        self.marks.feeding = True
        self.hits: Counter[Phase] = Counter()
        self.kills = 0
        self.aimed = 0
        self.late_ms = 0
        self._setting = setting
        self._orphans = Ledger(folder, ORPHANS)
        self._noted: set[tuple[str, int]] = set()
        self._dead = 0, 0.0
        self.processes: dict[int, int] = {}
        for slot in range(size):
            self._fork(slot)

    def _fork(self, slot: int) -> None:
        self.processes[slot] = forked_worker(Post(self.place, slot, self.folder, self.marks, self._setting))

    def kill(self, slot: int, aim: Phase | None = None) -> None:
        """Kill one without a warning, note what that hit, and put another in its place."""
        if aim is not None:
            self.aimed += 1
            self._wait_until(lambda: self.marks.count(slot, aim) > 0, _AIM_SECONDS)
        process = self.processes.pop(slot)
        os.kill(process, signal.SIGKILL)
        at = time.time()
        os.waitpid(process, 0)
        self.kills += 1
        self.late_ms = max(self.late_ms, self.marks.count(slot, Phase.LATE))
        self.hits.update(self.marks.hit(slot))
        if not self.marks.hit(slot):
            self.hits[Phase.UP] += 1
        self._note_orphans()
        self._dead = process, at
        self._note_orphans()
        self._fork(slot)

    def _note_orphans(self) -> None:
        """Note what is under the lease of the one killed last.

        Called again before the next kill: a server may finish a claim whose sender is dead already.
        """
        process, at = self._dead
        for (key,) in self.place.rows(_LEASED.format(process=process)):
            if (key, process) not in self._noted:
                self._noted.add((key, process))
                self._orphans.add(key, at)

    def freeze(self, slot: int) -> None:
        os.kill(self.processes[slot], signal.SIGSTOP)

    def thaw(self, slot: int) -> None:
        os.kill(self.processes[slot], signal.SIGCONT)

    @contextmanager
    def all_frozen(self) -> Iterator[None]:
        """Everything stands still; what a kernel call was at is done when it does."""
        for slot in self.processes:
            self.freeze(slot)
        for process in self.processes.values():
            os.waitpid(process, os.WUNTRACED)
        try:
            yield
        finally:
            for slot in self.processes:
                self.thaw(slot)

    def rested(self, seconds: float = 60.0) -> bool:
        """Send nothing new; return whether everything came to its end in time."""
        self.marks.feeding = False
        self._note_orphans()
        return self._wait_until(self._at_rest, seconds, pause_seconds=0.25)

    def stop(self) -> list[int]:
        """End the crew as an operator would; return how each ended."""
        for process in self.processes.values():
            os.kill(process, signal.SIGTERM)
        return [self._ended(slot) for slot in tuple(self.processes)]

    def end(self) -> None:
        """End what is left of it, whatever happened."""
        for process in self.processes.values():
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        self.processes.clear()

    def _ended(self, slot: int) -> int:
        _, status = os.waitpid(self.processes.pop(slot), 0)
        return os.waitstatus_to_exitcode(status)

    def _at_rest(self) -> bool:
        if any(
            self.marks.count(slot, Phase.FEEDING) or not self.marks.count(slot, Phase.UP) for slot in self.processes
        ):
            return False
        return self.place.rows(_OPEN) == [(0,)]

    @staticmethod
    def _wait_until(holds: Callable[[], bool], seconds: float, pause_seconds: float = 0.0001) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if holds():
                return True
            time.sleep(pause_seconds)
        return False


class Recovery(NamedTuple):
    """How long the intents of killed workers lay idle."""

    orphans: int
    median_seconds: float
    worst_seconds: float


def recovery(place: Place, evidence: Evidence) -> Recovery:
    """How long it took until somebody took up what a killed worker had under its lease."""
    answered = {key: at_us / 1_000_000 for key, at_us in place.rows(_ANSWERED)}
    taken: dict[str, list[float]] = {}
    for one in (*evidence.taken, *evidence.orphans):  # killed once more: it had been taken up before that
        taken.setdefault(one.key, []).append(one.at)
    spans: list[float] = []
    for orphan in evidence.orphans:
        ends = [at for at in (*taken[orphan.key], answered.get(orphan.key, 0.0)) if at > orphan.at]
        if ends:
            spans.append(min(ends) - orphan.at)
    spans.sort()
    return Recovery(len(spans), spans[len(spans) // 2], spans[-1]) if spans else Recovery(0, 0.0, 0.0)


def next_aim(crew: Crew) -> Phase | None:
    """Every second kill falls at any instant; the others wait for the phase that was hit least."""
    return min(HIT, key=lambda phase: crew.hits[phase]) if crew.kills % 2 else None


def pause(shortest: float = 0.05, longest: float = 0.5) -> None:
    time.sleep(random.uniform(shortest, longest))
