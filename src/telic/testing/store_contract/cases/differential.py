"""The differential case: random runs, and at each step the answers of store and model are the same.

Every commit is made by ``advance``, from what the store itself has loaded, so runs are such
as a runtime makes; some are stale, some repeat an event id, some are saved twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import anyio.from_thread
import anyio.to_thread
from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Cancel, Event, Pause, Resume, Terminate
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.snapshot import Begin, Commit, Delivery
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.kernel.waits import Deadline, HumanTask
from telic.testing.store_contract.machine import (
    NOON,
    Again,
    Approve,
    Checked,
    Draft,
    Everything,
    ItemId,
    Later,
    Listen,
    Mark,
    Notify,
    Open,
    Paid,
    Recall,
    Send,
    Skip,
    Unwanted,
    Weigh,
    Weighed,
)
from telic.testing.store_contract.rules import NotApplicable, case
from telic.testing.store_contract.trial import TICK, AnyCommit, AnySnapshot, AnyStore, Trial

__all__ = ["Move"]

_COMMANDS: tuple[Event, ...] = (
    Mark(mark=1), Skip(), Later(mark=2), Unwanted(), Send(items=(ItemId("a"), ItemId("b")), legs=1), Send(),
    Again(item_id=ItemId("again")), Recall(), Listen(on=False), Listen(on=True), Pause(), Resume(), Cancel(),
    Terminate(), Mark(mark=3, held=Everything(text="ü\x00")), Later(mark=4), Mark(mark=5),
)  # fmt: skip
_numbers = count(1)


class Move(NamedTuple):
    """One move of a random run.

    Attributes:
        instance: Which of two instances it concerns.
        which: Which of the possible deliveries, counted round.
        event_id: Which event id it carries; 0 is none.
        back: On which of the snapshots before it is decided; 0 is the present one.
        fold: How many more steps its commit has.
        twice: The commit is saved twice.
    """

    instance: int
    which: int
    event_id: int
    back: int
    fold: int
    twice: bool


@case(do="compare with MemoryStore, which is the model")
async def random_runs_are_those_of_the_model(trial: Trial) -> None:
    """In random runs of steps, stale saves and known event ids the store answers as the model does."""
    try:
        from hypothesis import HealthCheck, Phase, given, seed, settings
        from hypothesis import strategies as st
    except ImportError as error:
        raise NotApplicable("hypothesis is not installed; it comes with telic[testing]") from error
    unchecked = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
    move = st.builds(
        Move, st.integers(0, 1), st.integers(0, 30), st.sampled_from((0, 0, 0, 1, 2, 3)),
        st.sampled_from((0, 0, 0, 0, 1, 2)), st.sampled_from((0, 0, 1, 3)), st.sampled_from((False, False, True)),
    )  # fmt: skip

    @seed(trial.effort.seed)
    @settings(
        max_examples=trial.effort.examples, database=None, deadline=None, report_multiple_bugs=False,
        suppress_health_check=unchecked, phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(moves=st.lists(move, min_size=1, max_size=14))
    def run(moves: list[Move]) -> None:
        anyio.from_thread.run(_run, trial.fresh(), moves)

    await anyio.to_thread.run_sync(run)


async def _run(trial: Trial, moves: list[Move]) -> None:
    number = next(_numbers)
    names = [WorkflowId(f"run-{number}-{which}") for which in "ab"]
    history: dict[WorkflowId, list[AnySnapshot | None]] = {id: [None] for id in names}
    for tick, move in enumerate(moves):
        id = names[move.instance]
        before = history[id][-1 - min(move.back, len(history[id]) - 1)]
        commit = _decided(trial, before, id, move, tick)
        if commit is None:
            continue
        for _ in range(2 if move.twice else 1):
            expected, got = await _answer(trial.model, commit), await _answer(trial.store, commit)
            trial.hold(expected == got, f"{expected} for {_what(commit)}, after {moves[: tick + 1]}", got)
        history[id].append(await trial.store.load(id))
        await trial.agree()


def _decided(trial: Trial, before: AnySnapshot | None, id: WorkflowId, move: Move, tick: int) -> AnyCommit | None:
    commit: AnyCommit | None = None
    given = EventId(f"e-{move.event_id}") if move.event_id else None
    trial.notice(id, *([given] if given is not None else []))
    for number in range(move.fold + 1):
        held = commit.after if commit is not None else before
        deliveries = list(_deliveries(trial, held))
        delivery, hours = deliveries[(move.which + 5 * number) % len(deliveries)]
        if number == 0:
            delivery = delivery._replace(event_id=given)
        now = NOON + (tick + 1) * TICK + hours * 3600 * TICK
        outcome = advance(trial.machine, held, delivery, Context(now, id, trial.tenant, "ann" if tick % 2 else ""))
        if isinstance(outcome, Commit):
            commit = outcome if commit is None else commit.followed_by(outcome)
    return commit


def _deliveries(trial: Trial, held: AnySnapshot | None) -> Iterator[tuple[Delivery, int]]:
    """Yield what may be delivered, with the hour of the day at which it may."""
    if held is None:
        yield Delivery(Open(), key="k", parent=IntentId("p:1:0")), 0
        yield Delivery(Open(held=Everything(text="x"))), 0
        yield Delivery(Begin[BaseModel](Draft(mark=9))), 0
        return
    for one in held.waits:
        wait = one.wait
        event = wait.event if isinstance(wait, Deadline) else Approve() if isinstance(wait, HumanTask) else Paid()
        yield Delivery(event, wait=WaitKey(one.key)), 30
    for id, opened in (*held.open.items(), *held.late.items()):
        yield Delivery(_answer_to(opened.intent), answers=id), 0
        failure = trial.machine.failures.get(type(opened.intent))
        if failure is not None:  # an intent of the kernel's own has none
            fields = {"intent": opened.intent, "cause": FailureCause.EXHAUSTED}
            yield Delivery(failure.model_validate(fields), answers=id), 0
    for command in _COMMANDS:
        yield Delivery(command), 0


def _answer_to(intent: BaseModel) -> Event:
    if isinstance(intent, Notify) or "item_id" not in vars(intent):  # nothing comes back
        return IntentDone()
    item_id: ItemId = vars(intent)["item_id"]
    return Weighed(item_id=item_id) if isinstance(intent, Weigh) else Checked(item_id=item_id)


async def _answer(store: AnyStore, commit: AnyCommit) -> str:
    try:
        await store.save(commit)
    except RevisionConflict:
        return "RevisionConflict"
    return "no error"


def _what(commit: AnyCommit) -> str:
    events = ", ".join(type(one.event).__name__ for one in commit.records)
    return f"a commit on revision {commit.expected} with {events}"
