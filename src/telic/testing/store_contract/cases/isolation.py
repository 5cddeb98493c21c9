"""Cases of isolation: instances, machines and tenants do not know of one another."""

from __future__ import annotations

from telic.kernel.values import EventId, WorkflowId
from telic.testing.store_contract.machine import Everything, ItemId, Mark, Open, Send, another_machine
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import sent
from telic.testing.store_contract.trial import ID, Trial

_EXACT = "compare ids byte by byte: no trimming, no folding of case, no normal forms, no patterns, no collation"
_TENANT = "begin every key and every query with the tenant"


@case(do="begin every key and every query with the id of the instance")
async def instances_are_apart(trial: Trial) -> None:
    """A step of one instance changes no other one."""
    ids = [WorkflowId(f"w-{number}") for number in range(3)]
    for number, id in enumerate(ids):
        await trial.begin(Open(held=Everything(text=f"text {number}")), id, event_id="open")
    await trial.step(Send(items=(ItemId("a"),), legs=1), ids[1], event_id="send")
    await trial.agree()
    await trial.step(Mark(mark=1), ids[2], event_id="send")
    await trial.agree()


@case(do=_EXACT)
async def ids_are_compared_exactly(trial: Trial) -> None:
    """Ids of instances that differ in case, blanks, normal form or an ending are different ids."""
    ids = ("a", "A", "a ", " a", "ä", "a\u0308", "a:1", "a:1:0", "a%", "a_", "_", "%", "1", "01", "'", "a\n", "x" * 500)
    for number, id in enumerate(ids):
        await trial.begin(Open(held=Everything(whole=number)), WorkflowId(id), event_id=id)
        await trial.step(Send(items=(ItemId(id),)), WorkflowId(id))
    await trial.agree()


@case(do="refuse an id that the database cannot hold, or keep all of it; never cut it")
async def an_odd_id_is_kept_whole_or_refused(trial: Trial) -> None:
    """An instance whose id has NUL is found under all of it, or refused with an error."""
    odd = WorkflowId("a\x00b")
    await trial.begin(id=WorkflowId("a"))
    commit = trial.decide(None, Open(held=Everything(text="odd")), id=odd)
    try:
        await trial.store.save(commit)
        found = await trial.store.load(odd)
    except Exception:  # noqa: BLE001  (a store may refuse it in its own words)
        found = None
    else:
        trial.hold(found is not None, f"instance {odd!r} under all of its id", found)
    plain = await trial.store.load(WorkflowId("a"))
    trial.same(await trial.model.load(WorkflowId("a")), plain, "instance 'a'")


@case(do="keep a step of an instance that was loaded under the tenant of its store")
async def an_instance_without_a_tenant_has_the_empty_one(trial: Trial) -> None:
    """Where there are no tenants, the tenant is the empty text."""
    await trial.begin()
    loaded = await trial.load()
    trial.hold(loaded.meta.tenant == "", "the empty tenant", loaded.meta)


@case(Capability.REOPEN, do="begin every key and every query with the name of the machine")
async def machines_are_apart(trial: Trial) -> None:
    """An instance of one machine is not found among those of another, over one database."""
    await sent(trial)
    await trial.step(Mark(mark=1), event_id="e")
    async with trial.reopened(another_machine) as store:
        letters = trial.beside(store, machine=another_machine)
        letters.notice(ID, EventId("e"))
        await letters.agree()
        await letters.begin(Open(held=Everything(text="a letter")), event_id="e")
        await letters.step(Send(items=(ItemId("b"),)))
        await letters.agree()
        await trial.step(Mark(mark=2))
        await trial.agree()
        await letters.agree()


@case(Capability.TENANTS, do=_TENANT)
async def tenants_are_apart(trial: Trial) -> None:
    """An instance of one tenant is not found by another, nor by the store without a tenant."""
    tenants = [trial, *(trial.beside(trial.full.within(tenant=name), tenant=name) for name in ("north", "south"))]
    for one in tenants:
        one.notice(ID, EventId("e"))
        await one.agree()
    for number, one in enumerate(tenants):
        await one.begin(Open(held=Everything(whole=number)), event_id="e")
        for each in tenants:
            each.notice(ID)
            await each.agree()
    await tenants[1].step(Send(items=(ItemId("a"),), legs=1), event_id="send")
    await tenants[2].step(Mark(mark=1), event_id="send")
    for one in tenants:
        await one.agree()


@case(Capability.TENANTS, do=_TENANT)
async def a_tenant_is_kept_in_its_instances(trial: Trial) -> None:
    """An instance is loaded with the tenant whose it is."""
    name = "Nörd 'north' 😀"
    north = trial.beside(trial.full.within(tenant=name), tenant=name)
    await north.begin()
    await north.step(Mark(mark=1))
    loaded = await north.load()
    north.hold(loaded.meta.tenant == name, f"the tenant {name!r}", loaded.meta)
    await north.agree()


@case(Capability.TENANTS, do="return from within the same store with another tenant, and leave the first as it is")
async def a_store_within_a_tenant_is_another_view(trial: Trial) -> None:
    """A store within a tenant, and one within that, see the tenant that was named last."""
    north = trial.full.within(tenant="north")
    again = trial.beside(north).full.within(tenant="south")
    south = trial.beside(again, tenant="south")
    await south.begin()
    await south.agree()
    for store in (north, trial.store):
        found = await store.load(ID)
        trial.hold(found is None, "None from another tenant", found)
