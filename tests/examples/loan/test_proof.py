"""What is proved of the loan: with two kinds of work, and no more than one offer."""

from examples.loan.application import NoteMisfit
from examples.loan.machine import Activated, Cancelled, Declined, SubmitApplication, loan
from examples.loan.work import WorkKind
from telic.testing import suite
from telic.verify import Domain, World, always, is_

SOME = (
    Domain()
    .field(SubmitApplication, "amount", 5000)
    .each(WorkKind, WorkKind.VALIDATE, WorkKind.ASSESS_FRAUD)
    .of(NoteMisfit, [NoteMisfit(activity="W_Valideren aanvraag", reason="none")])
)


def one_offer_at_most(world: World) -> bool:
    return len(getattr(world.state, "offers", ())) <= 1


def one_in_hand(world: World) -> bool:
    return (
        sum(type(one).__name__ in ("InHand", "Rescheduled") for one in getattr(world.state, "work", {}).values()) <= 1
    )


TestLoan = suite(
    loan,
    domain=SOME,
    within=one_offer_at_most,
    ends=is_(Activated, Declined, Cancelled),
    check=[always("one item in hand", one_in_hand)],
    graph="loan.graph.json",
    worlds=2585,
)
