"""Cases of event ids: what a load has seen is what the journal of that instance knows."""

from __future__ import annotations

from telic.kernel.context import derived_event_id
from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Terminate
from telic.kernel.snapshot import Outcome, Recorded
from telic.kernel.values import EventId, WorkflowId
from telic.testing.store_contract.machine import Check, Checked, ItemId, Later, Mark, Open, Send, Skip, Unwanted
from telic.testing.store_contract.rules import case
from telic.testing.store_contract.story import open_intent, sent
from telic.testing.store_contract.trial import ID, Trial

_SEEN = "map each event id that is asked for, and that the journal of this instance knows, to the record's `recorded`"
_DERIVED = "take apart a derived id with derived_revision, and look up the record of that revision without a given id"


@case(do=_SEEN)
async def a_given_id_is_seen(trial: Trial) -> None:
    """An event id that a caller gave is seen, with outcome, revision, kind and intents of its record."""
    await trial.begin(event_id="open")
    await trial.step(Mark(mark=1))
    await trial.step(Send(items=(ItemId("a"), ItemId("b"))), event_id="send")
    await trial.agree()
    recorded = (await seen(trial, "send"))[EventId("send")]
    trial.hold(recorded.revision == 3 and len(recorded.intent_ids) == 4, "revision 3 and four intents", recorded)


@case(do=_DERIVED)
async def a_derived_id_is_seen(trial: Trial) -> None:
    """The id that telic derives for an event without one is seen."""
    await trial.begin()
    await trial.step(Mark(mark=1))
    asked = [derived_event_id(ID, revision) for revision in (1, 2)]
    found = await seen(trial, *asked)
    trial.hold(list(found) == asked, f"both of {asked}", dict(found))
    await trial.agree()


@case(do=_DERIVED)
async def a_derived_id_of_a_record_with_a_given_one_is_not_seen(trial: Trial) -> None:
    """A record whose event came with an id is seen under that id only."""
    await trial.begin(event_id="open")
    found = await seen(trial, derived_event_id(ID, 1), "open")
    trial.hold(list(found) == ["open"], "the given id only", dict(found))


@case(do=_DERIVED)
async def an_id_that_looks_derived_is_not_seen(trial: Trial) -> None:
    """Ids that only look derived are not seen, and disturb nothing."""
    await trial.begin()
    looks = (":", "telic:", f"telic:{ID}", f"telic:{ID}:", f"telic:{ID}:0", f"telic:{ID}:-1", f"telic:{ID}:01")
    more = (f"telic:{ID}:x", f"telic:{ID}:99", f"telic:{ID}:1.0", f"{ID}:1", f"telic:{ID}:{10**30}", "telic:other:1")
    found = await seen(trial, *looks, *more, derived_event_id(ID, 1))
    trial.hold(list(found) == [derived_event_id(ID, 1)], "the derived id of revision 1 only", dict(found))


@case(do=_SEEN)
async def only_what_is_asked_for_is_seen(trial: Trial) -> None:
    """Event ids that are known and not asked for are not seen."""
    await trial.begin(event_id="e-0")
    for mark in range(1, 5):
        await trial.step(Mark(mark=mark), event_id=f"e-{mark}")
    found = await seen(trial, "e-3", "unknown")
    trial.hold(list(found) == ["e-3"], "e-3 only", dict(found))


@case(do="tie each event id to its instance: the key is (tenant, machine, instance, event id)")
async def an_event_id_belongs_to_one_instance(trial: Trial) -> None:
    """An event id that one instance knows is free, and not seen, in another."""
    await trial.begin(event_id="e")
    other = WorkflowId("other")
    await trial.begin(id=other)
    found = await trial.store.load(other, (EventId("e"), derived_event_id(ID, 1)))
    trial.hold(found is not None and not found.seen, "nothing seen in the other instance", found)
    await trial.step(Mark(mark=1), other, event_id="e")
    await trial.agree()


@case(do=_SEEN)
async def every_outcome_is_seen(trial: Trial) -> None:
    """Ignored, deferred, rejected and unplaced events are seen like those that changed the state."""
    await trial.begin(event_id="open")
    for name, event in (("skip", Skip()), ("later", Later()), ("no", Unwanted()), ("send", Send())):
        await trial.step(event, event_id=name)
    loaded = await trial.load()
    await trial.step(Terminate())
    await trial.step(Checked(item_id=ItemId("all")), answers=open_intent(loaded, Check), event_id="late")
    found = await seen(trial, "open", "skip", "later", "no", "send", "late")
    expected = [
        Outcome.STARTED, Outcome.IGNORED, Outcome.DEFERRED, Outcome.DEFERRED, Outcome.STEPPED, Outcome.UNPLACED,
    ]  # fmt: skip
    trial.same(expected, [found[name].outcome for name in found], "outcomes")
    await trial.agree()


@case(do="note the event id of every record of a commit")
async def each_record_of_a_commit_is_seen(trial: Trial) -> None:
    """Each record of a commit is seen with its own revision and kind."""
    commit = trial.decide(None, Open(), event_id="e-0")
    commit = commit.followed_by(trial.decide(commit.after, Mark(mark=1), event_id="e-1"))
    commit = commit.followed_by(trial.decide(commit.after, Send(), event_id="e-2"))
    await trial.save(commit)
    found = await seen(trial, "e-0", "e-1", "e-2")
    facts = [(one.revision, one.kind) for one in found.values()]
    trial.hold(facts == [(1, "draft"), (2, "draft"), (3, "sent")], "three records of their own", facts)


@case(do="look up as many ids as are asked for, in one read")
async def many_ids_are_asked_for_at_once(trial: Trial) -> None:
    """As many ids as one fold has, and a thousand, are looked up in one load."""
    await sent(trial)
    for mark in range(1, 5):
        await trial.step(Mark(mark=mark), event_id=f"e-{mark}")
    for count in (128, 1000):
        found = await seen(trial, *(f"e-{number}" for number in range(count)))
        trial.hold(sorted(found) == ["e-1", "e-2", "e-3", "e-4"], "the four known ids", sorted(found))


@case(do=_SEEN)
async def an_id_that_is_asked_for_twice_is_seen_once(trial: Trial) -> None:
    """An event id that is asked for twice is seen like one that is asked for once."""
    await trial.begin(event_id="e")
    found = await seen(trial, "e", "e", "e")
    trial.hold(list(found) == ["e"], "e once", dict(found))


@case(do="compare ids byte by byte: no trimming, no folding of case, no normal forms, no collation")
async def event_ids_are_compared_exactly(trial: Trial) -> None:
    """Event ids that differ in case, blanks or normal form are different ids."""
    ids = ("e", "E", "e ", " e", "é", "e\u0301", "e%", "e_", "1", "01", "1.0", "e\n", "'; --", "x" * 500)
    await trial.begin()
    for number, event_id in enumerate(ids):
        await trial.step(Mark(mark=number), event_id=event_id)
    found = await seen(trial, *ids)
    revisions = [found[EventId(event_id)].revision for event_id in ids if event_id in found]
    trial.hold(revisions == list(range(2, 2 + len(ids))), f"{len(ids)} different ids", dict(found))
    await trial.agree()


@case(do="refuse an id that the database cannot hold, or keep all of it; never cut it")
async def an_odd_event_id_is_kept_whole_or_refused(trial: Trial) -> None:
    """An event id with NUL is found again, or refused with an error and nothing written."""
    await trial.begin()
    for odd in ("a\x00b", "\x00"):
        commit = trial.decide(await trial.load(), Mark(mark=1), event_id=odd)
        try:
            await trial.store.save(commit)
        except RevisionConflict as conflict:
            raise trial.broken(f"expected the id {odd!r} to be kept or refused, got {conflict!r}") from conflict
        except Exception:  # noqa: BLE001  (a store may refuse it in its own words)
            trial.same(await trial.model.load(ID), await trial.store.load(ID), f"instance {ID!r}")
            continue
        await trial.model.save(commit)
        found = await seen(trial, odd, "a")
        trial.hold(list(found) == [odd], f"{odd!r} seen, and only that", dict(found))


async def seen(trial: Trial, *event_ids: str) -> dict[EventId, Recorded]:
    """Return what the store has seen of some event ids, in the order of the question."""
    asked = tuple(EventId(one) for one in event_ids)
    found = await trial.store.load(ID, asked)
    if found is None:
        raise trial.broken(f"expected instance {ID!r} after its save, got None")
    return {one: found.seen[one] for one in dict.fromkeys(asked) if one in found.seen} | {
        one: recorded for one, recorded in found.seen.items() if one not in asked
    }
