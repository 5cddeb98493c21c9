"""The classic form runs unchanged: on every Python, and with a ``type`` statement where there is one."""

import sys

import pytest
from pydantic import TypeAdapter

from telic import Machine, WorkflowId, WorkflowRuntime
from telic.kernel.results import Ended, Rejected, Started, Stepped
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.classic import parcel
from tests.classic.parcel import (
    CollectParcel,
    CourierId,
    DeliverParcel,
    ParcelCollected,
    ParcelDelivered,
    ParcelEvent,
    ParcelKind,
    ParcelPacked,
    ParcelState,
    TellReceiver,
    Town,
)

ID = WorkflowId("p-1")
# A statement that older Pythons cannot even read, so it is kept as text.
TYPE_STATEMENT = """
type ParcelState = Annotated[
    ParcelPacked | ParcelCollected | ParcelDelivered,
    Field(discriminator="kind")
]
"""


def unions():
    yield pytest.param(ParcelState, id="assignment")
    if sys.version_info >= (3, 12):
        names = dict(vars(parcel))
        exec(TYPE_STATEMENT, names)
        yield pytest.param(names["ParcelState"], id="type statement")


@pytest.fixture(params=unions())
def machine(request):
    return Machine[request.param, ParcelEvent](name="parcel", starts=(ParcelPacked,))


async def live(runtime):
    """Take one parcel from packing to delivery; return the results."""
    packed = ParcelPacked(kind=ParcelKind.PACKED, town=Town("Utrecht"))
    return [
        await runtime.start(ID, packed),
        await runtime.run_step(ID, DeliverParcel(signed=True)),
        await runtime.run_step(ID, CollectParcel(courier_id=CourierId("c-1"))),
        await runtime.run_step(ID, DeliverParcel(signed=True)),
        await runtime.run_step(ID, DeliverParcel(signed=True)),
    ]


def expect_the_story(results):
    assert [type(one) for one in results] == [Started, Rejected, Stepped, Stepped, Ended]
    assert results[2].intent == TellReceiver(town=Town("Utrecht"), courier_id=CourierId("c-1"))
    assert results[3].state == ParcelDelivered(kind=ParcelKind.DELIVERED, town=Town("Utrecht"), signed=True)


async def test_a_classic_machine_runs_in_memory(machine):
    expect_the_story(await live(WorkflowRuntime(machine=machine, store=MemoryStore(machine))))


async def test_a_classic_machine_runs_on_a_sqlite_file(machine, tmp_path):
    async with SqliteDatabase(tmp_path / "parcels.sqlite") as database:
        store = database.store(machine)
        expect_the_story(await live(WorkflowRuntime(machine=machine, store=store)))
    async with SqliteDatabase(tmp_path / "parcels.sqlite") as database:
        again = await database.store(machine).load(ID)
        assert isinstance(again.state, ParcelDelivered)


def test_transitions_take_values_and_need_no_telic_to_be_tested():
    packed = ParcelPacked(kind=ParcelKind.PACKED, town=Town("Utrecht"))
    collected, intent = packed.collect(CourierId("c-1"))
    assert collected == ParcelCollected(kind=ParcelKind.COLLECTED, town=Town("Utrecht"), courier_id=CourierId("c-1"))
    assert intent.town == "Utrecht"


def test_the_union_reads_its_own_json(machine):
    packed = ParcelPacked(kind=ParcelKind.PACKED, town=Town("Utrecht"))
    assert TypeAdapter(ParcelState).validate_json(packed.model_dump_json()) == packed
    assert machine.final_states == {ParcelDelivered}
