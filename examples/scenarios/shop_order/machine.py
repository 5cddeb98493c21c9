"""An order in a shop, from placing it to the notice that it is on its way. Read it from top to bottom.

It is paid by a child, each item is reserved by itself, and a tracking number is drawn for the
label. Where one of these fails, what was done is cleaned up. What may never be here: a payment
(see ``payment``), or the drawing of a number outside of ``ctx``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self, TypeAlias

from pydantic import AwareDatetime

from examples.scenarios.shop_order.payment import payment
from examples.scenarios.shop_order.vocabulary import (
    BeginPayment,
    CleanUp,
    CustomerId,
    Item,
    ItemMissing,
    ItemReserved,
    LabelPrinted,
    NoticeDue,
    OrderEvent,
    OrderId,
    PaymentId,
    PaymentRefunded,
    PaymentRefused,
    PaymentTaken,
    PlaceOrder,
    PrintLabel,
    RefundPayment,
    ReleaseStock,
    ReservationId,
    ReserveItem,
    SendApology,
    SendNotice,
    Sku,
    StockReleased,
    TrackingNumber,
)
from telic import (
    Batch,
    Context,
    Deadline,
    FinalState,
    FrozenMap,
    Ignore,
    Ignores,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    Value,
    start,
    transition,
)
from telic.kernel.messages import Spawn
from telic.kernel.states import Keeps
from telic.patterns import AnsweredAlready, Join, Joined, NotAsked, Refusal, Unjoinable

NOTICE_AFTER = timedelta(hours=1)


class TakePayment(Spawn[PaymentTaken | PaymentRefused], machine=lambda: payment):
    order_id: OrderId
    amount: Decimal

    def begin(self) -> BeginPayment:
        return BeginPayment(order_id=self.order_id, amount=self.amount)


class OrderKind(StrEnum):
    PAYING = "paying"
    RESERVING = "reserving"
    LABELLING = "labelling"
    LABELLED = "labelled"
    COMPLETED = "completed"
    CLEANING_UP = "cleaning_up"
    FAILED = "failed"


class Placed(Value):
    """What is known of an order from its first moment on."""

    order_id: OrderId
    customer_id: CustomerId
    items: tuple[Item, ...]
    at: AwareDatetime


class OrderBase(State):
    placed: Placed


class OrderPaying(OrderBase):
    kind: Literal[OrderKind.PAYING] = OrderKind.PAYING

    @classmethod
    @start
    def place(cls, event: PlaceOrder, ctx: Context) -> tuple[OrderPaying, TakePayment] | tuple[None, Reject]:
        faults = tuple(faults_of(event))
        if event.customer_id is None or faults:
            return None, Reject(*faults)
        order = Placed(order_id=event.order_id, customer_id=event.customer_id, items=event.items, at=ctx.now)
        amount = sum((item.price * item.quantity for item in event.items), Decimal(0))
        return cls(placed=order), TakePayment(order_id=event.order_id, amount=amount)

    @transition
    def reserve(self, event: PaymentTaken, ctx: Context) -> tuple[OrderReserving, Many[ReserveItem]]:
        items = {item.sku: item for item in self.placed.items}
        join = Join[Sku, ReservationId].of(*items, need=0)  # each of them answers, before anything is decided

        def ask(sku: Sku) -> ReserveItem:
            return ReserveItem(
                order_id=self.placed.order_id,
                sku=sku,
                quantity=items[sku].quantity,
                reservation_id=ReservationId(str(ctx.uuid(f"reservation of {sku}"))),
            )

        return OrderReserving(placed=self.placed, payment_id=event.payment_id, items=join), join.fan_out(ask)

    @transition
    def refuse(self, event: PaymentRefused) -> tuple[OrderFailed, SendApology]:
        return self._failed(event.reason)

    @transition
    def give_up(self, event: IntentFailed[TakePayment]) -> tuple[OrderFailed, SendApology]:
        return self._failed(f"the payment was {event.cause.value.replace('_', ' ')}")

    def _failed(self, reason: str) -> tuple[OrderFailed, SendApology]:
        failed = OrderFailed(placed=self.placed, failed_at=self.kind, reason=reason)
        return failed, SendApology(customer_id=self.placed.customer_id, reason=reason)


def faults_of(event: PlaceOrder) -> Iterator[str]:
    """Yield what is wrong with an order that somebody wants to place."""
    if event.customer_id is None:
        yield "an order has a customer"
    if not event.items:
        yield "an order has at least one item"
    if len({item.sku for item in event.items}) < len(event.items):
        yield "an order names each article once"


class OrderPaid(OrderBase):
    """Base of the states in which a failure leaves something to clean up."""

    payment_id: PaymentId

    def cleaned_up(self, at: OrderKind, reason: str) -> CleaningUp:
        """Return the state in which it is cleaned up, and what is to be done in it."""
        cleaning = OrderCleaningUp(
            placed=self.placed,
            failed_at=at,
            reason=reason,
            actions=Join[CleanUp, AwareDatetime].of(CleanUp.RELEASE_STOCK, CleanUp.REFUND_PAYMENT),
        )
        return cleaning, (
            ReleaseStock(order_id=self.placed.order_id)
            & RefundPayment(payment_id=self.payment_id)
            & SendApology(customer_id=self.placed.customer_id, reason=reason)
        )


class OrderReserving(OrderPaid):
    kind: Literal[OrderKind.RESERVING] = OrderKind.RESERVING
    items: Join[Sku, ReservationId]

    @transition
    def take(self, event: ItemReserved | ItemMissing, ctx: Context) -> Reserving:
        if isinstance(event, ItemReserved) and isinstance(ctx.answers, ReserveItem):
            return self._go_on(self.items.answered(event.sku, ctx.answers.reservation_id), ctx)
        return self._go_on(self.items.gave_up(event.sku), ctx)

    @transition
    def give_up(self, event: IntentFailed[ReserveItem]) -> tuple[Self, NoIntent] | CleaningUp:
        match self.items.gave_up(event.intent.sku):
            case Join() as items:
                return self.evolve(items=items), NoIntent()
            case Joined(join=items) | Unjoinable(join=items):
                return self._lacking(items)
            case Refusal() as refusal:  # each is asked for once
                raise AssertionError(refusal.why)

    def _go_on(self, came: Answered, ctx: Context) -> Reserving:
        match came:
            case Join() as items:
                return self.evolve(items=items), NoIntent()
            case Joined(join=items) | Unjoinable(join=items):
                return self._lacking(items) if items.failed else self._labelling(items.results, ctx)
            case Refusal() as refusal:  # it was given up, and comes after all
                return self, Ignore(refusal.why)

    def _lacking(self, items: Join[Sku, ReservationId]) -> CleaningUp:
        return self.cleaned_up(self.kind, f"not to be had: {', '.join(items.failed)}")

    def _labelling(
        self, reservations: FrozenMap[Sku, ReservationId], ctx: Context
    ) -> tuple[OrderLabelling, PrintLabel]:
        suffix = int(ctx.random("tracking") * 100_000)
        tracking = TrackingNumber(f"TRK-{self.placed.order_id}-{suffix:05d}")
        labelling = OrderLabelling(
            placed=self.placed, payment_id=self.payment_id, reservations=reservations, tracking=tracking
        )
        return labelling, PrintLabel(order_id=self.placed.order_id, tracking=tracking)


class OrderLabelling(OrderPaid):
    kind: Literal[OrderKind.LABELLING] = OrderKind.LABELLING
    ignores = (Ignores(ItemReserved, ItemMissing, why="every item had been decided by then"),)
    reservations: FrozenMap[Sku, ReservationId]
    tracking: TrackingNumber

    @transition
    def label(self, event: LabelPrinted, ctx: Context) -> tuple[OrderLabelled, NoIntent]:
        labelled = OrderLabelled(
            placed=self.placed,
            payment_id=self.payment_id,
            reservations=self.reservations,
            tracking=self.tracking,
            notice_at=ctx.now + NOTICE_AFTER,
        )
        return labelled, NoIntent()

    @transition
    def give_up(self, event: IntentFailed[PrintLabel]) -> CleaningUp:
        return self.cleaned_up(self.kind, "no label could be printed")


class OrderLabelled(OrderPaid):
    kind: Literal[OrderKind.LABELLED] = OrderKind.LABELLED
    ignores = (Ignores(ItemReserved, ItemMissing, why="every item had been decided by then"),)
    reservations: FrozenMap[Sku, ReservationId]
    tracking: TrackingNumber
    notice_at: AwareDatetime

    @transition
    def notify(self, event: NoticeDue, ctx: Context) -> tuple[OrderCompleted, SendNotice]:
        completed = OrderCompleted(
            placed=self.placed,
            payment_id=self.payment_id,
            reservations=self.reservations,
            tracking=self.tracking,
            completed_at=ctx.now,
        )
        return completed, SendNotice(customer_id=self.placed.customer_id, tracking=self.tracking)

    def waits(self) -> tuple[Deadline[NoticeDue]]:
        return (Deadline(at=self.notice_at, event=NoticeDue()),)


class OrderCompleted(OrderPaid, FinalState):
    kind: Literal[OrderKind.COMPLETED] = OrderKind.COMPLETED
    ignores = (Ignores(ItemReserved, ItemMissing, why="every item had been decided by then"),)
    reservations: FrozenMap[Sku, ReservationId]
    tracking: TrackingNumber
    completed_at: AwareDatetime

    @property
    def took(self) -> timedelta:
        """How long it took."""
        return self.completed_at - self.placed.at


class OrderCleaningUp(OrderBase):
    kind: Literal[OrderKind.CLEANING_UP] = OrderKind.CLEANING_UP
    ignores = (
        Ignores(ItemReserved, ItemMissing, why="all that is held back for this order is released"),
        Ignores(LabelPrinted, why="nobody puts it on a parcel"),
    )
    failed_at: OrderKind
    reason: str
    actions: Join[CleanUp, AwareDatetime]

    @transition
    def settle(
        self, event: StockReleased | PaymentRefunded, ctx: Context
    ) -> tuple[Self, NoIntent] | tuple[OrderFailed, NoIntent]:
        action = CleanUp.RELEASE_STOCK if isinstance(event, StockReleased) else CleanUp.REFUND_PAYMENT
        came = self.actions.answered(action, ctx.now)
        if isinstance(came, Join):
            return self.evolve(actions=came), NoIntent()
        assert isinstance(came, Joined)  # each is asked for once
        failed = OrderFailed(placed=self.placed, failed_at=self.failed_at, reason=self.reason, cleaned=came.results)
        return failed, NoIntent()


class OrderFailed(OrderBase, FinalState):
    kind: Literal[OrderKind.FAILED] = OrderKind.FAILED
    ignores = (
        Ignores(ItemReserved, ItemMissing, why="all that is held back for this order is released"),
        Ignores(LabelPrinted, why="nobody puts it on a parcel"),
        Ignores(PaymentRefused, why="the order has failed without it"),
        Keeps(PaymentTaken, why="operators had ended the payment; they have to give the money back"),
    )
    settles = (ReleaseStock, RefundPayment)  # it has waited for both: a claim, and explore proves it
    failed_at: OrderKind
    reason: str
    cleaned: FrozenMap[CleanUp, AwareDatetime] = FrozenMap()


CleaningUp: TypeAlias = tuple[OrderCleaningUp, Batch[ReleaseStock | RefundPayment | SendApology]]
Answered: TypeAlias = (
    Join[Sku, ReservationId] | Joined[Sku, ReservationId] | Unjoinable[Sku, ReservationId] | NotAsked | AnsweredAlready
)
Reserving: TypeAlias = tuple[OrderReserving, NoIntent | Ignore] | tuple[OrderLabelling, PrintLabel] | CleaningUp
OrderState: TypeAlias = (
    OrderPaying | OrderReserving | OrderLabelling | OrderLabelled | OrderCompleted | OrderCleaningUp | OrderFailed
)
order = Machine[OrderState, OrderEvent](name="shop_order", version=1)
