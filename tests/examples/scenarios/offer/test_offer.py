"""Signals and events, with and without a time-out, in memory and on SQLite."""

from decimal import Decimal

import pytest

from examples.scenarios.offer.handlers import handlers
from examples.scenarios.offer.machine import (
    AcceptOffer,
    Contact,
    DecideOffer,
    DrawUpOffer,
    OfferAwaitingApproval,
    OfferId,
    OfferPaid,
    PaymentReceived,
    SendFinalNotice,
    offer,
)
from telic import Handlers, WorkflowId, WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from tests.examples.scenarios.stage import DAY, HOUR

ADA = Contact(name="Ada", phone="555-1234")
YES = DecideOffer(approved=True, notes="Looks good")
ID = WorkflowId("o-1")
PAID = PaymentReceived(amount=Decimal(10))
LET_OUT = ["awaiting_approval", "awaiting_answer"]


async def drawn_up(stage, *signals, handlers=handlers):
    play = stage(offer, handlers=handlers)
    id = await play.start(offer, DrawUpOffer(offer_id=OfferId("o-1")), key="o-1")
    for one in signals:
        assert (await play.send(offer, id, one)).kind == "stepped"
    return play, id


async def test_a_signal_without_a_time_out_is_waited_for_as_long_as_it_takes(stage):
    play, id = await drawn_up(stage)
    await play.skip(1000 * DAY)
    assert isinstance(await play.state(offer, id), OfferAwaitingApproval)
    await play.send(offer, id, YES)
    assert await play.kinds(offer, id) == LET_OUT


async def test_a_signal_moves_the_instance_that_it_names_and_no_other(stage):
    play, id = await drawn_up(stage)
    other = await play.start(offer, DrawUpOffer(offer_id=OfferId("o-2")), key="o-2")
    await play.send(offer, id, YES)
    assert await play.kinds(offer, other) == ["awaiting_approval"]


async def test_a_signal_that_nobody_waits_for_is_refused_to_its_sender_and_not_lost_in_silence(stage):
    play, id = await drawn_up(stage)
    refused = await play.send(offer, id, AcceptOffer(contact=ADA))
    assert refused.kind == "rejected"
    assert await play.kinds(offer, id) == ["awaiting_approval"]


async def test_the_manager_answers_from_the_inbox_as_well(stage):
    play, id = await drawn_up(stage)
    await play.complete({"approved": False, "notes": "too cheap"}, actor="mia", groups=("managers",))
    state = await play.state(offer, id)
    assert (state.kind, state.notes) == ("refused", "too cheap")


async def test_without_an_answer_in_seven_days_the_offer_expires_with_a_notice(stage):
    notices = []

    async def send_final_notice(intent, call):
        notices.append(intent.offer_id)

    others = [one for one in handlers if one.intent is not SendFinalNotice]
    noting = Handlers(SendFinalNotice.handled_by(send_final_notice), *others)
    play, id = await drawn_up(stage, YES, handlers=noting)
    await play.skip(7 * DAY - HOUR)
    assert (await play.kinds(offer, id), notices) == (LET_OUT, [])
    await play.skip(HOUR)
    assert await play.kinds(offer, id) == [*LET_OUT, "expired"]
    assert notices == ["o-1"]


async def test_an_answer_in_time_ends_the_time_out(stage):
    play, id = await drawn_up(stage, YES)
    await play.skip(6 * DAY)
    await play.send(offer, id, AcceptOffer(contact=ADA))
    await play.skip(DAY + HOUR)
    assert await play.kinds(offer, id) == [*LET_OUT, "awaiting_payment"]


async def test_what_a_signal_brings_is_kept_in_its_type_and_there_after_a_restart(tmp_path):
    for begin in (True, False):
        async with SqliteDatabase(tmp_path / "offers.db") as database:
            runtime = WorkflowRuntime(machine=offer, store=database.store(offer))
            if begin:
                await runtime.run_step(ID, DrawUpOffer(offer_id=OfferId("o-1")))
                await runtime.run_step(ID, YES)
                await runtime.run_step(ID, AcceptOffer(contact=ADA))
                continue
            state = (await runtime.load(ID)).state
            assert state.contact == ADA
            assert state.pay_by - state.accepted_at == 48 * HOUR


async def test_an_event_that_comes_in_time_is_taken_with_what_it_says(stage):
    play, id = await drawn_up(stage, YES, AcceptOffer(contact=ADA))
    await play.skip(47 * HOUR)
    await play.publish(PAID, name="payments", key="o-1")
    expected = OfferPaid(offer_id=OfferId("o-1"), contact=ADA, amount=Decimal(10))
    assert await play.state(offer, id) == expected
    (*_, last) = await play.runtime(offer).store.journal(id)
    assert last.at == play.now


async def test_an_event_of_another_offer_is_not_taken(stage):
    play, id = await drawn_up(stage, YES, AcceptOffer(contact=ADA))
    await play.publish(PAID, name="payments", key="o-2")
    assert (await play.kinds(offer, id))[-1] == "awaiting_payment"


async def test_an_event_that_comes_before_anybody_waits_is_kept(stage):
    play, id = await drawn_up(stage, YES)
    await play.publish(PAID, name="payments", key="o-1")
    await play.send(offer, id, AcceptOffer(contact=ADA))
    assert (await play.kinds(offer, id))[-1] == "paid"


@pytest.mark.parametrize(("hours", "kind"), [(47, "awaiting_payment"), (48, "cancelled")])
async def test_without_the_event_in_two_days_the_offer_is_cancelled(stage, hours, kind):
    play, id = await drawn_up(stage, YES, AcceptOffer(contact=ADA))
    await play.skip(hours * HOUR)
    assert (await play.kinds(offer, id))[-1] == kind
