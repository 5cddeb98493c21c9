"""Machines that go on for ever and come to no end."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from telic import Context, Deadline, Machine, NoIntent, State, Topic, start, transition
from tests.verify.buggy.words import DAY, Case, End, Go, K, Lapsed, Mail, Mailed, News, Stop


def a_limit_that_the_counter_never_comes_to(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        tries: Literal[0, 1, 2] = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Mail]:
            return cls(), Mail()

        @transition
        def mailed(self, event: Mailed) -> tuple["A", Mail] | tuple[End, NoIntent]:
            if self.tries == (3 if buggy else 2):
                return End(), NoIntent()
            return A(tries=min(self.tries + 1, 2)), Mail()

    return Machine[A | End, Go | Mailed](name="m")


def a_counter_that_every_round_sets_back(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        left: Literal[1, 2] = 2

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["B", Mail]:
            return B(left=self.left), Mail()

    class B(State):
        kind: Literal[K.B] = K.B
        left: Literal[1, 2]

        @transition
        def mailed(self, event: Mailed) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            if self.left == 1:
                return End(), NoIntent()
            return A(left=2 if buggy else 1), NoIntent()

    return Machine[A | B | End, Go | Stop | Mailed](name="m")


def a_trap_behind_a_way_out(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Mail]:
            return cls(), Mail()

        @transition
        def mailed(self, event: Mailed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(), NoIntent()

    class B(State):
        kind: Literal[K.B] = K.B
        last: bool = False

        @transition
        def mailed(self, event: Mailed) -> tuple["B", Mail] | tuple[End, NoIntent]:
            return (End(), NoIntent()) if self.last else (B(last=not buggy), Mail())

    return Machine[A | B | End, Go | Stop | Mailed](name="m")


def a_deadline_that_is_always_set_anew(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime
        reminded: bool = False

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed, ctx: Context) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            if self.reminded:
                return End(), NoIntent()
            return A(until=ctx.now + DAY, reminded=not buggy), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    return Machine[A | End, Go | Lapsed](name="m")


def a_count_that_wraps_round(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        heard: Literal[0, 1, 2] = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def hear(self, event: News) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            if self.heard == 2:
                return End(), NoIntent()
            return A(heard=(self.heard + 1) % (2 if buggy else 3)), NoIntent()

        def waits(self) -> tuple[Topic[News]]:
            return (Topic(fact=News, name="news"),)

    return Machine[A | End, Go | News](name="m")


def two_classic_states_that_toss_a_ball(buggy):
    class A(BaseModel):
        model_config = {"frozen": True}
        kind: Literal[K.A] = K.A
        tired: bool = False

        def handle(self, event: Stop) -> tuple["B", NoIntent]:
            return B(tired=self.tired), NoIntent()

    class B(BaseModel):
        model_config = {"frozen": True}
        kind: Literal[K.B] = K.B
        tired: bool

        def handle(self, event: Stop) -> tuple[A, NoIntent] | tuple[End, NoIntent]:
            return (End(), NoIntent()) if self.tired else (A(tired=not buggy), NoIntent())

    return Machine[A | B | End, Stop](name="m", starts=(A,))


DEAD = frozenset({"dead state", "dead alternative"})
ROUND = "got only ways that never end; do add a transition that leads out"
CASES = (
    Case(a_limit_that_the_counter_never_comes_to, "no way to an end", "A", ROUND, 1, DEAD),
    Case(
        a_counter_that_every_round_sets_back,
        "no way to an end",
        "A",
        "expected a way from A to a final state",
        1,
        DEAD,
    ),
    Case(a_trap_behind_a_way_out, "no way to an end", "B", "expected a way from B to a final state", 2, DEAD),
    Case(a_deadline_that_is_always_set_anew, "no way to an end", "A", ROUND, 1, DEAD),
    Case(a_count_that_wraps_round, "no way to an end", "A", ROUND, 1, DEAD),
    Case(two_classic_states_that_toss_a_ball, "no way to an end", "B", ROUND, 2, DEAD),
)
