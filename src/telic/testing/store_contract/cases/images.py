"""Cases of images: an instance that is carried to another store is there what it was, and is carried out once."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, cast

from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Pause, Resume
from telic.kernel.values import EventId, WaitKey
from telic.runtime.acts import Act, KeepsActs
from telic.runtime.claims import IntentState
from telic.runtime.images import Image, KeepsImages
from telic.runtime.protocols import DurableStore
from telic.runtime.tasks import KeepsTasks, TaskChange
from telic.testing.store_contract.machine import NOON, Approve, ItemId, Mark, Open, Send
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import chapters, sent, wait_of
from telic.testing.store_contract.trial import ID, Trial

_ALL = "read every row of the instance in one statement or one transaction, with the bytes as they are stored"
_WHOLE = "write every row of the image in one transaction, and only where there is no such instance"
_LEFT = "write the step, the act and the new state of the intents in one transaction"
_LATER = NOON + timedelta(hours=1)
_ARRIVED = Act(ID, "op-1", str(ID), "import", "ann", _LATER)
_LEFT_BEHIND = Act(ID, "op-2", str(ID), "move", "ann", _LATER, "to the other store")
_GIVEN = tuple(map(EventId, ("e-1", "e-2", "e-3", "unwanted", "later", "paid", "done", "too-late")))
_PAUSED_AT = 14  # after so many chapters: paused, with intents, waits, kept events and a late answer


class _Books(KeepsImages, KeepsActs, KeepsTasks, DurableStore, Protocol):
    """A store that can do all of this; a case asks for what it needs."""


def _books(trial: Trial) -> _Books:
    return cast("_Books", trial.store)


async def _image(trial: Trial) -> Image:
    found = await _books(trial).image(ID)
    trial.hold(found is not None, f"an image of {ID!r}", found)
    return cast("Image", found)


def _aside(image: Image) -> Image:
    return image._replace(intents=tuple(one._replace(state=int(IntentState.ASIDE)) for one in image.intents))


async def _claims(trial: Trial) -> int:
    """Return how many intents can be claimed now."""
    tags = {"Weigh": 10, "Notify": 10, "check-it": 10}
    until = _LATER + timedelta(hours=1)
    return len(await _books(trial).claim(tags, 30, now=_LATER, until=until, worker="kit"))


@case(Capability.IMAGES, do=_ALL)
async def an_image_holds_all_of_an_instance(trial: Trial) -> None:
    """What is installed from an image is the instance, with journal, event ids, intents and waits, at any moment."""
    await trial.begin(event_id="e-1", key="k-1", actor="ann")
    for chapter in chapters():
        await trial.save(chapter(trial, await trial.load()))
        other = trial.fresh()
        await other.model.install(ID, await _image(trial), _ARRIVED)
        other.notice(ID, *_GIVEN)
        await other.agree()


@case(Capability.IMAGES, do=_WHOLE)
async def what_is_installed_goes_on_as_if_it_had_begun_here(trial: Trial) -> None:
    """An instance that was installed is what its image says, and takes each further step like any other."""
    story = chapters()
    first = trial.decide(None, Open(), event_id="e-1", key="k-1")
    await trial.model.save(first)
    for chapter in story[:_PAUSED_AT]:
        held = await trial.model.load(ID)
        assert held is not None
        await trial.model.save(chapter(trial, held))
    image = await trial.model.image(ID)
    assert image is not None
    await _books(trial).install(ID, image, _ARRIVED)
    await trial.agree()
    for chapter in story[_PAUSED_AT:]:
        await trial.save(chapter(trial, await trial.load()))
        await trial.agree()


@case(Capability.IMAGES, do=_WHOLE)
async def an_instance_is_installed_once(trial: Trial) -> None:
    """An image of an instance that is there is refused with RevisionConflict, and nothing changes."""
    await sent(trial)
    image = await _image(trial)
    shorter = image._replace(instance=image.instance._replace(revision=1), journal=image.journal[:1])
    for one in (image, shorter):
        try:
            await _books(trial).install(ID, one, _ARRIVED)
        except RevisionConflict as conflict:
            trial.hold(conflict.id == ID, f"the conflict to name {ID!r}", conflict)
        else:
            raise trial.broken("expected RevisionConflict for an image of an instance that is there, got no error")
        await trial.agree()


@case(Capability.IMAGES, Capability.CLAIMS, do=_WHOLE)
async def what_is_installed_is_carried_out_when_it_is_released(trial: Trial) -> None:
    """Intents that come set aside, with a pause in the same transaction, are claimed by nobody until let go."""
    source = trial.fresh()
    begun = source.decide(None, Open())
    await source.model.save(begun)
    held = await source.model.load(ID)
    assert held is not None
    await source.model.save(source.decide(held, Send(items=(ItemId("a"), ItemId("b")))))
    image, held = await source.model.image(ID), await source.model.load(ID)
    assert image is not None
    assert held is not None
    pause = trial.decide(held, Pause(reason="from elsewhere"), event_id="arrival", at=_LATER)
    for store in (_books(trial), trial.model):
        await store.install(ID, _aside(image), _ARRIVED, pause)
    await trial.agree()
    trial.hold(await _claims(trial) == 0, "no claim of what is set aside", "one")
    await trial.step(Resume())
    trial.hold(await _claims(trial) == 0, "no claim of what is set aside beyond the resumption", "one")
    kept = await _books(trial).aside(ID)
    trial.hold(len(kept) == len(image.intents), f"{len(image.intents)} intents that are set aside", kept)
    acts = [Act(ID, "op-3", one.id, "release", "ann", _LATER) for one in kept]
    await _books(trial).let_go(acts, IntentState.ASIDE)
    trial.hold(await _claims(trial) == len(kept), "a claim of each that was let go", kept)
    told = await _books(trial).acts(ID)
    trial.hold(_ARRIVED in told, f"the trace {_ARRIVED!r}", told)


@case(Capability.IMAGES, Capability.CLAIMS, do=_LEFT)
async def what_is_left_behind_is_carried_out_by_nobody(trial: Trial) -> None:
    """An instance that is left is halted, its intents are set aside beyond a resumption, and a trace says so."""
    loaded = await sent(trial)
    pause = trial.decide(loaded, Pause(reason="to the other store"), event_id="departure", at=_LATER)
    for store in (_books(trial), trial.model):
        await store.leave(_LEFT_BEHIND, pause)
    await trial.agree()
    trial.hold(await _claims(trial) == 0, "no claim of what was left", "one")
    await trial.step(Resume())
    trial.hold(await _claims(trial) == 0, "no claim of what was left, beyond the resumption", "one")
    trial.same((_LEFT_BEHIND,), await _books(trial).acts(ID), "the trace of it")
    await _books(trial).leave(_LEFT_BEHIND)
    trial.same((_LEFT_BEHIND,), await _books(trial).acts(ID), "the trace of it, left twice")
    image = await _image(trial)
    trial.hold(len(image.acts) == 1, "the trace in the image", image.acts)


@case(Capability.IMAGES, Capability.CLAIMS, do=_LEFT)
async def an_instance_that_has_moved_is_not_left(trial: Trial) -> None:
    """A step that halts an instance and was decided on an older revision is refused, and nothing is set aside."""
    loaded = await sent(trial)
    stale = trial.decide(loaded, Pause(), at=_LATER)
    await trial.step(Mark(mark=1))
    try:
        await _books(trial).leave(_LEFT_BEHIND, stale)
    except RevisionConflict:
        await trial.agree()
    else:
        raise trial.broken("expected RevisionConflict for a step on an older revision, got no error")
    trial.same((), await _books(trial).acts(ID), "the traces")
    trial.hold(await _claims(trial) == len(loaded.open), "a claim of each intent", "others")


@case(Capability.IMAGES, Capability.CLAIMS, do="set aside what is ready or held, and leave a live lease alone")
async def what_runs_is_not_set_aside(trial: Trial) -> None:
    """Of an instance that is left, a claim goes on until its lease ends; then it is set aside, too."""
    loaded = await sent(trial, items=1)
    books = _books(trial)
    (claim,) = await books.claim({"Weigh": 1}, 1, now=_LATER, until=_LATER + timedelta(minutes=1), worker="kit")
    await books.leave(_LEFT_BEHIND, trial.decide(loaded, Pause(), at=_LATER))
    held = await books.renew([claim], _LATER + timedelta(minutes=1))
    trial.hold(dict(held) == {claim.id: False}, "the claim to go on", held)
    await books.leave(_LEFT_BEHIND._replace(at=_LATER + timedelta(minutes=2)))
    trial.hold(await books.renew([claim], _LATER + timedelta(hours=1)) == {}, "the claim to be over", claim)
    kept = [one.id for one in await books.aside(ID)]
    trial.same(sorted(map(str, loaded.open)), sorted(map(str, kept)), "what is set aside")


@case(Capability.IMAGES, Capability.TASKS, do=_ALL)
async def what_people_wrote_beside_a_task_is_in_the_image(trial: Trial) -> None:
    """A claim, an assignment and a draft of a task go with its instance."""
    key = WaitKey(wait_of(await sent(trial), Approve))
    row = await _books(trial).task(ID, key)
    assert row is not None
    act = Act(ID, "op-4", key, "draft", "bob", NOON)
    changed = await _books(trial).change_task(TaskChange(row, "bob", "eve", b'{"comment": "so far"}', act))
    trial.hold(changed, "the task to be changed", changed)
    other = trial.fresh()
    await other.model.install(ID, await _image(trial), _ARRIVED)
    trial.same(await _books(trial).task(ID, key), await other.model.task(ID, key), "the task")
    back = await other.model.image(ID)
    assert back is not None
    trial.same(sorted((await _image(trial)).waits), sorted(back.waits), "what stands beside the waits")
