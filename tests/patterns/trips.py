"""A trip that is booked as a saga: a flight, a fee that needs no undoing, a hotel, a card."""

from telic import AtMostOnce, Command, Fact, Intent, TypedId
from telic.patterns import saga
from telic.verify import Domain


class FlightId(TypedId): ...


class HotelId(TypedId): ...


class BookTrip(Command):
    insured: bool


class FlightBooked(Fact):
    flight_id: FlightId


class FlightFull(Fact): ...


class FlightCancelled(Fact): ...


class Insured(Fact): ...


class HotelBooked(Fact):
    hotel_id: HotelId


class HotelFull(Fact): ...


class HotelCancelled(Fact): ...


class HotelKept(Fact): ...


class CardCharged(Fact): ...


class CardDeclined(Fact): ...


class CardRefunded(Fact): ...


class TripBooked(Fact):
    hotel_id: HotelId


class BookFlight(Intent[FlightBooked | FlightFull]): ...


class CancelFlight(Intent[FlightCancelled]):
    flight_id: FlightId


class Insure(Intent[Insured]): ...


class BookHotel(Intent[HotelBooked | HotelFull]):
    flight_id: FlightId


class CancelHotel(Intent[HotelCancelled | HotelKept]):
    hotel_id: HotelId


class ChargeCard(Intent[CardCharged | CardDeclined], delivery=AtMostOnce): ...


class RefundCard(Intent[CardRefunded]): ...


steps = (
    saga("trip", BookTrip)
    .do(BookFlight, expect=FlightBooked, undo=CancelFlight)
    .do(Insure, when=lambda asked, flight: asked.insured)
    .do(
        BookHotel,
        expect=HotelBooked,
        undo=CancelHotel,
        undo_with=lambda asked, flight, insurance, hotel: CancelHotel(hotel_id=hotel.hotel_id),
        undo_expect=HotelCancelled,
    )
    .do(ChargeCard, expect=CardCharged, undo=RefundCard)
)
trip = steps.finish(groups=("travel",))
PLACES = Domain().each(FlightId, FlightId("f-1")).each(HotelId, HotelId("h-1"))
