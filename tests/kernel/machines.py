"""One rich machine, a repair shop, for the tests of the step: every kind of wait, intent and verdict."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never, Self

from pydantic import AwareDatetime, Field

from telic import (
    Batch,
    Cancel,
    Command,
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
    TypedId,
    Withdraw,
    WorkflowId,
    lift,
    start,
    transition,
)
from telic.kernel.advance import advance
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import Commit, Delivery
from telic.kernel.values import IntentId, WaitKey

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class PartId(TypedId): ...


class MailId(TypedId): ...


class K(StrEnum):
    NEW = "new"
    QUOTED = "quoted"
    ORDERING = "ordering"
    DONE = "done"
    SCRAPPED = "scrapped"
    WANTED = "wanted"
    HERE = "here"


class Open(Command):
    parts: int = 0


class Quote(Command):
    price: int


class Approve(Command):
    by: str = ""


class Collect(Command): ...


class Poke(Command):
    how: str = ""


class Lapsed(Fact): ...


class Recalled(Fact):
    model: str = ""


class Mailed(Fact):
    mail_id: MailId = MailId("opened")


class PartCame(Fact):
    part_id: PartId


class PartMissing(Fact):
    part_id: PartId


class Mail(Intent[Mailed]):
    mail_id: MailId = MailId("opened")


class Log(Intent[Never]): ...


class OrderPart(Intent[PartCame | PartMissing]):
    part_id: PartId


class PartWanted(State):
    kind: Literal[K.WANTED] = K.WANTED
    part_id: PartId
    by: AwareDatetime

    @transition
    def come(self, event: PartCame) -> tuple["PartHere", NoIntent]:
        return PartHere(part_id=self.part_id), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed]]:
        return (Deadline(at=self.by, event=Lapsed(), key="slow"),)


class PartHere(State):
    kind: Literal[K.HERE] = K.HERE
    part_id: PartId

    @transition
    def come(self, event: PartCame) -> tuple[Self, Ignore]:
        return self, Ignore("it is here already")


Part = Annotated[PartWanted | PartHere, Field(discriminator="kind")]


class Base(State):
    ignores = (Ignores(Mailed, why="mail is best effort"),)

    @transition
    def scrap(self, event: Cancel) -> tuple["Scrapped", Log]:
        return Scrapped(why=event.reason), Log()


class New(Base):
    kind: Literal[K.NEW] = K.NEW
    parts: int = 0
    pokes: int = 0

    @classmethod
    @start
    def open(cls, event: Open) -> tuple["New", Mail] | tuple[None, Reject]:
        if event.parts < 0:
            return None, Reject("fewer than no parts")
        return cls(parts=event.parts), Mail()

    @transition
    def quote(self, event: Quote, ctx: Context) -> tuple["Quoted", NoIntent] | tuple[Self, Reject]:
        if event.price < 0:
            return self, Reject("too cheap", "and odd")
        return Quoted(parts=self.parts, price=event.price, until=ctx.now + HOUR), NoIntent()

    @transition
    def wait_for_quote(self, event: Collect) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def poke(
        self, event: Poke
    ) -> tuple["New", Log] | tuple["New", Mail] | tuple[Self, Ignore] | tuple["New", Batch[Mail | Log]]:
        if event.how == "crash":
            raise ValueError("crash")
        if event.how == "mail":
            return self.evolve(pokes=self.pokes + 1), Mail(mail_id=MailId("poked"))
        if event.how == "both":
            return self, Mail(mail_id=MailId("both")) & Log()
        if event.how == "hush":
            return self, Ignore("hush")
        return self.evolve(pokes=self.pokes + 1), Log()


class Quoted(Base):
    kind: Literal[K.QUOTED] = K.QUOTED
    parts: int
    price: int
    until: AwareDatetime
    extended: bool = False

    @transition
    def approve(self, event: Approve, ctx: Context) -> tuple["Ordering", Many[OrderPart]] | tuple[Self, Reject]:
        if ctx.actor == "thief":
            return self, Reject(f"not you, at {ctx.task.key if ctx.task else '?'}")
        ids = [PartId(f"p{number}") for number in range(self.parts)]
        wanted = FrozenMap({one: PartWanted(part_id=one, by=ctx.now + HOUR) for one in ids})
        return Ordering(parts=wanted), Many.of(OrderPart(part_id=one) for one in ids)

    @transition
    def lapse(self, event: Lapsed) -> tuple["Scrapped", NoIntent] | tuple[Self, NoIntent]:
        if not self.extended:
            return self.evolve(extended=True), NoIntent()
        return Scrapped(why="lapsed"), NoIntent()

    @transition
    def recall(self, event: Recalled) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def keep(self, event: Collect) -> tuple[Self, Defer]:
        return self, Defer()

    def waits(self) -> tuple[Deadline[Lapsed] | HumanTask[Approve] | Topic[Recalled], ...]:
        return (
            Deadline(at=self.until, event=Lapsed()),
            HumanTask(answer=Approve, title="Approve it", key="boss"),
            HumanTask(answer=Approve, title="Approve it too", key="deputy"),
            Topic(fact=Recalled, name="recalls"),
        )


class Ordering(Base):
    kind: Literal[K.ORDERING] = K.ORDERING
    parts: FrozenMap[PartId, Part]

    @transition
    def come(self, event: PartCame) -> tuple["Ordering", NoIntent] | tuple["Ordering", Ignore]:
        part = self.parts.get(event.part_id)
        if part is None:
            return self, Ignore("it was given up")
        if isinstance(part, PartHere):
            return lift(part.come(event), self._with)
        return lift(part.come(event), self._with)

    def _with(self, part: Part) -> "Ordering":
        return self.evolve(parts=self.parts.put(part.part_id, part))

    @transition
    def missing(self, event: PartMissing) -> tuple["Ordering", Withdraw]:
        return self, Withdraw(every=OrderPart)

    @transition
    def gave_up(self, event: IntentFailed[OrderPart]) -> tuple["Ordering", NoIntent]:
        return self.evolve(parts=self.parts.without(event.intent.part_id)), NoIntent()

    @transition
    def collect(self, event: Collect) -> tuple["Done", NoIntent] | tuple[Self, Reject]:
        if any(isinstance(part, PartWanted) for part in self.parts.values()):
            return self, Reject("parts are missing")
        return Done(), NoIntent()

    @transition
    def recall(self, event: Recalled) -> tuple["Scrapped", NoIntent]:
        return Scrapped(why="recalled"), NoIntent()

    @transition
    def slow(self, event: Lapsed) -> tuple["Ordering", Log]:
        return self, Log()


class Done(FinalState):
    kind: Literal[K.DONE] = K.DONE
    settles = (OrderPart,)
    ignores = (Ignores(Mailed, PartCame, PartMissing, Recalled, why="over"),)


class Scrapped(FinalState):
    kind: Literal[K.SCRAPPED] = K.SCRAPPED
    why: str
    ignores = (Ignores(Mailed, PartCame, PartMissing, Recalled, why="scrapped"),)


Shop = Annotated[New | Quoted | Ordering | Done | Scrapped, Field(discriminator="kind")]
ShopEvent = Open | Quote | Approve | Collect | Poke | Lapsed | Recalled | Mailed | PartCame | PartMissing
shop = Machine[Shop, ShopEvent](name="shop", max_deferred=2)
ID = WorkflowId("bike")


def step(snapshot, event, *, now=NOW, actor="", machine=shop, **how):
    """Take one step; return the commit or the refusal."""
    return advance(machine, snapshot, Delivery(event, **how), Context(now, ID, "", actor))


def walk(*events, now=NOW):
    """Take several steps from the start; each is an event, or an event and how it comes. Return the snapshot."""
    snapshot = None
    for one in events:
        event, how = one if isinstance(one, tuple) else (one, {})
        commit = step(snapshot, event, **{"now": now, **how})
        assert isinstance(commit, Commit), commit
        snapshot = commit.after
    return snapshot


# The ids of intents and waits, and the first events, in the lives that most tests tell.
OPENED = IntentId("bike:1:0")
BOSS, LAPSE = {"wait": WaitKey("boss")}, {"wait": WaitKey("Lapsed")}
QUOTED = (Open(parts=2), Quote(price=5))
ORDERING = (*QUOTED, (Approve(), BOSS))


def part(number, event=PartCame):
    """An answer to the order of one part, and how it comes."""
    return event(part_id=PartId(f"p{number}")), {"answers": IntentId(f"bike:3:{number}")}


def failed(number, cause=FailureCause.EXHAUSTED):
    """The failure of the order of one part, and how it comes."""
    intent = OrderPart(part_id=PartId(f"p{number}"))
    return IntentFailed[OrderPart](intent=intent, cause=cause), {"answers": IntentId(f"bike:3:{number}")}


def outcomes(commit):
    return [record.outcome for record in commit.records]
