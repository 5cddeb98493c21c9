"""What a run leaves behind outside of the store, for the checker: files that outlive any process.

Lines are appended by one ``write`` each, so a killed process leaves whole lines only; those of
effects are on the disk before the handler goes on.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

EFFECTS, SENT, TOLD, ORPHANS, TAKEN = "effects", "sent", "told", "orphans", "taken"


class Ledger:
    """One file that any number of processes append to."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = os.open(folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def add(self, *fields: object, durable: bool = False) -> None:
        os.write(self._file, json.dumps(fields).encode() + b"\n")
        if durable:
            os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)


def lines(folder: Path, name: str, holding: str = "") -> list[list]:
    """What stands in a file; where a text is given, only lines that hold it."""
    path = folder / name
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if holding in line]


class Effect(NamedTuple):
    """A handler began to act."""

    key: str
    intent: str
    attempt: int
    process: int
    at: float


class Sent(NamedTuple):
    """An event is about to be sent to an instance, under an id of the caller."""

    workflow: str
    event: str


class Told(NamedTuple):
    """The caller was told what came of it."""

    workflow: str
    event: str
    result: str


class Orphan(NamedTuple):
    """An intent under the lease of a process that has just been killed."""

    key: str
    at: float


class Taken(NamedTuple):
    """An intent that somebody took up after its lease had lapsed."""

    key: str
    at: float


class Evidence(NamedTuple):
    """All that a run has left behind."""

    effects: tuple[Effect, ...] = ()
    sent: tuple[Sent, ...] = ()
    told: tuple[Told, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    taken: tuple[Taken, ...] = ()

    @classmethod
    def of(cls, folder: Path) -> "Evidence":
        return cls(
            tuple(Effect(*line) for line in lines(folder, EFFECTS)),
            tuple(Sent(*line) for line in lines(folder, SENT)),
            tuple(Told(*line) for line in lines(folder, TOLD)),
            tuple(Orphan(*line) for line in lines(folder, ORPHANS)),
            tuple(Taken(*line) for line in lines(folder, TAKEN)),
        )

    def effects_by_key(self) -> Counter[str]:
        return Counter(one.key for one in self.effects)
