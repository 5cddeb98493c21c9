"""The one checker: what must hold of a store after every run, however it was broken.

I1 revisions without gaps, from the first or from a checkpoint on, I2 the journal leads to the state
and to each checkpoint, I3 an intent is open, answered or
given up, and never nowhere, I4 effects stand behind answers, and (I4b) at most one behind an
intent of that kind, I5 no event is applied twice, I6 what was accepted is in the journal, in order,
I7 no deadline fires early, I8 nothing is stuck, I9 rows follow from the state.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from telic import AtMostOnce, Deadline, HumanTask, IntentFailed, Machine
from telic.kernel.codec import microseconds, state_hash
from telic.kernel.errors import TelicError
from telic.kernel.events import Fact
from telic.kernel.journal import JournalEntry, fold
from telic.kernel.orders import IntentDone
from telic.kernel.snapshot import NOTHING_SEEN, Outcome, Snapshot, Status
from telic.kernel.waits import Topic
from telic.runtime.claims import IntentState
from tests.chaos.evidence import Evidence
from tests.chaos.machine import Tally
from tests.chaos.places import Place

ACCEPTED = {"started", "stepped", "ignored", "deferred", "duplicate"}


class Finding(NamedTuple):
    """Something that must never be."""

    invariant: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.where}: {self.text}"


class Instance(NamedTuple):
    """One instance, as telic reads it."""

    snapshot: Snapshot
    journal: tuple[JournalEntry, ...]


class Rows(NamedTuple):
    """The rows that follow from states, as the database has them."""

    outbox: Mapping[str, tuple[str, bool, int]]
    waits: frozenset[tuple[str, str, str, int, int | None]]
    event_ids: Counter[tuple[str, str, int]]


class Verdict(NamedTuple):
    """What a run came to."""

    findings: tuple[Finding, ...]
    figures: Mapping[str, int | float]

    def count(self, *invariants: str) -> int:
        return sum(one.invariant in invariants for one in self.findings)

    @property
    def lost(self) -> int:
        return self.count("I1", "I2", "I3", "I4", "I6", "I9")

    @property
    def twice(self) -> int:
        return self.count("I5")

    @property
    def effects_twice(self) -> int:
        """Effects that may happen at most once, and happened again."""
        return self.count("I4b")

    @property
    def stuck(self) -> int:
        return self.count("I7", "I8")


def examine(place: Place, machine: Machine, evidence: Evidence, *, ended: bool = True) -> Verdict:
    """Check everything; the store must be at rest.

    Args:
        place: Where.
        machine: Of which machine.
        evidence: What the run left behind outside of the store.
        ended: Whether the run had time to end: nothing may be open then.
    """
    return judged(machine, asyncio.run(_read(place, machine)), _rows(place, machine.name), evidence, ended=ended)


def judged(
    machine: Machine, instances: Mapping[str, Instance], rows: Rows, evidence: Evidence, *, ended: bool = True
) -> Verdict:
    """Check everything that was read of a store at rest; see :func:`examine`."""
    findings = [
        finding
        for id, one in instances.items()
        for part in (_revisions, _folded, _unique, _timely)
        for finding in part(machine, id, one)
    ]
    findings += _intents(machine, instances, rows, evidence)
    findings += _accepted(instances, rows, evidence)
    findings += _projected(instances, rows)
    if ended:
        findings += _stuck(instances, rows, evidence)
    return Verdict(tuple(findings), _figures(instances, rows, evidence))


async def _read(place: Place, machine: Machine) -> dict[str, Instance]:
    async with place.database() as database:
        return await instances_of(database.store(machine))


async def instances_of(store: Any) -> dict[str, Instance]:
    """All instances of a store."""
    found: dict[str, Instance] = {}
    last = None
    while page := await store.ids(after=last):
        for id in page:
            found[id] = Instance(await store.load(id), await store.journal(id))
        last = page[-1]
    return found


ROWS = (
    "SELECT intent_id, id, withdrawn, state FROM {{s}}telic_outbox WHERE machine = '{machine}' AND tenant = '{tenant}'",
    "SELECT id, key, type, since, due_us FROM {{s}}telic_wait WHERE machine = '{machine}' AND tenant = '{tenant}'",
    "SELECT id, event_id, revision FROM {{s}}telic_event_id WHERE machine = '{machine}' AND tenant = '{tenant}'",
)
"""The queries that :func:`rows_of` makes rows of; tables are written ``{s}telic_...``."""


def _rows(place: Place, machine: str) -> Rows:
    return rows_of(*(place.rows(text.format(machine=machine, tenant="")) for text in ROWS))


def rows_of(outbox: Any, waits: Any, ids: Any) -> Rows:
    """The rows that follow from states, of what queries found."""
    return Rows(
        {key: (id, bool(withdrawn), state) for key, id, withdrawn, state in outbox}, frozenset(waits), Counter(ids)
    )


def _revisions(machine: Machine, id: str, one: Instance) -> Iterator[Finding]:
    numbers = [line.revision for line in one.journal]
    if numbers != list(range(_first(one), one.snapshot.revision + 1)):
        yield Finding("I1", id, f"revision {one.snapshot.revision}, journal {numbers}")
    if _first(one) > 1 and one.journal[0].checkpoint is None:
        yield Finding("I1", id, f"the journal begins with {_first(one)}, and without a checkpoint")


def _first(one: Instance) -> int:
    return one.journal[0].revision if one.journal else 1


def _folded(machine: Machine, id: str, one: Instance) -> Iterator[Finding]:
    snapshot = one.snapshot
    try:
        folded = fold(machine, snapshot.meta, one.journal)
    except (TelicError, ValueError) as error:
        yield Finding("I2", id, f"the journal leads nowhere: {error}")
        return
    for name in ("revision", "state", "status", "open", "late", "waits", "parked"):
        if getattr(folded, name) != getattr(snapshot, name):
            yield Finding("I2", id, f"{name}: journal {getattr(folded, name)!r}, row {getattr(snapshot, name)!r}")
    for number, line in enumerate(one.journal[1:], 2):
        if line.checkpoint is not None and line.checkpoint != fold(machine, snapshot.meta, one.journal[:number]):
            yield Finding("I2", id, f"the checkpoint of record {line.revision} is not what the journal leads to")
    if one.journal[-1].state_hash != state_hash(machine.codec.encode_state(snapshot.state).data):
        yield Finding("I2", id, "the hash of the last record is not that of the state")
    assert folded.seen is NOTHING_SEEN


def _unique(machine: Machine, id: str, one: Instance) -> Iterator[Finding]:
    ids = Counter(line.event_id for line in one.journal if line.first is None)
    yield from (Finding("I5", id, f"event {name} applied {count} times") for name, count in ids.items() if count > 1)
    answers = Counter(line.answers for line in one.journal if line.answers and not _is_failure(line))
    for key, count in answers.items():
        if count > 1:
            yield Finding("I5", id, f"intent {key} answered {count} times")


def _timely(machine: Machine, id: str, one: Instance) -> Iterator[Finding]:
    for line, at in _fired(machine, one):
        if line.at < at:
            yield Finding("I7", id, f"deadline of {at} fired at {line.at}")


def _fired(machine: Machine, one: Instance) -> Iterator[tuple[JournalEntry, Any]]:
    """Each deadline that fired, with its moment, found by folding the journal up to it."""
    for number, line in enumerate(one.journal):
        if line.wait is None or number == 0:
            continue
        try:
            before = fold(machine, one.snapshot.meta, one.journal[:number])
        except (TelicError, ValueError):
            return  # found by I2
        for wait in before.waits:
            if wait.key == line.wait and isinstance(wait.wait, Deadline):
                yield line, wait.wait.at


def _is_failure(line: JournalEntry) -> bool:
    return isinstance(line.event, IntentFailed)


def _intents(machine: Machine, instances: Mapping[str, Instance], rows: Rows, evidence: Evidence) -> Iterator[Finding]:
    effects = evidence.effects_by_key()
    once = {one.key for one in evidence.effects if one.intent in _at_most_once(machine)}
    for id, one in instances.items():
        answered = {line.answers: line for line in one.journal if line.answers and not _is_failure(line)}
        failed = {line.answers for line in one.journal if line.answers and _is_failure(line)}
        for key in (key for line in one.journal for key in line.intent_ids):
            if key not in answered and key not in failed and key not in one.snapshot.open:
                yield Finding("I3", id, f"intent {key} is nowhere")
            if key in answered and not effects[key]:
                yield Finding("I4", id, f"intent {key} is answered, and nobody carried it out")
            if key in answered and key in one.snapshot.open:
                yield Finding("I3", id, f"intent {key} is answered and open")
    for key in once:
        if effects[key] > 1:
            yield Finding("I4b", key, f"carried out {effects[key]} times, at most once was asked for")


def _at_most_once(machine: Machine) -> set[str]:
    return {one.__name__ for one in machine.intents if issubclass(one.__delivery__, AtMostOnce)}


def _accepted(instances: Mapping[str, Instance], rows: Rows, evidence: Evidence) -> Iterator[Finding]:
    """What was accepted is in the journal once, or was, in the order of its sender."""
    places = {
        id: {str(line.given_id): line.revision for line in one.journal if line.given_id}
        for id, one in instances.items()
    }
    for id, event, revision in rows.event_ids:
        if id in instances and revision < _first(instances[id]):
            places[id][event] = revision
    order: dict[tuple[str, str], int] = {}
    for told in evidence.told:
        revision = places.get(told.workflow, {}).get(told.event)
        if told.result not in ACCEPTED:
            if revision is not None:
                yield Finding("I6", told.workflow, f"{told.event} was told {told.result}, and is in the journal")
            continue
        if revision is None:
            yield Finding("I6", told.workflow, f"{told.event} was accepted ({told.result}), and is not in the journal")
            continue
        sender = (told.workflow, told.event.rpartition("#")[0])
        if revision < order.get(sender, 0):
            yield Finding("I6", told.workflow, f"{told.event} overtook an earlier event of its sender")
        order[sender] = revision


def _projected(instances: Mapping[str, Instance], rows: Rows) -> Iterator[Finding]:
    opened = {
        str(key): (str(id), held.withdrawn) for id, one in instances.items() for key, held in one.snapshot.open.items()
    }
    stored = {key: (id, withdrawn) for key, (id, withdrawn, _) in rows.outbox.items()}
    yield from _differing("outbox", opened.items(), stored.items())
    yield from _differing("waits", frozenset(_declared(instances)), rows.waits)
    given = Counter(
        (str(id), str(line.given_id), line.revision)
        for id, one in instances.items()
        for line in one.journal
        if line.given_id and line.first is None
    )
    cut = {id: _first(one) for id, one in instances.items()}
    kept = {one: count for one, count in rows.event_ids.items() if one[2] >= cut.get(one[0], 1)}
    yield from _differing("event ids", frozenset(given.items()), frozenset(kept.items()))


def _declared(instances: Mapping[str, Instance]) -> Iterator[tuple[str, str, str, int, int | None]]:
    for id, one in instances.items():
        for wait in one.snapshot.waits:
            if isinstance(wait.wait, Deadline):
                yield str(id), str(wait.key), "deadline", wait.since, microseconds(wait.wait.at)
            elif isinstance(wait.wait, HumanTask):
                due = wait.wait.due
                yield str(id), str(wait.key), "task", wait.since, microseconds(due) if due else None
            elif isinstance(wait.wait, Topic):
                yield str(id), str(wait.key), "topic", wait.since, None


def _differing(what: str, of_states: Any, of_rows: Any) -> Iterator[Finding]:
    for missing in set(of_states) - set(of_rows):
        yield Finding("I9", what, f"no row for {missing}")
    for left in set(of_rows) - set(of_states):
        yield Finding("I9", what, f"a row that no state has: {left}")


def _stuck(instances: Mapping[str, Instance], rows: Rows, evidence: Evidence) -> Iterator[Finding]:
    for id, one in instances.items():
        if one.snapshot.status is Status.RUNNING and not _perpetual(one):
            yield Finding("I8", id, f"still {one.snapshot.state!r}")
        for parked in one.snapshot.parked:
            yield Finding("I8", id, f"kept and never taken: {parked.event!r}")
    for key, (id, _, state) in rows.outbox.items():
        yield Finding("I8", id, f"intent {key} is still {IntentState(state).name}")
    told = {(one.workflow, one.event) for one in evidence.told}
    for sent in evidence.sent:
        if tuple(sent) not in told:
            yield Finding("I8", sent.workflow, f"the sender of {sent.event} was never told what came of it")


def _perpetual(one: Instance) -> bool:
    return not one.snapshot.open and not one.snapshot.waits and isinstance(one.snapshot.state, Tally)


def _figures(instances: Mapping[str, Instance], rows: Rows, evidence: Evidence) -> dict[str, int | float]:
    journals = [line for one in instances.values() for line in one.journal]
    effects = evidence.effects_by_key()
    return {
        "instances": len(instances),
        "records": len(journals),
        "accepted": len({(one.workflow, one.event) for one in evidence.told if one.result in ACCEPTED}),
        "known_again": sum(one.result == "duplicate" for one in evidence.told),
        "intents": sum(len(line.intent_ids) for line in journals),
        "effects": len(evidence.effects),
        "run_again": sum(count - 1 for count in effects.values()),
        "in_doubt": sum(_is_failure(line) for line in journals),
        "late_answers": sum(
            line.outcome is Outcome.IGNORED
            and line.answers is not None
            and isinstance(line.event, Fact)
            and not _is_failure(line)
            and not isinstance(line.event, IntentDone)
            for line in journals
        ),
        "open": len(rows.outbox),
    }
