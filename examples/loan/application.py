"""What the states of an application have in common: the work on it, and the offers in it.

Here are the bases that the states in `machine` inherit from: how a command finds its work
item or its offer, and what the application as a whole forbids. Where an application goes
from here to there must never be here.
"""

from collections.abc import Callable
from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import AwareDatetime, Field, NonNegativeInt

from examples.loan.offers import (
    AcceptOffer,
    CancelOffer,
    CreateOffer,
    DeclineOffer,
    Offer,
    OfferCommand,
    OfferCreated,
    OfferId,
    OfferSelected,
    OfferSent,
    PendingOffer,
    ReturnOffer,
    SelectOffer,
    SendOffer,
)
from examples.loan.work import (
    CompleteWork,
    Held,
    InHand,
    Rescheduled,
    Scheduled,
    ScheduleWork,
    TakeUpWork,
    Waiting,
    WorkItem,
    WorkKind,
)
from telic import Command, FrozenMap, Ignore, NoIntent, Reject, State, lift, transition

O = TypeVar("O", bound=State)  # noqa: E741  (an offer)


class NoteMisfit(Command):
    """Records a line of the log that fits no transition: what it was, and why it was refused."""

    activity: str
    reason: Annotated[str, Field(min_length=1)]


class Application(State):
    """What every application has, wherever it stands."""

    amount: NonNegativeInt
    submitted_at: AwareDatetime

    @transition
    def note_misfit(self, event: NoteMisfit) -> tuple[Self, Ignore]:
        return self, Ignore(event.reason)


class Worked(Application):
    """An application that people work on: one item for each kind of work, one item in hand."""

    schedules: ClassVar[frozenset[WorkKind]] = frozenset()
    """The kinds of work that may be asked for in this state."""

    work: FrozenMap[WorkKind, WorkItem] = FrozenMap()

    @transition
    def schedule_work(self, event: ScheduleWork) -> tuple[Self, NoIntent | Reject]:
        kind = event.work
        if kind not in self.schedules:
            return self, Reject(f"{kind} does not belong into {type(self).__name__}")
        item = self.work.get(kind)
        if item is None:
            return self._with(Scheduled(work=kind)), NoIntent()
        if isinstance(item, Scheduled | Rescheduled):
            return self, Reject(f"{kind} is scheduled already")
        item, out = item.schedule(event)
        return self._with(item), out

    @transition
    def take_up_work(self, event: TakeUpWork) -> tuple[Self, NoIntent | Reject]:
        item = self.work.get(event.work)
        if not isinstance(item, Waiting):
            return self, Reject(f"{event.work} does not wait to be taken up")
        in_hand = next((one.work for one in self.work.values() if isinstance(one, Held)), None)
        if in_hand is not None:
            return self, Reject(f"{event.work} has to wait until {in_hand} is put down")
        taken, out = item.take_up(event)
        return self._with(taken), out

    @transition
    def complete_work(self, event: CompleteWork) -> tuple[Self, NoIntent | Reject]:
        item = self.work.get(event.work)
        if not isinstance(item, InHand | Rescheduled | Waiting):
            return self, Reject(f"{event.work} is not open")
        item, out = item.complete(event)
        return self._with(item), out

    def offers_made(self) -> FrozenMap[OfferId, Offer]:
        """The offers that go along into the next state: none, as long as there can be none."""
        return FrozenMap()

    def _with(self, item: WorkItem) -> Self:
        return self.evolve(work=self.work.put(item.work, item))


class Offered(Worked):
    """An application with offers. The log names none, and it need not: one at most can be meant."""

    offer_steps: ClassVar[frozenset[type[OfferCommand]]] = frozenset()
    """What may be done with offers in this state."""

    offers: FrozenMap[OfferId, Offer] = FrozenMap()

    @transition
    def select_offer(self, event: SelectOffer) -> tuple[Self, NoIntent | Reject]:
        if type(event) not in self.offer_steps:
            return self._out_of_place(event)
        if any(isinstance(one, OfferSelected | OfferCreated) for one in self.offers.values()):
            return self, Reject("an offer is selected already, and not yet sent")
        offer_id = OfferId(f"offer-{len(self.offers) + 1}")
        return self._with_offer(offer_id, OfferSelected()), NoIntent()

    @transition
    def create_offer(self, event: CreateOffer) -> tuple[Self, NoIntent | Reject]:
        if type(event) not in self.offer_steps:
            return self._out_of_place(event)
        if any(isinstance(one, PendingOffer) for one in self.offers.values()):
            return self, Reject("the offer that this one replaces is not yet cancelled")
        return self._moved(event, OfferSelected, lambda offer: offer.create(event))

    @transition
    def send_offer(self, event: SendOffer) -> tuple[Self, NoIntent | Reject]:
        return self._moved(event, OfferCreated, lambda offer: offer.send(event))

    @transition
    def send_offer_back(self, event: ReturnOffer) -> tuple[Self, NoIntent | Reject]:
        return self._moved(event, OfferSent, lambda offer: offer.send_back(event))

    @transition
    def accept_offer(self, event: AcceptOffer) -> tuple[Self, NoIntent | Reject]:
        return self._moved(event, PendingOffer, lambda offer: offer.accept(event))

    @transition
    def decline_offer(self, event: DeclineOffer) -> tuple[Self, NoIntent | Reject]:
        return self._moved(event, PendingOffer, lambda offer: offer.decline(event))

    @transition
    def cancel_offer(self, event: CancelOffer) -> tuple[Self, NoIntent | Reject]:
        return self._moved(event, PendingOffer, lambda offer: offer.cancel(event))

    def offers_made(self) -> FrozenMap[OfferId, Offer]:
        return self.offers

    def _moved(
        self, event: OfferCommand, wanted: type[O], move: Callable[[O], tuple[Offer, NoIntent]]
    ) -> tuple[Self, NoIntent | Reject]:
        """Move the one offer that is as wanted; neither none nor one of two."""
        if type(event) not in self.offer_steps:
            return self._out_of_place(event)
        found = [(key, one) for key, one in self.offers.items() if isinstance(one, wanted)]
        if len(found) != 1:
            return self, Reject(f"expected one {wanted.__name__}, got {len(found)}")
        offer_id, offer = found[0]
        return lift(move(offer), lambda moved: self._with_offer(offer_id, moved))

    def _with_offer(self, offer_id: OfferId, offer: Offer) -> Self:
        return self.evolve(offers=self.offers.put(offer_id, offer))

    def _out_of_place(self, event: OfferCommand) -> tuple[Self, Reject]:
        return self, Reject(f"{type(event).__name__} does not belong into {type(self).__name__}")
