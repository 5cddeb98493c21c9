"""Small machines for single facts about the explorer, each made by one function."""

from typing import Literal

from pydantic import AwareDatetime

from telic import (
    AtMostOnce,
    Context,
    Deadline,
    Defer,
    Fact,
    FinalState,
    FrozenMap,
    HumanTask,
    Ignore,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    Topic,
    Withdraw,
    lift,
    start,
    transition,
)
from tests.verify.buggy.words import (
    DAY,
    Ask,
    End,
    Go,
    Grade,
    K,
    Lapsed,
    Mail,
    Mailed,
    News,
    Oid,
    Paid,
    Pay,
    Refused,
    Stop,
)


def retrying():
    """At each deadline there is another try, and the deadline is set anew from the moment of the step."""

    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed, ctx: Context) -> tuple["A", NoIntent]:
            return A(until=ctx.now + DAY), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    return Machine[A | End, Go | Stop | Lapsed](name="m")


def two_deadlines():
    """The short deadline leads to the end; after the long one there is a further state."""

    class A(State):
        kind: Literal[K.A] = K.A
        since: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(since=ctx.now), NoIntent()

        @transition
        def short(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def long(self, event: News) -> tuple["B", NoIntent]:
            return B(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed] | Deadline[News], ...]:
            return (Deadline(at=self.since + DAY, event=Lapsed()), Deadline(at=self.since + 2 * DAY, event=News()))

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Go | Stop | Lapsed | News](name="m")


def naming(label="one"):
    """Each round makes a fresh id and forgets the one before it."""

    class A(State):
        kind: Literal[K.A] = K.A
        oid: Oid

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", Pay]:
            oid = Oid(f"o-{ctx.uuid(label)}")
            return cls(oid=oid), Pay(oid=oid)

        @transition
        def refused(self, event: Refused, ctx: Context) -> tuple["A", Pay]:
            oid = Oid(f"o-{ctx.uuid(label)}")
            return A(oid=oid), Pay(oid=oid)

        @transition
        def paid(self, event: Paid) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Paid | Refused](name="m")


def asking(read):
    """One command whose result depends on what is read of the context."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop, ctx: Context) -> tuple[End, NoIntent] | tuple["A", Reject]:
            return (End(), NoIntent()) if read(ctx) else (self, Reject("no"))

    return Machine[A | End, Go | Stop](name="m")


def keeping(read):
    """A command is deferred and taken later, by a transition that reads of the context."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def grade(self, event: Grade) -> tuple["A", Defer]:
            return self, Defer()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(), NoIntent()

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def grade(self, event: Grade, ctx: Context) -> tuple[End, NoIntent] | tuple["C", NoIntent]:
            return (End(), NoIntent()) if read(ctx) else (C(), NoIntent())

    class C(State):
        kind: Literal[K.C] = K.C

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | C | End, Go | Grade | Stop](name="m")


def overhearing(read):
    """News are kept in one state and taken in the next, which listens to none of its own."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def hear(self, event: News) -> tuple["A", Defer]:
            return self, Defer()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(), NoIntent()

        def waits(self) -> tuple[Topic[News]]:
            return (Topic(fact=News, name="news"),)

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def hear(self, event: News, ctx: Context) -> tuple["B", NoIntent] | tuple["Over", NoIntent]:
            return (self, NoIntent()) if read(ctx) else (Over(), NoIntent())

        @transition
        def stop(self, event: Stop) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(News, why="over"),)

    return Machine[A | B | Over, Go | Stop | News](name="m")


def withdrawing():
    """A payment is taken back; it may still be made, fail, or end."""

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
        def answered(self, event: Paid | Refused) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def answered(self, event: Paid | Refused) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

        @transition
        def failed(self, event: IntentFailed[Pay]) -> tuple["C", NoIntent]:
            return C(), NoIntent()

    class C(State):
        kind: Literal[K.C] = K.C

        @transition
        def answered(self, event: Paid | Refused) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(Paid, Refused, why="over"),)

    return Machine[A | B | C | Over, Go | Stop | Paid | Refused](name="m")


class Once(Intent[Mailed], delivery=AtMostOnce): ...


def doubting():
    """What is carried out at most once may end in doubt."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Once]:
            return cls(), Once()

        @transition
        def mailed(self, event: Mailed) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

        @transition
        def failed(self, event: IntentFailed[Once]) -> tuple["B", NoIntent] | tuple["Over", NoIntent]:
            return (B(), NoIntent()) if event.cause == "in_doubt" else (Over(), NoIntent())

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def mailed(self, event: Mailed) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(Mailed, why="over"),)

    return Machine[A | B | Over, Go | Stop | Mailed](name="m")


def many(count):
    """So many payments at once; the end comes after the last answer."""

    class A(State):
        kind: Literal[K.A] = K.A
        left: int

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Many[Pay]]:
            return cls(left=count), Many.of(Pay(oid=Oid(f"o-{number}")) for number in range(count))

        @transition
        def answered(self, event: Paid | Refused) -> tuple["A", NoIntent] | tuple["Settled", NoIntent]:
            return (A(left=self.left - 1), NoIntent()) if self.left > 1 else (Settled(), NoIntent())

    class Settled(FinalState):
        kind: Literal[K.D] = K.D
        settles = (Pay,)

    return Machine[A | Settled, Go | Paid | Refused](name="m")


class Due(Fact):
    oid: Oid


def parts(*, mixed_up=False):
    """A map of parts, each with a deadline of its own; mixed up, the first that waits takes them all."""

    class Here(State):
        kind: Literal[K.C] = K.C

    class Awaited(State):
        kind: Literal[K.B] = K.B
        oid: Oid
        by: AwareDatetime

        @transition
        def due(self, event: Due) -> tuple[Here, NoIntent]:
            return Here(), NoIntent()

        def waits(self) -> tuple[Deadline[Due]]:
            return (Deadline(at=self.by, event=Due(oid=self.oid)),)

    class Whole(State):
        kind: Literal[K.A] = K.A
        parts: FrozenMap[Oid, Awaited | Here]

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["Whole", NoIntent]:
            both = (Oid("x"), Oid("y"))
            return cls(parts=FrozenMap({oid: Awaited(oid=oid, by=ctx.now + DAY) for oid in both})), NoIntent()

        @transition
        def due(self, event: Due) -> tuple["Whole", NoIntent] | tuple[End, NoIntent]:
            waiting = [oid for oid, part in self.parts.items() if isinstance(part, Awaited)]
            if len(waiting) == 1:
                return End(), NoIntent()
            oid = waiting[0] if mixed_up else event.oid
            return lift(self.parts[oid].due(event), lambda part: self.evolve(parts=self.parts.put(oid, part)))

    return Machine[Whole | End, Go | Due](name="m")


def tasks():
    """Two people are asked for the same command under two keys."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask, ctx: Context) -> tuple[End, NoIntent] | tuple["A", Ignore]:
            assert ctx.task is not None
            return (End(), NoIntent()) if event.yes and ctx.task.key == "boss" else (self, Ignore("noted"))

        def waits(self) -> tuple[HumanTask[Ask], ...]:
            return (HumanTask(answer=Ask, key="boss"), HumanTask(answer=Ask, key="deputy"))

    return Machine[A | End, Go | Ask](name="m")


def listening():
    """A topic feeds the state for as long as it is declared."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def hear(self, event: News) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Topic[News]]:
            return (Topic(fact=News, name="news"),)

    return Machine[A | End, Go | News](name="m")


def counting(limit=5):
    """A command counts up to a limit, from where another leads to the end."""

    class A(State):
        kind: Literal[K.A] = K.A
        count: int = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            return (A(count=self.count + 1), NoIntent()) if self.count < limit else (End(), NoIntent())

    return Machine[A | End, Go | Stop](name="m")


def mailing():
    """A mail goes out on the way to the end; its answer says something of no finite type."""

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Mail]:
            return cls(), Mail()

        @transition
        def mailed(self, event: Mailed) -> tuple["A", Ignore]:
            return self, Ignore("best effort")

        @transition
        def stop(self, event: Stop) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(Mailed, why="best effort"),)

    return Machine[A | Over, Go | Stop | Mailed](name="m")
