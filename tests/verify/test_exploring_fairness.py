"""Fairness that no world can keep apart is not relied on."""

from enum import StrEnum
from typing import Literal

from telic import Command, Context, Machine, NoIntent, State, TypedId, start, transition
from telic.verify import Domain, Verdict, eventually, explore, weak


class LampKind(StrEnum):
    ON = "on"


class LampId(TypedId): ...


class Light(Command): ...


class Touch(Command):
    lamp_id: LampId


class On(State):
    kind: Literal[LampKind.ON] = LampKind.ON
    lamp_id: LampId
    touched: bool = False

    @classmethod
    @start
    def light(cls, event: Light, ctx: Context) -> tuple["On", NoIntent]:
        return cls(lamp_id=LampId(str(ctx.uuid("lamp")))), NoIntent()

    @transition
    def touch(self, event: Touch) -> tuple["On", NoIntent]:
        return self.evolve(touched=True), NoIntent()


lamp = Machine[On, Light | Touch](name="lamp", perpetual=True)
OWN = Domain().of(Touch, lambda state: [Touch(lamp_id=state.lamp_id)])


def test_fairness_by_the_value_of_a_fresh_id_is_undetermined_and_says_so():
    def touched(world):
        return world.state.touched

    by_id = explore(lamp, domain=OWN, check=[eventually("touched", touched, fair=weak(Touch, by="lamp_id"))])
    assert by_id.check("touched").verdict is Verdict.UNDETERMINED
    assert by_id.check("touched").text == (
        "expected fairness by values that last, got ids from ctx.uuid, which are renamed from world to world; "
        "do name the moves by another field"
    )
    by_type = explore(lamp, domain=OWN, check=[eventually("touched", touched, fair=weak(Touch))])
    assert by_type.check("touched").verdict is Verdict.PROVED
    assert explore(lamp, domain=OWN, check=[eventually("touched", touched)]).check("touched").verdict is Verdict.REFUTED
