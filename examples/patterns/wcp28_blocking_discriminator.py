"""WCP28 Blocking Discriminator: the first branch goes on; whichever comes again is kept until all have come once.

Two watchmen report from their rounds, again and again. At the first report a lamp is lit; when the other has
reported, too, a new round begins. What may never be here: a report that counts in a round to which it does not belong.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Defer, Fact, FinalState, FrozenSet, Intent, Machine, NoIntent, State, start, transition


class NightKind(StrEnum):
    QUIET = "quiet"
    REPORTED = "reported"
    OVER = "over"


class Watchman(StrEnum):
    NORTH = "north"
    SOUTH = "south"


class BeginNight(Command): ...


class ReportRound(Command):
    watchman: Watchman


class EndNight(Command): ...


class LampLit(Fact): ...


class LightLamp(Intent[LampLit]): ...


class Quiet(State):
    kind: Literal[NightKind.QUIET] = NightKind.QUIET
    settles = (LightLamp,)

    @classmethod
    @start
    def begin(cls, event: BeginNight) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def take_first(self, event: ReportRound) -> tuple[Reported, LightLamp]:
        return Reported(missing=FrozenSet(Watchman).without(event.watchman)), LightLamp()

    @transition
    def end(self, event: EndNight) -> tuple[Over, NoIntent]:
        return Over(), NoIntent()


class Reported(State):
    kind: Literal[NightKind.REPORTED] = NightKind.REPORTED
    missing: FrozenSet[Watchman]
    lit: bool = False

    @transition
    def take(self, event: ReportRound) -> tuple[Self, NoIntent | Defer] | tuple[Quiet, NoIntent]:
        if event.watchman not in self.missing:
            return self, Defer()
        return self.evolve(missing=self.missing.without(event.watchman)).reset_or_not()

    @transition
    def note(self, event: LampLit) -> tuple[Self, NoIntent] | tuple[Quiet, NoIntent]:
        return self.evolve(lit=True).reset_or_not()

    def reset_or_not(self) -> tuple[Self, NoIntent] | tuple[Quiet, NoIntent]:
        return (Quiet(), NoIntent()) if self.lit and not self.missing else (self, NoIntent())


class Over(FinalState):
    kind: Literal[NightKind.OVER] = NightKind.OVER


blocking_discriminator = Machine[
    Quiet | Reported | Over,
    BeginNight | ReportRound | EndNight | LampLit,
](name="blocking_discriminator", version=1)
