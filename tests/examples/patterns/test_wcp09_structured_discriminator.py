"""Structured Discriminator: one order in each round, at the first answer; the round ends with the last."""

from typing import Self

from examples.patterns.wcp09_structured_discriminator import (
    SHOPS,
    Asking,
    AskPrice,
    BuyPaper,
    Closed,
    CloseOffice,
    Ordering,
    OrderPaper,
    PaperDelivered,
    PriceNamed,
    Supplied,
    ask_everywhere,
    structured_discriminator,
)
from telic import Machine, Many, NoIntent, transition
from telic.testing import suite
from telic.verify import Verdict, explore, is_, leads_to
from tests.examples.patterns.stories import stories

EVENT = BuyPaper | CloseOffice | PriceNamed | PaperDelivered


TestDiscriminator = suite(
    structured_discriminator,
    check=[leads_to("each round comes to its end", is_(Asking), is_(Supplied))],
    worlds=21,
)


def rounds(story):
    """A story, cut where it begins anew."""
    words, found = [*story], []
    for word in words:
        if word == "BuyPaper":
            found.append([])
        found[-1].append(word)
    return found


def discriminates(one):
    """Say whether one round orders at the first answer, once, and ends after the last."""
    answers = [word.split()[1] for word in one if word.startswith("PriceNamed")]
    orders = [word.split()[1] for word in one if word.startswith("OrderPaper")]
    first = one[one.index(f"PriceNamed {answers[0]}") + 1] == f"OrderPaper {answers[0]}"
    return first and orders == answers[:1] and sorted(answers) == [*SHOPS]


def test_the_first_answer_goes_on_and_the_others_end_without_effect():
    told = stories(structured_discriminator)
    assert all(discriminates(one) for story in told for one in rounds(story))
    assert {word for story in told for word in story if word.startswith("OrderPaper")} == {
        f"OrderPaper {shop}" for shop in SHOPS
    }


def test_it_can_begin_anew_when_all_have_ended():
    told = [story for story in stories(structured_discriminator, visits=2) if len(rounds(story)) == 2]
    assert told
    assert all(discriminates(one) for story in told for one in rounds(story))


class OrderingEverywhere(Ordering):
    @transition
    def pass_over(self, event: PriceNamed) -> tuple[Self, OrderPaper]:
        return self.evolve(asked=self.asked.without(event.shop)), OrderPaper(shop=event.shop)

    @transition
    def store(self, event: PaperDelivered) -> tuple[Self, NoIntent]:
        return self, NoIntent()


class AskingEverywhere(Asking):
    @transition
    def take_first(self, event: PriceNamed) -> tuple[OrderingEverywhere, OrderPaper]:
        return OrderingEverywhere(asked=SHOPS.without(event.shop)), OrderPaper(shop=event.shop)


def test_an_order_at_each_answer_is_noticed():
    everywhere = Machine[
        AskingEverywhere | OrderingEverywhere,
        BuyPaper | PriceNamed | PaperDelivered,
    ](name="everywhere", perpetual=True)
    assert not any(discriminates(one) for story in stories(everywhere) for one in rounds(story))


class SuppliedImpatiently(Supplied):
    @transition
    def buy(self, event: BuyPaper) -> tuple["AskingImpatiently", Many[AskPrice]]:
        return AskingImpatiently(), ask_everywhere()


class OrderingImpatiently(Ordering):
    @transition
    def pass_over(self, event: PriceNamed) -> tuple[Self, NoIntent]:
        return self.evolve(asked=self.asked.without(event.shop)), NoIntent()

    @transition
    def store(self, event: PaperDelivered) -> tuple[SuppliedImpatiently, NoIntent]:
        return SuppliedImpatiently(), NoIntent()


class AskingImpatiently(Asking):
    @transition
    def take_first(self, event: PriceNamed) -> tuple[OrderingImpatiently, OrderPaper]:
        return OrderingImpatiently(asked=SHOPS.without(event.shop)), OrderPaper(shop=event.shop)


def test_a_reset_before_all_have_answered_is_noticed():
    impatient = Machine[AskingImpatiently | OrderingImpatiently | SuppliedImpatiently | Closed, EVENT](name="impatient")
    assert explore(impatient).check("false claim").verdict is Verdict.REFUTED
