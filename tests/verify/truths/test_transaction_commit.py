"""Transaction commit, and the two-phase protocol that implements it; Gray and Lamport (2006).

Numbers: TLA+ examples, transaction_commit/TCommit.cfg and TwoPhase.cfg; Stateright's 2pc(3) agrees.
"""

from enum import StrEnum
from functools import cache
from typing import Annotated

from pydantic import Field

from telic import Command, FrozenSet, Machine, NoIntent, Reject, transition
from telic.verify import always, explore
from tests.verify.truths.models import PROVED, REFUTED, Variables, edges, put, size

Place = Annotated[int, Field(ge=0, le=2)]
NO = Reject("not enabled")


class Phase(StrEnum):
    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Prepare(Command):
    rm: Place


class Commit(Command):
    rm: Place


class Abort(Command):
    rm: Place


class Decision(Variables):
    rms: tuple[Phase, Phase, Phase] = (Phase.WORKING,) * 3

    def set(self, rm: int, phase: Phase) -> "Decision":
        return self.evolve(rms=put(self.rms, rm, phase))

    @transition
    def prepare(self, event: Prepare) -> tuple["Decision", NoIntent | Reject]:
        if self.rms[event.rm] is not Phase.WORKING:
            return self, NO
        return self.set(event.rm, Phase.PREPARED), NoIntent()

    @transition
    def commit(self, event: Commit) -> tuple["Decision", NoIntent | Reject]:
        if self.rms[event.rm] is not Phase.PREPARED or not set(self.rms) <= {Phase.PREPARED, Phase.COMMITTED}:
            return self, NO
        return self.set(event.rm, Phase.COMMITTED), NoIntent()

    @transition
    def abort(self, event: Abort) -> tuple["Decision", NoIntent | Reject]:
        if self.rms[event.rm] not in (Phase.WORKING, Phase.PREPARED) or Phase.COMMITTED in self.rms:
            return self, NO
        return self.set(event.rm, Phase.ABORTED), NoIntent()


class Told(StrEnum):
    NOTHING = "nothing"
    COMMIT = "commit"
    ABORT = "abort"


class Order(Command):
    what: Told


class Count(Command):
    rm: Place


class Quit(Command):
    rm: Place


class Obey(Command):
    rm: Place


class Protocol(Variables):
    rms: tuple[Phase, Phase, Phase] = (Phase.WORKING,) * 3
    order: Told = Told.NOTHING  # both the manager's own state and its one message
    counted: FrozenSet[int] = FrozenSet()
    votes: FrozenSet[int] = FrozenSet()

    @transition
    def decide(self, event: Order) -> tuple["Protocol", NoIntent | Reject]:
        if self.order is not Told.NOTHING or event.what is Told.NOTHING:
            return self, NO
        if event.what is Told.COMMIT and len(self.counted) < 3:
            return self, NO
        return self.evolve(order=event.what), NoIntent()

    @transition
    def count(self, event: Count) -> tuple["Protocol", NoIntent | Reject]:
        if self.order is not Told.NOTHING or event.rm not in self.votes:
            return self, NO
        return self.evolve(counted=self.counted.put(event.rm)), NoIntent()

    @transition
    def prepare(self, event: Prepare) -> tuple["Protocol", NoIntent | Reject]:
        if self.rms[event.rm] is not Phase.WORKING:
            return self, NO
        prepared = put(self.rms, event.rm, Phase.PREPARED)
        return self.evolve(rms=prepared, votes=self.votes.put(event.rm)), NoIntent()

    @transition
    def leave(self, event: Quit) -> tuple["Protocol", NoIntent | Reject]:
        if self.rms[event.rm] is not Phase.WORKING:
            return self, NO
        return self.evolve(rms=put(self.rms, event.rm, Phase.ABORTED)), NoIntent()

    @transition
    def obey(self, event: Obey) -> tuple["Protocol", NoIntent | Reject]:
        if self.order is Told.NOTHING:
            return self, NO
        phase = Phase.COMMITTED if self.order is Told.COMMIT else Phase.ABORTED
        return self.evolve(rms=put(self.rms, event.rm, phase)), NoIntent()


decision = Machine[Decision, Prepare | Commit | Abort](name="decision", perpetual=True, starts=(Decision,))
protocol = Machine[Protocol, Order | Count | Prepare | Quit | Obey](name="protocol", perpetual=True, starts=(Protocol,))


def decided(world):
    return set(world.state.rms) in ({Phase.COMMITTED}, {Phase.ABORTED})


agree = always(
    "nobody commits what another aborts", lambda world: not {*Phase} - {*list(Phase)[:2]} <= {*world.state.rms}
)


@cache
def explored():
    return explore(decision, starts=[Decision()], check=[agree]), explore(protocol, starts=[Protocol()], check=[agree])


def test_transaction_commit_has_the_published_size():
    assert size(explored()[0]) == (34, 94, 7)


def test_transaction_commit_is_consistent():
    assert explored()[0].check(agree.name).verdict is PROVED


def test_transaction_commit_ends_in_two_worlds_that_are_right():
    report, _ = explored()
    still = [place for place in range(34) if not list(report.graph.steps(place))]
    assert len(still) == 2 and all(decided(report.graph.shown(place)) for place in still)
    assert report.check("stuck").verdict is REFUTED
    assert explore(decision, starts=[Decision()], ends=decided).check("stuck").verdict is PROVED


def test_the_two_phase_protocol_has_the_published_size():
    assert size(explored()[1]) == (288, 1146, 11)


def test_the_two_phase_protocol_is_consistent():
    assert explored()[1].check(agree.name).verdict is PROVED


def test_each_step_of_the_protocol_is_a_step_of_transaction_commit_or_none():
    allowed = {(before.rms, after.rms) for before, after in edges(explored()[0])}
    done = {(before.rms, after.rms) for before, after in edges(explored()[1]) if before.rms != after.rms}
    assert done and done <= allowed
