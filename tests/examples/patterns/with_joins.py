"""The joins of patterns 27 to 41, each said with the part ``Join``: the same machines, and the same stories."""

from typing import Literal, Self

from examples.patterns import wcp27_complete_multiple_instance_activity as wcp27
from examples.patterns import wcp28_blocking_discriminator as wcp28
from examples.patterns import wcp30_structured_partial_join as wcp30
from examples.patterns import wcp31_blocking_partial_join as wcp31
from examples.patterns import wcp32_cancelling_partial_join as wcp32
from examples.patterns import wcp34_static_partial_join_for_multiple_instances as wcp34
from examples.patterns import wcp35_cancelling_partial_join_for_multiple_instances as wcp35
from examples.patterns import wcp36_dynamic_partial_join_for_multiple_instances as wcp36
from examples.patterns import wcp37_acyclic_synchronizing_merge as wcp37
from examples.patterns import wcp41_thread_merge as wcp41
from telic import Batch, Defer, FrozenSet, Machine, Many, NoIntent, Reject, State, Withdraw, start, transition
from telic.patterns import BadDefinition, Join, Joined


def taste(juror: wcp27.Juror) -> wcp27.TasteWine:
    return wcp27.TasteWine(juror=juror)


class Tasting(State):
    kind: Literal[wcp27.TastingKind.TASTING] = wcp27.TastingKind.TASTING
    points: Join[wcp27.Juror, int] = Join[wcp27.Juror, int].of(*wcp27.JURORS)

    @classmethod
    @start
    def pour(cls, event: wcp27.PourWine) -> tuple[Self, Many[wcp27.TasteWine]]:
        return cls(), cls().points.fan_out(taste)

    @transition
    def note(self, event: wcp27.WineTasted) -> tuple[Self, NoIntent] | tuple[wcp27.Ranking, wcp27.RankWine]:
        points = self.points.answered(event.juror, event.points)
        if isinstance(points, Joined):
            return wcp27.Ranking(), wcp27.RankWine(points=points.results)
        return self.evolve(points=points), NoIntent()

    @transition
    def close(self, event: wcp27.CloseTasting) -> tuple[wcp27.Ranking, Batch[Withdraw | wcp27.RankWine]]:
        return wcp27.Ranking(), self.points.withdraw(taste) & wcp27.RankWine(points=self.points.results)


complete_instances = Machine[
    Tasting | wcp27.Ranking | wcp27.Ranked,
    wcp27.PourWine | wcp27.CloseTasting | wcp27.WineTasted | wcp27.WineRanked,
](name="complete_instances_with_a_part")


class Quiet(wcp28.Quiet):
    @transition
    def take_first(self, event: wcp28.ReportRound) -> tuple["Reported", wcp28.LightLamp]:
        first = Join[wcp28.Watchman, bool].of(*wcp28.Watchman, need=1).answered(event.watchman, True)
        assert isinstance(first, Joined)
        return Reported(reports=first.join), wcp28.LightLamp()


class Reported(State):
    kind: Literal[wcp28.NightKind.REPORTED] = wcp28.NightKind.REPORTED
    reports: Join[wcp28.Watchman, bool]
    lit: bool = False

    @transition
    def take(self, event: wcp28.ReportRound) -> tuple[Self, NoIntent | Defer] | tuple[Quiet, NoIntent]:
        reports = self.reports.answered(event.watchman, True)
        return self.evolve(reports=reports).reset_or_not() if isinstance(reports, Join) else (self, Defer())

    @transition
    def note(self, event: wcp28.LampLit) -> tuple[Self, NoIntent] | tuple[Quiet, NoIntent]:
        return self.evolve(lit=True).reset_or_not()

    def reset_or_not(self):
        return (Quiet(), NoIntent()) if self.lit and self.reports.settled else (self, NoIntent())


blocking_discriminator = Machine[
    Quiet | Reported | wcp28.Over,
    wcp28.BeginNight | wcp28.ReportRound | wcp28.EndNight | wcp28.LampLit,
](name="blocking_discriminator_with_a_part")


class Examining(State):
    kind: Literal[wcp30.LakeKind.EXAMINING] = wcp30.LakeKind.EXAMINING
    results: Join[wcp30.Laboratory, bool] = Join[wcp30.Laboratory, bool].of(*wcp30.LABORATORIES, need=wcp30.NEEDED)

    @classmethod
    @start
    def sample(cls, event: wcp30.TakeSample) -> tuple[Self, Many[wcp30.ExamineWater]]:
        return cls(), cls().results.fan_out(lambda one: wcp30.ExamineWater(laboratory=one))

    @transition
    def join(self, event: wcp30.WaterExamined) -> tuple[Self, NoIntent] | tuple["Flagging", wcp30.HoistFlag]:
        results = self.results.answered(event.laboratory, True)
        if isinstance(results, Joined):
            return Flagging(results=results.join), wcp30.HoistFlag()
        return self.evolve(results=results), NoIntent()


class Flagging(State):
    kind: Literal[wcp30.LakeKind.FLAGGING] = wcp30.LakeKind.FLAGGING
    results: Join[wcp30.Laboratory, bool]
    hoisted: bool = False

    @transition
    def note(self, event: wcp30.WaterExamined) -> tuple[Self, NoIntent] | tuple["Examined", NoIntent]:
        return self.evolve(results=self.results.answered(event.laboratory, True)).reset_or_not()

    @transition
    def hoist(self, event: wcp30.FlagHoisted) -> tuple[Self, NoIntent] | tuple["Examined", NoIntent]:
        return self.evolve(hoisted=True).reset_or_not()

    def reset_or_not(self):
        return (Examined(), NoIntent()) if self.hoisted and self.results.settled else (self, NoIntent())


class Examined(wcp30.Examined):
    @transition
    def sample(self, event: wcp30.TakeSample) -> tuple[Examining, Many[wcp30.ExamineWater]]:
        return Examining.sample(event)


structured_partial_join = Machine[
    Examining | Flagging | Examined | wcp30.Closed,
    wcp30.TakeSample | wcp30.EndSeason | wcp30.WaterExamined | wcp30.FlagHoisted,
](name="structured_partial_join_with_a_part")


class Measuring(State):
    kind: Literal[wcp31.ValleyKind.MEASURING] = wcp31.ValleyKind.MEASURING
    wells: Join[wcp31.Well, bool] = Join[wcp31.Well, bool].of(*wcp31.Well, need=wcp31.NEEDED)
    settles = (wcp31.MakeForecast,)

    @classmethod
    @start
    def open(cls, event: wcp31.OpenSeason) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def join(
        self, event: wcp31.MeasureWell
    ) -> tuple[Self, NoIntent | Defer] | tuple["Forecasting", wcp31.MakeForecast]:
        wells = self.wells.answered(event.well, True)
        if isinstance(wells, Joined):
            return Forecasting(wells=wells.join), wcp31.MakeForecast()
        return (self.evolve(wells=wells), NoIntent()) if isinstance(wells, Join) else (self, Defer())

    @transition
    def close(self, event: wcp31.CloseSeason) -> tuple[wcp31.Closed, NoIntent] | tuple[Self, Reject]:
        return (self, Reject("a turn has begun")) if self.wells.results else (wcp31.Closed(), NoIntent())


class Forecasting(State):
    kind: Literal[wcp31.ValleyKind.FORECASTING] = wcp31.ValleyKind.FORECASTING
    wells: Join[wcp31.Well, bool]
    made: bool = False

    @transition
    def note(self, event: wcp31.MeasureWell) -> tuple[Self, NoIntent | Defer] | tuple[Measuring, NoIntent]:
        wells = self.wells.answered(event.well, True)
        return self.evolve(wells=wells).reset_or_not() if isinstance(wells, Join) else (self, Defer())

    @transition
    def file(self, event: wcp31.ForecastMade) -> tuple[Self, NoIntent] | tuple[Measuring, NoIntent]:
        return self.evolve(made=True).reset_or_not()

    def reset_or_not(self):
        return (Measuring(), NoIntent()) if self.made and self.wells.settled else (self, NoIntent())


blocking_partial_join = Machine[
    Measuring | Forecasting | wcp31.Closed,
    wcp31.OpenSeason | wcp31.MeasureWell | wcp31.CloseSeason | wcp31.ForecastMade,
](name="blocking_partial_join_with_a_part")


def ask(printer: wcp32.Printer) -> wcp32.AskOffer:
    return wcp32.AskOffer(printer=printer)


class Asking(State):
    kind: Literal[wcp32.PosterKind.ASKING] = wcp32.PosterKind.ASKING
    offers: Join[wcp32.Printer, bool] = Join[wcp32.Printer, bool].of(*wcp32.PRINTERS, need=wcp32.NEEDED)

    @classmethod
    @start
    def plan(cls, event: wcp32.PlanPoster) -> tuple[Self, Many[wcp32.AskOffer]]:
        return cls(), cls().offers.fan_out(ask)

    @transition
    def join(
        self, event: wcp32.OfferMade
    ) -> tuple[Self, NoIntent] | tuple[wcp32.Comparing, Batch[Withdraw | wcp32.CompareOffers]]:
        offers = self.offers.answered(event.printer, True)
        if not isinstance(offers, Joined):
            return self.evolve(offers=offers), NoIntent()
        chosen = FrozenSet(offers.results)
        return wcp32.Comparing(), offers.join.withdraw(ask) & wcp32.CompareOffers(offers=chosen)


cancelling_partial_join = Machine[
    Asking | wcp32.Comparing | wcp32.Ordered,
    wcp32.PlanPoster | wcp32.OfferMade | wcp32.OffersCompared,
](name="cancelling_partial_join_with_a_part")


class Phoning(State):
    kind: Literal[wcp34.CaseKind.PHONING] = wcp34.CaseKind.PHONING
    donors: Join[wcp34.Donor, bool]

    @classmethod
    @start
    def plan(cls, event: wcp34.PlanOperation) -> tuple[Self, Many[wcp34.PhoneDonor]] | tuple[None, Reject]:
        donors = Join[wcp34.Donor, bool].over(event.donors, wcp34.NEEDED)
        if isinstance(donors, BadDefinition):
            return None, Reject(donors)
        return cls(donors=donors), donors.fan_out(lambda one: wcp34.PhoneDonor(donor=one))

    @transition
    def join(self, event: wcp34.DonorAgreed) -> tuple[Self, NoIntent] | tuple["Operating", wcp34.PerformOperation]:
        donors = self.donors.answered(event.donor, True)
        if isinstance(donors, Joined):
            return Operating(donors=donors.join), wcp34.PerformOperation()
        return self.evolve(donors=donors), NoIntent()


class Operating(State):
    kind: Literal[wcp34.CaseKind.OPERATING] = wcp34.CaseKind.OPERATING
    donors: Join[wcp34.Donor, bool]
    performed: bool = False

    @transition
    def thank(self, event: wcp34.DonorAgreed) -> tuple[Self, NoIntent] | tuple[wcp34.Closed, NoIntent]:
        return self.evolve(donors=self.donors.answered(event.donor, True)).closed_or_not()

    @transition
    def finish(self, event: wcp34.OperationPerformed) -> tuple[Self, NoIntent] | tuple[wcp34.Closed, NoIntent]:
        return self.evolve(performed=True).closed_or_not()

    def closed_or_not(self):
        return (wcp34.Closed(), NoIntent()) if self.performed and self.donors.settled else (self, NoIntent())


static_partial_join = Machine[
    Phoning | Operating | wcp34.Closed,
    wcp34.PlanOperation | wcp34.DonorAgreed | wcp34.OperationPerformed,
](name="static_partial_join_with_a_part")


def send(place: wcp35.Place) -> wcp35.SendDiver:
    return wcp35.SendDiver(place=place)


class Diving(State):
    kind: Literal[wcp35.WreckKind.DIVING] = wcp35.WreckKind.DIVING
    places: Join[wcp35.Place, bool]

    @classmethod
    @start
    def search(cls, event: wcp35.SearchWreck) -> tuple[Self, Many[wcp35.SendDiver]] | tuple[None, Reject]:
        places = Join[wcp35.Place, bool].over(event.places, wcp35.NEEDED)
        if isinstance(places, BadDefinition):
            return None, Reject(places)
        return cls(places=places), places.fan_out(send)

    @transition
    def join(
        self, event: wcp35.PartFound
    ) -> tuple[Self, NoIntent] | tuple[wcp35.Salvaging, Batch[Withdraw | wcp35.SalvageWreck]]:
        places = self.places.answered(event.place, True)
        if not isinstance(places, Joined):
            return self.evolve(places=places), NoIntent()
        found = FrozenSet(places.results)
        return wcp35.Salvaging(), places.join.withdraw(send) & wcp35.SalvageWreck(places=found)


cancelling_instances = Machine[
    Diving | wcp35.Salvaging | wcp35.Salvaged,
    wcp35.SearchWreck | wcp35.PartFound | wcp35.WreckSalvaged,
](name="cancelling_instances_with_a_part")


class Collecting(State):
    kind: Literal[wcp36.BellKind.COLLECTING] = wcp36.BellKind.COLLECTING
    gifts: Join[wcp36.Giver, int]

    @classmethod
    @start
    def begin(cls, event: wcp36.BeginCollection) -> tuple[Self, wcp36.AskGift]:
        first = Join[wcp36.Giver, int].over((event.giver,), growing=True)
        return cls(gifts=first), wcp36.AskGift(giver=event.giver)

    @transition
    def ask(self, event: wcp36.NameGiver) -> tuple[Self, wcp36.AskGift] | tuple[Self, Reject]:
        gifts = self.gifts.grow(event.giver)
        if not isinstance(gifts, Join):
            return self, Reject(gifts)
        return self.evolve(gifts=gifts), wcp36.AskGift(giver=event.giver)

    @transition
    def join(self, event: wcp36.GiftMade) -> tuple[Self, NoIntent] | tuple[wcp36.Casting, wcp36.CastBell]:
        more = self.evolve(gifts=self.gifts.answered(event.giver, event.amount))
        if sum(more.gifts.results.values()) < wcp36.PRICE:
            return more, NoIntent()
        return wcp36.Casting(), wcp36.CastBell()


dynamic_partial_join = Machine[
    Collecting | wcp36.Casting | wcp36.Cast,
    wcp36.BeginCollection | wcp36.NameGiver | wcp36.GiftMade | wcp36.BellCast,
](name="dynamic_partial_join_with_a_part")


class Inspecting(State):
    kind: Literal[wcp37.ClaimKind.EXAMINING] = wcp37.ClaimKind.EXAMINING
    parts: Join[wcp37.Part, bool]

    @classmethod
    @start
    def report(cls, event: wcp37.ReportDamage) -> tuple[Self, Many[wcp37.ExaminePart]]:
        damage = ((wcp37.WALLS, True), (wcp37.ROOF, event.roof), (wcp37.CELLAR, event.cellar))
        parts = Join[wcp37.Part, bool].over([part for part, done in damage if done], need=0)
        return cls(parts=parts), parts.fan_out(lambda one: wcp37.ExaminePart(part=one))

    @transition
    def merge(
        self, event: wcp37.PartExamined | wcp37.PartUninsured
    ) -> tuple[Self, NoIntent] | tuple[wcp37.Settling, wcp37.SettleClaim]:
        came_back = isinstance(event, wcp37.PartExamined)
        parts = self.parts.answered(event.part, True) if came_back else self.parts.gave_up(event.part)
        if isinstance(parts, Joined):
            return wcp37.Settling(), wcp37.SettleClaim(parts=FrozenSet(parts.results))
        return self.evolve(parts=parts), NoIntent()


acyclic_merge = Machine[
    Inspecting | wcp37.Settling | wcp37.Settled,
    wcp37.ReportDamage | wcp37.PartExamined | wcp37.PartUninsured | wcp37.ClaimSettled,
](name="acyclic_merge_with_a_part")


def empty_box() -> Join[wcp41.Egg, bool]:
    return Join[wcp41.Egg, bool].over((), wcp41.IN_BOX, growing=True)


class Candling(State):
    kind: Literal[wcp41.EggsKind.CANDLING] = wcp41.EggsKind.CANDLING
    box: Join[wcp41.Egg, bool] = empty_box()
    full: FrozenSet[wcp41.Box] = FrozenSet()
    packed: int = 0

    @classmethod
    @start
    def collect(cls, event: wcp41.CollectEggs) -> tuple[Self, Many[wcp41.CandleEgg]]:
        return cls(), Many.of(wcp41.CandleEgg(egg=one) for one in wcp41.EGGS)

    @transition
    def merge(self, event: wcp41.EggCandled) -> tuple[Self, NoIntent] | tuple[Self, wcp41.PackBox]:
        box = self.box.grow(event.egg).answered(event.egg, True)
        if not isinstance(box, Joined):
            return self.evolve(box=box), NoIntent()
        label = wcp41.Box(f"b-{len(self.full) + 1}")
        return self.evolve(box=empty_box(), full=self.full.put(label)), wcp41.PackBox(box=label)

    @transition
    def finish(self, event: wcp41.BoxPacked) -> tuple[Self, NoIntent] | tuple[wcp41.Packed, NoIntent]:
        packed = self.packed + 1
        done = packed * wcp41.IN_BOX == len(wcp41.EGGS)
        return (wcp41.Packed(), NoIntent()) if done else (self.evolve(packed=packed), NoIntent())


thread_merge = Machine[
    Candling | wcp41.Packed,
    wcp41.CollectEggs | wcp41.EggCandled | wcp41.BoxPacked,
](name="thread_merge_with_a_part")
