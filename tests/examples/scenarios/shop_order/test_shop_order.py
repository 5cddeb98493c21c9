"""The shop order, run: in a virtual time, on stores of both kinds, and through every fault."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from examples.scenarios.shop_order.handlers import handlers
from examples.scenarios.shop_order.machine import NOTICE_AFTER, OrderCompleted, OrderFailed, OrderLabelled, order
from examples.scenarios.shop_order.payment import PaymentDone, PaymentFailed, payment
from examples.scenarios.shop_order.vocabulary import (
    BeginPayment,
    CardCharged,
    ChargeCard,
    CleanUp,
    CustomerId,
    Item,
    ItemReserved,
    OrderId,
    PlaceOrder,
    PrintLabel,
    ReleaseStock,
    ReserveItem,
    SendApology,
    SendNotice,
    Sku,
    VoidPayment,
)
from telic import Later
from telic.kernel.events import Terminate
from telic.kernel.results import Duplicate, Rejected
from telic.shell import FaultKind, Simulation, every_fault
from telic.shell.lineage import family
from telic.stores.sqlite import SqliteDatabase
from telic.verify import Journal, replay
from tests.examples.scenarios.stage import HOUR, Stage

COMPLETED = ["paying", "reserving", "reserving", "labelling", "labelled", "completed", "completed"]


def cart(*names, price=10):
    items = tuple(Item(sku=Sku(name), quantity=1, price=Decimal(price)) for name in names)
    return PlaceOrder(order_id=OrderId("o-1"), customer_id=CustomerId("c-1"), items=items)


def shop(**how):
    return Simulation(order, payment, handlers=handlers, **how)


def done(world):
    """The kinds of intents whose handlers have run to an answer, in their order."""
    return [type(one.intent).__name__ for one in world.attempts]


def flaky(times, answer):
    """A service that fails so many times, and answers then."""
    calls = []

    def answered(intent):
        calls.append(intent)
        return ConnectionError("down") if len(calls) <= times else answer(intent)

    return answered


def test_an_order_is_paid_reserved_labelled_and_announced_an_hour_later():
    with shop() as world:
        placed = world.start(order, cart("book", "cup"), key="o-1")
        world.run_until_idle()
        assert isinstance(placed.state, OrderLabelled)
        assert placed.state.notice_at == world.now + NOTICE_AFTER
        assert SendNotice.__name__ not in done(world)
        world.skip(HOUR)
        assert [entry.kind for entry in placed.journal] == COMPLETED
        assert done(world)[-1] == SendNotice.__name__


def test_the_tracking_number_is_drawn_once_and_is_the_same_on_the_label_and_in_the_notice():
    with shop() as world:
        placed = world.start(order, cart("book"), key="o-1")
        world.skip(HOUR)
        told = [one.intent.tracking for one in world.attempts if isinstance(one.intent, PrintLabel | SendNotice)]
        assert told == [placed.state.tracking] * 2
        assert re.fullmatch(r"TRK-o-1-\d{5}", placed.state.tracking)


def test_each_draw_has_a_name_and_no_two_names_give_the_same():
    with shop() as world:
        placed = world.start(order, cart("book", "cup", "pen"), key="o-1")
        world.skip(HOUR)
        (paid,) = world.instances(payment)
        drawn = [*placed.state.reservations.values(), paid.state.payment_id]
        assert len(set(drawn)) == 4


def test_time_is_the_time_that_it_was_and_not_a_count_of_calls():
    with shop() as world:
        placed = world.start(order, cart("book"), key="o-1")
        began = world.now
        world.skip(timedelta(days=2))
        assert placed.state.placed.at == began
        assert placed.state.took == HOUR


def test_a_crash_at_any_point_changes_nothing_that_was_drawn():
    drawn = set()

    def an_order_is_completed(fate):
        with shop(fate=fate) as world:
            placed = world.start(order, cart("book"), key="o-1")
            world.skip(2 * HOUR)
            world.settle()
            assert isinstance(placed.state, OrderCompleted)
            drawn.add((placed.state.tracking, placed.state.payment_id, placed.state.reservations))
            assert len(drawn) == 1

    every_fault(an_order_is_completed, kinds=[FaultKind.CRASH]).check()


def test_a_payment_is_tried_again_with_growing_pauses_under_one_key_and_one_name():
    charging = flaky(2, lambda intent: CardCharged(payment_id=intent.payment_id))
    with shop(answers={ChargeCard: charging}) as world:
        placed = world.start(order, cart("book"), key="o-1")
        world.skip(HOUR + timedelta(minutes=1))
        charges = [one for one in world.attempts if isinstance(one.intent, ChargeCard)]
        assert [one.attempt for one in charges] == [1, 2, 3]
        assert len({(one.key, one.intent.payment_id) for one in charges}) == 1
        first, second = (later.at - sooner.at for sooner, later in pairwise(charges))
        assert timedelta(0) < first < second
        assert isinstance(placed.state, OrderCompleted)


def test_a_payment_that_is_given_up_is_voided_and_the_order_fails():
    with shop(answers={ChargeCard: ConnectionError("down")}) as world:
        placed = world.start(order, cart("book"), key="o-1")
        world.skip(HOUR)
        (paid,) = world.instances(payment)
        assert done(world) == [*[ChargeCard.__name__] * 4, VoidPayment.__name__, SendApology.__name__]
        assert paid.state == PaymentFailed(reason="the card service does not answer")
        assert (placed.state.failed_at, placed.state.reason) == ("paying", "the card service does not answer")


def test_a_declined_card_ends_the_order_without_anything_to_clean_up():
    with shop() as world:
        placed = world.start(order, cart("piano", price=4200), key="o-1")
        world.run_until_idle()
        assert done(world) == [ChargeCard.__name__, SendApology.__name__]
        assert placed.state.reason == "over the limit of the card"
        assert not placed.state.cleaned


def test_a_missing_item_is_cleaned_up_once_every_item_has_been_decided():
    with shop() as world:
        placed = world.start(order, cart("lamp", "book"), key="o-1")
        world.run_until_idle()
        assert isinstance(placed.state, OrderFailed)
        assert (placed.state.failed_at, placed.state.reason) == ("reserving", "not to be had: lamp")
        assert list(placed.state.cleaned) == [CleanUp.REFUND_PAYMENT, CleanUp.RELEASE_STOCK]
        assert done(world).count(ReserveItem.__name__) == 2
        assert SendApology.__name__ in done(world)


def test_an_error_that_does_not_pass_is_cleaned_up_like_a_refusal():
    with shop(answers={PrintLabel: OSError("no paper")}) as world:
        placed = world.start(order, cart("book"), key="o-1")
        world.skip(HOUR)
        assert (placed.state.failed_at, placed.state.reason) == ("labelling", "no label could be printed")
        assert set(placed.state.cleaned) == set(CleanUp)


def test_a_clean_up_that_fails_waits_for_operators_and_is_not_forgotten():
    with shop(answers={ReleaseStock: OSError("closed")}) as world:
        placed = world.start(order, cart("lamp"), key="o-1")
        world.skip(timedelta(days=1))
        assert [type(one.opened.intent) for one in world.dead_letters(order)] == [ReleaseStock]
        assert list(placed.state.actions.results) == [CleanUp.REFUND_PAYMENT]
        assert placed.state.reason == "not to be had: lamp"


def test_an_order_that_cannot_be_placed_is_refused_with_every_reason_and_leaves_nothing():
    with shop() as world:
        bare = world.start(order, PlaceOrder(order_id=OrderId("o-1")), key="o-1")
        assert isinstance(bare.result, Rejected)
        assert bare.result.reasons == ("an order has a customer", "an order has at least one item")
        twice = world.start(order, cart("book", "book"), key="o-1")
        assert twice.result.reasons == ("an order names each article once",)
        assert world.instances(order) == ()


def test_an_order_placed_twice_is_one_order():
    with shop() as world:
        first = world.start(order, cart("book"), key="o-1")
        again = world.start(order, cart("book"), key="o-1")
        assert isinstance(again.result, Duplicate)
        assert again.id == first.id
        assert len(world.instances(order)) == 1


def test_a_payment_that_operators_end_fails_its_order():
    with shop(answers={ChargeCard: Later()}) as world:
        placed = world.start(order, cart("book"), key="o-1")
        world.run_until_idle()
        (paid,) = world.instances(payment)
        paid.send(Terminate(reason="fraud"))
        world.run_until_idle()
        assert placed.state.reason == "the payment was child terminated"


def test_a_payment_runs_by_itself_as_well():
    with shop() as world:
        paid = world.start(payment, BeginPayment(order_id=OrderId("o-7"), amount=Decimal(5)), key="o-7")
        world.run_until_idle()
        assert isinstance(paid.state, PaymentDone)
        assert paid.snapshot.meta.parent is None


async def test_an_order_runs_on_every_store_and_its_payment_knows_whose_it_is(stage):
    world = stage(order, payment, handlers=handlers)
    id = await world.start(order, cart("book", "cup"))
    assert await world.kinds(order, id) == ["paying", "reserving", "labelling", "labelled"]
    await world.skip(HOUR)
    assert isinstance(await world.state(order, id), OrderCompleted)
    (child,) = [one async for one in family(world.system, "shop_order", id)]
    assert child.machine == "shop_payment"
    paid = await world.runtime(payment).load(child.summary.id)
    assert paid.meta.id != id
    assert (paid.meta.parent, paid.meta.root.id) == (f"{id}:1:0", id)


async def test_two_stores_that_never_met_draw_the_same_for_the_same_order(tmp_path):
    drawn = []
    for name in ("one.db", "other.db"):
        async with SqliteDatabase(tmp_path / name) as database:
            world = Stage(database.store, (order, payment), handlers=handlers)
            id = await world.start(order, cart("book"))
            await world.skip(HOUR)
            drawn.append(await world.state(order, id))
    assert drawn[0] == drawn[1]
    assert isinstance(drawn[0], OrderCompleted)


async def test_an_order_goes_on_from_a_closed_file_where_it_stood(tmp_path):
    path = tmp_path / "shop.db"
    async with SqliteDatabase(path) as database:
        id = await Stage(database.store, (order, payment), handlers=handlers).start(order, cart("book", "cup"))
        before = await database.store(order).load(id)
    async with SqliteDatabase(path) as database:
        assert await database.store(order).load(id) == before
        world = Stage(database.store, (order, payment), handlers=handlers)
        await world.skip(HOUR)
        after = await world.state(order, id)
    assert (before.state.kind, after.kind) == ("labelled", "completed")
    assert after.tracking == before.state.tracking


def test_the_journal_leads_to_the_same_state_with_todays_code():
    with shop() as world:
        placed = world.start(order, cart("book", "cup"), key="o-1")
        world.skip(HOUR)
        report = replay(order, [Journal(placed.snapshot.meta, placed.journal)])
        (one,) = report.replayed
        assert one.text() == f"{placed.id}: same"
        assert one.snapshot.state == placed.state


def test_the_journal_names_each_event_its_moment_and_what_it_answers():
    with shop() as world:
        placed = world.start(order, cart("book"), key="o-1", actor="ada")
        world.skip(HOUR)
        told = [(type(one.event).__name__, one.answers is not None) for one in placed.journal]
        assert told == [
            ("PlaceOrder", False),
            ("PaymentTaken", True),
            ("ItemReserved", True),
            ("LabelPrinted", True),
            ("NoticeDue", False),
            ("IntentDone", True),
        ]
        assert placed.journal[0].actor == "ada"
        assert placed.journal[-1].at - placed.journal[0].at == HOUR


def test_a_reservation_that_was_given_up_and_comes_after_all_changes_nothing():
    with shop(answers={ReserveItem: OSError("down")}) as world:
        placed = world.start(order, cart("book"), key="o-1")
        world.skip(HOUR)
        (key,) = [one.intent_ids[0] for one in placed.journal if one.kind == "reserving"]
        failed = placed.state
        placed.answer(ItemReserved(sku=Sku("book")), key=key)
        assert placed.state == failed
        assert placed.journal[-1].outcome == "ignored"
