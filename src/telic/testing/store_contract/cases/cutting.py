"""Cases of a journal that is cut: it begins with a checkpoint, and no event id is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from telic.kernel.journal import fold
from telic.kernel.values import WorkflowId
from telic.runtime.retention import Cuts
from telic.testing.store_contract.machine import NOON, ItemId, Later, Mark, Send
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.trial import ID, AnyStore, Trial

_CARRIED = "keep record.checkpoint beside its line, and give it back with that line"
_CUT = "delete the lines before the oldest checkpoint that is due, in one transaction, and keep what each event came to"
_AFTER_ALL = NOON + timedelta(days=9)


def _cuts(store: AnyStore) -> Cuts:
    return cast("Cuts", store)


async def _lived(trial: Trial, records: int, id: WorkflowId = ID) -> None:
    """Have an instance live through as many records; some of its events have ids."""
    await trial.begin(id=id, event_id="begin")
    await trial.step(Send(items=(ItemId("a"), ItemId("b"))), id, event_id="send")
    for number in range(3, records + 1):
        await trial.step(Mark(mark=number), id, event_id=f"mark-{number}" if number % 2 else None)


async def _cut_alike(trial: Trial, keep: int = 1) -> int:
    """Have the store and its model cut once."""
    expected = await trial.model.cut(_AFTER_ALL, keep)
    got = await _cuts(trial.store).cut(_AFTER_ALL, keep)
    trial.hold(got == expected, f"{expected} lines to go", got)
    await trial.agree()
    return got


@case(Capability.JOURNAL, Capability.CUTTING, do=_CARRIED)
async def a_line_carries_the_instance_where_its_record_does(trial: Trial) -> None:
    """The line of a record with a checkpoint is read with it: open intents, waits and kept events included."""
    every = trial.machine.checkpoint_every
    await trial.begin()
    await trial.step(Later(), event_id="later")
    for number in range(every - 2):
        await trial.step(Mark(mark=number))
    loaded, journal = await trial.load(), await trial.full.journal(ID)
    trial.same(loaded, journal[-1].checkpoint, f"the checkpoint of line {every}")
    trial.hold(all(one.checkpoint is None for one in journal[:-1]), "no other checkpoint", journal)


@case(Capability.JOURNAL, Capability.CUTTING, do=_CUT)
async def a_journal_is_cut_at_its_oldest_checkpoint(trial: Trial) -> None:
    """A cut takes the lines before the oldest checkpoint, and what is left leads to where the instance stands."""
    every = trial.machine.checkpoint_every
    await _lived(trial, 2 * every + 1)
    for number in (1, 2):
        await _cut_alike(trial)
        journal = await trial.full.journal(ID)
        trial.hold(journal[0].revision == number * every, f"line {number * every} to be the first", journal[0].revision)
        loaded = await trial.load()
        trial.same(loaded, fold(trial.machine, loaded.meta, journal), "the instance that the journal leads to")
    trial.hold(await _cut_alike(trial) == 0, "nothing more to cut", "more")


@case(Capability.CUTTING, do=_CUT)
async def event_ids_outlive_their_lines(trial: Trial) -> None:
    """An event whose line was cut is seen as before, and a commit that brings its id again is refused."""
    await _lived(trial, trial.machine.checkpoint_every + 1)
    await _cut_alike(trial)
    for known in ("begin", "send", "mark-3"):
        again = trial.decide((await trial.load())._replace(seen={}), Mark(mark=99), event_id=known)
        await trial.refuse(again, f"the id {known!r} of a line that was cut")


@case(Capability.CUTTING, do="cut only behind a checkpoint that is older than `before`, and leave `keep` lines")
async def what_is_to_be_kept_is_not_cut(trial: Trial) -> None:
    """What is young, and what is among the newest lines, is not cut; nor is what has no checkpoint behind it."""
    every = trial.machine.checkpoint_every
    await _lived(trial, every + 3)
    await _lived(trial, 2, WorkflowId("short"))
    trial.hold(await _cuts(trial.store).cut(NOON, 1) == 0, "nothing that is younger than noon", "a cut")
    trial.hold(await _cut_alike(trial, keep=5) == 0, "five lines to be kept", "a cut")
    trial.hold(await _cut_alike(trial, keep=4) == every - 1, f"{every - 1} lines to go", "others")


@case(Capability.CUTTING, Capability.TENANTS, do="put the tenant into the key of checkpoints")
async def a_cut_concerns_one_tenant(trial: Trial) -> None:
    """The journals of one tenant are cut, and no others."""
    other = trial.beside(trial.full.within(tenant="other"), tenant="other")
    for one in (trial, other):
        await _lived(one, one.machine.checkpoint_every + 1)
    await _cut_alike(other)
    await trial.agree()
    await _cut_alike(trial)
    await other.agree()
