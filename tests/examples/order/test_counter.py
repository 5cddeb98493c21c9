"""The counter of the order's shop: what it prints, and how it says no."""

from decimal import Decimal

import anyio
import pytest

from examples.order import counter
from examples.order.__main__ import FOLDER, main
from examples.order.card import CardService
from examples.order.vocabulary import CardCharged, CardDeclined, ChargeCard, OrderId, RefundCard
from telic import Call, IntentId, WorkflowId


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Types a command, and gives its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORDER_STORE", raising=False)

    def type_(command):
        code = anyio.run(main, command.split())
        said = capsys.readouterr()
        return code, (said.out + said.err).rstrip("\n")

    return type_


def test_an_order_that_waits_for_a_person_says_so(typed):
    assert typed("place piano") == (0, "piano: awaiting_approval")
    assert typed("tasks --as ann") == (0, "piano: Approve piano: 4200")
    assert typed("tasks --as bob") == (0, "")
    assert typed("show piano") == (0, "piano: awaiting_approval\n  waits for DecideOrder, ApprovalOverdue")


def test_an_order_is_placed_once(typed):
    typed("place book")
    code, said = typed("place book")
    assert code == 1
    assert said.startswith("book: ")
    assert typed("show book") == (0, "book: awaiting_payment\n  waits for ChargeCard, PaymentOverdue")


def test_what_is_not_there_is_said(typed):
    assert typed("show book") == (1, "book: there is no such order")
    assert typed("cancel book") == (1, "book: not_found")
    assert typed("approve book --as ann") == (1, "expected a task of book, got none that is open")


def test_who_is_not_asked_decides_nothing(typed):
    typed("place piano")
    assert typed("approve piano --as boss") == (1, "expected somebody who is asked about piano, got boss")
    assert typed("tasks --as ann") == (0, "piano: Approve piano: 4200")


def test_an_order_is_cancelled_with_the_reason_that_is_given(typed):
    typed("place piano")
    assert typed("cancel piano --reason dear") == (0, "piano: cancelled")
    assert typed("show piano") == (0, "piano: awaiting_approval -> cancelled\n  because: dear")
    assert typed("cancel piano") == (1, "piano: ended")


def test_waiting_has_an_end(typed, monkeypatch):
    monkeypatch.setattr(counter, "_LIMIT_SECONDS", 0)
    typed("place book")
    assert typed("show book --until shipped") == (1, "expected book to become shipped within 0 seconds")
    assert typed("ledger --until book") == (1, "expected book in the ledger within 0 seconds")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("place book --pay-within-seconds 0", "expected seconds from 1 to 2592000, got 0"),
        ("--store mysql://x show book", "expected sqlite:///file.db or postgresql://..., got mysql://x"),
        ("place ship", "invalid choice: 'ship'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_opened(typed, capsys, command, said):
    with pytest.raises(SystemExit) as ended:
        typed(command)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not FOLDER.exists()


async def test_the_card_service_takes_and_returns_money_once_for_each_key(tmp_path):
    service, order_id = CardService(tmp_path), OrderId("o")
    first = Call(IntentId("o:1:0"), WorkflowId("o"))
    second = Call(IntentId("o:2:0"), WorkflowId("o"))
    for call in (first, first):
        assert await service.charge(ChargeCard(order_id=order_id, amount=Decimal(5)), call) == CardCharged(
            order_id=order_id
        )
    for call in (second, second):
        await service.refund(RefundCard(order_id=order_id, amount=Decimal(5)), call)
    assert service.lines() == [
        "charged        5 o:1:0",
        "known          5 o:1:0",
        "refunded       5 o:2:0",
        "known          5 o:2:0",
    ]


async def test_a_card_that_is_declined_is_not_in_the_ledger(tmp_path):
    service, order_id = CardService(tmp_path), OrderId("o")
    answer = await service.charge(
        ChargeCard(order_id=order_id, amount=Decimal(5001)), Call(IntentId("o:1:0"), WorkflowId("o"))
    )
    assert (answer, service.lines()) == (CardDeclined(order_id=order_id), [])
