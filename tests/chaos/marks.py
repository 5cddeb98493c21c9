"""What each worker process is at, in memory that outlives it: one counter for each phase.

A worker raises the counter of a phase when it enters it and lowers it when it leaves. After a
``kill -9`` the counters stand as they stood at that instant: they say what the kill has hit.
"""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum


class Phase(IntEnum):
    """What a worker can be killed in the midst of."""

    CLAIM = 0
    HANDLER = 1
    SAVE = 2
    COMMIT = 3
    FEEDING = 4
    """Its feeder has still events to send."""
    UP = 5
    """It has begun to work."""
    REFUSED = 6
    """How often its feeder was told that nothing was saved, or that nobody can tell."""
    LATE = 7
    """By how many milliseconds its event loop came late, at worst."""


HIT = (Phase.CLAIM, Phase.HANDLER, Phase.SAVE, Phase.COMMIT)
_COUNTER = struct.Struct("=i")
_FLOAT = struct.Struct("=d")
_SLOT_BYTES = 64
_HEAD_BYTES = 64


class Marks:
    """The counters of some slots; make it before the fork."""

    def __init__(self, slots: int) -> None:
        self._memory = mmap.mmap(-1, _HEAD_BYTES + slots * _SLOT_BYTES)

    @contextmanager
    def within(self, slot: int, phase: Phase) -> Iterator[None]:
        self.add(slot, phase, 1)
        try:
            yield
        finally:
            self.add(slot, phase, -1)

    def set(self, slot: int, phase: Phase, count: int) -> None:
        _COUNTER.pack_into(self._memory, self._place(slot, phase), count)

    def count(self, slot: int, phase: Phase) -> int:
        return _COUNTER.unpack_from(self._memory, self._place(slot, phase))[0]

    def clear(self, slot: int) -> None:
        for phase in Phase:
            self.set(slot, phase, 0)

    def hit(self, slot: int) -> frozenset[Phase]:
        """The phases that a dead worker was in; what is being committed counts as that, not as a save."""
        found = {phase for phase in HIT if self.count(slot, phase) > 0}
        return frozenset(found - {Phase.SAVE} if Phase.COMMIT in found else found)

    @property
    def feeding(self) -> bool:
        """Whether new events are to be sent; the one who breaks things decides."""
        return bool(self._memory[0])

    @feeding.setter
    def feeding(self, on: bool) -> None:
        self._memory[0] = int(on)

    @property
    def disk_full(self) -> bool:
        """Whether no file may grow."""
        return bool(self._memory[1])

    @disk_full.setter
    def disk_full(self, on: bool) -> None:
        self._memory[1] = int(on)

    @property
    def clock_seconds(self) -> float:
        """By how much the clocks of all workers are wrong."""
        return _FLOAT.unpack_from(self._memory, 8)[0]

    @clock_seconds.setter
    def clock_seconds(self, seconds: float) -> None:
        _FLOAT.pack_into(self._memory, 8, seconds)

    def add(self, slot: int, phase: Phase, number: int) -> None:
        self.set(slot, phase, self.count(slot, phase) + number)

    @staticmethod
    def _place(slot: int, phase: Phase) -> int:
        return _HEAD_BYTES + slot * _SLOT_BYTES + phase * _COUNTER.size
