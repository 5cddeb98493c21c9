"""Strategies for the states, events and intents of machines."""

import importlib.util
from decimal import Decimal

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from examples.signup.machine import signup
from telic import Command, IntentFailed
from telic.testing.strategies import answer_for, event_for, state_for, strategy_for
from tests.kernel.machines import shop
from tests.small_order.machine import OrderShipped, order
from tests.small_order.vocabulary import CardCharged, CardDeclined, ChargeCard, OrderId

few = settings(max_examples=25)
HAS_EMAIL = importlib.util.find_spec("email_validator") is not None


@pytest.mark.parametrize("machine", [order, signup, shop], ids=lambda machine: machine.name)
def test_states_and_events_of_a_machine_come_back_from_its_codec(machine):
    codec = machine.codec

    @few
    @given(state_for(machine), event_for(machine))
    def holds(state, event):
        assert codec.decode_state(*codec.encode_state(state)) == state
        assert codec.decode_event(*codec.encode_event(event)) == event

    holds()


@pytest.mark.parametrize("machine", [order, signup, shop], ids=lambda machine: machine.name)
def test_intents_and_their_failures_come_back_from_the_codec(machine):
    codec = machine.codec

    @few
    @given(st.one_of([strategy_for(one) for one in machine.intents]), st.data())
    def holds(intent, data):
        assert codec.decode_intent(*codec.encode_intent(intent)) == intent
        failure = data.draw(event_for(machine, machine.failures[type(intent)]))
        assert codec.decode_event(*codec.encode_event(failure)) == failure

    holds()


@few
@given(state_for(order, OrderShipped), event_for(order, IntentFailed[ChargeCard]))
def test_one_class_of_states_or_events_can_be_asked_for(state, failure):
    assert type(state) is OrderShipped
    assert isinstance(failure.intent, ChargeCard)


def test_a_class_of_another_machine_is_refused_with_the_right_names():
    with pytest.raises(ValueError) as caught:
        event_for(order, Open)
    assert str(caught.value) == (
        "expected an event of machine 'order', got Open; do name one of PlaceOrder, CancelOrder, PaymentOverdue, "
        "CardCharged, CardDeclined, StockReserved, StockMissing, ParcelShipped, CardRefunded"
    )
    with pytest.raises(ValueError, match="expected a state of machine 'signup', got OrderShipped; do name one of"):
        state_for(signup, OrderShipped)


class Open(Command): ...


def test_an_answer_has_the_typed_ids_of_its_intent():
    charge = ChargeCard(order_id=OrderId("o-7"), amount=Decimal(1))

    @few
    @given(answer_for(order, charge))
    def echoes(answer):
        assert answer.order_id == OrderId("o-7")

    echoes()
    assert find(answer_for(order, charge), lambda one: isinstance(one, CardCharged))
    assert find(answer_for(order, charge, CardDeclined), lambda one: True) == CardDeclined(order_id=OrderId("o-7"))


def test_an_answer_that_the_intent_does_not_declare_is_refused():
    with pytest.raises(ValueError) as caught:
        answer_for(order, ChargeCard(order_id=OrderId("o"), amount=Decimal(1)), Open)
    assert str(caught.value) == (
        "expected an answer to ChargeCard (CardCharged, CardDeclined), got Open; do name one that its type declares"
    )


def test_an_override_of_a_whole_model_keeps_the_ids_that_are_shared():
    charge = ChargeCard(order_id=OrderId("o-7"), amount=Decimal(1))
    charged = {CardCharged: st.just(CardCharged(order_id=OrderId("another")))}
    values = answer_for(order, charge, CardCharged, overrides=charged)
    assert find(values, lambda one: True) == CardCharged(order_id=OrderId("o-7"))
