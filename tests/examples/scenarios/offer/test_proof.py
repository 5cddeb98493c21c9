"""What is proved of the offer: once it is let out it ends, whoever is silent."""

from decimal import Decimal

from examples.scenarios.offer.machine import (
    AcceptOffer,
    Contact,
    DecideOffer,
    OfferAwaitingAnswer,
    OfferAwaitingPayment,
    OfferCancelled,
    OfferExpired,
    OfferId,
    OfferPaid,
    PaymentReceived,
    offer,
)
from telic.testing import suite
from telic.verify import Domain, ended, eventually, is_, leads_to, sometimes, weak

OFFERS = (
    Domain()
    .each(OfferId, OfferId("o-1"))
    .field(DecideOffer, "notes", "")
    .field(AcceptOffer, "contact", Contact(name="Ada", phone="555"))
    .field(PaymentReceived, "amount", Decimal(10))
)

TestOffer = suite(
    offer,
    domain=OFFERS,
    check=[
        sometimes("an offer is paid", is_(OfferPaid)),
        leads_to("no answer is an end, too", is_(OfferAwaitingAnswer), ended),
        leads_to("no money is an end, too", is_(OfferAwaitingPayment), is_(OfferPaid, OfferCancelled)),
        sometimes("an offer expires", is_(OfferExpired)),
        eventually("every offer ends once the manager has decided", ended, fair=weak(DecideOffer)),
    ],
    graph="offer.graph.json",
    worlds=7,
)
