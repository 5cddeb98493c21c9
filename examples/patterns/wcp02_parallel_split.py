"""WCP2 Parallel Split: one thread becomes several, and none of them waits for another.

A trip is booked: flight and hotel are asked for in one step, and whichever is confirmed first has its
documents printed at once. What may never be here: a branch that looks at the other to go on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Batch, Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition


class TripKind(StrEnum):
    BOOKING = "booking"
    ARRANGED = "arranged"


class Leg(StrEnum):
    ASKED = "asked"
    BOOKED = "booked"
    PRINTED = "printed"


class BookTrip(Command): ...


class FlightBooked(Fact): ...


class TicketPrinted(Fact): ...


class HotelBooked(Fact): ...


class VoucherPrinted(Fact): ...


class BookFlight(Intent[FlightBooked]): ...


class PrintTicket(Intent[TicketPrinted]): ...


class BookHotel(Intent[HotelBooked]): ...


class PrintVoucher(Intent[VoucherPrinted]): ...


class Booking(State):
    kind: Literal[TripKind.BOOKING] = TripKind.BOOKING
    flight: Leg = Leg.ASKED
    hotel: Leg = Leg.ASKED

    @classmethod
    @start
    def book(cls, event: BookTrip) -> tuple[Self, Batch[BookFlight | BookHotel]]:
        return cls(), BookFlight() & BookHotel()

    @transition
    def print_ticket(self, event: FlightBooked) -> tuple[Self, PrintTicket]:
        return self.evolve(flight=Leg.BOOKED), PrintTicket()

    @transition
    def print_voucher(self, event: HotelBooked) -> tuple[Self, PrintVoucher]:
        return self.evolve(hotel=Leg.BOOKED), PrintVoucher()

    @transition
    def hold_ticket(self, event: TicketPrinted) -> tuple[Self, NoIntent] | tuple[Arranged, NoIntent]:
        return self.evolve(flight=Leg.PRINTED).ended_or_not()

    @transition
    def hold_voucher(self, event: VoucherPrinted) -> tuple[Self, NoIntent] | tuple[Arranged, NoIntent]:
        return self.evolve(hotel=Leg.PRINTED).ended_or_not()

    def ended_or_not(self) -> tuple[Self, NoIntent] | tuple[Arranged, NoIntent]:
        return (Arranged(), NoIntent()) if self.flight is self.hotel is Leg.PRINTED else (self, NoIntent())


class Arranged(FinalState):
    kind: Literal[TripKind.ARRANGED] = TripKind.ARRANGED
    settles = (BookFlight, PrintTicket, BookHotel, PrintVoucher)


parallel_split = Machine[
    Booking | Arranged,
    BookTrip | FlightBooked | TicketPrinted | HotelBooked | VoucherPrinted,
](name="parallel_split", version=1)
