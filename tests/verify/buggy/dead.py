"""What a machine declares and what never happens."""

from typing import Literal, Self

from pydantic import AwareDatetime, model_validator

from telic import (
    Context,
    Deadline,
    Defer,
    Fact,
    FinalState,
    HumanTask,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)
from telic.verify import Domain
from tests.verify.buggy.words import (
    DAY,
    Ask,
    Case,
    End,
    Go,
    Grade,
    K,
    Lapsed,
    Mail,
    Mailed,
    Oid,
    Paid,
    Pay,
    Refused,
    Ring,
    Stop,
)


class Deaf(FinalState):
    kind: Literal[K.E] = K.E
    ignores = (Ignores(Mailed, why="best effort"),)


def a_grade_that_nobody_gets(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def grade(self, event: Grade) -> tuple["B", NoIntent] | tuple[End, NoIntent]:
            return (B(), NoIntent()) if event.level > (2 if buggy else 1) else (End(), NoIntent())

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Go | Grade | Stop](name="m")


def a_first_state_that_no_start_chooses(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Ask) -> tuple["A", NoIntent] | tuple["B", NoIntent]:
            return (B(), NoIntent()) if event.yes and not buggy else (cls(), NoIntent())

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Ask | Stop](name="m")


def an_escalation_that_the_count_never_asks_for(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        refusals: Literal[0, 1, 2] = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Pay]:
            return cls(), Pay(oid=Oid("o"))

        @transition
        def paid(self, event: Paid) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def refused(self, event: Refused) -> tuple["A", Pay] | tuple["B", NoIntent]:
            if self.refusals == 2:
                return B(), NoIntent()
            return A(refusals=0 if buggy else self.refusals + 1), Pay(oid=Oid("o"))

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Go | Stop | Paid | Refused](name="m")


def a_deadline_behind_a_flag_that_nobody_sets(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime
        armed: bool = False

        @classmethod
        @start
        def begin(cls, event: Ask, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now + DAY, armed=event.yes and not buggy), NoIntent()

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed], ...]:
            return (Deadline(at=self.until, event=Lapsed()),) if self.armed else ()

    return Machine[A | End, Ask | Stop | Lapsed](name="m")


def a_task_that_nobody_is_given(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        large: bool

        @classmethod
        @start
        def begin(cls, event: Ask) -> tuple["A", Mail]:
            return cls(large=event.yes), Mail()

        @transition
        def mailed(self, event: Mailed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(), NoIntent()

        def waits(self) -> tuple[HumanTask[Stop], ...]:
            return (HumanTask(answer=Stop),) if self.large and not buggy else ()

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def mailed(self, event: Mailed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Ask | Stop | Mailed](name="m")


def an_answer_to_what_is_not_open(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Mail]:
            return cls(), Mail()

        @transition
        def mailed(self, event: Mailed) -> tuple["B", NoIntent] | tuple["B", Mail]:
            return B(), NoIntent() if buggy else Mail()

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def mailed(self, event: Mailed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["C", NoIntent]:
            return C(), NoIntent()

    class C(State):
        kind: Literal[K.C] = K.C

        @transition
        def mailed(self, event: Mailed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[Deaf, NoIntent]:
            return Deaf(), NoIntent()

    return Machine[A | B | C | Deaf | End, Go | Stop | Mailed](name="m")


def a_mail_that_is_never_sent(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Grade) -> tuple["A", Mail] | tuple["A", NoIntent]:
            return cls(), Mail() if event.level > (2 if buggy else 1) else NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[Deaf, NoIntent]:
            return Deaf(), NoIntent()

        ignores = (Ignores(Mailed, why="best effort"),)

    return Machine[A | Deaf, Grade | Stop | Mailed](name="m")


def a_bell_that_never_rings(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def grade(self, event: Grade) -> tuple[End, Ring] | tuple[End, NoIntent]:
            return End(), Ring() if event.level == (3 if buggy else 2) else NoIntent()

    return Machine[A | End, Go | Grade](name="m")


def many_of_none(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def grade(self, event: Grade) -> tuple[End, Many[Ring]]:
            return End(), Many.of(Ring() for _ in range(0 if buggy else event.level))

    return Machine[A | End, Go | Grade](name="m")


def an_answer_that_cannot_be(buggy):
    class Late(Fact):
        days: Literal[0, 1]

        @model_validator(mode="after")
        def _at_least(self) -> Self:
            if self.days < (2 if buggy else 1):
                raise ValueError("too few")
            return self

    class Fetch(Intent[Mailed | Late]): ...

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Fetch]:
            return cls(), Fetch()

        @transition
        def answered(self, event: Mailed | Late) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Mailed | Late](name="m")


def an_answer_that_the_world_never_gives(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Pay]:
            return cls(), Pay(oid=Oid("bad" if buggy else "good"))

        @transition
        def answered(self, event: Paid | Refused) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Paid | Refused](name="m")


def a_rejection_that_never_comes(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Grade) -> tuple["A", NoIntent] | tuple["A", Reject]:
            return cls(), Reject("too high") if event.level > (2 if buggy else 1) else NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Grade | Stop](name="m")


def a_second_round_that_never_comes(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        last: bool

        @classmethod
        @start
        def begin(cls, event: Ask) -> tuple["A", NoIntent]:
            return cls(last=event.yes or buggy), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            return (End(), NoIntent()) if self.last else (A(last=True), NoIntent())

    return Machine[A | End, Ask | Stop](name="m")


def a_deferral_that_never_comes(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        open: bool

        @classmethod
        @start
        def begin(cls, event: Ask) -> tuple["A", NoIntent]:
            return cls(open=event.yes or buggy), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent] | tuple["A", Defer]:
            return (End(), NoIntent()) if self.open else (self, Defer())

        @transition
        def unlock(self, event: Grade) -> tuple["A", NoIntent]:
            return A(open=True), NoIntent()

    return Machine[A | End, Ask | Stop | Grade](name="m")


def a_sign_in_the_moment_of_a_deadline(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now - DAY if buggy else ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    return Machine[A | End, Go | Lapsed](name="m")


def a_deadline_counted_from_the_start_of_another(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        since: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(since=ctx.now), NoIntent()

        @transition
        def lapse(self, event: Lapsed, ctx: Context) -> tuple["B", NoIntent]:
            return B(since=self.since if buggy else ctx.now), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.since + 2 * DAY, event=Lapsed()),)

    class B(State):
        kind: Literal[K.B] = K.B
        since: AwareDatetime

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.since + DAY, event=Lapsed(), key="short"),)

    return Machine[A | B | End, Go | Lapsed](name="m")


def _answers(kind, skipping):
    return lambda intent: [] if intent.oid == skipping else [kind(oid=intent.oid)]


ONLY_GOOD = {"domain": Domain().of(Refused, _answers(Refused, Oid("bad")))}
COMING = "at some time, as it declares, got never; do look at its guards"
CASES = (
    Case(
        a_grade_that_nobody_gets,
        "dead state",
        "B",
        "expected a way to it, got none",
        None,
        frozenset({"dead alternative"}),
    ),
    Case(
        a_first_state_that_no_start_chooses,
        "dead state",
        "B",
        "the condition that keeps it out",
        None,
        frozenset({"dead alternative"}),
    ),
    Case(
        an_escalation_that_the_count_never_asks_for,
        "dead state",
        "B",
        "expected a way to it",
        None,
        frozenset({"dead alternative"}),
    ),
    Case(
        a_deadline_behind_a_flag_that_nobody_sets, "dead transition", "A.lapse", "expected Lapsed to come there", None
    ),
    Case(
        a_task_that_nobody_is_given,
        "dead transition",
        "A.stop",
        "expected Stop to come there",
        None,
        frozenset({"dead state"}),
    ),
    Case(
        an_answer_to_what_is_not_open,
        "dead transition",
        "B.mailed",
        "expected Mailed to come there",
        None,
        frozenset({"dead state"}),
    ),
    Case(a_mail_that_is_never_sent, "dead intent", "Mail", "expected a transition that emits it", None),
    Case(a_bell_that_never_rings, "dead intent", "Ring", "got none that ever does", None),
    Case(many_of_none, "dead intent", "Ring", "got none that ever does", None),
    Case(an_answer_that_cannot_be, "dead answer", "Fetch", "expected Late to answer it", None),
    Case(
        an_answer_that_the_world_never_gives,
        "dead answer",
        "Pay",
        "expected Refused to answer it",
        None,
        asked=ONLY_GOOD,
    ),
    Case(a_rejection_that_never_comes, "dead alternative", "A.begin", f"come to Reject {COMING}", None),
    Case(a_second_round_that_never_comes, "dead alternative", "A.stop", f"come to A {COMING}", None),
    Case(a_deferral_that_never_comes, "dead alternative", "A.stop", f"come to Defer {COMING}", None),
    Case(a_sign_in_the_moment_of_a_deadline, "deadline in the past", "A.waits", "deadline Lapsed to lie ahead", None),
    Case(
        a_deadline_counted_from_the_start_of_another,
        "deadline in the past",
        "B.waits",
        "deadline short to lie ahead",
        None,
    ),
)
