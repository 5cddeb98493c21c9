"""A stateful test of a whole machine in one line: ``TestOrder = stateful(order).TestCase``.

Hypothesis plays everybody outside: it starts, commands, answers late, twice and never, lets
time pass and crashes the process. Each run draws a transition to aim for and prefers the
moves that lead there, so that rare ones are reached. What may never be here: a rule of a
machine; the real step decides, ``judging`` says what must be true of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar, cast

from hypothesis import event as note
from hypothesis import settings as Settings  # noqa: N812  (the parameter has the name that users know)
from hypothesis import strategies as st
from hypothesis import target
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import BaseModel

from telic.kernel.events import Cancel, Control, Event, Fact, Pause, Resume, Terminate
from telic.kernel.intents import AtMostOnce, Intent
from telic.kernel.machine import AnyMachine, Machine
from telic.kernel.orders import FailureCause, IntentFailed
from telic.kernel.results import Duplicate, ResultKind, Unasked, Written
from telic.kernel.snapshot import Begin, Delivery, OpenIntent, Snapshot
from telic.kernel.table import Row
from telic.kernel.values import EventId, WorkflowId
from telic.kernel.waits import Deadline
from telic.runtime.results import RunResult
from telic.testing import judging
from telic.testing.driven import Driven, Driver, RuntimeFactory
from telic.testing.instance import MONDAY, Instance
from telic.testing.moves import FAR, OVER, Move, MoveKind, distances, label_of, moves_of
from telic.testing.strategies import Builder, Overrides, shared_with
from telic.testing.telling import described, standing, told

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["stateful"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_SKIPS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=40))
# How often in a row a run may go nowhere: more would fill it.
_NOISE = 3
# How often a rejected start is tried before anything else may happen.
_BEGINNINGS = 5
_CONTROLS = (Pause, Resume, Cancel, Terminate)


class _Plan(NamedTuple):
    """What all runs of one test class share.

    Attributes:
        machine: The machine.
        runtime: Makes the runtime of a run; ``None`` for the pure step.
        builder: Makes up values.
        always: The user's own predicates.
        now: When a run begins.
        operators: Whether operators may interfere at all.
        goals: The transitions that a run may aim for, by their arrows, each with how far
            every state is from it.
    """

    machine: AnyMachine
    runtime: Callable[[], object] | None
    builder: Builder
    always: tuple[judging.Always, ...]
    now: datetime
    operators: bool
    goals: dict[str, tuple[Row, Mapping[type[BaseModel], int]]]


def stateful(
    machine: Machine[S, E],
    *,
    runtime: RuntimeFactory[S, E] | None = None,
    domain: Overrides | None = None,
    always: Sequence[Callable[[Snapshot[S]], object]] = (),
    operators: bool = True,
    now: datetime = MONDAY,
    settings: Settings | None = None,
) -> type[RuleBasedStateMachine]:
    """Return a stateful test of a machine; its ``TestCase`` is what pytest collects.

    Held after every step: no exception; each answer to an open intent is taken; an end
    stays an end; a refusal changes nothing; the same event id is a duplicate; the snapshot
    comes back from its bytes; the journal counts its lines and leads to the state.

    Args:
        machine: The machine.
        runtime: Makes a runtime over an empty store, or an async context manager of one;
            without, the pure step is driven, and every snapshot read from bytes.
        domain: Strategies of your own by type, for fields that are best not just anything.
        always: Predicates over the snapshot; one that returns ``False`` fails the test.
        operators: Some runs pause, resume, cancel and terminate the instance.
        now: The moment at which each run begins.
        settings: Hypothesis settings of the test case.

    Example:
        ``TestOrder = stateful(order).TestCase``
    """
    plain = cast("AnyMachine", machine)
    rows = [row for info in machine.infos.values() for row in info.rows.values()]
    plan = _Plan(
        plain, runtime, Builder(domain or {}), cast("tuple[judging.Always, ...]", tuple(always)), now, operators,
        {label_of(row): (row, distances(plain, row)) for row in rows},
    )  # fmt: skip
    name = "".join(part.capitalize() for part in machine.name.replace("-", "_").split("_"))
    about = {"plan": plan, "__doc__": f"Machine {machine.name!r}, played by Hypothesis."}
    made: type[RuleBasedStateMachine] = type(f"{name}Test", (_Run,), about)
    if settings is not None:
        made.TestCase.settings = settings
    return made


def _has(*kinds: MoveKind) -> Callable[[_Run], bool]:
    return lambda self: any(move.kind in kinds for move in self.moves)


class _AllEnabled:
    """What Hypothesis asks whether a rule is switched on in this run."""

    def is_enabled(self, name: str) -> bool:  # noqa: ARG002  (its protocol)
        """Say yes."""
        return True

    def __repr__(self) -> str:
        """Return what it stands for."""
        return "every rule"


class _Run(RuleBasedStateMachine):
    """One instance, and everybody who may move it."""

    plan: ClassVar[_Plan]

    def __init__(self) -> None:
        super().__init__()
        # Hypothesis switches off rules at random, and so cuts runs off from where they could go.
        # Here the goal makes runs differ. Without this attribute they are merely shorter.
        chooser: object = getattr(self, "_rules_strategy", None)
        if hasattr(chooser, "enabled_rules_strategy"):
            setattr(chooser, "enabled_rules_strategy", st.just(_AllEnabled()))  # noqa: B010  (not ours)
        plan = self.plan
        self.id = WorkflowId(f"{plan.machine.name}-1")
        self.driver: Driver = (
            Driven(plan.runtime, self.id, plan.now)
            if plan.runtime is not None
            else cast("Driver", Instance(plan.machine, self.id, plan.now))
        )
        self.goal: Row | None = None
        self.way: Mapping[type[BaseModel], int] = {}
        self.controls = False
        self.tries: Counter[Row] = Counter()
        self.taken: set[Row] = set()
        self.sent: list[tuple[Delivery, Written[BaseModel]]] = []
        self.answered: list[tuple[OpenIntent, Event]] = []
        self.story: list[str] = []
        self.moves: tuple[Move, ...] = ()
        self.noise = 0
        self.sound = False

    @property
    def snapshot(self) -> Snapshot[BaseModel]:
        """Where the instance stands; only asked for once it has begun."""
        return cast("Snapshot[BaseModel]", self.driver.snapshot)

    # How a run begins.

    @initialize(data=st.data())
    def aim(self, data: st.DataObject) -> None:
        """Choose what this run aims for, and whether operators may interfere."""
        self._aim(data)
        self.controls = self.plan.operators and data.draw(st.sampled_from([False, False, True]), label="operators")
        for _ in range(_BEGINNINGS):
            if self.driver.snapshot is None:
                self._begin(data)

    def _aim(self, data: st.DataObject) -> None:
        """Choose a transition that can still be reached; those not yet taken twice as often."""
        snapshot = self.driver.snapshot
        here = type(snapshot.state) if snapshot is not None else None
        goals = self.plan.goals
        ahead = [name for name, (_, way) in goals.items() if here is None or here in way]
        ahead += [name for name in ahead if goals[name][0] not in self.taken]
        if ahead:
            self.goal, self.way = goals[data.draw(st.sampled_from(ahead), label="aim for")]

    @precondition(lambda self: self.driver.snapshot is None)
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Start the instance, where that was rejected before."""
        self._begin(data)

    def _begin(self, data: st.DataObject) -> None:
        machine = self.plan.machine
        first = data.draw(st.sampled_from([*machine.start_rows, *machine.start_states]), label="begin with")
        value = data.draw(self.plan.builder.build_with(first, {}), label="first")
        event = value if isinstance(value, Event) else Begin(cast("BaseModel", value))
        result = self._send(Delivery(event, EventId("e-0")))
        with_verdict = isinstance(result, Written) or result.kind is ResultKind.REJECTED
        assert with_verdict, f"expected {event!r} to start the instance or be rejected, got {described(result)}"
        self._hold_written(None, result)

    # What may happen next.

    @precondition(lambda self: self.moves)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """Do anything that leads on."""
        self._play(data, [move for move in self.moves if move.row is not None] or list(self.moves))

    @precondition(_has(MoveKind.COMMAND))
    @rule(data=st.data())
    def command(self, data: st.DataObject) -> None:
        """Ask for something, whether the state takes it or not."""
        self._play(data, self._of(MoveKind.COMMAND))

    @precondition(_has(MoveKind.ANSWER, MoveKind.DONE))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Answer an open intent; one that is never drawn is never answered."""
        self._play(data, self._of(MoveKind.ANSWER, MoveKind.DONE))

    @precondition(_has(MoveKind.FAIL))
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        """Give an open intent up."""
        self._play(data, self._of(MoveKind.FAIL))

    @precondition(_has(MoveKind.LATE))
    @rule(data=st.data())
    def answer_late(self, data: st.DataObject) -> None:
        """Answer an intent that was given up."""
        self._play(data, self._of(MoveKind.LATE))

    @precondition(_has(MoveKind.FIRE))
    @rule(data=st.data())
    def fire(self, data: st.DataObject) -> None:
        """Let a deadline pass, and fire it."""
        self._play(data, self._of(MoveKind.FIRE))

    @precondition(_has(MoveKind.COMPLETE))
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        """Complete a human task."""
        self._play(data, self._of(MoveKind.COMPLETE))

    @precondition(_has(MoveKind.PUBLISH))
    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        """Publish a fact that the state waits for."""
        self._play(data, self._of(MoveKind.PUBLISH))

    # What goes wrong outside.

    @precondition(lambda self: self.sent and self.noise < _NOISE)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Deliver an event a second time, under its id."""
        delivery, first = data.draw(st.sampled_from(self.sent[::-1]), label="again")
        self.noise += 1
        before = self.driver.snapshot
        result = self._send(delivery, "again")
        assert isinstance(result, Duplicate), f"expected a Duplicate of {first!r}, got {described(result)}"
        assert result.recorded == first.record.recorded, f"expected {first.record.recorded}, got {result.recorded}"
        judging.hold_unchanged(before, self.driver.snapshot, "a duplicate")

    @precondition(lambda self: self.answered and self.noise < _NOISE)
    @rule(data=st.data())
    def answer_again(self, data: st.DataObject) -> None:
        """Answer an intent that is closed, under an id of its own."""
        intent, fact = data.draw(st.sampled_from(self.answered[::-1]), label="again")
        self.noise += 1
        before = self.driver.snapshot
        result = self._send(Delivery(fact, EventId(f"e-{len(self.story)}"), intent.id), f"for closed {intent.id}")
        assert isinstance(result, Unasked), f"expected {fact!r} to be Unasked the second time, got {described(result)}"
        judging.hold_unchanged(before, self.driver.snapshot, "an answer that nobody asked for")

    @precondition(lambda self: self.driver.snapshot is not None)
    @rule(span=st.sampled_from(_SKIPS))
    def skip(self, span: timedelta) -> None:
        """Let time pass; what is due stays due."""
        self.driver.now += span

    @precondition(lambda self: self.driver.snapshot is not None and self.noise < _NOISE)
    @rule()
    def crash(self) -> None:
        """Lose the process, and go on from what is stored."""
        self.noise += 1
        before = self.driver.snapshot
        self.sound = False
        with_story(self.driver.reload, self._told)
        judging.hold_unchanged(before, self.driver.snapshot, "a crash")
        self._hold_journal()
        self.sound = True

    @precondition(lambda self: self.controls and self.driver.snapshot is not None and self.snapshot.status not in OVER)
    @rule(control=st.sampled_from(_CONTROLS))
    def operate(self, control: type[Control]) -> None:
        """Pause, resume, cancel or terminate the instance."""
        before = self.snapshot
        result = self._send(Delivery(control(), EventId(f"e-{len(self.story)}")))
        # A machine that takes the command may answer it with any verdict.
        expected = {ResultKind.STEPPED, ResultKind.REJECTED, ResultKind.IGNORED, ResultKind.DEFERRED}
        assert result.kind in expected, f"expected {control.__name__} to be taken or rejected, got {described(result)}"
        self._hold_written(before, result)

    # How a move is chosen, filled in and judged.

    def _of(self, *kinds: MoveKind) -> list[Move]:
        return [move for move in self.moves if move.kind in kinds]

    def _play(self, data: st.DataObject, moves: list[Move]) -> None:
        if self.goal is None or type(self.snapshot.state) not in self.way:
            self._aim(data)
        ordered = sorted(moves, key=self._rank)
        # Most choices fall on the move that leads on; the first one is where shrinking ends.
        move = data.draw(st.sampled_from([ordered[0]] * (2 * len(ordered)) + ordered[1:]), label="move")
        event = data.draw(self._event(move), label="event")
        self.noise = 0
        before = self.snapshot
        if move.wait is not None and isinstance(move.wait.wait, Deadline):
            self.driver.now = max(self.driver.now, move.wait.wait.at)
        result = self._send(move.delivery(event, EventId(f"e-{len(self.story)}")), move.via)
        if move.row is not None:
            self.tries[move.row] += 1
            if result.kind is ResultKind.STEPPED:
                self.taken.add(move.row)
                self.goal = None if move.row is self.goal else self.goal
                note(label_of(move.row))
        self._hold(lambda: judging.hold_step(move, before, result, self.snapshot))
        if move.kind in (MoveKind.ANSWER, MoveKind.DONE) and move.answers is not None:
            self._closed(move.answers, event)

    def _closed(self, intent: OpenIntent, event: Event) -> None:
        held = [one.answers.id for one in self.snapshot.parked if one.answers is not None]
        if intent.id not in (*self.snapshot.open, *self.snapshot.late, *held):
            self.answered.append((intent, event))

    def _rank(self, move: Move) -> int:
        """Return how far a move is from the goal; each try makes it look further."""
        if move.row is None:
            return FAR
        if move.row is self.goal:
            return self.tries[move.row]
        ahead = min((self.way.get(edge.target, FAR) for edge in move.row.edges), default=FAR)
        return 1 + ahead + self.tries[move.row]

    def _event(self, move: Move) -> st.SearchStrategy[Event]:
        builder, machine = self.plan.builder, self.plan.machine
        if move.wait is not None and isinstance(move.wait.wait, Deadline):
            return st.just(move.wait.wait.event)
        if move.answers is None:
            found = builder.build_with(move.event, {})
        elif move.kind is MoveKind.FAIL:
            failed, intent = cast("type[IntentFailed[Intent[Fact]]]", move.event), move.answers.intent
            return st.sampled_from(_causes(move.answers)).map(lambda cause: failed(intent=intent, cause=cause))
        else:
            answer = cast("type[Fact]", move.event)
            found = builder.build_with(answer, shared_with(machine, move.answers.intent, answer))
        return cast("st.SearchStrategy[Event]", found)

    def _send(self, delivery: Delivery, via: str = "") -> RunResult[BaseModel]:
        self.sound = False
        result = with_story(lambda: self.driver.send(delivery), self._told)
        self.story.append(told(delivery.event, via, result))
        if isinstance(result, Written) and delivery.event_id is not None:
            self.sent.append((delivery, result))
        snapshot = self.driver.snapshot
        self.moves = moves_of(self.plan.machine, snapshot) if snapshot is not None else ()
        self.sound = True
        return result

    def _hold_written(self, before: Snapshot[BaseModel] | None, result: RunResult[BaseModel]) -> None:
        self._hold(lambda: judging.hold_written(before, result, self.driver.snapshot))

    def _hold(self, check: Callable[[], None]) -> None:
        self.sound = False
        with_story(check, self._told)
        self.sound = True

    def _told(self) -> str:
        steps = "\n  ".join(f"{number}. {line}" for number, line in enumerate(self.story, 1))
        return f"the story of {self.id}:\n  {steps}\nnow it stands so:\n  {standing(self.driver.snapshot)}"

    def _hold_journal(self) -> None:
        entries = self.driver.journal()
        if entries is not None and self.driver.snapshot is not None:
            self._hold(lambda: judging.hold_journal(self.plan.machine, self.snapshot, entries))

    @precondition(lambda self: self.driver.snapshot is not None)
    @invariant()
    def stands_as_stored(self) -> None:
        """The snapshot comes back from its bytes, and the user's predicates hold."""
        self._hold(lambda: judging.hold_codec(self.plan.machine, self.snapshot))
        self._hold(lambda: judging.hold_always(self.snapshot, self.plan.always))

    def teardown(self) -> None:
        """Fold the journal once more, and tell Hypothesis how far this run has come."""
        try:
            if self.sound:
                self._hold_journal()
                target(float(len(self.taken)), label="transitions taken")
        finally:
            if isinstance(self.driver, Driven):
                self.driver.close()


def _causes(opened: OpenIntent) -> list[FailureCause]:
    causes = [FailureCause.EXHAUSTED, FailureCause.NON_RETRYABLE]
    if issubclass(type(opened.intent).__delivery__, AtMostOnce):
        causes.append(FailureCause.IN_DOUBT)
    return [*causes, FailureCause.WITHDRAWN] if opened.withdrawn else causes


T = TypeVar("T")


def with_story(function: Callable[[], T], story: Callable[[], str]) -> T:
    """Call a function; an error of its own tells the story as well.

    Args:
        function: What is called.
        story: What has happened until then, as text.
    """
    try:
        return function()
    except Exception as error:
        error.add_note(story())
        raise
