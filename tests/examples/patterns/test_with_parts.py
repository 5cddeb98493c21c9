"""The patterns that a ready-made part says better: the same machines with the part tell the same stories."""

from typing import Literal, Self

import pytest

from examples.patterns import wcp03_synchronization as wcp3
from examples.patterns import wcp07_structured_synchronizing_merge as wcp7
from examples.patterns import wcp09_structured_discriminator as wcp9
from examples.patterns import wcp13_multiple_instances_with_a_priori_design_time_knowledge as wcp13
from examples.patterns import wcp14_multiple_instances_with_a_priori_run_time_knowledge as wcp14
from examples.patterns import wcp15_multiple_instances_without_a_priori_run_time_knowledge as wcp15
from examples.patterns import wcp17_interleaved_parallel_routing as wcp17
from examples.patterns import wcp21_structured_loop as wcp21
from examples.patterns import wcp40_interleaved_routing as wcp40
from telic import Batch, FrozenSet, HumanTask, Machine, Many, NoIntent, Reject, State, start, transition
from telic.patterns import AllDone, Join, Joined, Refusal, Turns, pipeline
from telic.verify import Domain, explore
from tests.examples.patterns import with_joins as j
from tests.examples.patterns.stories import stories


class Checking(State):
    kind: Literal[wcp3.LoanKind.CHECKING] = wcp3.LoanKind.CHECKING
    checks: Join[wcp3.Check, bool] = Join[wcp3.Check, bool].of(*wcp3.Check)

    @classmethod
    @start
    def request(cls, event: wcp3.RequestLoan) -> tuple[Self, Batch[wcp3.CheckIncome | wcp3.CheckIdentity]]:
        return cls(), wcp3.CheckIncome() & wcp3.CheckIdentity()

    @transition
    def note(
        self, event: wcp3.IncomeChecked | wcp3.IdentityChecked
    ) -> tuple[Self, NoIntent] | tuple[wcp3.Contracting, wcp3.DrawUpContract]:
        income = isinstance(event, wcp3.IncomeChecked)
        checks = self.checks.answered(wcp3.Check.INCOME if income else wcp3.Check.IDENTITY, True)
        if isinstance(checks, Joined):
            return wcp3.Contracting(), wcp3.DrawUpContract()
        return self.evolve(checks=checks), NoIntent()


synchronization = Machine[
    Checking | wcp3.Contracting | wcp3.Contracted,
    wcp3.RequestLoan | wcp3.IncomeChecked | wcp3.IdentityChecked | wcp3.ContractDrawnUp,
](name="synchronization_with_a_part")


class Examining(State):
    kind: Literal[wcp7.CheckUpKind.EXAMINING] = wcp7.CheckUpKind.EXAMINING
    results: Join[wcp7.LabTest, bool]

    @classmethod
    @start
    def order(cls, event: wcp7.OrderTests) -> tuple[Self, Many[wcp7.RunTest]]:
        results = Join[wcp7.LabTest, bool].of(*event.tests())
        return cls(results=results), results.fan_out(lambda one: wcp7.RunTest(test=one))

    @transition
    def merge(self, event: wcp7.ResultFound) -> tuple[Self, NoIntent] | tuple[wcp7.Discussing, wcp7.DiscussFindings]:
        results = self.results.answered(event.test, True)
        if isinstance(results, Joined):
            return wcp7.Discussing(), wcp7.DiscussFindings()
        return self.evolve(results=results), NoIntent()


structured_synchronizing_merge = Machine[
    Examining | wcp7.Discussing | wcp7.Discussed,
    wcp7.OrderTests | wcp7.ResultFound | wcp7.FindingsDiscussed,
](name="structured_synchronizing_merge_with_a_part")


def prices() -> Join[wcp9.Shop, bool]:
    return Join[wcp9.Shop, bool].of(*wcp9.SHOPS, need=1)


class Asking(State):
    kind: Literal[wcp9.SupplyKind.ASKING] = wcp9.SupplyKind.ASKING

    @classmethod
    @start
    def buy(cls, event: wcp9.BuyPaper) -> tuple[Self, Many[wcp9.AskPrice]]:
        return cls(), prices().fan_out(lambda shop: wcp9.AskPrice(shop=shop))

    @transition
    def take_first(self, event: wcp9.PriceNamed) -> tuple["Ordering", wcp9.OrderPaper]:
        first = prices().answered(event.shop, True)
        assert isinstance(first, Joined)
        return Ordering(prices=first.join), wcp9.OrderPaper(shop=event.shop)


class Ordering(State):
    kind: Literal[wcp9.SupplyKind.ORDERING] = wcp9.SupplyKind.ORDERING
    prices: Join[wcp9.Shop, bool]
    delivered: bool = False

    @transition
    def pass_over(self, event: wcp9.PriceNamed) -> tuple[Self, NoIntent] | tuple["Supplied", NoIntent]:
        return self.evolve(prices=self.prices.answered(event.shop, True)).reset_or_not()

    @transition
    def store(self, event: wcp9.PaperDelivered) -> tuple[Self, NoIntent] | tuple["Supplied", NoIntent]:
        return self.evolve(delivered=True).reset_or_not()

    def reset_or_not(self):
        return (Supplied(), NoIntent()) if self.delivered and self.prices.settled else (self, NoIntent())


class Supplied(State):
    kind: Literal[wcp9.SupplyKind.SUPPLIED] = wcp9.SupplyKind.SUPPLIED
    settles = (wcp9.AskPrice, wcp9.OrderPaper)

    @transition
    def buy(self, event: wcp9.BuyPaper) -> tuple[Asking, Many[wcp9.AskPrice]]:
        return Asking(), prices().fan_out(lambda shop: wcp9.AskPrice(shop=shop))

    @transition
    def close(self, event: wcp9.CloseOffice) -> tuple[wcp9.Closed, NoIntent]:
        return wcp9.Closed(), NoIntent()


structured_discriminator = Machine[
    Asking | Ordering | Supplied | wcp9.Closed,
    wcp9.BuyPaper | wcp9.CloseOffice | wcp9.PriceNamed | wcp9.PaperDelivered,
](name="structured_discriminator_with_a_part")


class Signing(State):
    kind: Literal[wcp13.DeedKind.SIGNING] = wcp13.DeedKind.SIGNING
    signatures: Join[wcp13.Officer, bool] = Join[wcp13.Officer, bool].of(*wcp13.OFFICERS)

    @classmethod
    @start
    def present(cls, event: wcp13.PresentDeed) -> tuple[Self, Many[wcp13.SignDeed]]:
        return cls(), cls().signatures.fan_out(lambda officer: wcp13.SignDeed(officer=officer))

    @transition
    def join(self, event: wcp13.DeedSigned) -> tuple[Self, NoIntent] | tuple[wcp13.Filing, wcp13.FileDeed]:
        signatures = self.signatures.answered(event.officer, True)
        if isinstance(signatures, Joined):
            return wcp13.Filing(), wcp13.FileDeed()
        return self.evolve(signatures=signatures), NoIntent()


design_time = Machine[
    Signing | wcp13.Filing | wcp13.Filed,
    wcp13.PresentDeed | wcp13.DeedSigned | wcp13.DeedFiled,
](name="design_time_with_a_part")


class Packing(State):
    kind: Literal[wcp14.ParcelKind.PACKING] = wcp14.ParcelKind.PACKING
    items: Join[wcp14.Item, bool]

    @transition
    def join(self, event: wcp14.ItemPacked) -> tuple[Self, NoIntent] | tuple[wcp14.Closing, wcp14.CloseParcel]:
        items = self.items.answered(event.item, True)
        if isinstance(items, Joined):
            return wcp14.Closing(), wcp14.CloseParcel()
        return self.evolve(items=items), NoIntent()


class Reading(wcp14.Reading):
    @transition
    def divide(
        self, event: wcp14.OrderRead
    ) -> tuple[Packing, Many[wcp14.PackItem]] | tuple[wcp14.Closing, wcp14.CloseParcel]:
        if not event.items:
            return wcp14.Closing(), wcp14.CloseParcel()
        items = Join[wcp14.Item, bool].of(*event.items)
        return Packing(items=items), items.fan_out(lambda item: wcp14.PackItem(item=item))


run_time = Machine[
    Reading | Packing | wcp14.Closing | wcp14.Closed,
    wcp14.PackOrder | wcp14.OrderRead | wcp14.ItemPacked | wcp14.ParcelClosed,
](name="run_time_with_a_part")


class Hearing(State):
    kind: Literal[wcp15.InquiryKind.HEARING] = wcp15.InquiryKind.HEARING
    hearings: Join[wcp15.Witness, bool]

    @classmethod
    @start
    def open(cls, event: wcp15.OpenInquiry) -> tuple[Self, wcp15.HearWitness]:
        first = Join[wcp15.Witness, bool].over((event.witness,), growing=True)
        return cls(hearings=first), wcp15.HearWitness(witness=event.witness)

    @transition
    def add(self, event: wcp15.NameWitness) -> tuple[Self, wcp15.HearWitness] | tuple[Self, Reject]:
        more = self.hearings.grow(event.witness)
        if not isinstance(more, Join):
            return self, Reject(more)
        return self.evolve(hearings=more), wcp15.HearWitness(witness=event.witness)

    @transition
    def join(self, event: wcp15.WitnessHeard) -> tuple[Self, NoIntent] | tuple[wcp15.Writing, wcp15.WriteFindings]:
        heard = self.evolve(hearings=self.hearings.answered(event.witness, True))
        return (wcp15.Writing(), wcp15.WriteFindings()) if heard.hearings.settled else (heard, NoIntent())


no_knowledge = Machine[
    Hearing | wcp15.Writing | wcp15.Closed,
    wcp15.OpenInquiry | wcp15.NameWitness | wcp15.WitnessHeard | wcp15.FindingsWritten,
](name="no_knowledge_with_a_part")


class Choosing(State):
    kind: Literal[wcp17.VisitKind.CHOOSING] = wcp17.VisitKind.CHOOSING
    turns: Turns[wcp17.Treatment] = Turns[wcp17.Treatment].of(
        *wcp17.Treatment, after={wcp17.Treatment.VACCINATE: [wcp17.Treatment.WEIGH]}
    )

    @classmethod
    @start
    def bring(cls, event: wcp17.BringDog) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    def waits(self) -> tuple[HumanTask[wcp17.ChooseNext]]:
        return (HumanTask(answer=wcp17.ChooseNext, title="What is next?", groups=("vets",)),)

    @transition
    def choose(self, event: wcp17.ChooseNext) -> tuple["Treating", wcp17.TreatDog] | tuple[Self, Reject]:
        turns = self.turns.begin(event.treatment)
        if isinstance(turns, Refusal):
            return self, Reject(turns)
        return Treating(turns=turns), wcp17.TreatDog(treatment=event.treatment)


class Treating(State):
    kind: Literal[wcp17.VisitKind.TREATING] = wcp17.VisitKind.TREATING
    turns: Turns[wcp17.Treatment]

    @transition
    def finish(self, event: wcp17.DogTreated) -> tuple[Choosing, NoIntent] | tuple[wcp17.Over, NoIntent]:
        turns = self.turns.end()
        return (wcp17.Over(), NoIntent()) if isinstance(turns, AllDone) else (Choosing(turns=turns), NoIntent())


interleaved_parallel_routing = Machine[
    Choosing | Treating | wcp17.Over,
    wcp17.BringDog | wcp17.ChooseNext | wcp17.DogTreated,
](name="interleaved_parallel_routing_with_a_part")


structured_loop = (
    pipeline("structured_loop_with_a_part", wcp21.MakeTea)
    .repeat(wcp21.BrewCup, while_=lambda asked, cups: len(cups) < asked.cups)
    .repeat(wcp21.AddSugar, until=lambda asked, cups, sugar: sugar[-1].sweet_enough or len(sugar) == wcp21.SPOONS_MAX)
    .finish()
)


class ChoosingPart(State):
    kind: Literal[wcp40.InspectionKind.CHOOSING] = wcp40.InspectionKind.CHOOSING
    turns: Turns[wcp40.Part] = Turns[wcp40.Part].of(*wcp40.Part)

    @classmethod
    @start
    def bring(cls, event: wcp40.BringCar) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    def waits(self) -> tuple[HumanTask[wcp40.ChoosePart]]:
        return (HumanTask(answer=wcp40.ChoosePart, title="What is next?", groups=("engineers",)),)

    @transition
    def choose(self, event: wcp40.ChoosePart) -> tuple["ExaminingPart", wcp40.ExaminePart] | tuple[Self, Reject]:
        turns = self.turns.begin(event.part)
        if isinstance(turns, Refusal):
            return self, Reject(turns)
        return ExaminingPart(turns=turns), wcp40.ExaminePart(part=event.part)


class ExaminingPart(State):
    kind: Literal[wcp40.InspectionKind.EXAMINING] = wcp40.InspectionKind.EXAMINING
    turns: Turns[wcp40.Part]

    @transition
    def finish(self, event: wcp40.PartExamined) -> tuple[ChoosingPart, NoIntent] | tuple[wcp40.Passed, NoIntent]:
        turns = self.turns.end()
        done = isinstance(turns, AllDone)
        return (wcp40.Passed(), NoIntent()) if done else (ChoosingPart(turns=turns), NoIntent())


interleaved_routing = Machine[
    ChoosingPart | ExaminingPart | wcp40.Passed,
    wcp40.BringCar | wcp40.ChoosePart | wcp40.PartExamined,
](name="interleaved_routing_with_a_part")


def named(kind):
    """Up to three of a kind."""
    return [FrozenSet(map(kind, "abc"[:number])) for number in range(1, 4)]


WITH_PARTS = {
    "synchronization": (wcp3, synchronization, None),
    "structured_synchronizing_merge": (wcp7, structured_synchronizing_merge, None),
    "structured_discriminator": (wcp9, structured_discriminator, None),
    "multiple_instances_with_a_priori_design_time_knowledge": (wcp13, design_time, None),
    "multiple_instances_with_a_priori_run_time_knowledge": (
        wcp14,
        run_time,
        Domain().each(wcp14.Item, *map(wcp14.Item, "abc")),
    ),
    "multiple_instances_without_a_priori_run_time_knowledge": (
        wcp15,
        no_knowledge,
        Domain().each(wcp15.Witness, *map(wcp15.Witness, "abc")),
    ),
    "interleaved_parallel_routing": (wcp17, interleaved_parallel_routing, None),
    "structured_loop": (wcp21, structured_loop, None),
    "complete_multiple_instance_activity": (
        j.wcp27,
        j.complete_instances,
        Domain().field(j.wcp27.WineTasted, "points", 1),
    ),
    "blocking_discriminator": (j.wcp28, j.blocking_discriminator, None),
    "structured_partial_join": (j.wcp30, j.structured_partial_join, None),
    "blocking_partial_join": (j.wcp31, j.blocking_partial_join, None),
    "cancelling_partial_join": (j.wcp32, j.cancelling_partial_join, None),
    "static_partial_join_for_multiple_instances": (
        j.wcp34,
        j.static_partial_join,
        Domain().field(j.wcp34.PlanOperation, "donors", *named(j.wcp34.Donor)),
    ),
    "cancelling_partial_join_for_multiple_instances": (
        j.wcp35,
        j.cancelling_instances,
        Domain().field(j.wcp35.SearchWreck, "places", *named(j.wcp35.Place)),
    ),
    "dynamic_partial_join_for_multiple_instances": (
        j.wcp36,
        j.dynamic_partial_join,
        Domain().each(j.wcp36.Giver, *map(j.wcp36.Giver, "abc")),
    ),
    "acyclic_synchronizing_merge": (j.wcp37, j.acyclic_merge, None),
    "interleaved_routing": (wcp40, interleaved_routing, None),
    "thread_merge": (j.wcp41, j.thread_merge, None),
}
# The states of a process in steps are named by it.
NAMES = {"StructuredLoopWithAPartFinished": "Served"}
# Where the loop is the point, stories go round it, and are broken off after so many steps.
STEPS = {"blocking_discriminator": 7, "blocking_partial_join": 6}


@pytest.mark.parametrize("name", WITH_PARTS)
def test_a_machine_with_the_part_tells_the_same_stories(name):
    module, machine, domain = WITH_PARTS[name]
    explore(machine, domain=domain).assert_ok()
    steps = STEPS.get(name)
    told, by_hand = (
        stories(one, domain=domain, visits=1 if steps is None else steps, steps=steps)
        for one in (machine, getattr(module, name))
    )
    assert {(*words, NAMES.get(end, end)) for *words, end in told} == by_hand
