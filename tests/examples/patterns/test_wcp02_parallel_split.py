"""Parallel Split: both branches begin in one step, and then each goes its own way."""

from itertools import combinations
from typing import Self

from examples.patterns.wcp02_parallel_split import (
    Arranged,
    BookFlight,
    BookHotel,
    Booking,
    BookTrip,
    FlightBooked,
    HotelBooked,
    Leg,
    PrintTicket,
    TicketPrinted,
    VoucherPrinted,
    parallel_split,
)
from telic import Batch, Machine, NoIntent, start, transition
from telic.testing import suite
from telic.verify import ended, eventually
from tests.examples.patterns.stories import stories

FLIGHT = ("BookFlight", "FlightBooked", "PrintTicket", "TicketPrinted")
HOTEL = ("BookHotel", "HotelBooked", "PrintVoucher", "VoucherPrinted")
EVENTS = ("FlightBooked", "TicketPrinted", "HotelBooked", "VoucherPrinted")

TestParallelSplit = suite(parallel_split, check=[eventually("the trip is arranged", ended)], worlds=9)


def orders(told):
    """The orders in which the answers come."""
    return {tuple(word for word in story if word in EVENTS) for story in told}


def every_order():
    """All ways to shuffle the answers of two branches of two."""
    for places in combinations(range(4), 2):
        flight, hotel = iter(FLIGHT[1::2]), iter(HOTEL[1::2])
        yield tuple(next(flight if place in places else hotel) for place in range(4))


def test_both_branches_begin_in_the_first_step():
    assert {story[:3] for story in stories(parallel_split)} == {("BookTrip", "BookFlight", "BookHotel")}


def test_each_branch_is_told_in_its_own_order():
    for branch in (FLIGHT, HOTEL):
        assert {tuple(word for word in story if word in branch) for story in stories(parallel_split)} == {branch}


def test_no_branch_ever_waits_for_the_other():
    assert orders(stories(parallel_split)) == set(every_order())


class HotelAfterFlight(Booking):
    @classmethod
    @start
    def book(cls, event: BookTrip) -> tuple[Self, BookFlight]:
        return cls(), BookFlight()

    @transition
    def print_ticket(self, event: FlightBooked) -> tuple[Self, Batch[PrintTicket | BookHotel]]:
        return self.evolve(flight=Leg.BOOKED), PrintTicket() & BookHotel()


class TicketAfterHotel(Booking):
    @transition
    def print_ticket(self, event: FlightBooked) -> tuple[Self, PrintTicket | NoIntent]:
        return self.evolve(flight=Leg.BOOKED), NoIntent() if self.hotel is Leg.ASKED else PrintTicket()


EVENT = BookTrip | FlightBooked | TicketPrinted | HotelBooked | VoucherPrinted


def test_a_branch_that_begins_later_is_noticed():
    later = Machine[HotelAfterFlight | Arranged, EVENT](name="later")
    assert orders(stories(later)) < set(every_order())


def test_a_branch_that_is_held_up_is_noticed():
    held_up = Machine[TicketAfterHotel | Arranged, EVENT](name="held_up")
    assert orders(stories(held_up)) != set(every_order())
