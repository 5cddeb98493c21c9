"""What must be true of every step of every machine, whoever has taken it.

What may never be here: the choice of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel

from telic.kernel.journal import JournalEntry, fold
from telic.kernel.machine import AnyMachine
from telic.kernel.results import ResultKind, Written
from telic.kernel.snapshot import NOTHING_SEEN, Outcome, Snapshot, Status
from telic.runtime.results import RunResult
from telic.testing.moves import OVER, Move, MoveKind
from telic.testing.telling import described, differences

__all__ = ["Always", "hold_always", "hold_codec", "hold_journal", "hold_step", "hold_unchanged"]

Always = Callable[[Snapshot[BaseModel]], object]

_TAKEN = {ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED}
_ASKED = _TAKEN | {ResultKind.REJECTED, ResultKind.ENDED}
_ALLOWED = {
    MoveKind.COMMAND: _ASKED,
    MoveKind.COMPLETE: _ASKED,
    MoveKind.FAIL: _TAKEN | {ResultKind.UNASKED},
    # Its failure was taken before: no state has to be ready for it any more.
    MoveKind.LATE: _TAKEN | {ResultKind.UNPLACED},
}
_ABANDONED = frozenset({Status.CANCELLED, Status.TERMINATED})


def hold_step(
    move: Move, before: Snapshot[BaseModel], result: RunResult[BaseModel], after: Snapshot[BaseModel]
) -> None:
    """Hold the result of a move, and what it has left, to what every machine promises.

    Args:
        move: What has happened.
        before: The instance before it.
        result: What came of it.
        after: The instance after it.

    Raises:
        AssertionError: When an answer is lost, or the instance is not as the result says.
    """
    allowed = _ALLOWED.get(move.kind, _TAKEN)
    if before.status in _ABANDONED:
        allowed = allowed | {ResultKind.UNPLACED}
    if result.kind is ResultKind.UNPLACED and result.kind not in allowed:
        raise AssertionError(
            f"expected {type(before.state).__name__} to take {move.event.__name__} {move.via}, "
            "got nothing that takes it: a lost answer; do handle it there, ignore it with a reason, or wait before"
        )
    if result.kind not in allowed:
        wanted = ", ".join(sorted(allowed))
        raise AssertionError(f"expected {move!r} to be {wanted}, got {described(result)}")
    hold_written(before, result, after)


def hold_written(
    before: Snapshot[BaseModel] | None, result: RunResult[BaseModel], after: Snapshot[BaseModel] | None
) -> None:
    """Hold what a step has left to what its result says that it has written.

    Raises:
        AssertionError: When they disagree.
    """
    if not isinstance(result, Written):
        hold_unchanged(before, after, described(result))
        return
    if after is None or result.snapshot._replace(seen=NOTHING_SEEN) != after:
        raise AssertionError(f"expected what was saved to be loaded: {_apart(result.snapshot, after)}")
    records = 1 + len(result.followed)
    revision = before.revision if before is not None else 0
    if after.revision != revision + records:
        raise AssertionError(f"expected revision {revision + records} after {records} records, got {after.revision}")
    if before is not None:
        _hold_end(before, after)
        answered = {one.answers for one in (result.record, *result.followed)}
        vanished = [key for key in before.open if key not in after.open and key not in answered]
        if vanished:
            raise AssertionError(f"expected each intent to be answered before it closes, got none for {vanished}")
    lost = [one for one in result.followed if one.outcome is Outcome.UNPLACED]
    if lost and after.status not in _ABANDONED:
        raise AssertionError(
            f"expected {type(after.state).__name__} to take {type(lost[0].event).__name__}, which was deferred, "
            "got nothing that takes it: a lost answer; do handle it there, or ignore it with a reason"
        )


def _hold_end(before: Snapshot[BaseModel], after: Snapshot[BaseModel]) -> None:
    if before.status in OVER and after.status is not before.status:
        raise AssertionError(f"expected an instance that is {before.status} to stay so, got {after.status}")
    if before.status is Status.ENDED and after.state != before.state:
        raise AssertionError(f"expected the final {before.state!r} to stay, got {after.state!r}")


def hold_unchanged(before: Snapshot[BaseModel] | None, after: Snapshot[BaseModel] | None, why: str) -> None:
    """Hold an instance to be as it was.

    Raises:
        AssertionError: When it has changed.
    """
    if before != after:
        raise AssertionError(f"expected nothing to change after {why}, got {_apart(before, after)}")


def hold_codec(machine: AnyMachine, snapshot: Snapshot[BaseModel]) -> None:
    """Hold a snapshot to come back from its bytes as it was.

    Raises:
        AssertionError: When it does not.
    """
    codec = machine.codec
    again = codec.decode_snapshot(
        codec.encode_snapshot(snapshot),
        meta=snapshot.meta, revision=snapshot.revision, status=snapshot.status, at=snapshot.at,
    )  # fmt: skip
    # Typed ids of two classes are equal as texts; only their representation tells them apart.
    if again != snapshot or _shown(again) != _shown(snapshot):
        raise AssertionError(f"expected a snapshot to come back from its bytes as it was: {_apart(snapshot, again)}")


def _shown(snapshot: Snapshot[BaseModel]) -> str:
    return repr((snapshot.state, tuple(snapshot.open.values()), snapshot.parked))


def hold_journal(machine: AnyMachine, snapshot: Snapshot[BaseModel], entries: Sequence[JournalEntry]) -> None:
    """Hold a journal to count its lines from the first that it has, and to lead to the state.

    Raises:
        AssertionError: When the numbers or the states differ.
        JournalDiverged: When the code of the machine decides otherwise the second time.
    """
    numbers = [one.revision for one in entries]
    first = numbers[0] if numbers else 1
    if numbers != list(range(first, snapshot.revision + 1)):
        raise AssertionError(f"expected journal lines {first} to {snapshot.revision}, got {numbers}")
    again = fold(machine, snapshot.meta, entries)
    # Typed ids of two classes are equal as texts; only their representation tells them apart.
    if again != snapshot or _shown(again) != _shown(snapshot):
        raise AssertionError(f"expected the journal to lead to where the instance stands: {_apart(snapshot, again)}")


def hold_always(snapshot: Snapshot[BaseModel], always: Sequence[Always]) -> None:
    """Hold an instance to the user's own predicates.

    Raises:
        AssertionError: When one of them returns ``False``.
    """
    for one in always:
        if one(snapshot) is False:
            name = getattr(one, "__name__", repr(one))
            raise AssertionError(f"expected {name} to hold always, got {snapshot.state!r}")


def _apart(expected: Snapshot[BaseModel] | None, got: Snapshot[BaseModel] | None) -> str:
    if expected is None or got is None:
        return f"expected {expected!r}, got {got!r}"
    lines = [
        line
        for name in ("revision", "status", "at", "state", "open", "late", "waits", "parked", "meta")
        for line in differences(getattr(expected, name), getattr(got, name), name)
    ]
    return "; ".join(lines)
