"""Mutual exclusion of two processes; Peterson, *Myths about the mutual exclusion problem* (1981).

Numbers: TLA+ examples, locks_auxiliary_vars/Peterson.cfg, which also says that it implements an abstract lock.
"""

from enum import StrEnum
from functools import cache
from typing import Annotated

from pydantic import Field

from telic import Command, Machine, NoIntent, Reject, transition
from telic.verify import always, explore, leads_to, weak
from tests.verify.truths.models import PROVED, REFUTED, Variables, edges, put, size


class At(StrEnum):
    IDLE = "idle"
    RAISE = "raise the flag"
    YIELD = "give the turn away"
    WAIT = "wait"
    INSIDE = "inside"
    LEAVE = "leave"


NEXT = dict(zip(At, [*list(At)[1:], At.IDLE], strict=True))


class Step(Command):
    who: Annotated[int, Field(ge=0, le=1)]


class Processes(Variables):
    at: tuple[At, At] = (At.IDLE, At.IDLE)
    flags: tuple[bool, bool] = (False, False)
    turn: int = 0

    @transition
    def step(self, event: Step) -> tuple["Processes", NoIntent | Reject]:
        who, here = event.who, self.at[event.who]
        if here is At.WAIT and self.flags[1 - who] and self.turn != who:
            return self, Reject("not enabled")
        flags = {At.RAISE: put(self.flags, who, True), At.LEAVE: put(self.flags, who, False)}
        after = Processes(
            at=put(self.at, who, NEXT[here]),
            flags=flags.get(here, self.flags),
            turn=1 - who if here is At.YIELD else self.turn,
        )
        return after, NoIntent()


processes = Machine[Processes, Step](name="peterson", perpetual=True, starts=(Processes,))


def at(who, *places):
    return lambda world: world.state.at[who] in places


def locked(state, who):
    return state.at[who] in (At.INSIDE, At.LEAVE)


@cache
def explored():
    each = weak(Step, by="who")
    return explore(
        processes,
        starts=[Processes()],
        check=[
            always("at most one inside", lambda world: not (locked(world.state, 0) and locked(world.state, 1))),
            leads_to("0 gets in", at(0, At.WAIT), at(0, At.INSIDE), fair=each),
            leads_to("1 gets in", at(1, At.WAIT), at(1, At.INSIDE), fair=each),
            leads_to("0 gets in if the other goes on", at(0, At.WAIT), at(0, At.INSIDE), fair=weak(Step, who=1)),
        ],
    )


def test_peterson_has_the_published_size():
    assert size(explored()) == (42, 77, 11)


def test_at_most_one_is_inside():
    assert explored().check("at most one inside").verdict is PROVED


def test_who_waits_gets_in():
    assert explored().check("0 gets in").verdict is PROVED
    assert explored().check("1 gets in").verdict is PROVED
    assert explored().check("0 gets in if the other goes on").verdict is REFUTED


def test_each_step_is_a_step_of_an_abstract_lock():
    for before, after in edges(explored()):
        who = 0 if before.at[0] is not after.at[0] else 1
        if not locked(before, who) and locked(after, who):
            assert not locked(before, 1 - who)
        assert locked(before, 1 - who) == locked(after, 1 - who)
