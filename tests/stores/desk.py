"""The machine of the store tests: small, and with everything that a store has to keep."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field

from telic.kernel.context import Context
from telic.kernel.events import Command, Fact
from telic.kernel.intents import Intent, NoIntent
from telic.kernel.machine import Machine
from telic.kernel.states import Attribute, FinalState, Ignores, State, start, transition
from telic.kernel.values import WorkflowId
from telic.kernel.verdicts import Defer, Ignore
from telic.kernel.waits import Deadline, HumanTask, Topic

NOON = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
DESK = WorkflowId("desk-ß-😀")


class Kind(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    DONE = "done"


class Begin(Command):
    text: str = "Grüße, 世界 \x01 \"'"


class Add(Command):
    amount: int = 1


class Submit(Command): ...


class Later(Command): ...


class Skip(Command): ...


class Approve(Command):
    comment: str = ""


class Checked(Fact):
    score: Decimal = Decimal("0.1")


class Lapsed(Fact): ...


class Paid(Fact): ...


class Check(Intent[Checked], tag="check-it"):
    text: str


class Base(State):
    ignores = (Ignores(Checked, Lapsed, Paid, why="whatever comes late changes nothing"),)
    text: str
    count: int = 0


class Draft(Base):
    kind: Literal[Kind.DRAFT] = Kind.DRAFT

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple["Draft", NoIntent]:
        return cls(text=event.text), NoIntent()

    @transition
    def add(self, event: Add) -> tuple[Self, NoIntent]:
        return self.evolve(count=self.count + event.amount), NoIntent()

    @transition
    def skip(self, event: Skip) -> tuple[Self, Ignore]:
        return self, Ignore("nothing to skip")

    @transition
    def later(self, event: Later) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def submit(self, event: Submit, ctx: Context) -> tuple["Review", Check]:
        return Review(text=self.text, count=self.count, since=ctx.now), Check(text=self.text)


class Review(Base):
    kind: Literal[Kind.REVIEW] = Kind.REVIEW
    since: AwareDatetime
    score: Decimal | None = None

    @transition
    def later(self, event: Later) -> tuple[Self, NoIntent]:
        return self.evolve(count=self.count + 100), NoIntent()

    @transition
    def checked(self, event: Checked) -> tuple[Self, NoIntent]:
        return self.evolve(score=event.score), NoIntent()

    @transition
    def paid(self, event: Paid) -> tuple[Self, NoIntent]:
        return self.evolve(count=self.count + 1), NoIntent()

    @transition
    def lapse(self, event: Lapsed) -> tuple["Done", NoIntent]:
        return Done(text=self.text, count=self.count), NoIntent()

    @transition
    def approve(self, event: Approve) -> tuple["Done", NoIntent]:
        return Done(text=event.comment or self.text, count=self.count), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed], HumanTask[Approve], Topic[Paid]]:
        title = "approve" if self.score is None else f"approve {self.score}"
        return (
            Deadline(at=self.since + timedelta(days=1), event=Lapsed()),
            HumanTask(
                answer=Approve,
                title=title,
                groups=("desk", "büro"),
                due=self.since + timedelta(hours=2),
                priority=3,
            ),
            Topic(fact=Paid, name="payments", key=self.text),
        )

    def attributes(self) -> Mapping[str, Attribute]:
        return {
            "text": self.text,
            "count": self.count,
            "open": True,
            "score": self.score or Decimal(0),
            "since": self.since,
            "day": date(2026, 3, 1),
        }


class Done(FinalState, Base):
    kind: Literal[Kind.DONE] = Kind.DONE


DeskState = Annotated[Draft | Review | Done, Field(discriminator="kind")]
DeskEvent = Begin | Add | Submit | Later | Skip | Approve | Checked | Lapsed | Paid

desk = Machine[DeskState, DeskEvent](name="desk", version=3)
