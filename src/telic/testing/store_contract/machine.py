"""The machine of the kit: small, and with everything that a store has to keep.

A parcel is drafted, sent and closed. Its states, events and intents carry values of every
kind, declare every wait, and can bring an instance into every status. What may never be
here: a case; this machine only gives them something to store.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Never, Self, TypeAlias, cast
from uuid import UUID

from pydantic import AwareDatetime, Field

from telic.kernel.context import Context
from telic.kernel.events import Command, Fact
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.intents import Batch, Intent, Many, NoIntent
from telic.kernel.machine import AnyMachine, Machine
from telic.kernel.orders import IntentFailed, Withdraw
from telic.kernel.states import Attribute, FinalState, Ignores, State, start, transition
from telic.kernel.values import TypedId, Value
from telic.kernel.verdicts import Defer, Ignore
from telic.kernel.waits import Deadline, HumanTask, Topic

__all__ = [
    "Approve",
    "Check",
    "Checked",
    "Draft",
    "Everything",
    "Grade",
    "Inner",
    "ItemId",
    "Lapsed",
    "Later",
    "Leg",
    "LegDue",
    "Listen",
    "Mark",
    "Nagged",
    "Notify",
    "Open",
    "Paid",
    "Recall",
    "Send",
    "Sent",
    "Skip",
    "Unwanted",
    "Weigh",
    "Weighed",
    "another_machine",
    "contract_machine",
]


class ItemId(TypedId):
    """Names one item of a parcel."""


class Grade(StrEnum):
    """An enum whose values are no identifiers."""

    PLAIN = "plain"
    ODD = 'o\'dd "grade" ü'


class Inner(Value):
    """A value inside a value.

    Attributes:
        amount: A number that no float holds.
        at: An instant.
    """

    amount: Decimal = Decimal("0.1")
    at: AwareDatetime | None = None


class Everything(Value):
    """One field for each kind of value that a state, an event or an intent may hold."""

    text: str = ""
    whole: int = 0
    ratio: float = 0.0
    amount: Decimal = Decimal(0)
    at: AwareDatetime | None = None
    day: date | None = None
    elapsed: timedelta = timedelta(0)
    unique: UUID | None = None
    raw: bytes = b""
    sure: bool = False
    grade: Grade = Grade.PLAIN
    item_id: ItemId | None = None
    numbers: tuple[int, ...] = ()
    pair: tuple[str, Decimal] | None = None
    stock: FrozenMap[ItemId, Decimal] = FrozenMap()
    tags: FrozenSet[str] = FrozenSet()
    nested: tuple[Inner, ...] = ()


class Open(Command):
    """Begins a parcel."""

    held: Everything = Everything()


class Mark(Command):
    """Sets the mark; the plainest step there is."""

    mark: int
    held: Everything | None = None


class Skip(Command):
    """Is ignored on purpose."""


class Later(Command):
    """Is deferred by a draft and taken once the parcel is sent."""

    mark: int = 0


class Unwanted(Command):
    """Is deferred by a draft and rejected once the parcel is sent."""


class Send(Command):
    """Sends the parcel; emits one check, one notice, and a weighing for each item."""

    items: tuple[ItemId, ...] = ()
    legs: int = 0


class Again(Command):
    """Asks for another check while one is open."""

    item_id: ItemId


class Recall(Command):
    """Takes every weighing back."""


class Listen(Command):
    """Opens the topic, or closes it."""

    on: bool


class Approve(Command):
    """Is asked of people; closes the parcel."""

    comment: str = ""


class Checked(Fact):
    """Answers a check."""

    item_id: ItemId
    held: Everything = Everything()


class Weighed(Fact):
    """Answers a weighing."""

    item_id: ItemId
    grams: Decimal = Decimal("0.1")


class Lapsed(Fact):
    """The deadline of the parcel; closes it."""


class Nagged(Fact):
    """A deadline that stays declared after it has fired."""


class Paid(Fact):
    """Comes from a topic."""

    amount: Decimal = Decimal("0.1")


class LegDue(Fact):
    """The deadline of one leg."""

    leg: int


class Check(Intent[Checked], tag="check-it"):
    """Asks for a check; its stored name is not that of its class."""

    item_id: ItemId
    held: Everything = Everything()


class Weigh(Intent[Weighed]):
    """Asks for the weight of one item."""

    item_id: ItemId


class Notify(Intent[Never]):
    """Tells somebody; nothing comes back."""

    text: str


class Kind(StrEnum):
    """The stored names of the states."""

    DRAFT = "draft"
    SENT = "sent"
    CLOSED = "closed"


class LegKind(StrEnum):
    """The stored name of a part."""

    LEG = "leg"


class Leg(State):
    """A part: it declares a wait of its own."""

    kind: Literal[LegKind.LEG] = LegKind.LEG
    number: int
    due: AwareDatetime
    done: bool = False

    @transition
    def is_due(self, event: LegDue) -> tuple[Self, NoIntent]:  # noqa: ARG002  (its arrival is all)
        """Note that the leg is done."""
        return self.evolve(done=True), NoIntent()

    def waits(self) -> tuple[Deadline[LegDue], ...]:
        """Return the deadline, until it is done."""
        return () if self.done else (Deadline(at=self.due, event=LegDue(leg=self.number)),)


class Base(State):
    """What all states have."""

    mark: int = 0
    held: Everything = Everything()


class Draft(Base):
    """Not sent yet: defers what comes too early."""

    kind: Literal[Kind.DRAFT] = Kind.DRAFT

    @classmethod
    @start
    def begin(cls, event: Open) -> tuple[Draft, NoIntent]:
        """Begin."""
        return cls(held=event.held), NoIntent()

    @transition
    def set_mark(self, event: Mark) -> tuple[Self, NoIntent]:
        """Set the mark."""
        return self.evolve(mark=event.mark, held=event.held or self.held), NoIntent()

    @transition
    def skip(self, event: Skip) -> tuple[Self, Ignore]:  # noqa: ARG002  (ignored)
        """Ignore it."""
        return self, Ignore("nothing to skip: 'naïve' \x00 reason")

    @transition
    def early(self, event: Later | Unwanted) -> tuple[Self, Defer]:  # noqa: ARG002  (kept as it is)
        """Keep it."""
        return self, Defer()

    @transition
    def send(self, event: Send, ctx: Context) -> tuple[Sent, Batch[Check | Notify | Many[Weigh]]]:
        """Send the parcel."""
        due = ctx.now + timedelta(hours=1, microseconds=1)
        legs = FrozenMap({number: Leg(number=number, due=due) for number in range(event.legs)})
        sent = Sent(mark=self.mark, held=self.held, since=ctx.now, legs=legs)
        check = Check(item_id=ItemId("all"), held=self.held)
        return sent, check & Notify(text=self.held.text) & Many.of(Weigh(item_id=one) for one in event.items)


class Sent(Base):
    """Under way: declares every kind of wait."""

    kind: Literal[Kind.SENT] = Kind.SENT
    since: AwareDatetime
    listening: bool = True
    legs: FrozenMap[int, Leg] = FrozenMap()

    @transition
    def set_mark(self, event: Mark | Later) -> tuple[Self, NoIntent]:
        """Set the mark."""
        return self.evolve(mark=event.mark), NoIntent()

    @transition
    def again(self, event: Again) -> tuple[Self, Check]:
        """Ask once more."""
        return self, Check(item_id=event.item_id)

    @transition
    def recall(self, event: Recall) -> tuple[Self, Withdraw]:  # noqa: ARG002  (its arrival is all)
        """Take the weighings back."""
        return self, Withdraw(every=Weigh)

    @transition
    def listen(self, event: Listen) -> tuple[Self, NoIntent]:
        """Open the topic, or close it."""
        return self.evolve(listening=event.on), NoIntent()

    @transition
    def checked(self, event: Checked) -> tuple[Self, NoIntent]:
        """Keep what was found."""
        return self.evolve(held=event.held), NoIntent()

    @transition
    def gave_up(self, event: IntentFailed[Check]) -> tuple[Self, NoIntent]:  # noqa: ARG002  (its arrival is all)
        """Go on without the check."""
        return self.evolve(mark=self.mark + 1000), NoIntent()

    @transition
    def weighed(self, event: Weighed) -> tuple[Self, NoIntent]:
        """Keep the weight."""
        return self.evolve(held=self.held.evolve(amount=event.grams)), NoIntent()

    @transition
    def paid(self, event: Paid) -> tuple[Self, NoIntent]:
        """Keep the amount."""
        return self.evolve(held=self.held.evolve(amount=event.amount)), NoIntent()

    @transition
    def nagged(self, event: Nagged) -> tuple[Self, NoIntent]:  # noqa: ARG002  (its arrival is all)
        """Count it; the deadline stays declared for the same moment."""
        return self.evolve(mark=self.mark + 1), NoIntent()

    @transition
    def leg_due(self, event: LegDue) -> tuple[Self, NoIntent]:
        """Let the leg take it."""
        leg, out = self.legs[event.leg].is_due(event)
        return self.evolve(legs=self.legs.put(event.leg, leg)), out

    @transition
    def lapse(self, event: Lapsed) -> tuple[Closed, NoIntent]:  # noqa: ARG002  (its arrival is all)
        """Close the parcel."""
        return Closed(mark=self.mark, held=self.held), NoIntent()

    @transition
    def approve(self, event: Approve) -> tuple[Closed, NoIntent]:
        """Close the parcel."""
        return Closed(mark=self.mark, held=self.held.evolve(text=event.comment)), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed] | Deadline[Nagged] | HumanTask[Approve] | Topic[Paid], ...]:
        """Return two deadlines, a task whose title changes with the mark, and perhaps a topic."""
        task = HumanTask(
            answer=Approve,
            key="approve: 'ü'",
            title=f"approve {self.mark}",
            description="look at\nboth sides",
            assignee="ann@example.org",
            groups=("desk", "büro"),
            due=self.since + timedelta(hours=2),
            remind=(timedelta(minutes=30), timedelta(microseconds=1)),
            priority=-3,
        )
        topic = Topic(fact=Paid, name="payments", key="p-1")
        asked = (
            Deadline(at=self.since + timedelta(days=1), event=Lapsed()),
            Deadline(at=self.since + timedelta(seconds=1, microseconds=7), event=Nagged(), key="nag"),
            task,
        )
        return (*asked, topic) if self.listening else asked

    def attributes(self) -> Mapping[str, Attribute]:
        """Return one attribute of each type."""
        return {
            "mark": self.mark,
            "listening": self.listening,
            "text": self.held.text[:100],
            "amount": self.held.amount,
            "since": self.since,
            "day": date(2026, 3, 1),
        }


class Closed(FinalState, Base):
    """The end: whatever comes late changes nothing."""

    ignores = (Ignores(Checked, Weighed, Lapsed, Nagged, Paid, LegDue, why="whatever comes late changes nothing"),)
    kind: Literal[Kind.CLOSED] = Kind.CLOSED


ParcelState: TypeAlias = Annotated[Draft | Sent | Closed, Field(discriminator="kind")]
ParcelCommand: TypeAlias = Open | Mark | Skip | Later | Unwanted | Send | Again | Recall | Listen | Approve
ParcelEvent: TypeAlias = ParcelCommand | Checked | Weighed | Lapsed | Nagged | Paid | LegDue

NOON = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)

_parcel = Machine[ParcelState, ParcelEvent](name="contract-parcel", version=3, starts=(Draft,), checkpoint_every=16)
_letter = Machine[ParcelState, ParcelEvent](name="contract-letter", version=1, starts=(Draft,))
# The cases look at values of any class, so they know the machine by its bases.
contract_machine = cast("AnyMachine", _parcel)
another_machine = cast("AnyMachine", _letter)
