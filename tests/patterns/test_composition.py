"""Composition: nested machines, regions with a join, maps of parts, history; explored, and seen from outside."""

from datetime import UTC, datetime, timedelta

from telic import Context, FrozenMap, WorkflowId, WorkflowRuntime
from telic.kernel.results import Ignored, Rejected, Stepped
from telic.stores.memory import MemoryStore
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, is_, leads_to, sometimes
from tests.patterns import composed as c
from tests.patterns import regions as r

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ID = WorkflowId("w")
X, Y, Z = map(c.ParcelId, "xyz")


def runtime(machine):
    return WorkflowRuntime(machine=machine, store=MemoryStore(machine))


async def steps(run, *events):
    """The result of the last of these events; a fact answers the intent that is open for its key."""
    result = None
    for event in events:
        snapshot = await run.load(ID)
        asked = [
            key
            for key, one in (snapshot.open.items() if snapshot is not None else ())
            if type(event) in run.machine.intents.get(type(one.intent), ())
            and getattr(one.intent, "parcel", None) == getattr(event, "parcel", None)
        ]
        result = await run.run_step(ID, event, answers=asked[0] if asked else None, now=NOON)
    return result


# --- a map of parts: its number grows, each event finds its entry by key ----------------------------

PARCELS = Domain().field(c.SendParcel, "parcel", X, Y).field(c.CallOffParcel, "parcel", X, Y)


def each_is_accounted_for(world):
    """What is open belongs to a parcel that waits for it, or was withdrawn, or may turn up after a loss."""
    parcels = getattr(world.state, "parcels", FrozenMap())
    for intent in world.open:
        part = parcels.get(intent.parcel)
        awaited = isinstance(part, c.Packing if isinstance(intent, c.PackParcel) else c.Carried | c.Lost)
        if not awaited and intent not in world.withdrawn and not ended(world):
            return False
    return True


TestParcel = suite(c.parcel, domain=PARCELS.field(c.SendParcel, "parcel", X), worlds=5)
TestDispatch = suite(
    c.dispatch,
    domain=PARCELS,
    check=[
        always("what is open is accounted for", each_is_accounted_for),
        leads_to("a closed dispatch comes to its end", is_(c.DispatchClosing), is_(c.DispatchDone)),
        sometimes("two parcels are delivered", lambda world: getattr(world.state, "delivered", 0) == 2),
    ],
    worlds=123,
)


async def test_the_waits_of_parts_are_those_of_the_whole_by_path():
    run = runtime(c.dispatch)
    events = [c.SendParcel(parcel=X), c.SendParcel(parcel=Y), c.ParcelPacked(parcel=Y), c.ParcelPacked(parcel=X)]
    result = await steps(run, *events)
    snapshot = await run.load(ID)
    assert isinstance(result, Stepped)
    assert [(wait.key, wait.wait.event.parcel) for wait in snapshot.waits] == [
        ("parcels.x.ParcelOverdue", X),
        ("parcels.y.ParcelOverdue", Y),
    ]


async def test_an_event_for_a_key_that_is_not_there_is_rejected_and_changes_nothing():
    run = runtime(c.dispatch)
    await steps(run, c.SendParcel(parcel=X))
    before = await run.load(ID)
    assert await steps(run, c.CallOffParcel(parcel=Z)) == Rejected(ID, ("z is not being packed",))
    assert await steps(run, c.SendParcel(parcel=X)) == Rejected(ID, ("x is sent already",))
    assert await run.load(ID) == before


async def test_one_part_is_called_off_alone_and_its_late_answer_is_recorded():
    run = runtime(c.dispatch)
    await steps(run, c.SendParcel(parcel=X), c.SendParcel(parcel=Y), c.CallOffParcel(parcel=X))
    snapshot = await run.load(ID)
    assert [(one.intent.parcel, one.withdrawn) for one in snapshot.open.values()] == [(X, True), (Y, False)]
    late = await steps(run, c.ParcelPacked(parcel=X))
    assert isinstance(late, Ignored)
    assert late.why == "it was called off"
    assert [one.intent.parcel for one in (await run.load(ID)).open.values()] == [Y]


def test_the_parts_keep_their_types_in_the_bytes():
    whole = c.DispatchOpen(
        parcels=FrozenMap({X: c.Packing(parcel=X), Y: c.Carried(parcel=Y, due=NOON), Z: c.CalledOff()})
    )
    again = c.dispatch.codec.decode_state(*c.dispatch.codec.encode_state(whole))
    assert again == whole
    assert [type(one) for one in again.parcels.values()] == [c.Packing, c.Carried, c.CalledOff]


# --- regions with a join ------------------------------------------------------------------------

TestNewcomer = suite(
    r.newcomer,
    check=[eventually("every newcomer is welcome or refused", ended)],
    worlds=8,
)


def test_the_join_comes_with_the_last_region_whichever_it_is():
    first = r.NewcomerExpected()
    account, _ = first.take_account(r.AccountMade())
    badge, _ = first.take_badge(r.BadgePrinted())
    assert [type(account), type(badge)] == [r.NewcomerExpected] * 2
    assert account.take_badge(r.BadgePrinted())[0] == badge.take_account(r.AccountMade())[0] == r.NewcomerWelcome()


# --- history --------------------------------------------------------------------------------------

TestDesk = suite(
    r.desk,
    check=[
        sometimes("a file is read while the desk is suspended", lambda world: world.deferred),
        leads_to("what was kept is taken", lambda world: world.deferred and not is_(r.DeskSuspended)(world), ended),
    ],
    worlds=14,
)


def test_what_a_remembered_state_waits_for_rests():
    working, _ = r.DeskReading.open(r.OpenDesk(), Context(now=NOON))
    suspended, _ = working.suspend(r.SuspendDesk())
    assert len(working.waits()) == 1
    assert list(r.desk.infos[r.DeskSuspended].parts) == []
    assert suspended.resume(r.ResumeDesk())[0] == working


async def test_a_desk_that_was_suspended_goes_on_where_it_was():
    run = runtime(r.desk)
    await steps(run, r.OpenDesk(), r.FileRead(), r.SuspendDesk())
    assert (await run.load(ID)).waits == ()
    await steps(run, r.ResumeDesk())
    snapshot = await run.load(ID)
    assert snapshot.state == r.DeskChecking(due=NOON + timedelta(days=1))
    assert [wait.key for wait in snapshot.waits] == ["DeskLate"]


# --- a join that blocks -----------------------------------------------------------------------------


def nobody_is_asked_twice(world):
    return len({one.sensor for one in world.open if isinstance(one, r.SmellAir)}) == sum(
        isinstance(one, r.SmellAir) for one in world.open
    )


TestSensors = suite(
    r.sensors,
    check=[
        always("nobody is asked twice at once", nobody_is_asked_twice),
        leads_to("the next round comes", is_(r.SensorsBlocked), is_(r.SensorsAsked)),
    ],
    worlds=7,
)
