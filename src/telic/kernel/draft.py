"""One instance while a step is being decided: the only mutable thing in the kernel.

A draft is made by ``advance``, changed by it, and read once at the end as a commit. It never
leaves that call. What may never be here: the decision which event is taken; see ``advance``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from telic.kernel.context import Context
from telic.kernel.errors import BrokenClaim, TransitionError, UndeclaredResult
from telic.kernel.events import Event, Fact
from telic.kernel.gathering import opened_waits
from telic.kernel.intents import Emission, Intent, Many, NoIntent, parts_of
from telic.kernel.orders import IntentFailed, Withdraw
from telic.kernel.reminders import Remind, ReminderDue, is_asked_for, remind_of
from telic.kernel.reporting import report_of
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Begin,
    Commit,
    Meta,
    OpenIntent,
    OpenWait,
    Outcome,
    Parked,
    Record,
    Recorded,
    Snapshot,
    Status,
)
from telic.kernel.table import Row, StateInfo
from telic.kernel.values import EventId, IntentId, WaitKey
from telic.kernel.verdicts import Reason, Verdict
from telic.kernel.waits import Deadline, HumanTask

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["NO_INTENT", "Draft", "Source", "check_shape", "run_transition"]

NO_INTENT = NoIntent()


class Source(NamedTuple):
    """Where an event comes from, and who sent it.

    Attributes:
        given_id: The id that the caller gave to it, if any.
        intent: The intent that it answers.
        wait: The wait that it comes from; a human task for the command that completes it.
        actor: Who sent it.
        first: The record in which it was first kept, if it was kept before.
    """

    given_id: EventId | None = None
    intent: OpenIntent | None = None
    wait: OpenWait | None = None
    actor: str = ""
    first: int | None = None


class Draft:
    """An instance in the making: what it was, and what it becomes record by record."""

    __slots__ = (
        "before",
        "ctx",
        "info",
        "late",
        "machine",
        "meta",
        "open",
        "parked",
        "paused_for",
        "records",
        "revision",
        "state",
        "status",
        "waits",
    )

    def __init__(
        self,
        machine: Machine[BaseModel, Event],
        before: Snapshot[BaseModel] | None,
        meta: Meta,
        state: BaseModel,
        ctx: Context,
    ) -> None:
        """Begin from a snapshot, or from the first state of a new instance."""
        self.machine = machine
        self.before = before
        self.meta = meta
        self.state = state
        self.ctx = ctx
        self.info: StateInfo = machine.infos[type(state)]
        self.records: list[Record[BaseModel]] = []
        if before is None:
            self.revision, self.status, self.paused_for = 0, Status.RUNNING, ""
            self.open: dict[IntentId, OpenIntent] = {}
            self.late: dict[IntentId, OpenIntent] = {}
            self.waits: tuple[OpenWait, ...] = ()
            self.parked: list[Parked] = []
        else:
            self.revision, self.status, self.paused_for = before.revision, before.status, before.paused_for
            self.open, self.late = dict(before.open), dict(before.late)
            self.waits, self.parked = before.waits, list(before.parked)

    def context(self, source: Source) -> Context:
        """Return the context of the record that is written next."""
        task = source.wait if source.wait is not None and isinstance(source.wait.wait, HumanTask) else None
        answers = source.intent.intent if source.intent is not None else None
        meta = self.meta
        return self.ctx.in_step(meta.id, meta.tenant, source.actor, self.revision + 1, source.given_id, answers, task)

    def decide(self, row: Row, event: Event, source: Source) -> tuple[BaseModel, Emission | Verdict]:
        """Run a transition of the present state and hold it to what it declares."""
        return run_transition(
            self.machine.name, row, self.state, event, self.context(source) if row.takes_context else None
        )

    def enter(
        self,
        event: Event | Begin[BaseModel],
        state: BaseModel,
        emission: Emission,
        source: Source,
        *,
        outcome: Outcome = Outcome.STEPPED,
    ) -> None:
        """Move to a state: account for the intent answered, open the new ones, write a record."""
        self.revision += 1
        self.state = state
        self.info = self.machine.infos[type(state)]
        self.account_for(event, source)
        emitted = self._emit(emission) if type(emission) is not NoIntent else ()
        if self.info.settles:
            self._check_claims()
        if self.info.declares_waits or self.waits:
            before = self.waits
            self.waits = opened_waits(state, before, self.revision, self.ctx.now)
            if self.waits is not before and self.open:
                self._forget_reminders()
        if self.info.final and self.status is not Status.ENDED:
            self.status, self.paused_for = Status.ENDED, ""
            emitted += self.report(event, len(emitted))
        self.record(event, outcome, source, emission=emission, emitted=emitted)

    def note(self, event: Event, outcome: Outcome, source: Source, why: Sequence[Reason] = ()) -> None:
        """Write a record that keeps the state."""
        self.revision += 1
        # An unplaced fact keeps its intent open until a state takes it.
        self.account_for(event, source._replace(intent=None) if outcome is Outcome.UNPLACED else source)
        self.record(event, outcome, source, why=tuple(why))

    def park(self, event: Event, outcome: Outcome, source: Source) -> None:
        """Keep an event with the instance, and write the record of that."""
        self.note(event, outcome, source)
        first = source.first or self.revision
        given = source.given_id or self.records[-1].event_id
        wait = source.wait.key if source.wait is not None else None
        self.parked.append(Parked(event, given, first, outcome, source.intent, wait, source.actor))
        self.parked.sort(key=lambda one: one.first)

    def account_for(self, event: Event | Begin[BaseModel], source: Source) -> None:
        """Close the intent that an event answers; mark the deadline that has fired, or the reminder."""
        if source.intent is not None:
            self.open.pop(source.intent.id, None)
            self.late.pop(source.intent.id, None)
            if isinstance(event, IntentFailed) and self.machine.intents.get(type(source.intent.intent)):
                self.late[source.intent.id] = source.intent
        if source.wait is not None and isinstance(source.wait.wait, Deadline):
            fired = source.wait._replace(fired=source.wait.wait.at)
            self.waits = tuple(fired if one.key == fired.key else one for one in self.waits)
        if source.wait is not None and isinstance(event, ReminderDue):
            told = source.wait._replace(reminded=(*source.wait.reminded, event.at))
            self.waits = tuple(told if one.key == told.key else one for one in self.waits)

    def remind(self, event: ReminderDue, source: Source) -> None:
        """Open the reminder of a task, and write the record of that; the state stays as it is."""
        assert source.wait is not None
        self.revision += 1
        opened = OpenIntent(IntentId(f"{self.meta.id}:{self.revision}:0"), remind_of(source.wait, event.at))
        self.account_for(event, source)
        self.open[opened.id] = opened
        self.record(event, Outcome.STEPPED, source, emitted=(opened,))

    def _forget_reminders(self) -> None:
        """Take back the reminders of tasks that are not open any more, or due at another moment."""
        for key, one in self.open.items():
            if isinstance(one.intent, Remind) and not is_asked_for(one.intent, self.waits):
                self.open[key] = one._replace(withdrawn=True)

    def withdraw_all(self) -> None:
        """Take back every open intent."""
        self.open = {key: one._replace(withdrawn=True) for key, one in self.open.items()}

    def report(self, event: Event | Begin[BaseModel], position: int = 0) -> tuple[OpenIntent, ...]:
        """Open the report of an instance that is over now; it has none where nobody spawned it.

        Args:
            event: What ended it.
            position: How many intents the same record has opened before.
        """
        told = report_of(self.machine, self.meta, self.status, self.state, event)
        if told is None:
            return ()
        opened = OpenIntent(IntentId(f"{self.meta.id}:{self.revision}:{position}"), told)
        self.open[opened.id] = opened
        return (opened,)

    def record(
        self,
        event: Event | Begin[BaseModel],
        outcome: Outcome,
        source: Source,
        *,
        emission: Emission = NO_INTENT,
        emitted: tuple[OpenIntent, ...] = (),
        why: tuple[Reason, ...] = (),
    ) -> None:
        """Write the line of the journal for what was just done."""
        answers = source.intent.id if source.intent is not None else None
        wait: WaitKey | None = source.wait.key if source.wait is not None else None
        self.records.append(
            Record(
                self.meta.id, self.revision, outcome, self.ctx.now, event, source.given_id, self.state,
                emission, emitted, answers, wait, source.actor, source.first, why,
            )
        )  # fmt: skip

    def commit(self) -> Commit[BaseModel]:
        """Return the draft as one commit."""
        seen: dict[EventId, Recorded] = dict(self.before.seen) if self.before is not None else {}
        for record in self.records:
            if record.given_id is not None:
                seen.setdefault(record.given_id, record.recorded)
        after = Snapshot(
            self.meta, self.revision, self.state, self.status, self.ctx.now,
            self.open, self.late, self.waits, tuple(self.parked), self.paused_for, seen,
        )  # fmt: skip
        if self.revision % self.machine.checkpoint_every < len(self.records):
            self.records[-1] = self.records[-1]._replace(checkpoint=after._replace(seen=NOTHING_SEEN))
        return Commit(self.before, after, tuple(self.records))

    def _emit(self, emission: Emission) -> tuple[OpenIntent, ...]:
        emitted: list[OpenIntent] = []
        for part in parts_of(emission):
            if isinstance(part, Withdraw):
                self._withdraw(part)
            elif isinstance(part, Many):
                emitted += [self._opened(one, len(emitted) + at, many=True) for at, one in enumerate(part.items)]
            else:
                assert isinstance(part, Intent)  # there is no fourth kind of item
                emitted.append(self._opened(part, len(emitted), many=False))
        for one in emitted:
            self.open[one.id] = one
        return tuple(emitted)

    def _opened(self, intent: Intent[Fact], position: int, *, many: bool) -> OpenIntent:
        kind = type(intent)
        correlated = many or any(type(one.intent) is kind for one in self.open.values())
        if correlated:
            self._check_correlation(kind)
        return OpenIntent(
            IntentId(f"{self.meta.id}:{self.revision}:{position}"), intent, withdrawn=False, correlated=correlated
        )

    def _check_correlation(self, kind: type[Intent[Fact]]) -> None:
        for answer in self.machine.intents[kind]:
            if not self.machine.shared_ids[kind, answer]:
                raise TransitionError(
                    f"machine {self.machine.name!r}",
                    f"expected {kind.__name__} and {answer.__name__} to share a field "
                    f"of one TypedId type, since several "
                    f"{kind.__name__} are open at once, got none; do give both the id that tells them apart",
                )

    def _withdraw(self, order: Withdraw) -> None:
        for key, one in self.open.items():
            if order.takes(one.intent):
                self.open[key] = one._replace(withdrawn=True)

    def _check_claims(self) -> None:
        answered = [one.answers for one in self.parked if one.answers is not None]
        for one in (*self.open.values(), *answered):
            if type(one.intent) in self.info.settles:
                raise BrokenClaim(
                    self.info.state.__name__,
                    f"expected no open {type(one.intent).__name__}, as settles claims, got {one.id}; "
                    "do wait for its answer before this state, or withdraw the claim",
                )


def run_transition(
    machine: str, row: Row, subject: object, event: object, ctx: Context | None
) -> tuple[BaseModel, Emission | Verdict]:
    """Run a transition and hold it to what it declares.

    Args:
        machine: The name of the machine, for messages.
        row: The transition.
        subject: The state, or the class for a start.
        event: The event.
        ctx: The context, where the transition takes one.

    Raises:
        UndeclaredResult: When it returns what its annotation does not name.
    """
    try:
        result = row.call(subject, event, ctx) if row.takes_context else row.call(subject, event)
    except Exception as error:
        error.add_note(row.noted(machine))
        raise
    if type(result) is not tuple or len(result) != 2:
        raise UndeclaredResult(
            row.where, f"expected a pair of a state and an intent, got {result!r}; do return NewState(...), NoIntent()"
        )
    state, out = result
    if (type(state), type(out)) not in row.shapes:
        check_shape(row, state, out)
    if isinstance(out, Verdict) and state is not subject and not isinstance(subject, type) and state != subject:
        raise UndeclaredResult(
            row.where, f"expected a verdict beside self, got it beside {state!r}; do return self, {out!r}"
        )
    if TYPE_CHECKING:  # the shapes hold only states beside emissions or verdicts
        assert isinstance(state, BaseModel)
        assert isinstance(out, (Emission, Verdict))
    return state, out


def check_shape(row: Row, state: object, out: object) -> None:
    """Hold a result with several intents to the alternatives that its transition declares.

    Args:
        row: The transition.
        state: The new state that it returned.
        out: What it returned beside it.

    Raises:
        UndeclaredResult: When no alternative covers the result.
    """
    if isinstance(out, Verdict):
        fits = any(edge.verdict is type(out) for edge in row.edges)
    elif isinstance(out, Emission):
        kinds = _kinds(row, out)
        fits = any(
            edge.target is type(state) and edge.verdict is None and _covers(edge.emits, edge.withdraws, kinds)
            for edge in row.edges
        )
    else:
        fits = False
    if not fits:
        declared = " | ".join(sorted({_shape(edge.target, edge.emits, edge.verdict) for edge in row.edges}))
        raise UndeclaredResult(
            row.where,
            f"expected {declared}, got ({type(state).__name__}, {out!r}); do declare it in the return annotation",
        )


def _kinds(row: Row, emission: Emission) -> list[tuple[type, bool]]:
    kinds: list[tuple[type, bool]] = []
    for part in parts_of(emission):
        if isinstance(part, Many):
            kinds += [(type(one), True) for one in part.items[:1]]
        else:
            kinds.append((type(part), False))
    names = [kind.__name__ for kind, _ in kinds if kind is not Withdraw]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UndeclaredResult(
            row.where,
            f"expected at most one {twice[0]} in a batch, got {names.count(twice[0])}; do emit them with Many.of(...)",
        )
    return kinds


def _covers(emits: Sequence[object], withdraws: bool, kinds: list[tuple[type, bool]]) -> bool:  # noqa: FBT001
    declared = {(getattr(one, "intent", None), getattr(one, "many", False)) for one in emits}
    return all(kind in declared if kind[0] is not Withdraw else withdraws for kind in kinds)


def _shape(target: type, emits: Sequence[object], verdict: type | None) -> str:
    out = (
        verdict.__name__
        if verdict
        else " & ".join(getattr(one, "intent", object).__name__ for one in emits) or "NoIntent"
    )
    return f"({target.__name__}, {out})"
