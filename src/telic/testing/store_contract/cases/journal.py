"""Cases of the journal: every record once, in order, with all that it says."""

from __future__ import annotations

from telic.kernel.codec import state_hash
from telic.kernel.journal import fold
from telic.kernel.snapshot import Begin
from telic.kernel.values import WorkflowId
from telic.testing.store_contract.machine import Draft, Everything, ItemId, Mark, Open, Send
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import chapters
from telic.testing.store_contract.trial import ID, Trial

_ALL = "write commit.records as they are, in the transaction that writes the state"


@case(Capability.JOURNAL, do="return () where there is no line")
async def an_unknown_instance_has_no_journal(trial: Trial) -> None:
    """The journal of an unknown instance is empty."""
    found = await trial.full.journal(ID)
    trial.hold(found == (), "()", found)


@case(Capability.JOURNAL, do="order the lines by revision, as numbers")
async def the_journal_has_no_gap(trial: Trial) -> None:
    """The lines of a journal are numbered from 1 without gaps, and come in that order."""
    await trial.begin()
    for mark in range(1, 13):
        await trial.step(Mark(mark=mark))
    commit = trial.decide(await trial.load(), Mark(mark=13))
    await trial.save(commit.followed_by(trial.decide(commit.after, Mark(mark=14))))
    found = [one.revision for one in await trial.full.journal(ID)]
    trial.hold(found == list(range(1, 16)), "the revisions 1 to 15", found)


@case(Capability.JOURNAL, do=_ALL)
async def a_line_keeps_all_of_its_record(trial: Trial) -> None:
    """A line keeps event, ids, source, sender, reasons, kind, intents and the hash of the state."""
    await trial.begin(event_id="open", actor="ann")
    for chapter in chapters():
        await trial.save(chapter(trial, await trial.load()))
    trial.same(await trial.model.journal(ID), await trial.full.journal(ID), "journal")


@case(Capability.JOURNAL, do="keep the event of a start with a state as codec.encode_event gives it")
async def the_line_of_a_start_with_a_state_is_kept(trial: Trial) -> None:
    """The first line of an instance that was begun with a state holds that state."""
    state = Draft(mark=3, held=Everything(text="begun"))
    await trial.save(trial.decide(None, Begin(state)))
    found = (await trial.full.journal(ID))[0].event
    trial.hold(found == Begin(state), f"{Begin(state)!r}", found)


@case(Capability.JOURNAL, do=_ALL)
async def the_journal_leads_to_the_state(trial: Trial) -> None:
    """The journal, replayed, leads to the snapshot that is loaded, at each revision."""
    await trial.begin()
    for chapter in chapters():
        await trial.save(chapter(trial, await trial.load()))
        loaded = await trial.load()
        trial.same(loaded, fold(trial.machine, loaded.meta, await trial.full.journal(ID)), "the replayed instance")


@case(Capability.JOURNAL, do="hash the bytes of codec.encode_state with state_hash, for the state of each record")
async def a_line_has_the_hash_of_its_state(trial: Trial) -> None:
    """Each line has the hash of the state after it, within one commit too."""
    commit = trial.decide(None, Open())
    for mark in range(1, 4):
        commit = commit.followed_by(trial.decide(commit.after, Mark(mark=mark)))
    await trial.save(commit)
    expected = [state_hash(trial.machine.codec.encode_state(one.state).data) for one in commit.records]
    trial.same(expected, [one.state_hash for one in await trial.full.journal(ID)], "hashes")


@case(Capability.JOURNAL, do="write no line outside the transaction that writes the state")
async def a_refused_save_writes_no_line(trial: Trial) -> None:
    """A refused save leaves no line behind."""
    await trial.begin(event_id="e")
    first = await trial.load()
    await trial.step(Mark(mark=1))
    await trial.refuse(trial.decide(first, Send(items=(ItemId("a"),))), "a stale save")
    await trial.refuse(trial.decide(None, Open()), "a second start")
    await trial.refuse(trial.decide(await trial.load(), Mark(mark=1), event_id="e"), "a known event id")
    unsaved = trial.decide(None, Open(), id=WorkflowId("never"))
    await trial.refuse(
        trial.decide(unsaved.after, Mark(mark=1), id=WorkflowId("never")), "a step of an unknown instance"
    )
    found = [one.revision for one in await trial.full.journal(ID)]
    trial.hold(found == [1, 2], "the two lines of the saves that were taken", found)
