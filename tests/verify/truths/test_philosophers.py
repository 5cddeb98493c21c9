"""Dining philosophers who hand each other clean forks; Chandy and Misra (1984).

Numbers: TLA+ examples, DiningPhilosophers/DiningPhilosophers.cfg, five of them.
"""

from enum import StrEnum
from functools import cache
from typing import Annotated

from pydantic import Field

from telic import Command, Machine, NoIntent, transition
from telic.verify import always, explore, leads_to, weak
from tests.verify.truths.models import PROVED, REFUTED, Variables, put, size

SEATS = range(5)


class At(StrEnum):
    LOOP = "loop"
    EAT = "eat"
    THINK = "think"


class Act(Command):
    who: Annotated[int, Field(ge=0, le=4)]


class Dinner(Variables):
    holder: tuple[int, ...] = (0, 0, 2, 3, 4)
    clean: tuple[bool, ...] = (False,) * 5
    hungry: tuple[bool, ...] = (True,) * 5
    at: tuple[At, ...] = (At.LOOP,) * 5

    @transition
    def act(self, event: Act) -> tuple["Dinner", NoIntent]:
        who = event.who
        if self.at[who] is At.LOOP:
            return self.handed(who).looked(who), NoIntent()
        if self.at[who] is At.THINK:
            return self.evolve(hungry=put(self.hungry, who, True), at=put(self.at, who, At.LOOP)), NoIntent()
        dirty = put(put(self.clean, who, False), (who + 1) % 5, False)
        return self.evolve(hungry=put(self.hungry, who, False), clean=dirty, at=put(self.at, who, At.LOOP)), NoIntent()

    def handed(self, who: int) -> "Dinner":
        for fork, neighbour in ((who, who - 1), ((who + 1) % 5, who + 1)):
            if self.holder[fork] == who and not self.clean[fork]:
                holder = put(self.holder, fork, neighbour % 5)
                return self.evolve(holder=holder, clean=put(self.clean, fork, True))
        return self

    def looked(self, who: int) -> "Dinner":
        """Decide by the forks as they are after one was handed on."""
        if not self.hungry[who]:
            return self.evolve(at=put(self.at, who, At.THINK))
        forks = (who, (who + 1) % 5)
        able = all(self.holder[fork] == who and self.clean[fork] for fork in forks)
        return self.evolve(at=put(self.at, who, At.EAT)) if able else self


dinner = Machine[Dinner, Act](name="dinner", perpetual=True, starts=(Dinner,))


def hungry(who):
    return lambda world: world.state.hungry[who]


def fed(who):
    return lambda world: not world.state.hungry[who]


def apart(world):
    eating = [who for who in SEATS if world.state.at[who] is At.EAT]
    return not any((one + 1) % 5 in eating for one in eating)


@cache
def explored():
    each = weak(Act, by="who")
    return explore(
        dinner,
        starts=[Dinner()],
        check=[
            always("no fork is shared", apart),
            *(leads_to(f"{who} eats", hungry(who), fed(who), fair=each) for who in SEATS),
            *(leads_to(f"{who} eats if anyone acts", hungry(who), fed(who), fair=weak(Act)) for who in SEATS),
            *(leads_to(f"{who} eats anyway", hungry(who), fed(who)) for who in SEATS),
        ],
    )


def test_the_dinner_has_the_published_size():
    assert size(explored()) == (67, 336, 29)


def test_no_two_neighbours_eat_at_once():
    assert explored().check("no fork is shared").verdict is PROVED


def test_everyone_eats_again_and_again_if_everyone_acts():
    assert {explored().check(f"{who} eats").verdict for who in SEATS} == {PROVED}


def test_everyone_eats_if_only_someone_acts_since_nobody_goes_on_for_long_without_the_neighbours():
    assert {PROVED} == {explored().check(f"{who} eats if anyone acts").verdict for who in SEATS}


def test_everyone_may_starve_if_nobody_has_to_act():
    assert {explored().check(f"{who} eats anyway").verdict for who in SEATS} == {REFUTED}
