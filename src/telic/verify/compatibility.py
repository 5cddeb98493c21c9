"""Whether new code can go on with what old code has stored and has open.

It compares two fingerprints. What it cannot tell counts as a fault, with that as its reason.
What may never be here: a look at stored instances; see ``replay``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from telic.verify.fingerprints import EventPrint, Fingerprint, IntentPrint, StatePrint, fingerprint
from telic.verify.fitting import Fitting
from telic.verify.flights import Flight, Flights, flights_of

if TYPE_CHECKING:
    from telic.kernel.machine import E, Machine, S

__all__ = ["Change", "Compatibility", "Difference", "Severity", "compatible"]

Stored: TypeAlias = "StatePrint | EventPrint | IntentPrint"


class Change(StrEnum):
    """What a change asks for, from the best to the worst."""

    COMPATIBLE = "compatible"
    NEEDS_UPCASTER = "needs an upcaster"
    LOSES_ANSWERS = "loses answers in flight"


class Severity(StrEnum):
    """Whom a difference concerns."""

    NOTE = "note"
    JOURNAL = "journal"
    INSTANCES = "instances"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between old code and new.

    Attributes:
        change: What it asks for; a note is compatible.
        severity: Whom it concerns: nobody who is stored, the reading of journals, or instances.
        subject: The state, event or intent.
        what: What was expected and what was found.
        remedy: What to write.
    """

    change: Change
    severity: Severity
    subject: str
    what: str
    remedy: str

    def text(self) -> str:
        """Return the difference as one line."""
        head = "note" if self.change is Change.COMPATIBLE else f"{self.change} ({self.severity})"
        return f"{head}: {self.subject}: {self.what}; do {self.remedy}"


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What comes of replacing old code by new.

    Attributes:
        old: Name and version of the old.
        new: Name and version of the new.
        differences: All differences that matter, the worst first.
    """

    old: str
    new: str
    differences: tuple[Difference, ...]

    @property
    def verdict(self) -> Change:
        """The worst of the differences."""
        order = list(Change)
        return max((one.change for one in self.differences), key=order.index, default=Change.COMPATIBLE)

    def text(self) -> str:
        """Return the verdict and one numbered line for each difference."""
        lines = [f"{self.old} -> {self.new}: {self.verdict}"]
        lines += [f"  {number}. {one.text()}" for number, one in enumerate(self.differences, 1)]
        return "\n".join(lines)


def compatible(old: Machine[S, E] | Fingerprint, new: Machine[S, E] | Fingerprint) -> Compatibility:
    """Return whether new code can go on with what old code has stored and has open.

    Args:
        old: The machine that runs, or its fingerprint.
        new: The machine that is to replace it, or its fingerprint.

    Example:
        ``assert compatible(kept, order).verdict is Change.COMPATIBLE``
    """
    before = old if isinstance(old, Fingerprint) else fingerprint(old)
    after = new if isinstance(new, Fingerprint) else fingerprint(new)
    order = list(Change)
    found: dict[tuple[str, ...], Difference] = {}
    for one in _Comparison(before, after).differences():
        story = () if one.change is Change.LOSES_ANSWERS else (one.what,)  # of several stories the first, a shortest
        found.setdefault((one.change, one.subject, *story), one)
    worst_first = sorted(
        found.values(), key=lambda one: (-order.index(one.change), -list(Severity).index(one.severity))
    )
    return Compatibility(f"{before.name} {before.version}", f"{after.name} {after.version}", tuple(worst_first))


class _Raised(NamedTuple):
    """Where the new code reads a stored name.

    Attributes:
        tag: The stored name that it becomes, or ``None`` where no chain of upcasters leads on.
        mapped: An upcaster maps it, so its shape is the upcaster's business.
        at: The name and version at which the chain ends.
    """

    tag: str | None
    mapped: bool
    at: tuple[str, int]


class _Comparison:
    """Compares two fingerprints."""

    def __init__(self, old: Fingerprint, new: Fingerprint) -> None:
        """Take both."""
        self._old = old
        self._new = new
        self._fitting = Fitting({one.name: one for one in old.models}, {one.name: one for one in new.models})
        self._steps = {(one.tag, one.from_version): one.to for one in new.upcasters}
        self._versions: dict[str, int] = {}
        for step in new.upcasters:
            for name in (step.tag, step.to):
                self._versions[name] = max(self._versions.get(name, 1), step.from_version + 1)
        self._states = {one.kind: one for one in new.states}
        self._events = {one.tag: one for one in new.events}
        self._intents = {one.tag: one for one in new.intents}
        self._state_of = {one.kind: self._raised(one.kind, one.version, self._states).tag for one in old.states}
        self._event_of = {one.tag: self._raised(one.tag, one.version, self._events).tag for one in old.events}
        self._intent_of = {one.tag: self._raised(one.tag, one.version, self._intents).tag for one in old.intents}

    def differences(self) -> Iterator[Difference]:
        """Yield every difference that matters."""
        yield from self._whole()
        yield from self._stored()
        for state in self._old.states:
            target = self._states.get(self._state_of[state.kind] or "")
            if target is not None:
                yield from self._waits(state, target)
                yield from self._ends(state, target)
                yield from self._rows(state, target)
        yield from self._in_flight()

    def _raised(
        self, tag: str, version: int, known: dict[str, StatePrint] | dict[str, EventPrint] | dict[str, IntentPrint]
    ) -> _Raised:
        """Follow the upcasters of the new code, as its codec will."""
        name, at, mapped = tag, version, False
        while at != self._versions.get(name, 1) or name not in known:
            to = self._steps.get((name, at))
            if to is None:
                return _Raised(None, mapped, (name, at))
            name, at, mapped = to, at + 1, True
        return _Raised(name, mapped, (name, at))

    def _whole(self) -> Iterator[Difference]:
        old, new = self._old, self._new
        if old.name != new.name:
            yield Difference(
                Change.NEEDS_UPCASTER, Severity.INSTANCES, "machine",
                f"expected the name {old.name!r}, under which instances are stored, got {new.name!r}",
                f"keep name={old.name!r}, or move the stored instances",
            )  # fmt: skip
        if new.version < old.version:
            yield _note(
                "machine",
                f"expected version {old.version} at least, got {new.version}",
                "raise version=, so that the journal tells the two apart",
            )
        starts = {row.event for row in new.starts}
        for row in (one for one in old.starts if self._event_of.get(one.event) not in starts):
            yield _note(
                f"start by {row.event}",
                "expected it to begin an instance, got no such start; its senders get NotFound",
                "tell its senders, or keep it",
            )
        for command in (one for one in new.task_commands if one not in old.task_commands and one in self._event_of):
            yield _note(
                f"command {command}",
                "expected it at any time, got a command that a task asks for; without an open task it is Rejected",
                "tell its senders",
            )

    def _stored(self) -> Iterator[Difference]:
        """Yield what is stored and cannot be read."""
        for state in self._old.states:
            yield from self._one(f"state {state.kind!r}", state.kind, state, self._states, Severity.INSTANCES)
        for intent in self._old.intents:
            yield from self._one(f"intent {intent.tag!r}", intent.tag, intent, self._intents, Severity.INSTANCES)
        taken = {event for one in self._old.states for event in (*(row.event for row in one.rows), *one.ignores)}
        kept = {
            row.event
            for one in self._old.states
            for row in one.rows
            if any(edge.verdict == "Defer" for edge in row.edges)
        }
        failures = {one.failure for one in self._old.intents}
        for event in self._old.events:
            if event.tag in failures and event.tag not in taken:
                continue  # never stored: it stays a dead letter
            is_kept = event.tag in kept or not (event.command or event.tag in failures)
            severity = Severity.INSTANCES if is_kept else Severity.JOURNAL
            yield from self._one(f"event {event.tag!r}", event.tag, event, self._events, severity)

    def _one(
        self,
        subject: str,
        tag: str,
        old: Stored,
        known: dict[str, StatePrint] | dict[str, EventPrint] | dict[str, IntentPrint],
        severity: Severity,
    ) -> Iterator[Difference]:
        raised = self._raised(tag, old.version, known)
        name, at = raised.at
        if raised.tag is None:
            newer = name in known and at > self._versions.get(name, 1)
            got = f"version {at}, which is newer" if newer else f"no {name!r} version {at} and no upcaster from it"
            remedy = f"keep the upcasters of {name!r}" if newer else f"add @upcast({name!r}, from_version={at}, to=...)"
            yield Difference(
                Change.NEEDS_UPCASTER, severity, subject, f"expected stored ones to be read, got {got}", remedy
            )
        elif not raised.mapped:
            for path, why in self._fitting.model_misfits(old.model, known[raised.tag].model):
                yield Difference(
                    Change.NEEDS_UPCASTER,
                    severity,
                    f"{subject}, {path}" if path else subject,
                    f"expected stored values to be read, got a misfit: {why}",
                    f"add @upcast({tag!r}, from_version={old.version})",
                )

    def _waits(self, old: StatePrint, new: StatePrint) -> Iterator[Difference]:
        declared = {(one.type, one.event) for one in new.waits}
        taken = {row.event for row in new.rows} | set(new.ignores)
        for wait in old.waits:
            event = self._event_of.get(wait.event)
            subject = f"state {old.kind!r}, {wait.type} {wait.event}".rstrip()
            if (wait.type, event or "") in declared:
                continue
            if not wait.event:
                yield Difference(
                    Change.NEEDS_UPCASTER, Severity.INSTANCES, subject,
                    "expected a wait that names its event, got one of which nobody can tell whether it is kept",
                    "name the event in the annotation of waits",
                )  # fmt: skip
            elif event is None or event not in taken:
                yield Difference(
                    Change.LOSES_ANSWERS, Severity.INSTANCES, subject,
                    "expected the event that instances wait for to be taken, got a state that drops it",
                    f"keep the wait and a transition for {wait.event}, or upcast {old.kind!r} to a state that has them",
                )  # fmt: skip
            else:
                yield _note(
                    subject,
                    "expected the wait to be declared, got none; open ones end when the new code loads them",
                    "make sure that something else moves the instances that wait",
                )

    def _ends(self, old: StatePrint, new: StatePrint) -> Iterator[Difference]:
        subject = f"state {old.kind!r}"
        if new.final and not old.final:
            yield Difference(
                Change.NEEDS_UPCASTER, Severity.INSTANCES, subject,
                f"expected {new.kind!r} to go on, got a final state, which instances there can never leave",
                f"keep it, or upcast {old.kind!r} to a state that goes on",
            )  # fmt: skip
        elif old.final and not new.final:
            yield _note(
                subject, "expected a final state, got one that goes on; ended instances stay ended", "nothing, if so"
            )

    def _rows(self, old: StatePrint, new: StatePrint) -> Iterator[Difference]:
        taken = {row.event for row in new.rows} | set(new.ignores)
        failures = {one.failure for one in self._old.intents}
        for row in old.rows:
            event = self._event_of.get(row.event, row.event)
            if event in taken:
                continue
            if row.command:
                yield _note(
                    f"state {old.kind!r}, command {row.event}",
                    "expected it to be taken, got no transition; its senders get Rejected",
                    "tell its senders, or keep it",
                )
            elif row.event in failures:
                yield _note(
                    f"state {old.kind!r}, {row.event}",
                    "expected the failure to be taken, got no transition; it becomes a dead letter",
                    "watch the dead letters, or keep it",
                )

    def _in_flight(self) -> Iterator[Difference]:
        """Yield the answers that instances of the old code may still get and the new code would drop."""
        seeds: dict[Flight, None] = {}
        for walk in flights_of(self._old):
            for flight in walk.found:
                seed = self._carried(flight)
                if seed is not None:
                    seeds[seed] = None
                yield from self._undeclared(flight)
        for walk in flights_of(self._new, seeds):
            for flight in walk.found:
                yield from self._dropped(walk, flight)
            for (kind, intent), before in walk.broken.items():
                yield Difference(
                    Change.LOSES_ANSWERS, Severity.INSTANCES, f"state {kind!r}, settles {intent}",
                    f"expected {intent} to be settled, got one open on the way {walk.story(before)}",
                    f"let the instances with an open {intent} end before the claim, or withdraw it",
                )  # fmt: skip

    def _carried(self, flight: Flight) -> Flight | None:
        """Return a flight of the old code as the new code will load it."""
        state = self._state_of.get(flight.state)
        if state is None:
            return None
        opened = {(self._intent_of[intent] or "", count) for intent, count in flight.open}
        late = {self._intent_of[intent] or "" for intent in flight.late}
        return Flight(state, frozenset(one for one in opened if one[0]), frozenset(late - {""}))

    def _undeclared(self, flight: Flight) -> Iterator[Difference]:
        answers = {one.tag: one.answers for one in self._old.intents}
        for tag in sorted({*(intent for intent, _ in flight.open), *flight.late}):
            intent = self._intents.get(self._intent_of[tag] or "")
            if intent is None:
                continue
            kept = {self._event_of.get(answer) for answer in answers[tag]}
            renamed = not kept.issuperset(intent.answers)  # perhaps; that nobody reads the old name is told already
            for answer in answers[tag]:
                event = self._event_of.get(answer)
                if event not in intent.answers and not (event is None and renamed):
                    yield Difference(
                        Change.LOSES_ANSWERS, Severity.INSTANCES, f"intent {tag!r}, answer {answer}",
                        f"expected {answer} to answer open ones, got an intent that no longer declares it",
                        f"keep {answer} among the answers of {tag} until none is open",
                    )  # fmt: skip

    def _dropped(self, walk: Flights, flight: Flight) -> Iterator[Difference]:
        state = self._states.get(flight.state)
        if state is None:
            return
        taken = {row.event for row in state.rows} | set(state.ignores)
        for tag in sorted({*(intent for intent, _ in flight.open), *flight.late}):
            intent = self._intents[tag]
            for answer in (one for one in intent.answers if one not in taken):
                yield Difference(
                    Change.LOSES_ANSWERS, Severity.INSTANCES, f"state {state.kind!r}, answer {answer} to {tag}",
                    f"expected it to be handled or ignored, got a state that drops it: {walk.story(flight)}",
                    f"add a transition for {answer} to {state.kind!r}, or ignores = (Ignores({answer}, why=...),)",
                )  # fmt: skip
            if intent.at_most_once and intent.failure not in {row.event for row in state.rows} and not state.final:
                yield Difference(
                    Change.LOSES_ANSWERS, Severity.INSTANCES, f"state {state.kind!r}, failure of {tag}",
                    f"expected its failure to be taken, since it is run at most once, got none: {walk.story(flight)}",
                    f"add def ...(self, event: IntentFailed[{tag}])",
                )  # fmt: skip


def _note(subject: str, what: str, remedy: str) -> Difference:
    return Difference(Change.COMPATIBLE, Severity.NOTE, subject, what, remedy)
