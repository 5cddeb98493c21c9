"""Facts that nobody takes, and claims that do not hold."""

from typing import Literal

from pydantic import AwareDatetime

from telic import (
    Context,
    Deadline,
    Defer,
    FinalState,
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
from tests.verify.buggy.words import DAY, Ask, Case, Go, K, Lapsed, News, Oid, Paid, Pay, Refused, Stop


def news_that_the_next_state_drops(buggy):
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
        ignores = () if buggy else (Ignores(News, why="old by now"),)

        @transition
        def stop(self, event: Stop) -> tuple["End", NoIntent]:
            return End(), NoIntent()

    class End(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(News, why="over"),)

    return Machine[A | B | End, Go | Stop | News](name="m")


def news_that_the_end_drops(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        heard: bool = False

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def hear(self, event: News) -> tuple["A", Defer]:
            return self, Defer()

        @transition
        def stop(self, event: Stop) -> tuple["End", NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Topic[News]]:
            return (Topic(fact=News, name="news"),)

    class End(FinalState):
        kind: Literal[K.D] = K.D
        ignores = () if buggy else (Ignores(News, why="over"),)

    return Machine[A | End, Go | Stop | News](name="m")


def a_deadline_that_is_kept_and_dropped(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed) -> tuple["A", Defer]:
            return self, Defer()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    class Waiting(State):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple["End", NoIntent]:
            return End(), NoIntent()

    class Hearing(Waiting):
        @transition
        def lapse(self, event: Lapsed) -> tuple["End", NoIntent]:
            return End(), NoIntent()

    class End(FinalState):
        kind: Literal[K.D] = K.D
        ignores = (Ignores(Lapsed, why="over"),)

    B = Waiting if buggy else Hearing  # noqa: N806  (a class)
    B.__name__ = "B"
    return Machine[A | B | End, Go | Stop | Lapsed](name="m")


def news_kept_by_a_hand_written_handle(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        def handle(self, event: News | Stop, ctx: Context | None = None) -> tuple["A", Defer] | tuple["End", NoIntent]:
            return (self, Defer()) if isinstance(event, News) else (End(), NoIntent())

        def waits(self) -> tuple[Topic[News]]:
            return (Topic(fact=News, name="news"),)

    class End(FinalState):
        kind: Literal[K.D] = K.D
        ignores = () if buggy else (Ignores(News, why="over"),)

    return Machine[A | End, Go | Stop | News](name="m")


class Settled(FinalState):
    kind: Literal[K.D] = K.D
    settles = (Pay,)
    ignores = (Ignores(Paid, Refused, why="it is settled"),)


def an_end_after_the_first_of_two(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        left: Literal[1, 2] = 2

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Many[Pay]]:
            return cls(), Many.of(Pay(oid=Oid(f"o-{number}")) for number in range(2))

        @transition
        def paid(self, event: Paid) -> tuple["A", NoIntent] | tuple[Settled, NoIntent]:
            return (self.evolve(left=1), NoIntent()) if self.left == 2 else (Settled(), NoIntent())

        @transition
        def refused(self, event: Refused) -> tuple["A", NoIntent] | tuple[Settled, NoIntent]:
            if self.left == 2 and not buggy:
                return self.evolve(left=1), NoIntent()
            return Settled(), NoIntent()

    return Machine[A | Settled, Go | Paid | Refused](name="m")


def a_stop_while_one_is_open(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        left: Literal[0, 1, 2] = 2

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Many[Pay]]:
            return cls(), Many.of(Pay(oid=Oid(f"o-{number}")) for number in range(2))

        @transition
        def answered(self, event: Paid | Refused) -> tuple["A", NoIntent]:
            return self.evolve(left=self.left - 1), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[Settled, NoIntent] | tuple["A", Reject]:
            if self.left > (1 if buggy else 0):
                return self, Reject("not yet")
            return Settled(), NoIntent()

    return Machine[A | Settled, Go | Stop | Paid | Refused](name="m")


def a_withdrawal_taken_for_the_end(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Pay]:
            return cls(), Pay(oid=Oid("o"))

        @transition
        def ask(self, event: Ask) -> tuple["B", Withdraw]:
            return B(), Withdraw(every=Pay)

        @transition
        def answered(self, event: Paid | Refused) -> tuple[Settled, NoIntent]:
            return Settled(), NoIntent()

    class Waiting(State):
        kind: Literal[K.B] = K.B

        @transition
        def answered(self, event: Paid | Refused) -> tuple[Settled, NoIntent]:
            return Settled(), NoIntent()

        @transition
        def failed(self, event: IntentFailed[Pay]) -> tuple[Settled, NoIntent]:
            return Settled(), NoIntent()

    class Hasty(Waiting):
        @transition
        def ask(self, event: Ask) -> tuple[Settled, NoIntent]:
            return Settled(), NoIntent()

    B = Hasty if buggy else Waiting  # noqa: N806  (a class)
    B.__name__ = "B"
    return Machine[A | B | Settled, Go | Ask | Paid | Refused](name="m")


def one_kept(world):
    return len(world.deferred) + len(world.unplaced) <= 1


ONE_KEPT = {"within": one_kept}  # news may come as often as it likes
LOST = "News, which was asked for, to be handled or ignored"
CLAIM = "expected no open Pay, as settles claims"
CASES = (
    Case(news_that_the_next_state_drops, "lost answer", "B", LOST, 3, asked=ONE_KEPT),
    Case(news_that_the_end_drops, "lost answer", "End", LOST, 3, asked=ONE_KEPT),
    Case(a_deadline_that_is_kept_and_dropped, "lost answer", "B", "ignores = (Ignores(Lapsed, why=...),)", 3),
    Case(news_kept_by_a_hand_written_handle, "lost answer", "End", LOST, 3, asked=ONE_KEPT),
    Case(an_end_after_the_first_of_two, "false claim", "Settled", CLAIM, 2, frozenset({"dead alternative"})),
    Case(a_stop_while_one_is_open, "false claim", "Settled", CLAIM, 3),
    Case(a_withdrawal_taken_for_the_end, "false claim", "Settled", CLAIM, 3),
)
