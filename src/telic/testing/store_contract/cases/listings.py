"""Cases of outbox and listing: what is still to be carried out, and which instances there are."""

from __future__ import annotations

from telic.kernel.events import Cancel
from telic.kernel.values import WorkflowId
from telic.testing.store_contract.machine import (
    Approve,
    Check,
    Checked,
    ItemId,
    Mark,
    Open,
    Recall,
    Send,
    Weigh,
    Weighed,
)
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import open_intent, sent, wait_of
from telic.testing.store_contract.trial import ID, Trial

_OUTBOX = "add commit.opened and take commit.done away, in the transaction that writes the state"
_ORDER = "order the outbox by the moment from which each intent waits"


@case(Capability.OUTBOX, do="return () where nothing is open")
async def an_outbox_begins_empty(trial: Trial) -> None:
    """Without an open intent the outbox is empty."""
    trial.hold(await trial.full.outbox() == (), "()", await trial.full.outbox())
    await trial.begin()
    trial.hold(await trial.full.outbox() == (), "()", await trial.full.outbox())


@case(Capability.OUTBOX, do=_OUTBOX)
async def an_emitted_intent_is_in_the_outbox(trial: Trial) -> None:
    """What a step emits is in the outbox from its save on, with its id and its instance."""
    loaded = await sent(trial)
    found = dict(sorted((one.id, one) for _, one in await trial.full.outbox()))
    trial.same(dict(sorted(loaded.open.items())), found, "outbox")
    trial.hold({id for id, _ in await trial.full.outbox()} == {ID}, f"intents of {ID!r}", await trial.full.outbox())


@case(Capability.OUTBOX, do=_OUTBOX)
async def an_answered_intent_leaves_the_outbox(trial: Trial) -> None:
    """The commit of an answer takes its intent, and no other, out of the outbox."""
    loaded = await sent(trial)
    for number in (1, 0):
        id = open_intent(loaded, Weigh, number)
        await trial.step(Weighed(item_id=ItemId(f"item-{number}")), answers=id)
        left = [str(one.id) for _, one in await trial.full.outbox()]
        trial.hold(id not in left and len(left) == 3 + number, f"all but {id!r}", left)
        await trial.agree()


@case(Capability.OUTBOX, do="mark commit.withdrawn in the outbox, and leave them there: they have to be accounted for")
async def a_withdrawn_intent_stays_in_the_outbox(trial: Trial) -> None:
    """An intent that was taken back stays in the outbox until it is accounted for, marked as withdrawn."""
    await sent(trial)
    await trial.step(Recall())
    found = sorted(one.withdrawn for _, one in await trial.full.outbox())
    trial.hold(found == [False, False, True, True, True], "three of five withdrawn", found)
    await trial.step(Cancel())
    found = [one.withdrawn for _, one in await trial.full.outbox()]
    trial.hold(found == [True] * 5, "five of five withdrawn", found)
    await trial.agree()


@case(Capability.OUTBOX, do=_OUTBOX)
async def the_end_of_an_instance_leaves_its_intents(trial: Trial) -> None:
    """Intents that are open when an instance ends are still carried out."""
    loaded = await sent(trial)
    await trial.step(Approve(), wait=wait_of(loaded, Approve))
    await trial.agree()
    await trial.step(Checked(item_id=ItemId("all")), answers=open_intent(loaded, Check))
    left = len(await trial.full.outbox())
    trial.hold(left == 4, "four intents", left)
    await trial.agree()


@case(Capability.OUTBOX, do=_ORDER)
async def the_outbox_gives_the_longest_waiting_first(trial: Trial) -> None:
    """The intent that was emitted first comes first, whichever instance began first and whatever its id."""
    ids = [WorkflowId(name) for name in ("c", "a", "b")]
    for id in ids:
        await trial.begin(id=id)
    for id in (ids[1], ids[0], ids[2]):
        await trial.step(Send(), id)
    found = list(dict.fromkeys(id for id, _ in await trial.full.outbox()))
    trial.hold(found == ["a", "c", "b"], "the instances in the order of their sending: a, c, b", found)


@case(Capability.OUTBOX, do=_ORDER)
async def the_outbox_is_limited(trial: Trial) -> None:
    """The outbox returns as many as are asked for, the longest waiting ones."""
    for number in range(4):
        id = WorkflowId(f"w-{3 - number}")
        await trial.begin(id=id)
        await trial.step(Send(), id)
    sizes = [len(await trial.full.outbox(limit=limit)) for limit in (0, 1, 4, 8, 100)]
    trial.hold(sizes == [0, 1, 4, 8, 8], "0, 1, 4, 8 and 8 of eight", sizes)
    first = {id for id, _ in await trial.full.outbox(limit=2)}
    trial.hold(first == {"w-3"}, "the intents of 'w-3' first", first)


@case(Capability.OUTBOX, do="write the outbox in the transaction that writes the state, and roll both back")
async def a_refused_save_emits_nothing(trial: Trial) -> None:
    """A refused save adds nothing to the outbox and takes nothing away."""
    await trial.begin(event_id="e")
    first = await trial.load()
    await trial.step(Mark(mark=1))
    await trial.refuse(trial.decide(first, Send(items=(ItemId("a"),))), "a stale save that emits")
    await trial.refuse(trial.decide(await trial.load(), Send(), event_id="e"), "a known event id of a step that emits")
    trial.hold(await trial.full.outbox() == (), "()", await trial.full.outbox())
    await trial.step(Send())
    sent_once = await trial.load()
    await trial.step(Mark(mark=2))
    answer = trial.decide(sent_once, Checked(item_id=ItemId("all")), answers=open_intent(sent_once, Check))
    await trial.refuse(answer, "a stale answer")


@case(Capability.LISTING, do="return () where there is no instance")
async def a_listing_begins_empty(trial: Trial) -> None:
    """Without an instance the listing is empty, also after loads and refused saves."""
    await trial.store.load(ID)
    await trial.refuse(
        trial.decide(trial.decide(None, Open()).after, Mark(mark=1)), "a step of an instance that is not there"
    )
    trial.hold(await trial.full.ids() == (), "()", await trial.full.ids())


@case(Capability.LISTING, do="sort ids by their code points: a binary collation")
async def ids_are_listed_in_order(trial: Trial) -> None:
    """Ids are listed once each, in the order of their code points, whatever has happened to them."""
    names = ("b", "a", "B", "ä", "a:1", "a 1", "10", "9", "a\u0308", "é", "😀", "\uffee", "_", "Z")
    for name in names:
        await trial.begin(id=WorkflowId(name))
    await trial.step(Mark(mark=1), WorkflowId("9"))
    await trial.step(Cancel(), WorkflowId("a"))
    found = await trial.full.ids()
    trial.hold(list(found) == sorted(names), f"{sorted(names)}", found)
    await trial.agree()


@case(Capability.LISTING, do="return the ids above `after`, and never one twice")
async def ids_are_listed_in_pages(trial: Trial) -> None:
    """Pages that go on after the last id of the page before give every id once."""
    names = [WorkflowId(f"w-{number}") for number in range(11)]
    for name in names:
        await trial.begin(id=name)
    pages: list[WorkflowId] = []
    for _ in names:
        page = await trial.full.ids(after=pages[-1] if pages else None, limit=4)
        trial.hold(len(page) <= 4, "four ids at most", page)
        pages += page
    trial.hold(pages == sorted(names), "each id once, in order", pages)
    between = await trial.full.ids(after=WorkflowId("w-5x"), limit=1)
    trial.hold(between == ("w-6",), "the first id above one that is not there", between)
    trial.hold(await trial.full.ids(limit=0) == (), "() for a limit of none", await trial.full.ids(limit=0))
