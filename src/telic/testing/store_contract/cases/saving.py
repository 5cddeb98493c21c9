"""Cases of saving: a commit is taken at its own revision, once, and whole."""

from __future__ import annotations

from telic.kernel.errors import EncodeError
from telic.kernel.values import WorkflowId
from telic.testing.store_contract.machine import Check, Checked, ItemId, Later, Mark, Open, Send, Unwanted
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import chapters, open_intent, sent
from telic.testing.store_contract.trial import ID, AnyCommit, AnySnapshot, Trial

_CAS = "compare the revision in the very statement that writes, and raise RevisionConflict where no row was found"
_WHOLE = "write state, journal, event ids and outbox in one transaction, and roll it back before raising"
_KNOWN = "look the given ids of all records up in the transaction that writes, and raise RevisionConflict"


@case(do=_CAS)
async def a_stale_save_is_refused(trial: Trial) -> None:
    """A save on an older revision raises RevisionConflict."""
    await trial.begin()
    first = await trial.load()
    await trial.step(Mark(mark=1))
    await trial.refuse(trial.decide(first, Mark(mark=2)), "a save on revision 1 of an instance at revision 2")


@case(do=_WHOLE)
async def a_stale_save_leaves_everything(trial: Trial) -> None:
    """A refused save leaves state, journal, outbox and event ids as they were."""
    first = await sent(trial)
    await trial.step(Mark(mark=1))
    stale = trial.decide(first, Mark(mark=2), event_id="lost")
    stale = stale.followed_by(trial.decide(stale.after, Mark(mark=3), event_id="lost too"))
    await trial.refuse(stale, "a stale save of two records")
    draft = trial.fresh()
    other = WorkflowId("draft")
    await draft.begin(id=other)
    before = await draft.load(other)
    await draft.step(Mark(mark=1), other)
    await draft.refuse(
        draft.decide(before, Send(items=(ItemId("a"),), legs=1), id=other), "a stale save that emits intents"
    )


@case(do="insert the first row, never replace it, and raise RevisionConflict where there is one")
async def a_second_start_is_refused(trial: Trial) -> None:
    """The start of an instance that exists raises RevisionConflict and leaves the first one."""
    await trial.begin()
    await trial.refuse(trial.decide(None, Open(), actor="another"), "a second start")
    await trial.step(Mark(mark=1))
    await trial.refuse(trial.decide(None, Open(), event_id="new"), "a start of an instance at revision 2")


@case(do=_CAS)
async def a_step_of_nothing_is_refused(trial: Trial) -> None:
    """A step of an instance that was never saved raises RevisionConflict and creates nothing."""
    unsaved = trial.decide(None, Open())
    await trial.refuse(trial.decide(unsaved.after, Mark(mark=1)), "a step of an instance that is not there")


@case(do=_CAS)
async def a_save_ahead_is_refused(trial: Trial) -> None:
    """A save on a revision that was never saved raises RevisionConflict."""
    await trial.begin()
    ahead = trial.decide(await trial.load(), Mark(mark=1))
    await trial.refuse(trial.decide(ahead.after, Mark(mark=2)), "a save on revision 2 of an instance at revision 1")


@case(do=_CAS)
async def the_same_commit_again_is_refused(trial: Trial) -> None:
    """A commit that was saved is refused when it is saved again."""
    start = trial.decide(None, Open())
    await trial.save(start)
    await trial.refuse(start, "the same start again")
    step = trial.decide(await trial.load(), Mark(mark=1))
    await trial.save(step)
    await trial.refuse(step, "the same step again")


@case(do=_KNOWN)
async def a_known_event_id_is_refused(trial: Trial) -> None:
    """A commit whose event id the journal knows raises RevisionConflict, though its revision is right."""
    await trial.begin(event_id="e")
    await trial.refuse(trial.decide(await trial.load(), Mark(mark=1), event_id="e"), "an event id that is known")
    await trial.step(Mark(mark=2), event_id="f")
    await trial.step(Mark(mark=3))
    await trial.refuse(trial.decide(await trial.load(), Mark(mark=4), event_id="f"), "an event id that is known")


@case(do=_WHOLE)
async def a_known_event_id_leaves_everything(trial: Trial) -> None:
    """A commit that is refused for its event id leaves state, journal, outbox and event ids as they were."""
    await trial.begin(event_id="e")
    loaded = await trial.load()
    send = Send(items=(ItemId("a"), ItemId("b")), legs=2)
    await trial.refuse(trial.decide(loaded, send, event_id="e"), "an event id that is known")
    first = trial.decide(loaded, Mark(mark=1), event_id="new")
    await trial.refuse(
        first.followed_by(trial.decide(first.after, send, event_id="e")), "a known event id in the second record"
    )
    await trial.step(Mark(mark=2), event_id="new")
    await trial.agree()


@case(do="recognise an event by the id that its caller gave, never by its content")
async def equal_events_are_two(trial: Trial) -> None:
    """Events of equal content are two events unless their ids are the same."""
    await trial.begin()
    for event_id in (None, None, "a", "b"):
        await trial.step(Mark(mark=1), event_id=event_id)
    await trial.agree()


@case(do="leave no transaction open, and no connection unusable, behind a conflict")
async def the_next_save_is_taken(trial: Trial) -> None:
    """After a refused save the store goes on as before."""
    await trial.begin(event_id="e")
    first = await trial.load()
    for mark in range(1, 4):
        await trial.step(Mark(mark=mark))
        await trial.refuse(trial.decide(first, Mark(mark=0)), "a stale save")
        await trial.refuse(trial.decide(await trial.load(), Mark(mark=0), event_id="e"), "a known event id")
    await trial.begin(id=WorkflowId("another"))
    await trial.agree()


@case(do="write every record of a commit, each with its own revision, state hash and event id")
async def a_commit_of_several_records_is_saved_whole(trial: Trial) -> None:
    """A commit of several records writes a line, an event id and the intents of each."""
    commit = trial.decide(None, Open(), event_id="e-0")
    for mark in range(1, 6):
        commit = followed(trial, commit, Mark(mark=mark), f"e-{mark}" if mark % 2 else None)
    commit = commit.followed_by(trial.decide(commit.after, Send(items=(ItemId("a"),), legs=1), event_id="send"))
    await trial.save(commit)
    await trial.agree()
    await trial.step(Mark(mark=9))
    await trial.agree()


@case(do="write every record of a commit, however many")
async def a_long_commit_is_saved_whole(trial: Trial) -> None:
    """A commit of as many records as the runtime folds, 128, is saved whole."""
    await trial.begin()
    commit = trial.decide(await trial.load(), Mark(mark=0), event_id="e-0")
    for mark in range(1, 128):
        commit = followed(trial, commit, Mark(mark=mark), f"e-{mark}")
    await trial.save(commit)
    await trial.agree()


@case(do="open what is open in commit.after, and close what is not: an intent may begin and end in one commit")
async def an_intent_that_begins_and_ends_in_one_commit_leaves_nothing(trial: Trial) -> None:
    """What is emitted and answered in one commit is in the journal, and never in the outbox."""
    await trial.begin()
    commit = trial.decide(await trial.load(), Send(items=(ItemId("a"),)))
    answer = trial.decide(commit.after, Checked(item_id=ItemId("all")), answers=open_intent(commit.after, Check))
    await trial.save(commit.followed_by(answer))
    await trial.agree()


@case(do="write the record of a kept event with its first and its reasons")
async def kept_events_are_recorded_when_they_are_taken(trial: Trial) -> None:
    """Events that were kept are records of their own when they are taken or rejected in the end."""
    await trial.begin()
    for mark, event in enumerate((Later(mark=1), Unwanted(), Later(mark=2), Unwanted())):
        await trial.step(event, event_id=f"e-{mark}", actor="ann")
    await trial.step(Send())
    loaded = await trial.load()
    trial.hold(loaded.revision == 10, "revision 10: four kept events were offered again", loaded.revision)
    await trial.agree()


@case(do="compare the revision with that of the instance, not of the table")
async def instances_move_each_at_their_own_revision(trial: Trial) -> None:
    """Saves of several instances in turn do not disturb one another."""
    ids = [WorkflowId(f"w-{number}") for number in range(4)]
    held: dict[WorkflowId, AnySnapshot] = {}
    for id in ids:
        await trial.begin(id=id)
        held[id] = await trial.load(id)
    for number, chapter in enumerate(chapters()[:8]):
        for id in ids[number % 2 :] + ids[: number % 2]:
            await trial.save(chapter(trial, held[id]))
            held[id] = await trial.load(id)
    await trial.agree()


@case(Capability.REOPEN, do=_CAS)
async def a_stale_save_through_another_store_is_refused(trial: Trial) -> None:
    """Of two stores over the same data, the one that is behind is refused."""
    await trial.begin(event_id="e")
    first = await trial.load()
    async with trial.reopened() as store:
        other = trial.beside(store)
        other.model = trial.model
        other.notice(ID)
        await other.store.load(ID)
        await trial.step(Mark(mark=1))
        await other.refuse(other.decide(first, Mark(mark=2)), "a stale save through another store")
        await other.refuse(other.decide(None, Open()), "a second start through another store")
        again = other.decide(await other.load(), Mark(mark=3), event_id="e")
        await other.refuse(again, "a known event id through another store")


def followed(trial: Trial, commit: AnyCommit, event: Mark, event_id: str | None) -> AnyCommit:
    """Return a commit that takes one more step."""
    return commit.followed_by(trial.decide(commit.after, event, id=commit.id, event_id=event_id))


@case(do="call telic.kernel.storable.refuse_unwritable(commit) before anything is written")
async def text_that_cannot_be_written_is_refused(trial: Trial) -> None:
    """A commit with a lone surrogate in its actor or its key raises EncodeError, and nothing of it is written."""
    await trial.begin()
    held, other = await trial.load(), WorkflowId("other")
    for commit in (
        trial.decide(held, Mark(mark=1), actor="a\ud800", event_id="e"),
        trial.decide(None, Open(), id=other, key="k\ud800"),
        trial.decide(held, Mark(mark=1)).followed_by(trial.decide(held, Mark(mark=2), actor="\udfff")),
    ):
        try:
            await trial.store.save(commit)
        except EncodeError:
            pass
        else:
            raise trial.broken(f"expected EncodeError for a commit with a lone surrogate, got {commit.id!r} saved")
    await trial.agree()
