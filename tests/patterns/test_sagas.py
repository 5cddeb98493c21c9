"""Sagas: undone in reverse, settled by people where that fails, and every late answer accounted for."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telic import (
    Cancel,
    Command,
    Context,
    Fact,
    Handlers,
    Intent,
    IntentFailed,
    Retry,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
)
from telic.kernel.advance import advance
from telic.kernel.errors import TransitionError
from telic.kernel.handling import NonRetryable
from telic.kernel.orders import FailureCause
from telic.kernel.results import Rejected
from telic.kernel.snapshot import Delivery, Outcome, Status
from telic.patterns import (
    SagaCompleted,
    SagaHandedOver,
    SagaUndoing,
    SagaUndone,
    SettleUndo,
    StoppedAtStep,
    saga,
)
from telic.shell import Simulation, every_fault, simulate
from telic.testing import suite
from telic.verify import always, explore, impurities, is_, sometimes
from tests.patterns import trips as t
from tests.patterns.trips import PLACES as WORLD
from tests.patterns.trips import steps, trip
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ID = WorkflowId("t-1")
ASKED = t.BookTrip(insured=False)
FLIGHT = t.FlightBooked(flight_id=t.FlightId("f-1"))
HOTEL = t.HotelBooked(hotel_id=t.HotelId("h-1"))
TestTrip = suite(trip, domain=WORLD)


def step(snapshot, event, **more):
    return advance(trip, snapshot, Delivery(event, **more), Context(now=NOW, workflow_id=ID))


def answered(snapshot, answer):
    """The instance after an answer to the intent that may give it; failures go to the one that is open."""
    if answer is IntentFailed:
        (opened,) = snapshot.open.values()
        answer = IntentFailed[type(opened.intent)](intent=opened.intent, cause=FailureCause.EXHAUSTED)
        return step(snapshot, answer, answers=opened.id)
    known = {**snapshot.late, **snapshot.open}
    (asked,) = [one.id for one in known.values() if type(answer) in trip.intents[type(one.intent)]]
    return step(snapshot, answer, answers=asked)


def lived(*events, asked=ASKED):
    snapshot = step(None, asked).after
    for event in events:
        command = isinstance(event, Command)
        snapshot = (step(snapshot, event) if command else answered(snapshot, event)).after
    return snapshot


def opened(snapshot):
    return [one.intent for one in snapshot.open.values()]


# --- back -----------------------------------------------------------------------------------


def test_when_all_goes_well_the_results_are_there():
    state = lived(FLIGHT, HOTEL, t.CardCharged()).state
    assert isinstance(state, SagaCompleted)
    assert (state.results, state.progress) == ((ASKED, FLIGHT, None, HOTEL, t.CardCharged()), (4, 4))


@pytest.mark.parametrize("bad", [t.CardDeclined(), IntentFailed])
def test_the_steps_before_are_undone_the_last_first(bad):
    snapshot = lived(FLIGHT, HOTEL, bad)
    assert (snapshot.state.step, opened(snapshot)) == ("book_hotel", [t.CancelHotel(hotel_id=HOTEL.hotel_id)])
    snapshot = answered(snapshot, t.HotelCancelled()).after
    assert (snapshot.state.step, opened(snapshot)) == ("book_flight", [t.CancelFlight(flight_id=FLIGHT.flight_id)])
    snapshot = answered(snapshot, t.FlightCancelled()).after
    assert isinstance(snapshot.state, SagaUndone)
    assert (snapshot.status, snapshot.state.stopped_at) == (Status.ENDED, "charge_card")
    assert snapshot.state.why == ("CardDeclined" if bad is not IntentFailed else "exhausted")


def test_where_nothing_was_done_nothing_is_undone():
    assert lived(t.FlightFull()).state.why == "FlightFull"
    state = lived(FLIGHT, t.HotelFull(), t.FlightCancelled(), asked=ASKED).state
    assert (state.stopped_at, state.book_flight, state.progress, state.step) == (
        "book_hotel",
        FLIGHT,
        (0, 4),
        "book_hotel",
    )


def test_a_cancellation_waits_for_the_step_that_is_being_done_and_undoes_it_too():
    waiting = lived(FLIGHT, Cancel(reason="ill"))
    assert (waiting.state.step, waiting.state.why, waiting.status) == ("book_hotel", "cancelled: ill", Status.RUNNING)
    assert opened(waiting) == [t.BookHotel(flight_id=FLIGHT.flight_id)]
    undoing = answered(waiting, HOTEL).after
    assert opened(undoing) == [t.CancelHotel(hotel_id=HOTEL.hotel_id)]
    assert answered(waiting, t.HotelFull()).after.state.step == "book_flight"
    assert answered(waiting, IntentFailed).after.state.why == "cancelled: ill"
    assert lived(Cancel(), t.FlightFull()).state.why == "cancelled"


@pytest.mark.parametrize(
    "events",
    [(FLIGHT, Cancel()), (FLIGHT, t.HotelFull()), (FLIGHT, t.HotelFull(), IntentFailed)],
    ids=["cancelling", "undoing", "handed over"],
)
def test_what_is_being_undone_is_not_cancelled(events):
    refused = step(lived(*events), Cancel())
    assert refused == Rejected(ID, ("it is being undone already",))


# --- people ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [t.HotelKept(), IntentFailed])
def test_what_cannot_be_undone_is_handed_to_people(bad):
    snapshot = lived(FLIGHT, HOTEL, t.CardDeclined(), bad)
    assert isinstance(snapshot.state, SagaHandedOver)
    (task,) = snapshot.waits
    why = "exhausted" if bad is IntentFailed else "HotelKept"
    assert (task.wait.answer, task.wait.title, task.wait.description, task.wait.groups) == (
        SettleUndo,
        "Undo book_hotel by hand",
        why,
        ("travel",),
    )
    settled = step(snapshot, SettleUndo()).after
    assert opened(settled) == [t.CancelFlight(flight_id=FLIGHT.flight_id)]


def test_nobody_settles_what_was_not_handed_over():
    assert isinstance(step(lived(FLIGHT, HOTEL, t.CardDeclined()), SettleUndo()), Rejected)


# --- late -----------------------------------------------------------------------------------


def test_a_step_that_succeeds_after_it_was_given_up_is_shown_to_people_in_the_end():
    snapshot = lived(FLIGHT, IntentFailed, HOTEL)
    assert (snapshot.state.step, snapshot.state.book_hotel) == ("book_flight", HOTEL)
    told = answered(snapshot, t.FlightCancelled()).after
    (task,) = told.waits
    assert (task.wait.title, task.wait.description) == (
        "Undo book_hotel by hand",
        "book_hotel has succeeded after it was given up",
    )
    assert (told.state.step, told.state.progress) == ("book_hotel", (0, 4))
    over = step(told, SettleUndo()).after.state
    assert isinstance(over, SagaUndone)
    assert over.succeeded_late


def test_a_step_that_succeeds_after_the_end_is_kept_for_people():
    snapshot = lived(FLIGHT, IntentFailed, t.FlightCancelled())
    commit = answered(snapshot, HOTEL)
    assert [one.outcome for one in commit.records] == [Outcome.UNPLACED]


def test_what_comes_late_and_needs_no_undoing_is_ignored_with_the_reason():
    snapshot = lived(FLIGHT, IntentFailed, asked=t.BookTrip(insured=True))
    (record,) = answered(snapshot, t.Insured()).records
    assert (record.outcome, record.why) == (
        Outcome.IGNORED,
        ("the step was given up before, and nothing of it is to be undone",),
    )


def test_a_compensation_that_succeeds_after_all_takes_the_task_back():
    snapshot = lived(FLIGHT, HOTEL, t.CardDeclined(), IntentFailed, t.HotelCancelled())
    assert (snapshot.state.step, snapshot.waits) == ("book_flight", ())


def test_a_compensation_that_succeeds_after_people_have_settled_it_is_noted():
    settled = lived(FLIGHT, HOTEL, t.CardDeclined(), IntentFailed, SettleUndo())
    noted = answered(settled, t.HotelCancelled()).after
    assert (noted.state.undone_late, opened(noted)) == (("book_hotel",), opened(settled))
    assert answered(noted, t.FlightCancelled()).after.state.undone_late == ("book_hotel",)
    over = answered(settled, t.FlightCancelled()).after
    assert [one.outcome for one in answered(over, t.HotelCancelled()).records] == [Outcome.UNPLACED]


SUCCESSES = {t.FlightBooked, t.HotelBooked, t.CardCharged}


def test_no_state_drops_a_success_that_would_have_to_be_undone():
    for state, info in trip.infos.items():
        dropped = info.ignored.keys() - info.kept
        # Where people are asked about the one step that has succeeded late, no second one can.
        expected = SUCCESSES if state.__name__ == "HandedOverLate" else set()
        assert dropped & SUCCESSES == expected, state


# --- proof ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """The names of the events so far, and how often people have settled something."""

    names: frozenset[str] = frozenset()
    settled: int = 0

    def fold(self, event):
        return Seen(self.names | {type(event).__name__}, min(self.settled + isinstance(event, SettleUndo), 4))


UNDONE_BY = {"FlightBooked": "FlightCancelled", "HotelBooked": "HotelCancelled", "CardCharged": "CardRefunded"}


def is_undone(world):
    seen = world.ghost
    return sum(done in seen.names and undone not in seen.names for done, undone in UNDONE_BY.items()) <= seen.settled


def in_reverse(world):
    """Where the flight is being undone, the hotel is undone, or was not done when the saga turned back."""
    if world.state.step != "book_flight" or world.state.succeeded_late:
        return True
    return world.state.book_hotel is None or "HotelCancelled" in world.ghost.names or world.ghost.settled > 0


def test_it_is_proved_to_the_end_and_means_what_it_says():
    undone = next(one for one in trip.states if issubclass(one, SagaUndone))
    completed = next(one for one in trip.states if issubclass(one, SagaCompleted))
    undoing = [one for one in trip.states if issubclass(one, SagaUndoing)]
    report = explore(
        trip,
        domain=WORLD,
        ghost=Seen(),
        check=[
            always("what was done is undone in the end", lambda world: not is_(undone)(world) or is_undone(world)),
            always("undone in reverse", lambda world: not isinstance(world.state, SagaUndoing) or in_reverse(world)),
            always(
                "nothing is undone where all is well",
                lambda world: not is_(completed)(world) or not world.ghost.names & set(UNDONE_BY.values()),
            ),
            *(sometimes(f"{one.__name__} is entered", is_(one)) for one in undoing),
        ],
    )
    report.assert_ok()
    assert impurities(trip) == ()


def test_a_saga_that_forgets_a_step_is_found():
    forgetful = (
        saga("trip", t.BookTrip)
        .do(t.BookFlight, expect=t.FlightBooked)
        .do(t.BookHotel, expect=t.HotelBooked, undo=t.CancelHotel, undo_expect=t.HotelCancelled)
        .do(t.ChargeCard, expect=t.CardCharged, undo=t.RefundCard)
        .finish()
    )
    report = explore(
        forgetful,
        domain=WORLD,
        ghost=Seen(),
        check=[always("undone", lambda world: not isinstance(world.state, SagaUndone) or is_undone(world))],
    )
    assert str(report.check("undone").verdict) == "refuted"


FACTS = [type(f"Fact{number}", (Fact,), {"__module__": __name__}) for number in range(16)]
DO = [type(f"Do{at}", (Intent[FACTS[at] | FACTS[4 + at]],), {"__module__": __name__}) for at in range(4)]
UNDO = [type(f"Undo{at}", (Intent[FACTS[8 + at] | FACTS[12 + at]],), {"__module__": __name__}) for at in range(4)]


class Go(Command):
    first: bool
    second: bool


CONDITIONS = [lambda go, *had: go.first, lambda go, *had: go.second]


def built_of(*kinds):
    """A saga of steps, each with what undoes it or not, and with the number of its condition or none."""
    built = saga("any", Go)
    for at, (undoable, condition) in enumerate(kinds):
        undo = {"undo": UNDO[at], "undo_expect": FACTS[8 + at]} if undoable else {}
        when = None if condition is None else CONDITIONS[condition]
        built = built.do(DO[at], expect=FACTS[at], when=when, **undo)
    return built


# A condition that is asked twice would make ways that are never taken: its steps stand in a row.
KINDS = st.sampled_from([None, 0, 1])
SHORT = st.tuples(st.booleans(), KINDS).flatmap(
    lambda one: st.one_of(
        st.just((one,)), st.tuples(st.just(one), st.tuples(st.booleans(), KINDS)), st.just((one, (True, one[1])))
    )
)


@settings(max_examples=30)
@given(SHORT.filter(lambda kinds: any(undoable for undoable, _ in kinds)))
def test_every_saga_is_proved(kinds):
    explore(built_of(*kinds).finish()).assert_ok()


@pytest.mark.parametrize(
    "kinds",
    [
        ((True, 0), (True, 0), (False, None)),
        ((True, None), (False, 0), (True, 0)),
        ((True, 0), (False, 1), (True, 1)),
    ],
)
def test_groups_that_may_be_left_out_are_undone_as_they_were_done(kinds):
    explore(built_of(*kinds).finish()).assert_ok()


# --- run ------------------------------------------------------------------------------------


@pytest.fixture
def url(request):
    return postgres_url() if request.node.callspec.params.get("place") == "postgres" else ""


def test_what_undoes_a_step_is_tried_as_often_as_its_policy_says_and_then_handed_over():
    tried = []

    async def cancel_hotel(intent, call):
        tried.append(call.attempt)
        raise OSError("no line")

    handlers = Handlers(t.CancelHotel.handled_by(cancel_hotel, retry=Retry(max_attempts=3)))
    answers = {
        t.BookFlight: FLIGHT,
        t.Insure: t.Insured(),
        t.BookHotel: HOTEL,
        t.ChargeCard: NonRetryable("no such card"),
        t.CancelFlight: t.FlightCancelled(),
        t.RefundCard: t.CardRefunded(),
    }
    with Simulation(trip, handlers=handlers, answers=answers) as world:
        booked = world.start(trip, ASKED, key="t-1")
        world.run_until_idle()
        assert (tried, booked.state.step, booked.state.detail) == (
            [1, 2, 3],
            "book_hotel",
            "exhausted: OSError: no line",
        )
        assert booked.state.why == "non_retryable: NonRetryable: no such card"
        booked.send(SettleUndo())
        world.run_until_idle()
        assert (type(booked.state).__name__, booked.open) == ("TripUndone", ())


def a_trip_that_is_not_paid_is_undone(fate):
    answers = {
        t.BookFlight: FLIGHT,
        t.Insure: t.Insured(),
        t.BookHotel: HOTEL,
        t.ChargeCard: t.CardDeclined(),
        t.CancelHotel: t.HotelCancelled(),
        t.CancelFlight: t.FlightCancelled(),
        t.RefundCard: t.CardRefunded(),
    }
    with Simulation(trip, answers=answers, fate=fate) as world:
        booked = world.start(trip, ASKED, key="t-1")
        world.settle()
        while isinstance(booked.state, SagaHandedOver):
            booked.send(SettleUndo())
            world.settle()
        assert isinstance(booked.state, SagaUndone), booked.state


def test_it_is_undone_whatever_goes_wrong_on_the_way():
    every_fault(a_trip_that_is_not_paid_is_undone).check()
    simulate(a_trip_that_is_not_paid_is_undone, seeds=range(20)).check()


async def book_flight(intent, call):
    return FLIGHT


async def insure(intent, call):
    return t.Insured()


async def book_hotel(intent, call):
    return HOTEL


async def charge_card(intent, call):
    return t.CardDeclined()


async def cancel_hotel(intent, call):
    return t.HotelKept()


async def cancel_flight(intent, call):
    return t.FlightCancelled()


async def refund_card(intent, call):
    return t.CardRefunded()


HANDLERS = Handlers(
    t.BookFlight.handled_by(book_flight),
    t.Insure.handled_by(insure),
    t.BookHotel.handled_by(book_hotel),
    t.ChargeCard.handled_by(charge_card),
    t.CancelHotel.handled_by(cancel_hotel),
    t.CancelFlight.handled_by(cancel_flight),
    t.RefundCard.handled_by(refund_card),
)


@pytest.mark.parametrize("place", PLACES)
async def test_it_is_undone_on_every_store_with_the_help_of_people(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, trip, tmp_path, url, anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=trip, store=store)
        worker = Worker(System(runtimes=[runtime], handlers=HANDLERS))
        await runtime.run_step(ID, t.BookTrip(insured=True))
        await worker.drain()
        handed = await runtime.load(ID)
        assert (type(handed.state).__name__, handed.state.detail) == ("HandedOverBookHotel", "HotelKept")
        await runtime.run_step(ID, SettleUndo())
        await worker.drain()
        over = await runtime.load(ID)
        assert isinstance(over.state, SagaUndone)
        assert (over.status, over.open) == (Status.ENDED, {})


@pytest.mark.parametrize("place", PLACES)
async def test_a_success_after_the_end_is_kept_on_every_store(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, trip, tmp_path, url, anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=trip, store=store)
        begun = await runtime.run_step(ID, ASKED)
        (flight,) = begun.intents
        await runtime.fail(flight.id, FailureCause.EXHAUSTED, "no line")
        assert isinstance((await runtime.load(ID)).state, SagaUndone)
        assert (await runtime.answer(flight.id, FLIGHT)).kind == "unplaced"
        kept = await runtime.load(ID)
        assert ([one.event for one in kept.parked], kept.status) == ([FLIGHT], Status.ENDED)


def test_the_types_of_results_are_for_the_checkers_alone():
    assert SagaCompleted[t.BookTrip, t.FlightBooked] is SagaCompleted


def test_a_parent_hears_how_it_ended():
    machine = steps.finish(
        t.TripBooked, lambda asked, flight, insured, hotel, card: t.TripBooked(hotel_id=hotel.hotel_id)
    )
    completed, undone = machine.states[-2:]
    state = completed(begun=ASKED, book_flight=FLIGHT, book_hotel=HOTEL, charge_card=t.CardCharged())
    assert state.outcome() == t.TripBooked(hotel_id=HOTEL.hotel_id)
    stopped = undone(begun=ASKED, stopped_at="book_hotel", why="HotelFull")
    assert stopped.outcome() == StoppedAtStep(step="book_hotel", why="HotelFull")


def test_a_function_that_undoes_with_something_else_is_broken_code():
    machine = (
        saga("odd", t.BookTrip)
        .do(t.BookFlight, expect=t.FlightBooked, undo=t.CancelFlight, undo_with=lambda asked, flight: None)
        .do(t.ChargeCard, expect=t.CardCharged)
        .finish()
    )
    at = Context(now=NOW, workflow_id=ID)
    begun = advance(machine, None, Delivery(ASKED), at).after
    (flight,) = begun.open
    booked = advance(machine, begun, Delivery(FLIGHT, None, flight), at).after
    (card,) = booked.open
    with pytest.raises(TransitionError) as caught:
        advance(machine, booked, Delivery(t.CardDeclined(), None, card), at)
    assert str(caught.value) == (
        "book_flight undo: expected CancelFlight, got None; do return it from the function in undo_with="
    )
