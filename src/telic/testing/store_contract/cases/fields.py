"""Cases of the fields of a snapshot: each keeps all of what it holds, at every status."""

from __future__ import annotations

from datetime import timedelta

from telic.kernel.events import Cancel, Pause, Resume, Terminate
from telic.kernel.orders import FailureCause
from telic.kernel.values import WorkflowId
from telic.testing.store_contract.machine import (
    NOON,
    Again,
    Approve,
    Check,
    Checked,
    Everything,
    ItemId,
    Lapsed,
    Later,
    LegDue,
    Listen,
    Mark,
    Nagged,
    Open,
    Paid,
    Recall,
    Send,
    Unwanted,
    Weigh,
    Weighed,
)
from telic.testing.store_contract.rules import case
from telic.testing.store_contract.story import failure_of, open_intent, sent, wait_of
from telic.testing.store_contract.trial import Trial

_REST = "keep all of codec.encode_snapshot(commit.after), its rest included, and give it to decode_snapshot"
_META = "keep key, parent, tenant and started_at beside the state, and None apart from the empty text"
_STATUS = "keep the status, and return it as a Status"
_LATER = NOON + timedelta(hours=9)


@case(do=_REST)
async def open_intents_keep_their_order(trial: Trial) -> None:
    """Open intents are loaded in the order of their emission, which is not that of their ids as texts."""
    loaded = await sent(trial, items=14)
    await trial.agree()
    await trial.step(Weighed(item_id=ItemId("item-3")), answers=open_intent(loaded, Weigh, 3))
    for number in range(8):
        await trial.step(Mark(mark=number))
    await trial.step(Again(item_id=ItemId("at revision 12")))
    await trial.agree()


@case(do=_REST)
async def a_withdrawn_intent_stays_withdrawn(trial: Trial) -> None:
    """An intent that was taken back is loaded, and listed in the outbox, as withdrawn."""
    await sent(trial)
    await trial.step(Recall())
    await trial.agree()
    await trial.step(Mark(mark=1))
    loaded = await trial.load()
    flags = [one.withdrawn for one in loaded.open.values()]
    trial.hold(flags == [False, False, True, True, True], "the three weighings withdrawn", flags)
    await trial.agree()


@case(do=_REST)
async def a_correlated_intent_stays_correlated(trial: Trial) -> None:
    """An intent that was emitted beside another of its type is loaded as correlated."""
    await sent(trial)
    await trial.step(Again(item_id=ItemId("again")))
    flags = [one.correlated for one in (await trial.load()).open.values()]
    trial.hold(flags == [False, False, True, True, True, True], "all but the first two correlated", flags)
    await trial.agree()


@case(do=_REST)
async def a_late_intent_is_kept(trial: Trial) -> None:
    """An intent whose failure was taken is loaded among the late ones, until its success arrives."""
    loaded = await sent(trial)
    answers = open_intent(loaded, Check)
    await trial.step(failure_of(trial, Check, FailureCause.IN_DOUBT), answers=answers)
    await trial.agree()
    late = (await trial.load()).late
    trial.hold(list(late) == [answers], "the check among the late ones", dict(late))
    await trial.step(Mark(mark=1))
    await trial.agree()
    await trial.step(Checked(item_id=ItemId("all")), answers=answers)
    await trial.agree()


@case(do=_REST)
async def a_wait_keeps_its_age(trial: Trial) -> None:
    """A wait that stays declared keeps the revision and the moment that opened it."""
    loaded = await sent(trial)
    ages = [(one.key, one.since, one.opened_at) for one in loaded.waits]
    for mark in range(3):
        await trial.step(Mark(mark=mark))
        await trial.agree()
    kept = [(one.key, one.since, one.opened_at) for one in (await trial.load()).waits]
    trial.same(ages, kept, "waits")


@case(do=_REST)
async def a_wait_that_was_closed_and_declared_again_is_new(trial: Trial) -> None:
    """A wait that is declared after a gap has the age of its new opening."""
    await sent(trial)
    await trial.step(Listen(on=False))
    await trial.agree()
    await trial.step(Listen(on=True))
    await trial.agree()
    since = [one.since for one in (await trial.load()).waits if one.wait.event_type is Paid]
    trial.hold(since == [4], "a topic that revision 4 has opened", since)


@case(do=_REST)
async def a_wait_that_was_closed_and_opened_in_one_commit_is_new(trial: Trial) -> None:
    """A wait that is closed and declared again within one commit has the age of its new opening."""
    loaded = await sent(trial)
    commit = trial.decide(loaded, Listen(on=False))
    await trial.save(commit.followed_by(trial.decide(commit.after, Listen(on=True))))
    await trial.agree()


@case(do=_REST)
async def a_fired_deadline_stays_fired(trial: Trial) -> None:
    """A deadline that has fired and is still declared for that moment is loaded as fired."""
    loaded = await sent(trial)
    await trial.step(Nagged(), wait=wait_of(loaded, Nagged), at=_LATER)
    await trial.agree()
    await trial.step(Mark(mark=1))
    fired = [one.fired for one in (await trial.load()).waits if one.wait.event_type is Nagged]
    trial.hold(fired != [None], "the moment that the deadline has fired for", fired)
    await trial.agree()


@case(do=_REST)
async def waits_of_parts_are_kept(trial: Trial) -> None:
    """The waits of parts are loaded under their paths, and end with their part."""
    loaded = await sent(trial, legs=12)
    await trial.agree()
    await trial.step(LegDue(leg=3), wait=wait_of(loaded, LegDue, 3), at=_LATER)
    await trial.agree()


@case(do=_REST)
async def deferred_commands_are_kept_in_order(trial: Trial) -> None:
    """Deferred commands are loaded oldest first, each with its id and its sender."""
    await trial.begin()
    for number in range(12):
        event_id = f"e-{number}" if number % 2 else None
        await trial.step(Later(mark=number) if number % 3 else Unwanted(), event_id=event_id, actor=f"ann-{number}")
    await trial.agree()
    first = [one.first for one in (await trial.load()).parked]
    trial.hold(first == list(range(2, 14)), "twelve commands, oldest first", first)


@case(do=_REST)
async def deferred_facts_are_kept_with_what_they_answer(trial: Trial) -> None:
    """A fact that a paused instance keeps is loaded with its intent or its wait, and applied on resume."""
    loaded = await sent(trial)
    await trial.step(Pause(reason="lunch"))
    await trial.step(Checked(item_id=ItemId("all")), answers=open_intent(loaded, Check), event_id="checked")
    await trial.step(Paid(), wait=wait_of(loaded, Paid), actor="bank")
    await trial.agree()
    await trial.step(Resume())
    await trial.agree()


@case(do="take commit.done out of the outbox: an unplaced answer leaves its intent open, with nothing left to do")
async def unplaced_facts_are_kept_with_their_intent(trial: Trial) -> None:
    """A fact that no state takes is loaded with its intent, which stays open and is not carried out again."""
    loaded = await sent(trial)
    await trial.step(Terminate())
    await trial.step(Checked(item_id=ItemId("all")), answers=open_intent(loaded, Check), event_id="late")
    await trial.step(Weighed(item_id=ItemId("item-1")), answers=open_intent(loaded, Weigh, 1))
    await trial.agree()
    kept = await trial.load()
    trial.hold(len(kept.unplaced) == 2, "two unplaced facts", kept.parked)
    trial.hold(len(kept.open) == 5, "five open intents", list(kept.open))


@case(do=_STATUS)
async def a_paused_instance_is_paused(trial: Trial) -> None:
    """An instance that was paused is loaded as paused, with the reason, and runs again after its resumption."""
    await sent(trial)
    await trial.step(Pause(reason='an "audit"'))
    await trial.agree()
    told = (await trial.load()).paused_for
    trial.hold(told == 'an "audit"', "the reason of the pause", told)
    await trial.step(Resume())
    await trial.agree()


@case(do=_STATUS)
async def an_ended_instance_is_ended(trial: Trial) -> None:
    """An instance in a final state is loaded as ended, with its open intents and without waits."""
    loaded = await sent(trial)
    await trial.step(Approve(comment="fine"), wait=wait_of(loaded, Approve))
    await trial.agree()
    trial.same((), (await trial.load()).waits, "waits")


@case(do=_STATUS)
async def an_instance_ends_by_its_deadline(trial: Trial) -> None:
    """An instance that its deadline has ended is loaded as ended."""
    loaded = await sent(trial)
    await trial.step(Lapsed(), wait=wait_of(loaded, Lapsed), at=NOON + timedelta(days=3))
    await trial.agree()


@case(do=_STATUS)
async def a_cancelled_instance_is_cancelled(trial: Trial) -> None:
    """A cancelled instance keeps its state, has no waits, and its open intents are withdrawn."""
    await sent(trial)
    await trial.step(Cancel(reason="no"))
    await trial.agree()


@case(do=_STATUS)
async def a_terminated_instance_is_terminated(trial: Trial) -> None:
    """A terminated instance keeps its state, has no waits, and its open intents are withdrawn."""
    await sent(trial)
    await trial.step(Terminate(reason="no"))
    await trial.agree()


@case(do=_META)
async def the_business_key_and_the_parent_are_kept(trial: Trial) -> None:
    """Business key and parent are loaded as the start gave them, after later steps too."""
    await trial.begin(key="order 7/ü", parent="parent:ß:3:0")
    await trial.step(Mark(mark=1))
    await trial.agree()
    meta = (await trial.load()).meta
    trial.hold((meta.key, meta.parent) == ("order 7/ü", "parent:ß:3:0"), "key and parent", meta)


@case(do=_META)
async def an_instance_without_key_and_parent_has_none(trial: Trial) -> None:
    """Without business key and parent both are None, never the empty text."""
    await trial.begin()
    await trial.step(Mark(mark=1))
    meta = (await trial.load()).meta
    trial.hold((meta.key, meta.parent) == (None, None), "neither key nor parent", meta)
    await trial.agree()


@case(do="keep the moments as whole microseconds, or as timestamps with a time zone")
async def moments_are_exact(trial: Trial) -> None:
    """The moments of the first and the last record are loaded to the microsecond, in UTC."""
    for number, at in enumerate((NOON.replace(microsecond=1), NOON.replace(year=9998), NOON.replace(year=1900))):
        beside = trial.fresh()
        id = WorkflowId(f"moment-{number}")
        await beside.begin(id=id)
        await beside.step(Mark(mark=1), id, at=at)
        loaded = await beside.load(id)
        beside.same(at, loaded.at, "the moment of the last record")
        await beside.agree()


@case(do="move the moment of the last record with each save, and that of the first with none")
async def the_first_moment_stays_and_the_last_one_moves(trial: Trial) -> None:
    """The moment of the start stays, that of the last record moves with each."""
    await trial.begin(at=NOON)
    await trial.step(Mark(mark=1), at=NOON + timedelta(microseconds=1))
    loaded = await trial.load()
    trial.same((NOON, NOON + timedelta(microseconds=1)), (loaded.meta.started_at, loaded.at), "moments")
    await trial.agree()


@case(do=_REST)
async def what_has_ended_leaves_nothing_behind(trial: Trial) -> None:
    """What an instance no longer holds, an intent, a wait, a kept event, is not loaded any more."""
    await trial.begin(Open(held=Everything(text="x" * 100, numbers=(1, 2, 3))))
    await trial.step(Later(mark=1))
    await trial.step(Send(items=(ItemId("a"),), legs=2))
    for kind, fact in ((Check, Checked(item_id=ItemId("all"))), (Weigh, Weighed(item_id=ItemId("a")))):
        await trial.step(fact, answers=open_intent(await trial.load(), kind))
    loaded = await trial.load()
    await trial.step(Approve(), wait=wait_of(loaded, Approve))
    await trial.agree()
    loaded = await trial.load()
    trial.hold((len(loaded.open), loaded.waits, loaded.parked) == (1, (), ()), "one open intent and no more", loaded)
