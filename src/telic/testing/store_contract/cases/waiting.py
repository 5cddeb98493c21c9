"""Cases of what waits: tasks that are answered as they were read, reminders, and facts for the first who waits."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Protocol, cast

from telic.kernel.errors import RevisionConflict
from telic.kernel.messages import Reach
from telic.kernel.reminders import ReminderDue
from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.runtime.acts import Act
from telic.runtime.claims import DueDeadline
from telic.runtime.protocols import DurableStore
from telic.runtime.tasks import KeepsTasks, TaskChange, TaskRow
from telic.runtime.topics import KeepsPublications, Publication, Taken
from telic.testing.store_contract.machine import NOON, Approve, Listen, Mark, Paid, Send
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import sent, wait_of
from telic.testing.store_contract.trial import ID, AnyCommit, Trial

_GUARDED = "compare opening and edition of the task in the transaction that writes the state, and lock its row"
_TAKEN = "note that a fact is taken in the transaction that writes the state, only where it was free"
_FACT = Taken("payments", "p-1", EventId("paid-1"))


class _Books(KeepsTasks, KeepsPublications, DurableStore, Protocol):
    """A store that can do all of this; a case asks for what it needs."""


def _books(trial: Trial) -> _Books:
    return cast("_Books", trial.store)


async def _asked(trial: Trial) -> tuple[TaskRow, AnyCommit]:
    """Return an open task as it is read, and the commit that answers it."""
    loaded = await sent(trial)
    key = wait_of(loaded, Approve)
    row = await _books(trial).task(ID, WaitKey(key))
    trial.hold(row is not None, f"task {key!r} to be open", row)
    return cast("TaskRow", row), trial.decide(loaded, Approve(), wait=key)


async def _refused(trial: Trial, call: Awaitable[None], what: str) -> None:
    try:
        await call
    except RevisionConflict:
        await trial.agree()
        return
    raise trial.broken(f"expected RevisionConflict for {what}, got no error")


def _claimed(row: TaskRow, by: str) -> TaskChange:
    act = Act(row.workflow_id, f"op-{row.edition}", row.key, "claim", by, NOON)
    return TaskChange(row, by, None, None, act)


@case(Capability.TASKS, do=_GUARDED)
async def an_answer_to_a_task_that_stands_is_saved(trial: Trial) -> None:
    """The commit that answers a task is saved like any other while the task stands as it was read."""
    row, commit = await _asked(trial)
    await _books(trial).save_answer(commit, row)
    await trial.model.save(commit)
    await trial.agree()


@case(Capability.TASKS, do=_GUARDED)
async def an_answer_to_a_task_that_somebody_has_claimed_since_is_refused(trial: Trial) -> None:
    """An answer to a task that was changed since it was read raises RevisionConflict, and nothing of it is saved."""
    row, commit = await _asked(trial)
    changed = await _books(trial).change_task(_claimed(row, "bob"))
    trial.hold(changed, "the task to be claimed", changed)
    await _refused(trial, _books(trial).save_answer(commit, row), "an answer to a task that was claimed since")
    now = cast("TaskRow", await _books(trial).task(ID, row.key))
    trial.hold((now.claimant, now.edition) == ("bob", row.edition + 1), "the claim to stand", now)
    await _books(trial).save_answer(commit, now)
    await trial.model.save(commit)
    await trial.agree()


@case(Capability.TASKS, do=_GUARDED)
async def an_answer_on_an_older_revision_is_refused(trial: Trial) -> None:
    """An answer that was decided on an older revision is refused like any other stale save."""
    row, commit = await _asked(trial)
    await trial.step(Mark(mark=7))
    await _refused(trial, _books(trial).save_answer(commit, row), "an answer on an older revision")


@case(Capability.TASKS, Capability.CLAIMS, do="list the next reminder of each task beside the deadlines")
async def reminders_are_due_one_after_the_other(trial: Trial) -> None:
    """A task is due at the first of its moments that has not reminded, and not before; after the last it is not."""
    loaded = await sent(trial)
    (key,) = (one.key for one in loaded.waits if one.wait.event_type is Approve)
    for place in range(2):
        now = await trial.load()
        (task,) = (one for one in now.waits if one.key == key)
        at = cast("datetime", task.next_reminder)
        early = await _due(trial, at - timedelta(microseconds=1), key)
        trial.hold(early == [], f"no reminder before moment {place + 1}", early)
        late = await _due(trial, at, key)
        trial.hold(late == [DueDeadline(ID, key, at)], f"a reminder at {at}", late)
        await trial.step(ReminderDue(at=at), wait=key, at=at)
    left = await _due(trial, NOON + timedelta(days=9), key)
    trial.hold(left == [], "no further reminder", left)
    await trial.agree()


async def _due(trial: Trial, now: datetime, key: WaitKey) -> list[DueDeadline]:
    return [one for one in await _books(trial).due_deadlines(now, 10) if one.key == key]


async def _listening(trial: Trial, *ids: WorkflowId) -> list[AnyCommit]:
    """Return, for each of several instances that wait for a fact, the commit that takes it."""
    stored = trial.machine.codec.encode_outcome(Paid())
    at, until = NOON, NOON + timedelta(days=7)
    fact = Publication(_FACT.event_id, _FACT.name, _FACT.key, stored, at, until, Reach.FIRST_WAITER)
    trial.hold(await _books(trial).topics.publish(fact), "a new publication", "one that is known")
    commits: list[AnyCommit] = []
    for id in ids:
        await trial.begin(id=id)
        await trial.step(Send(), id)
        await trial.step(Listen(on=True), id)
        loaded = await trial.load(id)
        key = wait_of(loaded, Paid)
        commits.append(trial.decide(loaded, Paid(), id=id, wait=key, event_id=_FACT.event_id))
    return commits


@case(Capability.TOPICS, do=_TAKEN)
async def of_two_that_take_a_fact_for_the_first_one_is_saved(trial: Trial) -> None:
    """A fact for the first who waits is taken by one commit; the second is refused, and nothing of it is saved."""
    books = _books(trial)
    first, second = await _listening(trial, WorkflowId("a"), WorkflowId("b"))
    trial.hold(await books.topics.is_free(_FACT), "the fact to be free", "taken")
    await books.save_taking(second, _FACT)
    await trial.model.save(second)
    trial.hold(not await books.topics.is_free(_FACT), "the fact to be taken", "free")
    await _refused(trial, books.save_taking(first, _FACT), "a commit that takes what is taken")


@case(Capability.TOPICS, do=_TAKEN)
async def what_is_not_published_is_taken_by_nobody(trial: Trial) -> None:
    """A commit that takes a fact which is not there is refused; a stale one leaves the fact free."""
    books = _books(trial)
    (commit,) = await _listening(trial, WorkflowId("a"))
    others = _FACT._replace(key="p-2")
    await _refused(trial, books.save_taking(commit, others), "a commit that takes what was never published")
    await trial.step(Mark(mark=7), WorkflowId("a"))
    await _refused(trial, books.save_taking(commit, _FACT), "a commit on an older revision")
    trial.hold(await books.topics.is_free(_FACT), "the fact to be free", "taken")


@case(
    Capability.TOPICS, do="stir an idle wait for each fact that is for the first, and keep the fact where nobody waits"
)
async def a_fact_for_the_first_is_kept_and_then_offered(trial: Trial) -> None:
    """A fact that comes before anybody waits is offered to the wait that opens later, and to all until it is taken."""
    books = _books(trial)
    (commit,) = await _listening(trial, WorkflowId("a"))
    await books.topics.match(NOON, 10)
    feeds = await books.topics.feeds(NOON, 10)
    found = [(str(one.workflow_id), set(one.contested)) for one in feeds]
    trial.hold(found == [("a", {_FACT.event_id})], "the fact to be offered to 'a'", found)
    await books.save_taking(commit, _FACT)
    left = [one.contested for one in await books.topics.feeds(NOON, 10)]
    trial.hold(not any(left), "nothing to be offered any more", left)
