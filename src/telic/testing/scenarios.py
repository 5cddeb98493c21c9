"""Given, when, then on the pure step: what a machine does, told as a story, without mocks.

``begin`` or ``given`` make a :class:`Flow`; ``when`` sends an event, ``expect`` finds an open
intent and answers it, ``skip`` lets time pass. A refusal is a result that can be expected.
An expectation that fails raises ``AssertionError`` with what differs and what came before.
What may never be here: a rule of a machine, or an event that nobody has sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.errors import nearest
from telic.kernel.events import Control, Event, Fact
from telic.kernel.gathering import opened_waits
from telic.kernel.intents import Intent
from telic.kernel.machine import Machine
from telic.kernel.orders import FailureCause, IntentDone, IntentFailed
from telic.kernel.results import Deferred, Ended, Ignored, Rejected, Started, Stepped, Written
from telic.kernel.snapshot import Delivery, Meta, OpenIntent, OpenWait, Snapshot, Status
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.kernel.verdicts import Reason
from telic.kernel.waits import Deadline, Topic
from telic.runtime.results import RunResult
from telic.testing.instance import MONDAY, Instance
from telic.testing.strategies import shared_with
from telic.testing.telling import described, differences, field_differences, names_of, standing, told

__all__ = ["Expected", "Flow", "begin", "given"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
A = TypeVar("A", bound=Fact)
X = TypeVar("X", bound=BaseModel)

# More deadlines than any story fires: a state that declares a new one at each is going in circles.
_FIRED_MAX = 1_000


def begin(
    machine: Machine[S, E], event: E, *, now: datetime = MONDAY, actor: str = "", id: WorkflowId | None = None
) -> Flow[S, E]:
    """Return the story of an instance that an event starts.

    Args:
        machine: The machine.
        event: The event; it may be rejected, see :meth:`Flow.then_rejected`.
        now: The moment.
        actor: Who sends it.
        id: The id of the instance.

    Example:
        ``begin(order, PlaceOrder(...)).expect(ChargeCard).answer(CardCharged(...))``
    """
    flow = Flow(Instance(machine, id or WorkflowId(f"{machine.name}-1"), now))
    return flow.when(event, actor=actor)


def given(
    machine: Machine[S, E],
    first: S | E,
    *,
    open: Sequence[Intent[Fact]] = (),  # noqa: A002  (the word of the snapshot)
    now: datetime = MONDAY,
    id: WorkflowId | None = None,
) -> Flow[S, E]:
    """Return the story of an instance that stands in a state, or that an event starts.

    Args:
        machine: The machine.
        first: A state of the machine, or a start event.
        open: The intents that are open beside the state.
        now: The moment.
        id: The id of the instance.

    Raises:
        TypeError: When it is neither, or when intents stand beside an event.

    Example:
        ``given(order, OrderReserving(...), open=[ReserveStock(...)]).when(StockMissing(...))``
    """
    if isinstance(first, Event):
        if open:
            raise TypeError("expected open= beside a state, got it beside an event; do expect what the event opens")
        return begin(machine, cast("E", first), now=now, id=id)
    if type(first) not in machine.infos:
        names = names_of(machine.states)
        raise TypeError(f"expected a state of machine {machine.name!r} ({names}), got {first!r}; do name one of them")
    flow = Flow(Instance(machine, id or WorkflowId(f"{machine.name}-1"), now))
    flow.stand(first, open)
    return flow


class Flow(Generic[S, E]):
    """One instance and its story so far; each step returns the flow again.

    Args:
        instance: The instance.
    """

    def __init__(self, instance: Instance[S, E]) -> None:
        """Take an instance; ``begin`` and ``given`` are the ways to have one."""
        self._instance = instance
        self._result: RunResult[S] | None = None
        self._story: list[str] = []

    @property
    def snapshot(self) -> Snapshot[S]:
        """The instance as it stands; fails when it has not begun."""
        if self._instance.snapshot is None:
            raise self._failed("expected an instance, got none")
        return self._instance.snapshot

    @property
    def state(self) -> S:
        """Its state."""
        return self.snapshot.state

    @property
    def result(self) -> RunResult[S]:
        """What came of the last event."""
        if self._result is None:
            raise self._failed("expected an event before its result, got none; do when(...)")
        return self._result

    @property
    def now(self) -> datetime:
        """The moment of the next step."""
        return self._instance.now

    @property
    def story(self) -> str:
        """What has happened, line by line, and where the instance stands."""
        held = cast("Snapshot[BaseModel] | None", self._instance.snapshot)
        lines = "\n  ".join(f"{number}. {line}" for number, line in enumerate(self._story, 1)) or "nothing yet"
        return f"the story:\n  {lines}\nnow it stands so:\n  {standing(held)}"

    def stand(self, state: S, open: Sequence[Intent[Fact]]) -> None:  # noqa: A002  (as in ``given``)
        """Put the instance into a state, with intents that are open."""
        instance, machine = self._instance, self._instance.machine
        kinds = [type(one) for one in open]
        held = {
            (key := IntentId(f"{instance.id}:1:{at}")): OpenIntent(key, one, correlated=kinds.count(type(one)) > 1)
            for at, one in enumerate(open)
        }
        status = Status.ENDED if type(state) in machine.final_states else Status.RUNNING
        meta = Meta(instance.id, started_at=instance.now)
        waits = opened_waits(state, (), 1, instance.now)
        instance.snapshot = Snapshot(meta, 1, state, status, instance.now, held, waits=waits)
        self._story.append(f"given {state!r}")

    # What happens.

    def when(
        self,
        event: E | Control | IntentFailed[Any],
        *,
        actor: str = "",
        wait: str | None = None,
        event_id: str | None = None,
    ) -> Flow[S, E]:
        """Send an event; whatever comes of it is the flow's ``result``.

        A fact is sent from where it was asked for: as the answer to the open intent that it
        may answer, or from the wait that it fits; the clock goes on to a deadline that is
        not due. A fact that nobody asked for is sent all the same, and is ``Unasked``.

        Args:
            event: The event.
            actor: Who sends it.
            wait: The key of the task or wait that it comes from, where several fit.
            event_id: An id, to be sent twice.

        Raises:
            AssertionError: When a fact may come from more than one place.
        """
        known = EventId(event_id) if event_id is not None else None
        if wait is not None or not isinstance(event, Fact) or self._instance.snapshot is None:
            return self._send(Delivery(event, known, None, WaitKey(wait) if wait is not None else None), actor)
        asked: list[OpenIntent | OpenWait] = [*self._asking(event), *self._waiting(event)]
        if len(asked) > 1:
            names = ", ".join(one.key if isinstance(one, OpenWait) else repr(one.intent) for one in asked)
            raise self._failed(
                f"expected one place that asks for {event!r}, got {len(asked)}: {names}; "
                "do expect(...).answer(...) or when(..., wait=...)"
            )
        source = asked[0] if asked else None
        if isinstance(source, OpenIntent):
            return self._send(Delivery(event, known, source.id), actor)
        return self._send(Delivery(event, known, None, source.key if source is not None else None), actor)

    def skip(self, span: timedelta) -> Flow[S, E]:
        """Let time pass; deadlines that fall due fire on the way, each at its moment.

        Args:
            span: How long.

        Raises:
            AssertionError: When the deadlines have no end.
        """
        until = self.now + span
        for _ in range(_FIRED_MAX):
            due = self._next_deadline(until)
            if due is None:
                self._instance.now = until
                return self
            self._send(Delivery(cast("Deadline[Fact]", due.wait).event, None, None, due.key), "")
        raise self._failed(f"expected an end to the deadlines of {span}, got {_FIRED_MAX} and still more")

    def expect(self, intent: type[Intent[A]], **fields: object) -> Expected[S, E, A]:
        """Return the one open intent of a type, ready to be answered.

        Args:
            intent: The type.
            fields: Values of its fields that tell it apart, or that are to be checked.

        Raises:
            AssertionError: When none or several are open.
            TypeError: When the type has no such field.
        """
        found = self.expect_every(intent, **fields)
        if len(found) > 1:
            listed = ", ".join(repr(one.intent) for one in found)
            raise self._failed(
                f"expected one open {intent.__name__}, got {len(found)}: {listed}; do name fields that tell them apart"
            )
        return found[0]

    def expect_every(self, intent: type[Intent[A]], **fields: object) -> list[Expected[S, E, A]]:
        """Return all open intents of a type, oldest first; at least one.

        Args:
            intent: The type.
            fields: Values that their fields must have.

        Raises:
            AssertionError: When none is open.
            TypeError: When the type has no such field.
        """
        _check_names(intent, fields)
        of_type = [one for one in self._open() if type(one.intent) is intent]
        fitting = [one for one in of_type if not list(field_differences(fields, one.intent))]
        if fitting:
            return [Expected(self, one) for one in fitting]
        apart = "; ".join(line for one in of_type for line in field_differences(fields, one.intent))
        got = apart or names_of(type(one.intent) for one in self._open())
        raise self._failed(f"expected an open {intent.__name__}, got {got}")

    # What is expected of the last event.

    def then(
        self,
        state: S | type[BaseModel] | None = None,
        *,
        intents: Sequence[Intent[Fact] | type[Intent[Fact]]] | None = None,
        **fields: object,
    ) -> Flow[S, E]:
        """Expect that the last event was applied, and what it led to.

        Args:
            state: The new state, or its class.
            intents: All that was emitted, in order: values, or classes.
            fields: Values of the new state's fields.

        Raises:
            AssertionError: When it is otherwise.
        """
        result = self._expected(Started, Stepped)
        if state is not None:
            self._check_state(state, fields)
        if intents is not None:
            self._check_intents(intents, [one.intent for record in _records(result) for one in record.emitted])
        return self

    def then_rejected(self, *reasons: Reason) -> Flow[S, E]:
        """Expect that the last command was rejected, with these reasons if any are named.

        Raises:
            AssertionError: When it is otherwise.
        """
        result = self._expected(Rejected, Ended)
        got = result.reasons if isinstance(result, Rejected) else ()
        if reasons and got != reasons:
            raise self._failed(f"expected a rejection because of {reasons!r}, got {got!r}")
        return self

    def then_ignored(self, why: str | None = None) -> Flow[S, E]:
        """Expect that the last event was recorded without effect, for this reason if one is named.

        Raises:
            AssertionError: When it is otherwise.
        """
        result = self._expected(Ignored)
        if why is not None and isinstance(result, Ignored) and result.why != why:
            raise self._failed(f"expected it to be ignored because {why!r}, got {result.why!r}")
        return self

    def then_deferred(self) -> Flow[S, E]:
        """Expect that the last event is kept until the state changes.

        Raises:
            AssertionError: When it is otherwise.
        """
        self._expected(Deferred)
        return self

    # What is expected of the instance.

    def assert_state(self, state: type[X], **fields: object) -> X:
        """Return the state, which must be of a class, with these values in its fields.

        Raises:
            AssertionError: When it is another one.
        """
        self._check_state(state, fields)
        return cast("X", self.state)

    def assert_open(self, *intents: Intent[Fact] | type[Intent[Fact]]) -> Flow[S, E]:
        """Expect exactly these open intents, oldest first: values, or classes; none for nothing.

        Raises:
            AssertionError: When others are open.
        """
        self._check_intents(intents, [one.intent for one in self._open()])
        return self

    def assert_status(self, status: Status) -> Flow[S, E]:
        """Expect the instance as a whole to stand so, such as ``Status.ENDED``.

        Raises:
            AssertionError: When it stands otherwise.
        """
        if self.snapshot.status is not status:
            raise self._failed(f"expected an instance that is {status}, got one that is {self.snapshot.status}")
        return self

    # How it is done.

    def deliver(self, opened: OpenIntent, event: Event) -> Flow[S, E]:
        """Send what answers an open intent."""
        return self._send(Delivery(event, None, opened.id), "")

    def _send(self, delivery: Delivery, actor: str) -> Flow[S, E]:
        via = f"for {delivery.answers}" if delivery.answers is not None else ""
        if delivery.wait is not None:
            via = f"from {delivery.wait}"
            self._wait_for(delivery.wait)
        self._result = self._instance.send(delivery, actor=actor)
        self._story.append(told(delivery.event, via, cast("RunResult[BaseModel]", self._result)))
        return self

    def _wait_for(self, key: WaitKey) -> None:
        held = self._instance.snapshot
        for one in held.waits if held is not None else ():
            if one.key == key and isinstance(one.wait, Deadline):
                self._instance.now = max(self.now, one.wait.at)

    def _open(self) -> list[OpenIntent]:
        kept = {one.answers.id for one in self.snapshot.parked if one.answers is not None}
        return [one for one in self.snapshot.open.values() if one.id not in kept]

    def _asking(self, fact: Fact) -> list[OpenIntent]:
        if isinstance(fact, IntentFailed):
            return [one for one in self._open() if one.intent == fact.intent][:1]
        machine = self._instance.machine
        held = [*self._open(), *self.snapshot.late.values()]
        found = [one for one in held if type(fact) in machine.intents[type(one.intent)]]
        if len(found) > 1:
            found = [
                one
                for one in found
                if all(getattr(fact, name) == id for name, id in shared_with(machine, one.intent, type(fact)).items())
            ]
        return found

    def _waiting(self, fact: Fact) -> list[OpenWait]:
        return [
            one
            for one in self.snapshot.waits
            if (isinstance(one.wait, Deadline) and one.fired is None and one.wait.event == fact)
            or (isinstance(one.wait, Topic) and one.wait.fact is type(fact))
        ]

    def _next_deadline(self, until: datetime) -> OpenWait | None:
        if self.snapshot.status is not Status.RUNNING:
            return None
        due = [
            (one.wait.at, one.key, one)
            for one in self.snapshot.waits
            if isinstance(one.wait, Deadline) and one.fired is None and one.wait.at <= until
        ]
        return min(due)[2] if due else None

    def _expected(self, *kinds: type) -> RunResult[S]:
        result = self.result
        if not isinstance(result, kinds):
            words = " or ".join(one.__name__ for one in kinds)
            raise self._failed(f"expected {words}, got {described(cast('RunResult[BaseModel]', result))}")
        return result

    def _check_state(self, state: S | type[BaseModel], fields: dict[str, object]) -> None:
        got = self.state
        kind = state if isinstance(state, type) else type(state)
        _check_names(kind, fields)
        if type(got) is not kind and not (isinstance(state, type) and isinstance(got, state)):
            raise self._failed(f"expected {kind.__name__}, got {got!r}")
        apart = list(field_differences(fields, got))
        apart += [] if isinstance(state, type) else differences(state, got)
        if apart:
            raise self._failed(f"expected another {kind.__name__}: {'; '.join(apart)}")

    def _check_intents(
        self, expected: Sequence[Intent[Fact] | type[Intent[Fact]]], got: Sequence[Intent[Fact]]
    ) -> None:
        kinds = [one if isinstance(one, type) else type(one) for one in expected]
        if kinds != [type(one) for one in got]:
            raise self._failed(f"expected {names_of(kinds)}, got {names_of(map(type, got))}")
        apart = [
            line
            for one, other in zip(expected, got, strict=True)
            if not isinstance(one, type)
            for line in differences(one, other, type(one).__name__)
        ]
        if apart:
            raise self._failed(f"expected other intents: {'; '.join(apart)}")

    def _failed(self, sentence: str) -> AssertionError:
        return AssertionError(f"{sentence}\n{self.story}")

    def __repr__(self) -> str:
        """Return where the instance stands."""
        return f"Flow({self._instance.snapshot!r})"


class Expected(Generic[S, E, A]):
    """An open intent that a test has asked for.

    Attributes:
        intent: What is to be done.
        id: Its id, the idempotency key.
    """

    def __init__(self, flow: Flow[S, E], opened: OpenIntent) -> None:
        """Keep the intent and the flow that it belongs to."""
        self._flow = flow
        self._opened = opened
        self.intent = opened.intent
        self.id = opened.id

    def answer(self, fact: A) -> Flow[S, E]:
        """Answer with a fact that the type of the intent declares; both checkers hold to that."""
        return self._flow.deliver(self._opened, fact)

    def fail(self, cause: FailureCause = FailureCause.EXHAUSTED, detail: str = "") -> Flow[S, E]:
        """Give the intent up; ``Unasked`` where the state does not take its failure.

        Args:
            cause: Why.
            detail: The last error, as text.
        """
        failure = cast("type[IntentFailed[Intent[Fact]]]", IntentFailed[type(self.intent)])  # type: ignore[misc]
        return self._flow.deliver(self._opened, failure(intent=self.intent, cause=cause, detail=detail))

    def done(self) -> Flow[S, E]:
        """Say that an intent which expects no answer was carried out."""
        return self._flow.deliver(self._opened, IntentDone())

    def __repr__(self) -> str:
        """Return the intent."""
        return f"Expected({self.intent!r})"


def _records(result: RunResult[S]) -> tuple[Any, ...]:
    return (result.record, *result.followed) if isinstance(result, Written) else ()


def _check_names(cls: type[BaseModel], fields: dict[str, object]) -> None:
    for name in fields:
        if name not in cls.model_fields:
            known = ", ".join(cls.model_fields) or "none"
            raise TypeError(
                f"expected fields of {cls.__name__} ({known}), got {name!r}{nearest(name, cls.model_fields)}; "
                "do name one of them"
            )
