"""What a state makes of one event, decided by the step itself, once for each pair.

Every decision is made by ``advance`` on a snapshot that holds no more than the decision
depends on: the production code, not a model of it. It is made twice, and what it returns is
encoded and decoded, so a step that is not a function, or a value that no store could keep,
is found here. What may never be here: a rule of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.draft import run_transition
from telic.kernel.errors import BrokenClaim, DecodeError, TransitionError, UndeclaredResult
from telic.kernel.events import Event, Fact
from telic.kernel.gathering import opened_waits
from telic.kernel.intents import Emission, Intent, Many, NoIntent, parts_of
from telic.kernel.orders import Withdraw
from telic.kernel.results import Invalid, Rejected
from telic.kernel.snapshot import Commit, Delivery, Outcome, Record, Snapshot
from telic.kernel.table import Row
from telic.kernel.values import IntentId, WaitKey
from telic.kernel.verdicts import Defer, Ignore, Reason, Reject
from telic.kernel.waits import Deadline
from telic.verify.domains import Domain, DomainError, NoDomain
from telic.verify.keys import contents_of, key_of
from telic.verify.moves import How, Move, described
from telic.verify.probing import EPOCH, ChanceNeeded, Probe, ProbingContext
from telic.verify.problems import Problem, ProblemKind
from telic.verify.rebuilding import moved
from telic.verify.space import Space
from telic.verify.worlds import Numbers

if TYPE_CHECKING:
    from telic.kernel.codec import Stored

__all__ = ["Decider", "Effect", "differ", "differing", "mutated", "raised"]

V = TypeVar("V", bound=BaseModel)

_MOMENT = timedelta(seconds=1)
_ELSEWHEN = timedelta(days=1234, hours=7, minutes=11)
_LONG = object()
_VERDICTS: dict[Outcome, type[object]] = {Outcome.IGNORED: Ignore, Outcome.DEFERRED: Defer}
_OPEN, _LATE = IntentId("open:0"), IntentId("late:0")


class Effect(NamedTuple):
    """What one event does to a state, whatever else is open.

    Attributes:
        move: The event and how it comes, with the outcome.
        state: The number of the state after it.
        adds: The items that it opens, in order.
        late: The number of the intent whose success may come late from now on, or -1.
        withdraws: The orders to take back what is open.
        names: Fresh ids were made.
        chances: The numbers that were chosen for ``ctx.random``.
        problem: Why there is no state after it.
    """

    move: Move
    state: int
    adds: tuple[int, ...] = ()
    late: int = -1
    withdraws: tuple[Withdraw, ...] = ()
    names: bool = False
    chances: tuple[tuple[str, float], ...] = ()
    problem: Problem | None = None


class Decider:
    """Decides events in states.

    Attributes:
        emitted: The types of intents that some step has opened.
        results: What was made of events: state, event, and the state after it or the verdict, all by class.
        rejections: The reasons that were given, by state and command.
        missing: The places for which there is no domain, each with the reason.
        gaps: How often such a place was come upon.
        assumed: What was taken for granted, in sentences.
    """

    def __init__(self, space: Space, domain: Domain) -> None:
        """Take the numbers and what may come."""
        self._space = space
        self._machine = space.machine
        self._domain = domain
        self._checked = [0, 0, 0]
        self.emitted: set[type[Intent[Fact]]] = set()
        self.results: set[tuple[type[BaseModel], type[object], type[object]]] = set()
        self.rejections: dict[tuple[type[BaseModel], type[object]], set[str]] = {}
        self.missing: dict[str, str] = {}
        self.gaps = 0
        self.assumed: dict[str, None] = {}

    def begun(self, delivery: Delivery) -> list[Effect]:
        """Return what a first event leads to, once for each choice that the step leaves open."""
        event = delivery.event
        return self._decided(None, delivery, Move(How.BEGIN, event), actors=self._actors())

    def decided(self, state: int, move: Move, *, withdrawn: bool = False) -> list[Effect]:
        """Return what an event leads to in a state, once for each choice that is open.

        Nothing is returned for a move that is not enabled: a command that is rejected, a
        failure that the state does not take.

        Args:
            state: The number of the state.
            move: The event and how it comes.
            withdrawn: The intent that it answers is withdrawn.
        """
        value = self._space.states.values[state]
        row = self._machine.infos[type(value)].rows.get(cast("type[Event]", type(move.event)))
        if row is not None and not row.takes_context and not move.after and move.how is not How.END:
            effect = self._short(value, state, row, move)
            if effect is not _LONG:
                return [effect] if isinstance(effect, Effect) else []
        intent = () if move.intent is None else (self._space.intents.number(move.intent) * 2 + withdrawn,)
        snapshot = self._space.snapshot((state, 0, *(() if move.how is How.LATE else intent)))
        answers = None
        if move.how is How.LATE:
            opened = self._space.snapshot((state, 0, *intent)).open[_OPEN]
            snapshot = snapshot._replace(late={_LATE: opened._replace(id=_LATE)})
            answers = _LATE
        elif intent:
            answers = _OPEN
        delivery = Delivery(cast("Event", move.event), None, answers, WaitKey(move.wait) if move.wait else None)
        actors = self._actors() if move.how in (How.COMMAND, How.TASK) else ("",)
        return self._decided(snapshot, delivery, move, actors=actors)

    def missed(self, gap: NoDomain) -> None:
        """Note a place for which there is no domain."""
        self.gaps += 1
        self.missing.setdefault(gap.place, gap.why)

    def _short(self, value: BaseModel, state: int, row: Row, move: Move) -> Effect | object | None:
        """Decide a transition that asks for no context, without the books that ``advance`` keeps.

        Returns:
            The effect; ``None`` for a command that is rejected; ``_LONG`` where the long way
            has to decide, or has to say what is wrong.
        """
        before = dict(value.__dict__)
        try:
            after, out = run_transition(self._machine.name, row, value, move.event, None)
            if value.__dict__ != before:
                return Effect(move, -1, problem=mutated(value, move))
            if differ((after, out), row.call(value, move.event)):
                return Effect(move, -1, problem=differing(value, move))
        except Exception:  # noqa: BLE001  (the long way finds it again, and tells it)
            return _LONG
        late = -1
        if move.how is How.FAILURE and move.intent is not None and self._machine.intents[type(move.intent)]:
            late = self._space.intents.number(move.intent)
        if isinstance(out, Emission):
            number = self._space.states.number(after)
            outcome = Outcome.STEPPED
        elif isinstance(out, Reject):
            if row.is_fact:
                return _LONG
            self._rejected(type(value), move.event, out.reasons)
            return None
        elif isinstance(out, Defer) and self._domain.known_actors():
            return _LONG  # it is kept with its sender
        else:
            number, outcome = state, Outcome.IGNORED if isinstance(out, Ignore) else Outcome.DEFERRED
        self.results.add((type(value), type(move.event), type(after if isinstance(out, Emission) else out)))
        adds: tuple[int, ...] = ()
        orders: tuple[Withdraw, ...] = ()
        if type(out) is not NoIntent and isinstance(out, Emission):
            found = self._opened(out)
            if found is None:
                return _LONG
            adds, orders = found
        return Effect(move._replace(outcome=outcome), number, adds, late, orders, problem=self.unstorable())

    def _rejected(self, state: type[BaseModel], event: object, reasons: tuple[Reason, ...]) -> None:
        self.results.add((state, type(event), Reject))
        self.rejections.setdefault((state, type(event)), set()).add(repr(reasons))

    def reached(self, before: type[BaseModel], record: Record[BaseModel]) -> None:
        """Note what a state made of an event.

        Args:
            before: The class of the state before the record.
            record: What was written.
        """
        if record.outcome is Outcome.REJECTED:
            self._rejected(before, record.event, record.why)
            return
        made = _VERDICTS.get(record.outcome, type(record.state))
        self.results.add((before, type(record.event), made))

    def _opened(self, emission: Emission) -> tuple[tuple[int, ...], tuple[Withdraw, ...]] | None:
        """Return the items that an emission opens and what it withdraws; ``None`` for the long way."""
        adds: list[int] = []
        orders: list[Withdraw] = []
        for part in parts_of(emission):
            if isinstance(part, Withdraw):
                orders.append(part)
                continue
            if isinstance(part, Many) and part.items and not self._space.correlates(type(part.items[0])):
                return None
            for one in part.items if isinstance(part, Many) else (part,):
                intent = cast("Intent[Fact]", one)
                self.emitted.add(type(intent))
                if type(intent) in self._space.tracked:
                    adds.append(self._space.intents.number(intent) * 2)
        return tuple(adds), tuple(orders)

    def _actors(self) -> tuple[str, ...]:
        return self._domain.known_actors() or ("",)

    def _decided(
        self, snapshot: Snapshot[BaseModel] | None, delivery: Delivery, move: Move, *, actors: tuple[str, ...]
    ) -> list[Effect]:
        found: list[Effect] = []
        for actor in actors:
            asked: set[str] = set()
            for chances in self._chances(snapshot, delivery, move._replace(actor=actor)):
                probe = Probe(chances)
                effect = self._effect(snapshot, delivery, move._replace(actor=actor), probe)
                asked |= probe.asked
                if effect is not None:
                    found.append(effect)
            self.note(asked)
            kept = any(one.move.outcome is Outcome.DEFERRED for one in found)
            if "actor" not in asked and not kept:  # then all actors are one
                return [one._replace(move=one.move._replace(actor="")) for one in found]
        return found

    def note(self, asked: set[str]) -> None:
        """Note what a step has asked for that no world holds."""
        if "actor" in asked and self._domain.known_actors() is None:
            self.missed(NoDomain("ctx.actor", "do give Domain().actors(...)"))
        for name in ("revision", "event_id"):
            if name in asked:
                self.missed(NoDomain(f"ctx.{name}", "which has no end of values"))

    def _chances(
        self, snapshot: Snapshot[BaseModel] | None, delivery: Delivery, move: Move
    ) -> Iterator[dict[str, float]]:
        """Yield the choices of numbers that a step asks for, as it comes to ask for them."""
        labels: dict[str, tuple[float, ...]] = {}
        while True:
            try:
                self._run(snapshot, delivery, Probe({label: values[0] for label, values in labels.items()}), move)
            except ChanceNeeded as needed:
                try:
                    labels[needed.label] = self._domain.chances(needed.label)
                except NoDomain as gap:
                    self.missed(gap)
                    return
                continue
            except Exception:  # noqa: BLE001, S110  (found again, and told, by the run that counts)
                pass
            break
        for values in product(*labels.values()):
            yield dict(zip(labels, values, strict=True))

    def _run(self, snapshot: Snapshot[BaseModel] | None, delivery: Delivery, probe: Probe, move: Move) -> object:
        return advance(self._machine, snapshot, delivery, ProbingContext(probe, EPOCH + move.after, move.actor))

    def _effect(
        self, snapshot: Snapshot[BaseModel] | None, delivery: Delivery, move: Move, probe: Probe
    ) -> Effect | None:
        state = snapshot.state if snapshot is not None else None
        before = key_of(state) if state is not None else None
        try:
            first = self._run(snapshot, delivery, probe, move)
            second = self._run(snapshot, delivery, Probe(probe.chances), move)
        except ChanceNeeded as needed:
            self.missed(NoDomain(f"ctx.random({needed.label!r})", "asked for only after another number"))
            return None
        except Exception as error:  # noqa: BLE001  (whatever the user's code raises is a finding)
            return Effect(move, -1, problem=raised(error, state, move))
        if state is not None and key_of(state) != before:
            return Effect(move, -1, problem=mutated(state, move))
        if not isinstance(first, Commit) or not isinstance(second, Commit):
            if isinstance(first, Invalid):
                raise DomainError(type(move.event).__name__, "; ".join(first.errors))
            if isinstance(first, Rejected):
                self._rejected(self._class_of(state, move), move.event, first.reasons)
            if "now" in probe.asked and self._elsewhen(snapshot, delivery, move, probe) is not None:
                self._dates(self._class_of(state, move).__name__)  # refused on this date, and not on another
            return None
        if _essence(first) != _essence(second):
            return Effect(move, -1, problem=differing(state, move))
        whole = cast("Commit[BaseModel]", first)
        if "now" in probe.asked and self._dated(whole, snapshot, delivery, move, probe):
            name = type(state).__name__ if state is not None else type(move.event).__name__
            self._dates(name)
        return self._read(whole, state, move, probe, self._rearmed(whole, snapshot, delivery, move, probe))

    def _dates(self, name: str) -> None:
        if self._domain.has_one_date():
            self.assumed[f"one date stands for all that {name} may see"] = None
        else:
            why = f"of which {name} uses the date, not only the distance to other instants; do give Domain().one_date()"
            self.missed(NoDomain("ctx.now", why))

    def _dated(
        self,
        commit: Commit[BaseModel],
        snapshot: Snapshot[BaseModel] | None,
        delivery: Delivery,
        move: Move,
        probe: Probe,
    ) -> bool:
        """Say whether the step would come out otherwise on another date, hour and day of the week."""
        again = self._elsewhen(snapshot, delivery, move, probe)
        if again is None:
            return True
        record, other = commit.records[-1], again.records[-1]
        return (
            record.outcome is not other.outcome
            or key_of(record.state) != key_of(moved(other.state, -_ELSEWHEN))
            or [key_of(one.intent) for one in record.emitted]
            != [key_of(moved(one.intent, -_ELSEWHEN)) for one in other.emitted]
        )

    def _elsewhen(
        self, snapshot: Snapshot[BaseModel] | None, delivery: Delivery, move: Move, probe: Probe
    ) -> Commit[BaseModel] | None:
        """Return what the step writes on another date, or ``None`` where it writes nothing."""
        there = self._space.dated(snapshot, _ELSEWHEN) if snapshot is not None else None
        event = moved(delivery.event, _ELSEWHEN) if isinstance(delivery.event, Event) else delivery.event
        ctx = ProbingContext(Probe(probe.chances), EPOCH + move.after + _ELSEWHEN, move.actor)
        try:
            again = advance(self._machine, there, delivery._replace(event=event), ctx)
        except Exception:  # noqa: BLE001  (whatever it is, nothing is written)
            return None
        return cast("Commit[BaseModel]", again) if isinstance(again, Commit) else None

    def _rearmed(
        self,
        commit: Commit[BaseModel],
        snapshot: Snapshot[BaseModel] | None,
        delivery: Delivery,
        move: Move,
        probe: Probe,
    ) -> tuple[str, ...]:
        """Return the deadlines whose moment depends on the moment of the step."""
        set_here = {one.key: one.wait.at for one in commit.after.waits if isinstance(one.wait, Deadline)}
        if not set_here or snapshot is None:
            return ()
        try:
            later = self._run(snapshot, delivery, Probe(probe.chances), move._replace(after=move.after + _MOMENT))
        except Exception:  # noqa: BLE001  (a moment later it may well refuse)
            return ()
        if not isinstance(later, Commit):
            return ()
        whole = cast("Commit[BaseModel]", later)
        set_later = {one.key: one.wait.at for one in whole.after.waits if isinstance(one.wait, Deadline)}
        return tuple(sorted(key for key, at in set_here.items() if set_later.get(key, at) != at))

    def _class_of(self, state: BaseModel | None, move: Move) -> type[BaseModel]:
        """Return the class whose method decides: of a first event the one that has the start."""
        return (
            type(state) if state is not None else self._machine.start_rows[cast("type[Event]", type(move.event))].state
        )

    def _read(
        self, commit: Commit[BaseModel], state: BaseModel | None, move: Move, probe: Probe, rearms: tuple[str, ...]
    ) -> Effect:
        record = commit.records[-1]
        space = self._space
        self.reached(self._class_of(state, move), record)
        self.emitted.update(type(one.intent) for one in record.emitted)
        adds = tuple(item for one in record.emitted for item in space.items((one,)))
        late = next((space.intents.number(one.intent) for one in commit.after.late.values()), -1)
        if move.how is How.LATE:
            late = -1
        orders = tuple(one for one in parts_of(record.emission) if isinstance(one, Withdraw))
        move = move._replace(outcome=record.outcome, rearms=rearms)
        after = space.states.number(commit.after.state)
        if isinstance(move.event, Event):
            space.events.number(move.event)
        if move.after:
            world: Numbers = space.later((after, 0), move.after)
            after = world[0]
            adds = tuple(space.moved_intent(item >> 1, move.after) * 2 for item in adds)
            late = late if late < 0 else space.moved_intent(late, move.after)
        problem = self.unstorable()
        return Effect(move, after, adds, late, orders, probe.names > 0, tuple(probe.chances.items()), problem)

    def unstorable(self) -> Problem | None:
        """Encode and decode what has got a number since the last time."""
        codec, space = self._machine.codec, self._space
        if [len(space.states.values), len(space.intents.values), len(space.events.values)] == self._checked:
            return None
        found = (
            self._come_back(0, space.states.values, codec.encode_state, codec.decode_state),
            self._come_back(1, space.intents.values, codec.encode_intent, codec.decode_intent),
            self._come_back(2, space.events.values, codec.encode_event, codec.decode_event),
        )
        return next((one for one in found if one is not None), None)

    def _waits_twice(self, state: BaseModel) -> Problem | None:
        """Tell two waits under one key, which the step refuses."""
        if not self._machine.infos[type(state)].declares_waits:
            return None
        try:
            opened_waits(state, (), 1, EPOCH)
        except TransitionError as error:
            return Problem(ProblemKind.EXCEPTION, error.where, str(error))
        return None

    def _come_back(
        self,
        place: int,
        values: Sequence[V],
        encode: Callable[[V], Stored],
        decode: Callable[[str, int, bytes], object],
    ) -> Problem | None:
        problem: Problem | None = None
        for value in values[self._checked[place] :]:
            problem = problem or _round_trip(value, encode, decode)
            if problem is None and place == 0:
                problem = self._waits_twice(value)
        self._checked[place] = len(values)
        return problem


def _round_trip(value: V, encode: Callable[[V], Stored], decode: Callable[[str, int, bytes], object]) -> Problem | None:
    try:
        stored = encode(value)
        again = decode(stored.tag, stored.version, stored.data)
        if (
            isinstance(again, BaseModel)
            and contents_of(again) == contents_of(value)
            and encode(cast("V", again)) == stored
        ):
            return None
        got = repr(again)
    except (DecodeError, TypeError, ValueError) as error:
        got = str(error)
    text = f"expected {value!r} to come back from a store as it was, got {got}; do use types whose JSON is exact"
    return Problem(ProblemKind.NOT_STORABLE, type(value).__name__, text)


def _essence(commit: Commit[BaseModel]) -> object:
    record = commit.records[-1]
    emitted = tuple((key_of(one.intent), one.withdrawn) for one in record.emitted)
    return key_of(commit.after.state), emitted, record.outcome, repr(record.emission), record.why


def differing(state: BaseModel | None, move: Move) -> Problem:
    """Return what is wrong with a transition that gives two results for one event."""
    text = "the same result for the same event"
    return _problem(ProblemKind.NOT_DETERMINISTIC, state, move, text, "two that differ")


def differ(first: tuple[BaseModel, object], second: object) -> bool:
    """Say whether two results of one transition are not the same.

    Args:
        first: A result that is what the transition declares.
        second: What the same call has returned after it.
    """
    if not isinstance(second, tuple) or len(second) != 2:
        return True
    state, out = second
    if type(state) is not type(first[0]) or state != first[0]:
        return True
    return type(out) is not type(first[1]) or (type(out) is not NoIntent and repr(out) != repr(first[1]))


def raised(error: Exception, state: BaseModel | None, move: Move) -> Problem:
    """Return what the code of a machine has raised, as a problem."""
    if isinstance(error, BrokenClaim):
        return Problem(ProblemKind.FALSE_CLAIM, error.where, str(error))
    if isinstance(error, UndeclaredResult):
        return Problem(ProblemKind.UNDECLARED, error.where, str(error))
    if isinstance(error, TransitionError):
        return Problem(ProblemKind.EXCEPTION, error.where, str(error))
    got = f"{type(error).__name__}: {error}"
    return _problem(ProblemKind.EXCEPTION, state, move, "a state and an intent", got)


def mutated(state: BaseModel, move: Move) -> Problem:
    """Return what is wrong with a transition that changes the state that it is called on."""
    return _problem(ProblemKind.MUTATION, state, move, "the state to stay as it is", "one that changed")


def _problem(kind: ProblemKind, state: BaseModel | None, move: Move, expected: str, got: str) -> Problem:
    where = type(state).__name__ if state is not None else "start"
    return Problem(kind, where, f"expected {expected}, got {got}, on {described(move)}")
