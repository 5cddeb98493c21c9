"""WCP19 Cancel Activity: an activity is taken back before it begins, or stopped while it runs, and the rest goes on.

A car is appraised for a loan, unless the buyer pays in cash meanwhile. What may never be here: an appraisal that
goes on for nobody, or one whose late result changes anything.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    State,
    Withdraw,
    start,
    transition,
)


class SaleKind(StrEnum):
    APPRAISING = "appraising"
    DELIVERING = "delivering"
    DELIVERED = "delivered"


class BuyCar(Command): ...


class PayCash(Command): ...


class CarAppraised(Fact): ...


class CarDelivered(Fact): ...


class AppraiseCar(Intent[CarAppraised]): ...


class DeliverCar(Intent[CarDelivered]): ...


class Appraising(State):
    kind: Literal[SaleKind.APPRAISING] = SaleKind.APPRAISING

    @classmethod
    @start
    def buy(cls, event: BuyCar) -> tuple[Self, AppraiseCar]:
        return cls(), AppraiseCar()

    @transition
    def grant_loan(self, event: CarAppraised) -> tuple[Delivering, DeliverCar]:
        return Delivering(), DeliverCar()

    @transition
    def cancel_appraisal(self, event: PayCash) -> tuple[Delivering, Batch[Withdraw | DeliverCar]]:
        return Delivering(), Withdraw(every=AppraiseCar) & DeliverCar()


class Sold(State):
    ignores = (Ignores(CarAppraised, why="it was paid in cash meanwhile"),)


class Delivering(Sold):
    kind: Literal[SaleKind.DELIVERING] = SaleKind.DELIVERING

    @transition
    def finish(self, event: CarDelivered) -> tuple[Delivered, NoIntent]:
        return Delivered(), NoIntent()


class Delivered(Sold, FinalState):
    kind: Literal[SaleKind.DELIVERED] = SaleKind.DELIVERED


cancel_activity = Machine[
    Appraising | Delivering | Delivered,
    BuyCar | PayCash | CarAppraised | CarDelivered,
](name="cancel_activity", version=1)
