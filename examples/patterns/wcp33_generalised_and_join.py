"""WCP33 Generalised AND-Join: it goes on whenever each branch has come; one that comes again is kept for the next time.

Frames and wheels come to a workshop as they are delivered, and a bicycle is put together of one frame and one pair
of wheels. What may never be here: a delivery that is forgotten, or a bicycle with two frames.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Defer, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition


class ShopKind(StrEnum):
    EMPTY = "empty"
    HAVING_FRAME = "having_frame"
    HAVING_WHEELS = "having_wheels"
    MOUNTING = "mounting"
    CLOSED = "closed"


class OpenShop(Command): ...


class DeliverFrame(Command): ...


class DeliverWheels(Command): ...


class CloseShop(Command): ...


class BicycleMounted(Fact): ...


class MountBicycle(Intent[BicycleMounted]): ...


class Empty(State):
    kind: Literal[ShopKind.EMPTY] = ShopKind.EMPTY

    @classmethod
    @start
    def open(cls, event: OpenShop) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def take_frame(self, event: DeliverFrame) -> tuple[HavingFrame, NoIntent]:
        return HavingFrame(), NoIntent()

    @transition
    def take_wheels(self, event: DeliverWheels) -> tuple[HavingWheels, NoIntent]:
        return HavingWheels(), NoIntent()

    @transition
    def close(self, event: CloseShop) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class HavingFrame(State):
    kind: Literal[ShopKind.HAVING_FRAME] = ShopKind.HAVING_FRAME

    @transition
    def keep(self, event: DeliverFrame) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def join(self, event: DeliverWheels) -> tuple[Mounting, MountBicycle]:
        return Mounting(), MountBicycle()


class HavingWheels(State):
    kind: Literal[ShopKind.HAVING_WHEELS] = ShopKind.HAVING_WHEELS

    @transition
    def keep(self, event: DeliverWheels) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def join(self, event: DeliverFrame) -> tuple[Mounting, MountBicycle]:
        return Mounting(), MountBicycle()


class Mounting(State):
    kind: Literal[ShopKind.MOUNTING] = ShopKind.MOUNTING

    @transition
    def keep(self, event: DeliverFrame | DeliverWheels) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def reset(self, event: BicycleMounted) -> tuple[Empty, NoIntent]:
        return Empty(), NoIntent()


class Closed(FinalState):
    kind: Literal[ShopKind.CLOSED] = ShopKind.CLOSED


generalised_and_join = Machine[
    Empty | HavingFrame | HavingWheels | Mounting | Closed,
    OpenShop | DeliverFrame | DeliverWheels | CloseShop | BicycleMounted,
](name="generalised_and_join", version=1)
