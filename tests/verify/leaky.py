"""A machine with one leak, and the same machine mended: they differ in one guard."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)

__all__ = ["Charge", "Charged", "Declined", "Go", "Lapsed", "Nudge", "leaky", "mended"]


class K(StrEnum):
    OPEN = "open"
    HELD = "held"
    DONE = "done"


class Oid(TypedId): ...


class Go(Command):
    fast: bool


class Nudge(Command):
    hard: bool


class Charged(Fact):
    oid: Oid


class Declined(Fact):
    oid: Oid
    reason: Literal["funds", "fraud"]


class Lapsed(Fact): ...


class Charge(Intent[Charged | Declined]):
    oid: Oid


class Done(FinalState):
    kind: Literal[K.DONE] = K.DONE
    settles = (Charge,)


def build(*, leaks):
    """Make the machine; with the leak nobody gets out of ``Held``."""

    class Open(State):
        kind: Literal[K.OPEN] = K.OPEN
        oid: Oid
        until: AwareDatetime

        @classmethod
        @start
        def begin(cls, event: Go, ctx: Context) -> tuple["Open", Charge]:
            oid = Oid(f"o-{ctx.uuid('oid')}")
            return cls(oid=oid, until=ctx.now + timedelta(days=1)), Charge(oid=oid)

        @transition
        def charged(self, event: Charged) -> tuple["Done", NoIntent]:
            return Done(), NoIntent()

        @transition
        def declined(self, event: Declined) -> tuple["Open", Charge] | tuple["Held", NoIntent]:
            if event.reason == "fraud":
                return Held(), NoIntent()
            return self, Charge(oid=self.oid)

        @transition
        def lapsed(self, event: Lapsed) -> tuple["Open", NoIntent]:
            return self, NoIntent()

        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.until, event=Lapsed()),)

    class Held(State):
        kind: Literal[K.HELD] = K.HELD

        @transition
        def nudge(self, event: Nudge) -> tuple["Done", NoIntent] | tuple["Held", Reject]:
            if leaks or not event.hard:
                return self, Reject("not hard enough")
            return Done(), NoIntent()

    return Machine[Open | Held | Done, Go | Charged | Declined | Lapsed | Nudge](name="till")


leaky = build(leaks=True)
mended = build(leaks=False)
