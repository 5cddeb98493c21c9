"""A fork lives through the same again under an id of its own, and does nothing before it is let go."""

from dataclasses import replace

import pytest

from telic import Cancel, Handlers, System, WorkflowId, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Pause
from telic.kernel.journal import fold
from telic.kernel.snapshot import Status
from telic.shell.forking import Forked, ForkRefused
from telic.shell.operators import Operators
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop
from tests.shell.test_operators import opened, told
from tests.shell.test_shell import system
from tests.shell.test_worker import OnlyLists
from tests.shell.till import ID, NOW, Ask, Done, Open, Ref, TakeBack, Till, till
from tests.stores.desk import Begin, Check, Checked, Later, Submit, desk


async def checked(intent, call):
    return Checked()


async def lived(runtime):
    """An instance with a journal of five lines, and two open intents."""
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge"), event_id="first-ask", actor="eve")
    await runtime.run_step(ID, Done(ref=Ref("charge-0")), answers="till:2:0")
    await runtime.run_step(ID, Ask(what="quiet"))
    await runtime.run_step(ID, Ask(what="wire"))


async def test_a_fork_of_the_whole_has_the_state_and_the_open_intents_of_the_first(operators, runtime):
    await lived(runtime)
    made = await operators.fork("till", ID)
    first, second = await runtime.load(ID), await runtime.load(made.id)
    assert isinstance(made, Forked)
    assert (made.revision, made.stopped, second.state, second.status) == (5, "", first.state, Status.RUNNING)
    assert [one.intent for one in made.aside] == [one.intent for one in first.open.values()]
    assert [one.id for one in made.aside] == [f"{made.id}:4:0", f"{made.id}:5:0"]
    assert second.meta.key is None


@pytest.mark.parametrize("revision", [2, None])
async def test_a_fork_that_is_only_tried_is_told_as_it_would_be_and_is_not_there(operators, runtime, revision):
    await lived(runtime)
    for event in (Ask(what="charge"), TakeBack()):  # one that is withdrawn is nothing to release
        await runtime.run_step(ID, event)
    tried = await operators.fork("till", ID, revision, operation="o-1", dry_run=True)
    assert await runtime.load(tried.id) is None
    assert await operators.fork("till", ID, revision, operation="o-1") == tried
    assert await operators.fork("till", ID, revision, operation="o-1", dry_run=True) == tried


async def test_a_fork_goes_up_to_the_revision_that_was_asked_for(operators, runtime):
    await lived(runtime)
    made = await operators.fork("till", ID, 2)
    snapshot = await runtime.load(made.id)
    assert (made.revision, snapshot.state.log, list(snapshot.open)) == (2, (), [f"{made.id}:2:0"])


async def test_the_journal_of_a_fork_leads_to_its_state_and_names_its_actors(operators, runtime):
    await lived(runtime)
    made = await operators.fork("till", ID)
    snapshot, journal = await runtime.load(made.id), await runtime.store.journal(made.id)
    folded = fold(till, snapshot.meta, journal)
    assert (folded.state, folded.paused_for) == (snapshot.state, snapshot.paused_for)
    assert [one.actor for one in journal] == ["", "eve", "", "", "", "ann", "ann"]
    assert journal[1].given_id == "first-ask"


async def test_the_first_instance_is_left_as_it_is(operators, runtime):
    await lived(runtime)
    before = await runtime.store.journal(ID)
    await operators.fork("till", ID)
    assert await runtime.store.journal(ID) == before


async def test_nothing_of_a_fork_is_carried_out_before_it_is_released_one_by_one(operators, runtime):
    await lived(runtime)
    made = await operators.fork("till", ID)

    async def claimable():
        wanted = {"Quiet": 9, "Wire": 9}
        found = await runtime.store.claim(wanted, 9, now=NOW, until=NOW, worker="w")
        return [one.id for one in found if one.workflow_id == made.id]

    assert await claimable() == []
    first, second = (one.id for one in made.aside)
    assert await told(operators.redrive("till", first)) == [(first, "refused")]
    assert await told(operators.release("till", first)) == [(first, "done")]
    assert await claimable() == [first]
    assert await told(operators.release("till", [first, second])) == [(first, "refused"), (second, "done")]
    assert {one.name for one in await runtime.store.acts(made.id)} == {"release"}


async def test_what_happens_next_in_a_fork_is_carried_out_as_ever(operators, runtime):
    await lived(runtime)
    made = await operators.fork("till", ID)
    await runtime.run_step(made.id, Ask(what="note"))
    found = await runtime.store.claim({"Note": 9}, 9, now=NOW, until=NOW, worker="w")
    assert [one.workflow_id for one in found] == [made.id]


async def test_under_one_operation_there_is_one_fork(operators, runtime):
    await lived(runtime)
    one = await operators.fork("till", ID, 4, operation="op-1")
    await told(operators.release("till", one.aside[0].id))
    again = await operators.fork("till", ID, 4, operation="op-1")
    assert again == one._replace(aside=())
    other = await operators.fork("till", ID, 4, operation="op-2")
    assert other.id != one.id


async def test_a_fork_that_was_cut_off_is_completed(operators, runtime, monkeypatch):
    await lived(runtime)

    async def dies(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("telic.shell.forking._let_run", dies)
        with pytest.raises(ZeroDivisionError):
            await operators.fork("till", ID, operation="op-1")
    made = await operators.fork("till", ID, operation="op-1")
    assert (len(made.aside), (await runtime.load(made.id)).status) == (2, Status.RUNNING)


async def test_a_fork_stops_at_the_first_record_that_todays_code_decides_differently(operators, runtime, monkeypatch):
    await lived(runtime)
    monkeypatch.setattr(Till, "_noted", lambda self, line: self.evolve(log=(*self.log, "all is well")))
    made = await operators.fork("till", ID)
    assert (made.revision, (await runtime.load(made.id)).state.log) == (2, ())
    assert made.stopped.startswith("instance WorkflowId('till'), revision 3: expected stepped to 'till' (state ")
    assert await operators.fork("till", ID, 2, operation="op-1") == await operators.fork("till", ID, operation="op-1")


async def test_an_instance_that_is_over_or_paused_there_is_not_forked(operators, runtime):
    await lived(runtime)
    await runtime.run_step(ID, Pause())
    refused = await operators.fork("till", ID)
    assert refused == ForkRefused(ID, "expected an instance that runs at revision 6, got one that is paused")
    await told(operators.terminate("till", ID))
    refused = await operators.fork("till", ID)
    assert refused == ForkRefused(ID, "expected an instance that runs at revision 7, got one that is terminated")
    assert isinstance(await operators.fork("till", ID, 5), Forked)


async def test_a_revision_that_is_not_there_is_refused(operators, runtime):
    await opened(runtime, "a")
    for revision in (0, 2):
        refused = await operators.fork("till", WorkflowId("a"), revision)
        assert refused == ForkRefused(WorkflowId("a"), f"expected a revision from 1 to 1, got {revision}")
    assert (await operators.fork("till", WorkflowId("b"))).why == "expected a revision from 1 to 0, got 0"


async def test_withdrawn_intents_and_compensations_are_lived_through(operators, runtime):
    await opened(runtime, "a")
    for event in (Ask(what="charge"), TakeBack(), Cancel(reason="fraud")):
        await runtime.run_step(WorkflowId("a"), event)
    made = await operators.fork("till", WorkflowId("a"))
    snapshot = await runtime.load(made.id)
    assert [one.withdrawn for one in snapshot.open.values()] == [True, False]
    assert [one.id for one in made.aside] == [f"{made.id}:4:0"]


async def test_a_step_of_several_records_is_taken_over_whole_or_not_at_all():
    runtime = WorkflowRuntime(machine=desk, store=MemoryStore(desk))
    for event in (Begin(), Later(), Submit()):  # the deferred command is taken in the step of the submission
        await runtime.run_step(ID, event)
    work = System(runtimes=[runtime], handlers=Handlers(Check.handled_by(checked)))
    operators = Operators(work, actor="ann")
    made = await operators.fork("desk", ID, 3)
    assert (made.revision, made.stopped) == (2, "revision 3 is one of several records of a single step")
    assert (await operators.fork("desk", ID, 4)).revision == 4


async def test_an_instance_whose_first_record_comes_out_differently_is_not_forked(operators, runtime, monkeypatch):
    await opened(runtime, "a")

    def breaks(cls, event):
        raise ZeroDivisionError("no till")

    monkeypatch.setattr(till, "start_rows", {Open: replace(till.start_rows[Open], call=breaks)})
    assert await operators.fork("till", WorkflowId("a")) == ForkRefused(WorkflowId("a"), "no till")


async def test_a_store_without_a_journal_cannot_be_forked():
    runtime = WorkflowRuntime(machine=shop, store=OnlyLists(shop))
    with pytest.raises(ConfigurationError, match="expected a store with a journal and acts, got OnlyLists"):
        await Operators(system(runtime), actor="ann").fork("shop", ID)
