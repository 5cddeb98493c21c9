"""Steps that are no functions, values that no store could keep, and growth without an end."""

from itertools import count
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, PlainSerializer

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    FrozenMap,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    start,
    transition,
)
from telic.verify import Bound
from tests.verify.buggy.words import DAY, Ask, Case, End, Go, K, Lapsed, Mailed, Oid, Paid, Pay, Refused, Stop


def a_counter_outside(buggy):
    numbers = count()

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["B", NoIntent]:
            return B(number=next(numbers) if buggy else 1), NoIntent()

    class B(FinalState):
        kind: Literal[K.B] = K.B
        number: int

    return Machine[A | B, Go | Stop](name="m")


def an_intent_that_alternates(buggy):
    numbers = count()

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["B", Pay]:
            return B(), Pay(oid=Oid(f"o-{next(numbers) % 2 if buggy else 1}"))

    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def answered(self, event: Paid | Refused) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | B | End, Go | Stop | Paid | Refused](name="m")


def a_start_that_counts(buggy):
    numbers = count()

    class A(State):
        kind: Literal[K.A] = K.A
        number: int

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(number=next(numbers) if buggy else 1), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Stop](name="m")


def _cut(value):
    return value[:2]


def _longer(value):
    return value if len(value) > 8 else value + "!"


def a_state_cut_short(buggy):
    Text = Annotated[str, PlainSerializer(_cut)] if buggy else str  # noqa: N806  (a type)

    class A(State):
        kind: Literal[K.A] = K.A
        text: Text = "abc"

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Stop](name="m")


def an_intent_that_grows_in_the_store(buggy):
    Text = Annotated[str, AfterValidator(_longer)] if buggy else str  # noqa: N806  (a type)

    class Write(Intent[Mailed]):
        text: Text

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Write]:
            return cls(), Write(text="abc")

        @transition
        def mailed(self, event: Mailed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Mailed](name="m")


def an_event_cut_short(buggy):
    Text = Annotated[Literal["abc"], PlainSerializer(_cut)] if buggy else Literal["abc"]  # noqa: N806  (a type)

    class Say(Command):
        text: Text = "abc"

    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def say(self, event: Say, ctx: Context) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Say](name="m")


def a_number_without_an_end(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        tries: int = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            if event.yes:
                return End(), NoIntent()
            return self.evolve(tries=self.tries + 1 if buggy else min(self.tries + 1, 3)), NoIntent()

    return Machine[A | End, Go | Ask](name="m")


def a_history_without_an_end(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        seen: tuple[bool, ...] = ()

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["A", NoIntent]:
            return self.evolve(seen=(*self.seen, event.yes)[0 if buggy else -2 :]), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Go | Ask | Stop](name="m")


def a_map_within_a_part_without_an_end(buggy):
    class Book(BaseModel):
        model_config = {"frozen": True}
        lines: FrozenMap[int, bool] = FrozenMap()

    class A(State):
        kind: Literal[K.A] = K.A
        book: Book = Book()

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            if event.yes:
                return End(), NoIntent()
            place = len(self.book.lines) if buggy else 0
            return self.evolve(book=Book(lines=self.book.lines.put(place, True))), NoIntent()

    return Machine[A | End, Go | Ask](name="m")


def mail_without_an_end(buggy):
    class Send(Intent[Sent]):
        oid: Oid

    class Base(State):
        ignores = (Ignores(Sent, why="best effort"),)

    class A(Base):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["A", Many[Send]] | tuple["A", NoIntent] | tuple["B", NoIntent]:
            if event.yes:
                return B(), NoIntent()
            return self, Many.of([Send(oid=Oid("o"))])

    class Once(Base):
        kind: Literal[K.A] = K.A
        sent: bool = False

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["Once", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["Once", Many[Send]] | tuple["Once", NoIntent] | tuple["B", NoIntent]:
            if event.yes:
                return B(), NoIntent()
            return Once(sent=True), NoIntent() if self.sent else Many.of([Send(oid=Oid("o"))])

    class B(Base, FinalState):
        kind: Literal[K.B] = K.B

    return Machine[(A if buggy else Once) | B, Go | Ask | Sent](name="m")


class Sent(Fact):
    oid: Oid


def a_deadline_that_moves_away(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(until=ctx.now + DAY), NoIntent()

        @transition
        def ask(self, event: Ask, ctx: Context) -> tuple["A", NoIntent]:
            return A(until=(self.until if buggy else ctx.now) + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    return Machine[A | End, Go | Ask | Lapsed](name="m")


SMALL = {"bound": Bound(worlds=60)}
TWO = "expected the same result for the same event, got two that differ"
BACK = "to come back from a store as it was"
CASES = (
    Case(a_counter_outside, "not deterministic", "A", TWO, 2, frozenset({"dead state", "dead transition"})),
    Case(
        an_intent_that_alternates,
        "not deterministic",
        "A",
        "on Stop()",
        2,
        frozenset({"dead state", "dead alternative", "dead intent", "dead transition"}),
    ),
    Case(
        a_start_that_counts, "not deterministic", "start", "on Go()", 1, frozenset({"dead state", "dead alternative"})
    ),
    Case(a_state_cut_short, "not storable", "A", BACK, 1, frozenset({"dead state", "dead transition"})),
    Case(
        an_intent_that_grows_in_the_store,
        "not storable",
        "Write",
        BACK,
        1,
        frozenset({"dead state", "dead transition", "dead answer"}),
    ),
    Case(an_event_cut_short, "not storable", "Say", "do use types whose JSON is exact", 2),
    Case(a_number_without_an_end, "unbounded growth", "A", "got A.tries that grows with each round", 60, asked=SMALL),
    Case(a_history_without_an_end, "unbounded growth", "A", "got A.seen that grows", 6, asked=SMALL),
    Case(a_map_within_a_part_without_an_end, "unbounded growth", "A", "got A.book.lines that grows", 60, asked=SMALL),
    Case(mail_without_an_end, "unbounded growth", "A", "the number of open intents that grows", 60, asked=SMALL),
    Case(a_deadline_that_moves_away, "unbounded growth", "A", "got A.until that grows", 60, asked=SMALL),
)
