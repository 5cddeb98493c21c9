"""The limits that docs/explanation/proof.md names: each is one, until the page is changed."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

import pytest
from pydantic import AwareDatetime

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)
from telic.verify import Domain, Verdict, explore


class OfferKind(StrEnum):
    MADE = "made"
    TAKEN = "taken"
    LAPSED = "lapsed"


class OfferId(TypedId): ...


class MakeOffer(Command): ...


class TakeOffer(Command): ...


class OfferLapsed(Fact): ...


class Told(Fact):
    offer_id: OfferId


class Tell(Intent[Told]):
    offer_id: OfferId


class Taken(FinalState):
    kind: Literal[OfferKind.TAKEN] = OfferKind.TAKEN
    ignores = (Ignores(Told, why="taken"),)


class Lapsed(FinalState):
    kind: Literal[OfferKind.LAPSED] = OfferKind.LAPSED
    ignores = (Ignores(Told, why="lapsed"),)


def offer_that_breaks(when):
    """An offer that stands for two days, and whose transitions raise when something holds."""

    class Made(State):
        kind: Literal[OfferKind.MADE] = OfferKind.MADE
        until: AwareDatetime

        @classmethod
        @start
        def make(cls, event: MakeOffer, ctx: Context) -> tuple["Made", Tell]:
            return cls(until=ctx.now + timedelta(days=2)), Tell(offer_id=OfferId("o-1"))

        @transition
        def take(self, event: TakeOffer, ctx: Context) -> tuple[Taken, NoIntent]:
            assert not when(self, event, ctx)
            return Taken(), NoIntent()

        @transition
        def note(self, event: Told, ctx: Context) -> tuple["Made", NoIntent]:
            assert not when(self, event, ctx)
            return self, NoIntent()

        @transition
        def fail(self, event: IntentFailed[Tell], ctx: Context) -> tuple["Made", NoIntent]:
            assert not when(self, event, ctx)
            return self, NoIntent()

        @transition
        def lapse(self, event: OfferLapsed) -> tuple[Lapsed, NoIntent]:
            return Lapsed(), NoIntent()

        def waits(self) -> tuple[Deadline[OfferLapsed]]:
            return (Deadline(at=self.until, event=OfferLapsed()),)

    return Machine[Made | Taken | Lapsed, MakeOffer | TakeOffer | OfferLapsed | Told](name="offer")


UNSEEN = {
    "a tenant": lambda state, event, ctx: ctx.tenant != "",
    "another instance": lambda state, event, ctx: ctx.workflow_id != "instance",
    "another id in a lone answer": lambda state, event, ctx: isinstance(event, Told) and event.offer_id != "o-1",
    "the detail of a failure": lambda state, event, ctx: getattr(event, "detail", "") != "",
    "a moment before the deadline": lambda state, event, ctx: timedelta(0) < state.until - ctx.now < timedelta(days=2),
}


@pytest.mark.parametrize("when", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("deadlines", ["any", "ordered", "late"])
def test_what_the_page_calls_a_limit_is_not_seen(when, deadlines):
    assert explore(offer_that_breaks(when), deadlines=deadlines).verdict is Verdict.PROVED


def is_due(state, event, ctx):
    return ctx.now >= state.until


def test_what_comes_at_the_moment_of_a_deadline_is_seen_when_deadlines_are_late():
    assert explore(offer_that_breaks(is_due)).verdict is Verdict.PROVED
    assert explore(offer_that_breaks(is_due), deadlines="late").check("exception").verdict is Verdict.REFUTED


DATES = {
    "the year": lambda state, event, ctx: ctx.now.year != 2000,
    "the hour": lambda state, event, ctx: ctx.now.hour != 0,
    "the day": lambda state, event, ctx: ctx.now.date() != date(2000, 1, 1),
    "the day of the week": lambda state, event, ctx: ctx.now.isoweekday() != 6,
}


@pytest.mark.parametrize("when", DATES.values(), ids=DATES)
def test_code_that_looks_at_the_date_is_not_proved_unless_one_date_stands_for_all(when):
    report = explore(offer_that_breaks(when))
    assert (report.verdict, [place for place, _ in report.missing]) == (Verdict.UNDETERMINED, ["ctx.now"])
    granted = explore(offer_that_breaks(when), domain=Domain().one_date())
    assert (granted.verdict, granted.assumed[0]) == (Verdict.PROVED, "one date stands for all that Made may see")


def is_over(state, event, ctx):
    return ctx.now > state.until


def test_what_comes_after_the_moment_of_a_deadline_is_seen_when_deadlines_are_late():
    assert explore(offer_that_breaks(is_over)).verdict is Verdict.PROVED
    assert explore(offer_that_breaks(is_over), deadlines="late").check("exception").verdict is Verdict.REFUTED


def test_a_command_that_is_refused_on_one_date_only_leaves_it_open_too():
    class Sold(FinalState):
        kind: Literal[OfferKind.TAKEN] = OfferKind.TAKEN

    class Shut(State):
        kind: Literal[OfferKind.MADE] = OfferKind.MADE

        @classmethod
        @start
        def make(cls, event: MakeOffer) -> tuple["Shut", NoIntent]:
            return cls(), NoIntent()

        @transition
        def take(self, event: TakeOffer, ctx: Context) -> tuple[Sold, NoIntent] | tuple["Shut", Reject]:
            if ctx.now.isoweekday() > 5:
                return self, Reject("closed at the weekend")
            return Sold(), NoIntent()

    shop = Machine[Shut | Sold, MakeOffer | TakeOffer](name="shop")
    report = explore(shop)
    assert [place for place, _ in report.missing] == ["ctx.now"]
    assert report.failures == ()
