"""A dispatch of parcels: a map of parts that grows, routing by key, and one part that is called off alone."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal, Self

from pydantic import AwareDatetime

from telic import (
    Command,
    Context,
    Fact,
    FinalState,
    FrozenMap,
    Ignore,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    Withdraw,
    lift,
    start,
    transition,
)
from telic.kernel.waits import Deadline

# --- a parcel: a machine by itself, and a part of the dispatch ------------------------------------


class ParcelKind(StrEnum):
    PACKING = "packing"
    CARRIED = "carried"
    DELIVERED = "delivered"
    LOST = "lost"
    CALLED_OFF = "called_off"


class ParcelId(TypedId): ...


class SendParcel(Command):
    parcel: ParcelId


class CallOffParcel(Command):
    parcel: ParcelId


class ParcelPacked(Fact):
    parcel: ParcelId


class ParcelDelivered(Fact):
    parcel: ParcelId


class ParcelOverdue(Fact):
    parcel: ParcelId


class PackParcel(Intent[ParcelPacked]):
    parcel: ParcelId


class CarryParcel(Intent[ParcelDelivered]):
    parcel: ParcelId


class Delivered(FinalState):
    kind: Literal[ParcelKind.DELIVERED] = ParcelKind.DELIVERED


class Lost(FinalState):
    kind: Literal[ParcelKind.LOST] = ParcelKind.LOST
    ignores = (Ignores(ParcelDelivered, why="it is paid for"),)


class CalledOff(FinalState):
    kind: Literal[ParcelKind.CALLED_OFF] = ParcelKind.CALLED_OFF
    ignores = (Ignores(ParcelPacked, why="a call-off may cross with an answer"),)


class Carried(State):
    kind: Literal[ParcelKind.CARRIED] = ParcelKind.CARRIED
    parcel: ParcelId
    due: AwareDatetime

    @transition
    def deliver(self, event: ParcelDelivered) -> tuple[Delivered, NoIntent]:
        return Delivered(), NoIntent()

    @transition
    def give_up(self, event: ParcelOverdue) -> tuple[Lost, NoIntent]:
        return Lost(), NoIntent()

    def waits(self) -> tuple[Deadline[ParcelOverdue]]:
        return (Deadline(at=self.due, event=ParcelOverdue(parcel=self.parcel)),)


class Packing(State):
    kind: Literal[ParcelKind.PACKING] = ParcelKind.PACKING
    parcel: ParcelId

    @classmethod
    @start
    def send(cls, event: SendParcel) -> tuple["Packing", PackParcel]:
        return cls(parcel=event.parcel), PackParcel(parcel=event.parcel)

    @transition
    def carry(self, event: ParcelPacked, ctx: Context) -> tuple[Carried, CarryParcel]:
        return Carried(parcel=self.parcel, due=ctx.now + timedelta(days=5)), CarryParcel(parcel=self.parcel)

    @transition
    def call_off(self, event: CallOffParcel) -> tuple[CalledOff, Withdraw]:
        return CalledOff(), Withdraw(intent=PackParcel(parcel=self.parcel))


Parcel = Packing | Carried | Delivered | Lost | CalledOff
ParcelEvent = SendParcel | CallOffParcel | ParcelPacked | ParcelDelivered | ParcelOverdue
parcel = Machine[Parcel, ParcelEvent](name="parcel")

# --- the dispatch: any number of parcels, and its end when all of them have come to one -----------


class DispatchKind(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    DONE = "done"


class CloseDispatch(Command): ...


class DispatchDone(FinalState):
    kind: Literal[DispatchKind.DONE] = DispatchKind.DONE
    delivered: int
    ignores = (Ignores(ParcelPacked, ParcelDelivered, why="what was called off or lost may turn up"),)


class Dispatch(State):
    """What a dispatch does with its parcels, whether more may come or not."""

    parcels: FrozenMap[ParcelId, Parcel] = FrozenMap()

    @transition
    def carry(self, event: ParcelPacked, ctx: Context) -> tuple[Self, CarryParcel | Ignore]:
        part = self.parcels.get(event.parcel)
        if not isinstance(part, Packing):
            return self, Ignore("it was called off")
        return lift(part.carry(event, ctx), lambda moved: self._with(event.parcel, moved))

    def _with(self, key: ParcelId, moved: Parcel) -> Self:
        return self.evolve(parcels=self.parcels.put(key, moved))


class DispatchClosing(Dispatch):
    kind: Literal[DispatchKind.CLOSING] = DispatchKind.CLOSING

    @transition
    def deliver(self, event: ParcelDelivered) -> tuple[Self | DispatchDone, NoIntent] | tuple[Self, Ignore]:
        part = self.parcels.get(event.parcel)
        if not isinstance(part, Carried):
            return self, Ignore("it was lost")
        return lift(part.deliver(event), lambda moved: self._with(event.parcel, moved).joined())

    @transition
    def give_up(self, event: ParcelOverdue) -> tuple[Self | DispatchDone, NoIntent]:
        part = self.parcels[event.parcel]
        assert isinstance(part, Carried)  # nobody else waits for it
        return lift(part.give_up(event), lambda moved: self._with(event.parcel, moved).joined())

    def joined(self) -> "Self | DispatchDone":
        """The end, once every parcel has come to one."""
        if any(isinstance(one, Packing | Carried) for one in self.parcels.values()):
            return self
        return DispatchDone(delivered=sum(isinstance(one, Delivered) for one in self.parcels.values()))


class DispatchOpen(Dispatch):
    kind: Literal[DispatchKind.OPEN] = DispatchKind.OPEN

    @classmethod
    @start
    def begin(cls, event: SendParcel) -> tuple["DispatchOpen", PackParcel]:
        return lift(Packing.send(event), lambda made: cls(parcels=FrozenMap({event.parcel: made})))

    @transition
    def send(self, event: SendParcel) -> tuple[Self, PackParcel | Reject]:
        if event.parcel in self.parcels:
            return self, Reject(f"{event.parcel} is sent already")
        return lift(Packing.send(event), lambda made: self._with(event.parcel, made))

    @transition
    def call_off(self, event: CallOffParcel) -> tuple[Self, Withdraw | Reject]:
        part = self.parcels.get(event.parcel)
        if not isinstance(part, Packing):
            return self, Reject(f"{event.parcel} is not being packed")
        return lift(part.call_off(event), lambda moved: self._with(event.parcel, moved))

    @transition
    def deliver(self, event: ParcelDelivered) -> tuple[Self, NoIntent | Ignore]:
        part = self.parcels.get(event.parcel)
        if not isinstance(part, Carried):
            return self, Ignore("it was lost")
        return lift(part.deliver(event), lambda moved: self._with(event.parcel, moved))

    @transition
    def give_up(self, event: ParcelOverdue) -> tuple[Self, NoIntent]:
        part = self.parcels[event.parcel]
        assert isinstance(part, Carried)  # nobody else waits for it
        return lift(part.give_up(event), lambda moved: self._with(event.parcel, moved))

    @transition
    def close(self, event: CloseDispatch) -> tuple[DispatchClosing | DispatchDone, NoIntent]:
        return DispatchClosing(parcels=self.parcels).joined(), NoIntent()


DispatchEvent = SendParcel | CallOffParcel | CloseDispatch | ParcelPacked | ParcelDelivered | ParcelOverdue
dispatch = Machine[DispatchOpen | DispatchClosing | DispatchDone, DispatchEvent](name="dispatch")
