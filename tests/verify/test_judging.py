"""The default checks, where a single bug is not enough to show them; for the bugs see ``buggy``."""

from typing import Literal, Self

from telic import FinalState, HumanTask, Machine, NoIntent, State, start, transition
from telic.verify import Domain, ProblemKind, Verdict, explore
from tests.verify import small
from tests.verify.buggy import dead, losing, raising, standing, turning, unsound
from tests.verify.buggy.words import Ask, End, Go, K, Stop

# Every way to these is refused when the machine is built: the explorer is a second net under them.
REFUSED_BY_THE_DEFINITION = {ProblemKind.OPEN_AT_END, ProblemKind.FINAL_MOVES}


def test_every_default_check_has_bugs_that_it_finds():
    found = {case.check for module in (standing, losing, turning, dead, raising, unsound) for case in module.CASES}
    default = {one.name for one in explore(small.listening()).checks}
    assert found == default - REFUSED_BY_THE_DEFINITION


def inherited(*, cancels):
    """Two states inherit one transition; without its guard one of its results never comes."""

    class Base(State):
        @transition
        def ask(self, event: Ask) -> tuple[Self, NoIntent] | tuple[End, NoIntent]:
            return (End(), NoIntent()) if event.yes and cancels else (self, NoIntent())

    class A(Base):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(), NoIntent()

    class B(Base):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Go | Ask | Stop](name="m")


def test_an_inherited_transition_is_judged_over_all_states_that_have_it():
    assert explore(inherited(cancels=True)).verdict is Verdict.PROVED
    (only,) = explore(inherited(cancels=False)).failures
    assert (only.name, only.where) == ("dead alternative", "A.ask")
    assert "expected it to come to End at some time" in only.text


def attended(*, asked):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[HumanTask[Stop], ...]:
            return (HumanTask(answer=Stop),)

    class Alone(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["Alone", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[(A if asked else Alone) | End, Go | Stop](name="m")


def test_a_state_that_only_a_command_moves_is_listed_and_no_fault():
    report = explore(attended(asked=False))
    assert (report.verdict, report.unattended) == (Verdict.PROVED, ("Alone",))
    assert "unattended: Alone: only a command can move it, and nobody is asked" in report.text()


def test_a_state_with_a_task_is_attended():
    report = explore(attended(asked=True))
    assert (report.verdict, report.unattended) == (Verdict.PROVED, ())


def test_a_late_answer_may_come_and_nobody_may_count_on_it():
    assert explore(small.withdrawing()).unattended == ("C",)
    case = next(one for one in standing.CASES if str(one) == "a_withdrawn_intent_that_ends_quietly")
    world = explore(case.build(True)).check("stuck").trace.end
    assert (world.open, len(world.late)) == ((), 1)


def test_a_world_whose_only_step_breaks_is_no_standstill():
    case = next(one for one in unsound.CASES if str(one) == "a_counter_outside")
    assert explore(case.build(True)).check("stuck").verdict is Verdict.PROVED


def test_a_world_of_which_not_all_could_be_tried_is_no_standstill():
    report = explore(small.asking(lambda ctx: ctx.actor == "boss"))
    assert report.check("stuck").verdict is Verdict.UNDETERMINED


def test_what_never_happens_is_said_only_where_all_was_tried():
    report = explore(small.counting(), domain=Domain().of(Stop, []))
    assert {one.name for one in report.failures} >= {"stuck", "dead state", "dead transition"}
    machine = small.asking(lambda ctx: ctx.random("coin") < 0.5)
    assert explore(machine).check("dead state").verdict is Verdict.UNDETERMINED


def test_a_machine_without_an_end_may_go_on_for_ever_if_it_says_so():
    def endless(*, perpetual):
        class A(State):
            kind: Literal[K.A] = K.A

            @classmethod
            @start
            def begin(cls, event: Go) -> tuple["A", NoIntent]:
                return cls(), NoIntent()

            @transition
            def stop(self, event: Stop) -> tuple["B", NoIntent]:
                return B(), NoIntent()

        class B(State):
            kind: Literal[K.B] = K.B

            @transition
            def stop(self, event: Stop) -> tuple[A, NoIntent]:
                return A(), NoIntent()

        return Machine[A | B, Go | Stop](name="m", perpetual=perpetual)

    assert explore(endless(perpetual=True)).verdict is Verdict.PROVED
    (only,) = explore(endless(perpetual=False)).failures[:1]
    assert (only.name, only.where) == ("no way to an end", "A")


def test_final_states_are_ends():
    assert issubclass(End, FinalState)
    assert explore(small.listening()).check("stuck").verdict is Verdict.PROVED
