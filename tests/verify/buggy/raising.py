"""Transitions that raise, change what they were given, or return what they do not declare."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Deadline,
    FrozenMap,
    Ignores,
    IntentFailed,
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
    Ring,
    Stop,
)


def _lone(*transitions):
    """One state that a start leads to, with the given transitions, beside the end."""

    def begin(cls, event: Go):
        return cls(), NoIntent()

    begin.__annotations__["return"] = tuple["A", NoIntent]  # noqa: F821  (made below)
    body = {"__module__": __name__, "__qualname__": "A", "__annotations__": {"kind": Literal[K.A]}, "kind": K.A}
    body["begin"] = classmethod(start(begin))
    return type("A", (State,), body | {one.__name__: transition(one) for one in transitions})


def a_division_by_nothing(buggy):
    def grade(self, event: Grade) -> tuple[End, NoIntent]:
        assert 2 // (event.level if buggy else event.level + 1) >= 0
        return End(), NoIntent()

    return Machine[_lone(grade) | End, Go | Grade](name="m")


def a_part_that_is_not_there(buggy):
    class Lift(Command):
        oid: Oid

    def lift(self, event: Lift) -> tuple[End, NoIntent]:
        known = FrozenMap({Oid("one"): 1})
        assert (known[event.oid] if buggy else known.get(event.oid, 1)) == 1
        return End(), NoIntent()

    return Machine[_lone(lift) | End, Go | Lift](name="m")


def a_field_beyond_its_bound(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        tries: Annotated[int, Field(ge=0, le=1)] = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple["A", NoIntent] | tuple[End, NoIntent]:
            if event.yes or (self.tries == 1 and not buggy):
                return End(), NoIntent()
            return self.evolve(tries=self.tries + 1), NoIntent()

    return Machine[A | End, Go | Ask](name="m")


def two_waits_under_one_key(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        soon: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["A", NoIntent]:
            return cls(soon=ctx.now + DAY), NoIntent()

        @transition
        def lapse(self, event: Lapsed) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed], ...]:
            late = "Lapsed" if buggy else "late"
            return (Deadline(at=self.soon, event=Lapsed()), Deadline(at=self.soon + DAY, event=Lapsed(), key=late))

    return Machine[A | End, Go | Lapsed](name="m")


def a_start_that_fails(buggy):
    class A(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Grade) -> tuple["A", NoIntent]:
            if buggy and event.level == 2:
                raise LookupError("no such grade")
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    return Machine[A | End, Grade | Stop](name="m")


def a_success_after_the_failure(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        done: bool = False

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Mail]:
            return cls(), Mail()

        @transition
        def mailed(self, event: Mailed) -> tuple["A", NoIntent]:
            assert not (buggy and self.done)
            return self.evolve(done=True), NoIntent()

        @transition
        def failed(self, event: IntentFailed[Mail]) -> tuple["A", NoIntent]:
            return self.evolve(done=True), NoIntent()

        @transition
        def stop(self, event: Stop) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(End):
        ignores = (Ignores(Mailed, why="over"),)

    return Machine[A | Over, Go | Stop | Mailed](name="m")


def a_state_changed_in_place(buggy):
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
            if buggy:
                self.__dict__["tries"] = 1
                return self, NoIntent()
            return self.evolve(tries=1), NoIntent()

    return Machine[A | End, Go | Ask](name="m")


def a_state_changed_on_the_way_out(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        tries: int = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def stop(self, event: Stop, ctx: Context) -> tuple[End, NoIntent]:
            if buggy:
                object.__setattr__(self, "tries", self.tries + 1)
            return End(), NoIntent()

    return Machine[A | End, Go | Stop](name="m")


def a_state_that_is_not_declared(buggy):
    class B(State):
        kind: Literal[K.B] = K.B

        @transition
        def stop(self, event: Stop) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    def ask(self, event: Ask) -> tuple[End, NoIntent]:
        return B() if buggy and event.yes else End(), NoIntent()

    def stop(self, event: Stop) -> tuple[B, NoIntent]:
        return B(), NoIntent()

    return Machine[_lone(ask, stop) | B | End, Go | Ask | Stop](name="m")


def an_intent_that_is_not_declared(buggy):
    def ask(self, event: Ask) -> tuple[End, NoIntent]:
        return End(), Ring() if buggy and event.yes else NoIntent()

    def stop(self, event: Stop) -> tuple[End, Ring]:
        return End(), Ring()

    return Machine[_lone(ask, stop) | End, Go | Ask | Stop](name="m")


def a_verdict_beside_another_state(buggy):
    class A(State):
        kind: Literal[K.A] = K.A
        tries: Literal[0, 1] = 0

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", NoIntent]:
            return cls(), NoIntent()

        @transition
        def ask(self, event: Ask) -> tuple[End, NoIntent] | tuple["A", Reject]:
            if event.yes:
                return End(), NoIntent()
            return self.evolve(tries=1) if buggy else self, Reject("no")

    return Machine[A | End, Go | Ask](name="m")


def two_of_a_type_in_a_batch(buggy):
    def ask(self, event: Ask) -> tuple[End, Many[Ring]] | tuple[End, Ring]:
        if event.yes:
            return End(), Ring() & Ring() if buggy else Many.of((Ring(), Ring()))
        return End(), Ring()

    return Machine[_lone(ask) | End, Go | Ask](name="m")


def a_result_that_is_no_pair(buggy):
    def ask(self, event: Ask) -> tuple[End, NoIntent]:
        return End() if buggy and event.yes else (End(), NoIntent())

    return Machine[_lone(ask) | End, Go | Ask](name="m")


OIDS = {"domain": Domain().each(Oid, Oid("one"), Oid("two"))}
DEAD = frozenset({"dead alternative", "dead state", "dead transition", "dead answer"})
CASES = (
    Case(a_division_by_nothing, "exception", "A", "got ZeroDivisionError", 2),
    Case(a_part_that_is_not_there, "exception", "A", "got KeyError: Oid('two')", 2, asked=OIDS),
    Case(a_field_beyond_its_bound, "exception", "A", "less than or equal to 1", 3),
    Case(two_waits_under_one_key, "exception", "A.waits", "got 'Lapsed' twice", 1, DEAD),
    Case(a_start_that_fails, "exception", "start", "got LookupError: no such grade", 1),
    Case(a_success_after_the_failure, "exception", "A", "got AssertionError: , on Mail answers late Mailed()", 3, DEAD),
    Case(
        a_state_changed_in_place, "mutation", "A", "expected the state to stay as it is, got one that changed", 2, DEAD
    ),
    Case(a_state_changed_on_the_way_out, "mutation", "A", "got one that changed, on Stop()", 2, DEAD),
    Case(a_state_that_is_not_declared, "undeclared result", "A.ask", "expected (End, NoIntent), got (B,", 2),
    Case(an_intent_that_is_not_declared, "undeclared result", "A.ask", "got (End, Ring()); do declare it", 2),
    Case(a_verdict_beside_another_state, "undeclared result", "A.ask", "expected a verdict beside self", 2, DEAD),
    Case(two_of_a_type_in_a_batch, "undeclared result", "A.ask", "expected at most one Ring in a batch", 2),
    Case(a_result_that_is_no_pair, "undeclared result", "A.ask", "expected a pair of a state and an intent", 2),
)
