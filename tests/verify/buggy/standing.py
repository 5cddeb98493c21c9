"""Worlds that nothing moves any more, though no definition shows it."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from telic import (
    Context,
    Deadline,
    Defer,
    FinalState,
    HumanTask,
    Ignores,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    Topic,
    Withdraw,
    start,
    transition,
)
from tests.verify.buggy.words import DAY, Ask, Case, End, Go, Grade, K, Lapsed, News, Oid, Paid, Pay, Refused, Stop


def a_guard_that_always_rejects(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple[End, NoIntent] | tuple["A", Reject]:
            if buggy or not event.yes:
                return self, Reject("no")
            return End(), NoIntent()

    return Machine[A | End, Go | Ask](name="m")


def a_classic_guard_that_always_rejects(buggy):
    class A(BaseModel):
        model_config = {"frozen": True}
        kind: Literal[K.A] = K.A

        def handle(self, event: Ask) -> tuple[End, NoIntent] | tuple["A", Reject]:
            if buggy or not event.yes:
                return self, Reject("no")
            return End(), NoIntent()

    return Machine[A | End, Ask](name="m", starts=(A,))


def a_deadline_that_has_fired_for_its_moment(buggy):
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
            if not self.reminded:
                return self.evolve(reminded=True, until=self.until if buggy else ctx.now + DAY), NoIntent()
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    return Machine[A | End, Go | Lapsed](name="m")


def a_deadline_carried_over_to_the_next_state(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed, ctx: Context) -> tuple["B", NoIntent]:
            return B(until=self.until if buggy else ctx.now + DAY), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    class B(State):
        kind: Literal[K.B] = K.B
        until: AwareDatetime

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    return Machine[A | B | End, Go | Lapsed](name="m")


def only_deferred_events(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["B", NoIntent] | tuple["A", Defer]:
            if buggy or not event.yes:
                return self, Defer()
            return B(), NoIntent()

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def ask(self, event: Ask) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Go | Ask](name="m")


def a_wait_that_is_not_declared(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        armed: bool
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Ask, ctx: Context) -> tuple["A", NoIntent]:
            return cls(armed=event.yes, until=ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed], ...]:
            return (Deadline(at=self.until, event=Lapsed()),) if self.armed or not buggy else ()

    return Machine[A | End, Ask | Lapsed](name="m")


def a_withdrawn_intent_that_ends_quietly(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Pay]:
            return cls(), Pay(oid=Oid("o"))

        @transition
        def stop(self, event: Stop) -> tuple["B", Withdraw]:
            return B(), Withdraw(every=Pay)

        @transition
        def paid(self, event: Paid | Refused) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Waiting(State):
        @transition
        def paid(self, event: Paid | Refused) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Deaf(Waiting):
        kind: Literal[K.B] = K.B

    class Hearing(Waiting):
        kind: Literal[K.B] = K.B

        @transition
        def failed(self, event: IntentFailed[Pay]) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(Paid, Refused, why="it is over"),)

    B = Deaf if buggy else Hearing  # noqa: N806  (a class)
    B.__name__ = "B"
    return Machine[A | B | Over, Go | Stop | Paid | Refused](name="m")


def none_of_many(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def grade(self, event: Grade) -> tuple["B", Many[Pay]] | tuple["A", Reject]:
            if event.level < (0 if buggy else 1) or event.level == 2:
                return self, Reject("so few")
            return B(), Many.of(Pay(oid=Oid(f"o-{number}")) for number in range(event.level))

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def paid(self, event: Paid | Refused) -> tuple["Settled", NoIntent]:
            return Settled(), NoIntent()

    class Settled(FinalState):
        kind: Literal[K.D] = K.D
        settles = (Pay,)

    return Machine[A | B | Settled, Go | Grade | Paid | Refused](name="m")


def one_answer_too_many_is_counted(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        done: Literal[0, 1, 2, 3] = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Many[Pay]]:
            return cls(), Many.of(Pay(oid=Oid(f"o-{number}")) for number in range(2))

        @transition
        def paid(self, event: Paid | Refused) -> tuple["A", NoIntent] | tuple["Settled", NoIntent]:
            if self.done + 1 == (3 if buggy else 2):
                return Settled(), NoIntent()
            return self.evolve(done=self.done + 1), NoIntent()

    class Settled(FinalState):
        kind: Literal[K.D] = K.D
        settles = (Pay,)

    return Machine[A | Settled, Go | Paid | Refused](name="m")


def a_second_signature_that_nobody_is_asked_for(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        signed: bool = False

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def sign(self, event: Stop) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            return (End(), NoIntent()) if self.signed else (self.evolve(signed=True), NoIntent())

        def waits(self) -> tuple[HumanTask[Stop], ...]:
            if not self.signed:
                return (HumanTask(answer=Stop, key="first"),)
            return () if buggy else (HumanTask(answer=Stop, key="second"),)

    return Machine[A | End, Go | Stop](name="m")


def a_topic_left_too_early(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        heard: bool = False

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def hear(self, event: News) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            return (End(), NoIntent()) if self.heard else (self.evolve(heard=True), NoIntent())

        def waits(self) -> tuple[Topic[News], ...]:
            return () if buggy and self.heard else (Topic(fact=News, name="news"),)

    return Machine[A | End, Go | News](name="m")


DEAD = frozenset({"dead state", "dead alternative", "dead transition"})
CASES = (
    Case(a_guard_that_always_rejects, "stuck", "A", "expected an open intent, a wait or a command", 1, DEAD),
    Case(a_classic_guard_that_always_rejects, "stuck", "A", "got none; do give A a deadline", 1, DEAD),
    Case(a_deadline_that_has_fired_for_its_moment, "stuck", "A", "or make it a FinalState", 2, DEAD),
    Case(a_deadline_carried_over_to_the_next_state, "stuck", "B", "do give B a deadline", 2, DEAD),
    Case(only_deferred_events, "stuck", "A", "do give A a deadline", 1, DEAD),
    Case(a_wait_that_is_not_declared, "stuck", "A", "got none;", 1),
    Case(a_withdrawn_intent_that_ends_quietly, "stuck", "B", "do give B a deadline", 3),
    Case(none_of_many, "stuck", "B", "do give B a deadline", 2),
    Case(one_answer_too_many_is_counted, "stuck", "A", "do give A a deadline", 3, DEAD),
    Case(a_second_signature_that_nobody_is_asked_for, "stuck", "A", "a task or a transition", 2, DEAD),
    Case(a_topic_left_too_early, "stuck", "A", "a task or a transition", 2, DEAD),
)
