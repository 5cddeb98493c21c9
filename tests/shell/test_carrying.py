"""Instances go from store to store of any kind, whole, and are carried out in one place only."""

from datetime import timedelta

import pytest

from telic import WorkflowId, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.results import Paused
from telic.kernel.snapshot import Status
from telic.runtime.claims import buried
from telic.runtime.queries import Query
from telic.shell.acted import Effect
from telic.shell.archives import archived_in, line_of
from telic.shell.exporting import exported
from telic.shell.operators import Operators
from telic.stores.memory import MemoryStore
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.test_forking import lived
from tests.shell.test_worker import OnlyLists
from tests.shell.till import ID, NOW, Arm, Ask, HandClock, Open, TakeBack, everything, till

HOUR = timedelta(hours=1)
TAGS = {"Charge": 9, "Quiet": 9, "Wire": 9, "Note": 9}


class Side:
    """A till in one store."""

    def __init__(self, store):
        self.store = store
        self.clock = HandClock()
        self.runtime = WorkflowRuntime(machine=till, store=store, clock=self.clock)
        self.operators = Operators(everything(self.runtime), actor="ann")

    async def move(self, id=ID, **details):
        (one,) = [one async for one in self.operators.move("till", id, to="over there", **details)]
        return one

    async def read(self, id=ID):
        (one,) = [one async for one in exported(self.runtime, id)]
        return archived_in(line_of(one.archived))

    async def admit(self, archived, **details):
        act = await self.operators.admit(archived, origin="over here", **details)
        return act.effect, act.why

    async def claims(self):
        found = await self.store.claim(TAGS, 99, now=NOW + HOUR, until=NOW + 2 * HOUR, worker="w")
        return sorted(one.id for one in found)


@pytest.fixture
def url(request):
    """Where PostgreSQL is, for tests that need it; looked for outside of any event loop."""
    params = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    return postgres_url() if "postgres" in params else ""


@pytest.fixture
async def side(tmp_path, anyio_backend_name, url):
    """Opens a store of a kind, each time another one."""
    opened = []

    async def made(place):
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        context = store_in(place, till, folder, url, anyio_backend_name)
        opened.append(context)
        return Side(await context.__aenter__())

    yield made
    for context in reversed(opened):
        await context.__aexit__(None, None, None)


@pytest.fixture
async def both(side):
    """A source in which something has lived, and an empty target; in memory and in a file."""
    source, target = await side("sqlite"), await side("memory")
    await lived(source.runtime)
    return source, target


@pytest.mark.parametrize("target", PLACES)
@pytest.mark.parametrize("source", PLACES)
async def test_one_that_moves_is_the_same_there_and_carried_out_there_only(side, source, target):
    here, there = await side(source), await side(target)
    await lived(here.runtime)
    await here.runtime.run_step(ID, Arm(at=NOW + HOUR))
    moved = await here.move()
    assert moved.act.effect is Effect.DONE
    assert await there.admit(archived_in(line_of(moved.archived))) == (Effect.DONE, "")
    before, after = await here.runtime.load(ID), await there.runtime.load(ID)
    assert after == before
    assert (after.status, after.paused_for) == (Status.PAUSED, "moved to over there")
    told = await there.runtime.run_step(ID, Ask(what="Charge"))
    assert told.reasons == (Paused(reason="moved to over there"),)
    assert await there.store.load(ID, ("first-ask",)) == await here.store.load(ID, ("first-ask",))
    assert await there.store.journal(ID) == await here.store.journal(ID)
    for one in (here, there):
        assert await one.claims() == []
        await one.runtime.run_step(ID, Resume())
        assert await one.claims() == []
    assert [one async for one in there.operators.release("till", [one.id for one in await there.store.aside(ID)])]
    assert await there.claims() == ["till:4:0", "till:5:0"]
    assert await here.claims() == []
    assert [one.key for one in await there.store.due_deadlines(NOW + HOUR, 9)] == ["Lapsed"]


async def test_the_journal_of_the_source_says_where_it_went_and_who_sent_it(both):
    here, _ = both
    await here.move(operation="o-1")
    last = (await here.store.journal(ID))[-1]
    assert (last.event, last.actor, last.given_id) == (
        Pause(reason="moved to over there"), "ann", "telic.operator:o-1:move",
    )  # fmt: skip
    (act,) = await here.store.acts(ID)
    assert (act.name, act.actor, act.detail) == ("move", "ann", "over there")


async def test_the_target_says_where_it_came_from(both):
    here, there = both
    await there.admit((await here.move()).archived, operation="o-2")
    move, arrival = await there.store.acts(ID)
    assert (move.name, arrival.name, arrival.actor, arrival.detail) == ("move", "import", "ann", "over here")


async def test_an_export_changes_nothing_and_a_copy_arrives_paused_with_its_intents_set_aside(both):
    here, there = both
    journal = await here.store.journal(ID)
    assert await there.admit(await here.read()) == (Effect.DONE, "")
    assert await here.store.journal(ID) == journal
    assert await here.store.acts(ID) == ()
    copied = await there.runtime.load(ID)
    assert (copied.status, copied.revision) == (Status.PAUSED, 6)
    assert (await there.store.journal(ID))[-1].event == Pause(reason="imported from over here")
    assert await there.claims() == []
    assert [one.id for one in await there.store.aside(ID)] == ["till:4:0", "till:5:0"]
    assert await here.claims() == ["till:4:0", "till:5:0"]


async def test_twice_is_once_also_when_it_has_gone_on_since(both):
    here, there = both
    archived = await here.read()
    await there.admit(archived)
    assert await there.admit(archived) == (Effect.ALREADY, "")
    await there.runtime.run_step(ID, Resume())
    await there.runtime.run_step(ID, Ask(what="quiet"))
    journal = await there.store.journal(ID)
    assert await there.admit(archived) == (Effect.ALREADY, "")
    assert await there.store.journal(ID) == journal


@pytest.mark.parametrize("target", ["memory", "sqlite"])
async def test_another_instance_of_the_same_id_is_left_as_it_is(side, target):
    here, there = await side("memory"), await side(target)
    await lived(here.runtime)
    await there.runtime.run_step(ID, Open())
    journal = await there.store.journal(ID)
    effect, why = await there.admit(await here.read())
    assert effect is Effect.REFUSED
    assert why == (
        "expected no instance of this id, or the same one, got one at revision 1 that is another one at revision 2"
    )
    assert await there.store.journal(ID) == journal


async def test_one_that_went_on_where_it_came_from_is_another_one(both):
    here, there = both
    await there.admit(await here.read())
    await here.runtime.run_step(ID, Ask(what="quiet"))
    effect, why = await there.admit(await here.read())
    assert (effect, "another one at revision 6" in why) == (Effect.REFUSED, True)


def _with(archived, **changed):
    return archived._replace(image=archived.image._replace(**changed))


async def test_what_is_not_as_it_was_written_is_refused_and_nothing_is_there(both):
    here, there = both
    whole = await here.read()
    image = whole.image
    forged = image.instance._replace(state=image.instance.state.replace(b'"asked":3', b'"asked":7'))
    hashes = image.journal[-1]._replace(state_hash=b"0123456789abcdef")
    open_less = image.instance._replace(rest=None)
    dearer = image.intents[0]._replace(tag=image.intents[1].tag)
    for other, why in (
        (_with(whole, instance=forged), "expected state "),
        (_with(whole, journal=image.journal[:-1]), "expected all lines up to revision 5, got 4 of them"),
        (_with(whole, journal=image.journal[1:]), "expected a journal that today's code follows"),
        (_with(whole, journal=(*image.journal[:-1], hashes)), "expected state 30313233 of line 5"),
        (_with(whole, intents=image.intents[1:]), "expected the row of open intent "),
        (_with(whole, intents=(dearer, *image.intents[1:])), "expected what open intent "),
        (_with(whole, instance=open_less), "expected what its journal leads to"),
    ):
        effect, said = await there.admit(other)
        assert (effect, said[: len(why)]) == (Effect.REFUSED, why)
    assert await there.runtime.load(ID) is None


async def test_what_today_s_code_cannot_read_fails_and_the_others_go_on(both):
    here, there = both
    whole = await here.read()
    effect, why = await there.admit(_with(whole, instance=whole.image.instance._replace(kind="torn")))
    assert (effect, why.split(":")[0]) == (Effect.FAILED, "DecodeError")


async def test_one_with_an_intent_that_is_being_carried_out_stays_where_it_is(both):
    here, _ = both
    await here.store.claim({"Charge": 1, "Wire": 1, "Quiet": 1}, 1, now=NOW, until=NOW + HOUR, worker="w")
    journal = await here.store.journal(ID)
    refused = await here.move()
    assert (refused.act.effect, refused.archived) == (Effect.REFUSED, None)
    assert refused.act.why.startswith("expected no intent that is being carried out, got till:")
    assert await here.store.journal(ID) == journal


async def test_one_that_was_claimed_when_it_was_halted_comes_with_a_later_try(both, monkeypatch):
    here, there = both
    leave = type(here.store).leave

    async def claims_first(store, act, commit=None):
        await store.claim({"Quiet": 1}, 1, now=NOW, until=NOW + HOUR, worker="w")
        await leave(store, act, commit)

    monkeypatch.setattr(type(here.store), "leave", claims_first)
    assert (await here.move()).act.effect is Effect.REFUSED
    assert (await here.runtime.load(ID)).status is Status.PAUSED
    monkeypatch.undo()
    here.clock.move(3600)
    assert await there.admit((await here.move()).archived) == (Effect.DONE, "")
    assert [one.id for one in await there.store.aside(ID)] == ["till:4:0", "till:5:0"]


async def test_one_that_is_resumed_while_it_leaves_stays(both, monkeypatch):
    here, _ = both
    leave = type(here.store).leave

    async def resumes_then(store, act, commit=None):
        await leave(store, act, commit)
        await here.runtime.run_step(ID, Resume())

    monkeypatch.setattr(type(here.store), "leave", resumes_then)
    refused = await here.move()
    assert (refused.act.effect, refused.archived) == (Effect.REFUSED, None)
    assert refused.act.why == "expected an instance that stays halted, got one that was resumed meanwhile"


async def test_a_dead_letter_stays_one(both):
    here, there = both
    (claim,) = await here.store.claim({"Quiet": 1}, 1, now=NOW, until=NOW + HOUR, worker="w")
    await here.store.settle([buried(claim, "on fire")])
    assert await there.admit((await here.move()).archived) == (Effect.DONE, "")
    (letter,) = await there.store.dead_letters()
    assert (letter.opened.id, letter.attempt, letter.problem) == (claim.id, 1, "on fire")
    assert [one.id for one in await there.store.aside(ID)] == ["till:5:0"]


async def test_what_is_withdrawn_ends_without_a_release(side):
    here, there = await side("memory"), await side("sqlite")
    await here.runtime.run_step(ID, Open())
    await here.runtime.run_step(ID, Ask(what="charge"))
    await here.runtime.run_step(ID, TakeBack())
    await there.admit(await here.read())
    assert await there.store.aside(ID) == ()
    assert await there.claims() == ["till:2:0"]


async def test_one_that_is_over_arrives_as_it_ended(both):
    here, there = both
    await here.runtime.run_step(ID, Terminate(reason="enough"))
    await there.admit((await here.move()).archived)
    assert (await there.runtime.load(ID)).status is Status.TERMINATED
    assert len(await there.store.journal(ID)) == 6


async def test_a_move_that_is_done_again_gives_the_same(both):
    here, there = both
    first = await here.move(operation="o-1")
    assert (await here.move(operation="o-1")).archived == first.archived
    await there.admit(first.archived)
    assert await there.admit((await here.move(operation="o-1")).archived) == (Effect.ALREADY, "")


async def test_one_that_was_taken_back_can_move_once_more(both):
    here, _ = both
    await here.move(operation="o-1")
    await here.runtime.run_step(ID, Resume())
    assert (await here.move(operation="o-1")).act.effect is Effect.DONE
    assert (await here.runtime.load(ID)).status is Status.PAUSED


async def test_what_is_only_tried_changes_nothing(both):
    here, there = both
    journal = await here.store.journal(ID)
    tried = await here.move(dry_run=True)
    assert (tried.act.effect, tried.archived) == (Effect.WOULD, None)
    assert await here.store.journal(ID) == journal
    assert await there.admit(await here.read(), dry_run=True) == (Effect.WOULD, "")
    assert await there.runtime.load(ID) is None


@pytest.mark.parametrize("target", PLACES)
async def test_hooks_of_the_target_are_told_nothing_of_the_past(side, target):
    here, there = await side("memory"), await side(target)
    await lived(here.runtime)
    await there.store.add_hook("mail")
    await there.admit(await here.read())
    assert await there.store.unheard("mail", 9) == ()
    await there.runtime.run_step(WorkflowId("other"), Open())
    assert [one.workflow_id for one in await there.store.unheard("mail", 9)] == ["other"]


async def test_what_is_set_aside_of_many_is_released_by_a_query(both):
    here, there = both
    await there.admit(await here.read())
    done = [one async for one in there.operators.release("till", Query(status=Status.PAUSED))]
    assert [(one.intent, one.effect) for one in done] == [("till:4:0", Effect.DONE), ("till:5:0", Effect.DONE)]


async def test_an_instance_that_is_none_is_refused_and_a_store_without_images_too():
    here = Side(MemoryStore(till))
    refused = await here.move(WorkflowId("nobody"))
    assert refused.act.why == "expected an instance, got the id nobody, which is none"
    runtime = WorkflowRuntime(machine=till, store=OnlyLists(till))
    with pytest.raises(ConfigurationError, match="expected a store with images, got OnlyLists"):
        assert [one async for one in exported(runtime)] == []
