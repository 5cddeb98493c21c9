"""The lost-answer analysis against the step itself, on machines that are made up by chance.

Whatever an instance comes to must lie in a world that the analysis has walked, and an answer
that the step cannot place must have been foretold. What a state defers and no later state
takes is not foretold unless it is an answer; see the module's own words.
"""

import random
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

import pytest
from pydantic import create_model

from telic import (
    Batch,
    Command,
    Context,
    Defer,
    Fact,
    Ignore,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    State,
    Topic,
    TypedId,
    Withdraw,
    WorkflowId,
    start,
    transition,
)
from telic.kernel import checks
from telic.kernel.advance import advance
from telic.kernel.errors import BrokenClaim
from telic.kernel.lost import ONE, PERHAPS, answer_faults, possible_worlds
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import Commit, Delivery, Outcome

K = StrEnum("K", [f"S{number}" for number in range(4)])


class ItemId(TypedId): ...


class Named(Fact):
    item_id: ItemId


class One(Named): ...


class Two(Named): ...


class Three(Named): ...


class Begin(Command): ...


class Go(Command): ...


class Turn(Command): ...


class Fetch(Intent[One]):
    item_id: ItemId


class Send(Intent[Two | Three]):
    item_id: ItemId


FACTS, INTENTS = (One, Two, Three), (Fetch, Send)
FAILURES = (IntentFailed[Fetch], IntentFailed[Send])
EMISSIONS = (
    NoIntent,
    NoIntent,
    Fetch,
    Send,
    Many[Fetch],
    Many[Send],
    Withdraw,
    Batch[Fetch | Many[Send]],
    Batch[Withdraw | Send],
)


class Maker:
    """Makes machines, and takes their choices."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.rows = {}

    def some(self, of, share):
        return [one for one in of if self.chance.random() < share]

    def machine(self):
        states = [
            create_model(f"S{number}", __base__=self.base(), kind=(Literal[kind], kind))
            for number, kind in enumerate(K)
        ]
        for state in states:
            for event in self.some((Go, Turn), 0.6) + self.some(FACTS, 0.5) + self.some(FAILURES, 0.4):
                self.add(state, event, states)
        self.add(states[0], Begin, states, begins=True)
        union = states[0] | states[1] | states[2] | states[3]
        return Machine[union, Begin | Go | Turn | One | Two | Three](name="m")

    def base(self):
        ignored = self.some(FACTS, 0.25) + self.some(FAILURES, 0.15)
        members = {"ignores": (Ignores(*ignored, why="any"),) if ignored else ()}
        members["settles"] = tuple(self.some(INTENTS, 0.15))
        awaited = self.some(FACTS, 0.15)
        if awaited:
            members["waits"] = waiting_for(awaited)
        return type("Base", (State,), {"__module__": __name__, **members})

    def add(self, state, event, states, *, begins=False):
        alternatives = [self.alternative(state, states, begins=begins) for _ in range(self.chance.randint(1, 2))]
        union = alternatives[0] if len(alternatives) == 1 else alternatives[0] | alternatives[1]
        row = f"on_{event.__name__}"

        def method(subject, event):
            return self.chosen(subject, subject if isinstance(subject, type) else type(subject), row)

        method.__name__ = row
        method.__annotations__ = {"event": event, "return": union}
        type.__setattr__(state, row, classmethod(start(method)) if begins else transition(method))

    def alternative(self, state, states, *, begins):
        if not begins and self.chance.random() < 0.3:
            return tuple[state, self.chance.choice((Ignore, Defer))]
        return tuple[self.chance.choice(states), self.chance.choice(EMISSIONS)]

    def chosen(self, subject, state, row):
        edge = self.chance.choice(self.rows[state, row].edges)
        if edge.verdict is not None:
            return subject, Ignore("any") if edge.verdict is Ignore else Defer()
        out = Withdraw(every=self.chance.choice(INTENTS)) if edge.withdraws else NoIntent()
        for emit in edge.emits:
            made = [emit.intent(item_id=self.fresh()) for _ in range(self.chance.randint(0, 2))]
            out &= Many.of(made) if emit.many else emit.intent(item_id=self.fresh())
        return edge.target(), out

    def fresh(self):
        return ItemId(str(self.chance.random()))


def waiting_for(facts):
    def waits(self):
        return tuple(Topic(fact=fact, name="any") for fact in facts)

    waits.__annotations__ = {"return": tuple[tuple(Topic[fact] for fact in facts)]}
    return waits


def deliveries(snapshot, machine):
    """All that may come now."""
    yield from (Delivery(Go()), Delivery(Turn()))
    for one in (*snapshot.open.values(), *snapshot.late.values()):
        for answer in sorted(machine.intents[type(one.intent)], key=lambda fact: fact.__name__):
            yield Delivery(answer(item_id=one.intent.item_id), answers=one.id)
    for one in snapshot.open.values():
        cause = FailureCause.WITHDRAWN if one.withdrawn else FailureCause.EXHAUSTED
        yield Delivery(IntentFailed[type(one.intent)](intent=one.intent, cause=cause), answers=one.id)
    for one in snapshot.waits:
        yield Delivery(one.wait.fact(item_id=ItemId("any")), wait=one.key)


def lies_in(snapshot, world):
    opened = [type(one.intent) for one in snapshot.open.values()]
    answers = [one.answers for one in snapshot.parked if one.answers is not None]
    kept = [type(one.intent) for one in answers if one.id not in snapshot.open]
    late = {type(one.intent) for one in snapshot.late.values()}
    counts = dict(world.open)
    if world.state is not type(snapshot.state) or not late <= world.late:
        return False
    # An answer that is kept leaves its intent open; one that came late leaves it late.
    return all(
        any(
            fits(number, counts.get(intent))
            for number in range(
                opened.count(intent) + (0 if intent in world.late else kept.count(intent)),
                opened.count(intent) + kept.count(intent) + 1,
            )
        )
        for intent in INTENTS
    )


def fits(number, count):
    if count is None:
        return number == 0
    return number == 1 if count == ONE else number <= 1 if count == PERHAPS else True


def lost_in(commit):
    """The answers that this commit could not place, each with its state."""
    return [
        f"{type(record.state).__name__}: expected {type(record.event).__name__} (an answer to"
        for record in commit.records
        if record.outcome is Outcome.UNPLACED and record.answers is not None and isinstance(record.event, Named)
    ]


def walk_by_chance(maker, machine, steps):
    """Yield the commits of one instance, until something could not be placed."""
    ctx = Context(datetime(2026, 1, 1, tzinfo=UTC), WorkflowId("w"))
    snapshot = None
    for _ in range(steps):
        begun = snapshot is not None
        delivery = maker.chance.choice(list(deliveries(snapshot, machine))) if begun else Delivery(Begin())
        try:
            found = advance(machine, snapshot, delivery, ctx)
        except BrokenClaim:
            continue
        if isinstance(found, Commit):
            yield found
            snapshot = found.after
            if any(record.outcome is Outcome.UNPLACED for record in found.records):
                return


@pytest.mark.parametrize("seed", range(600))
def test_whatever_an_instance_comes_to_was_walked_and_what_it_loses_was_foretold(seed, monkeypatch):
    monkeypatch.setattr(checks, "definition_faults", lambda machine, *, readable: [])
    maker = Maker(seed)
    machine = maker.machine()
    maker.rows = {(row.state, row.method): row for row in machine.rows()}
    walks = possible_worlds(machine)
    (walk,) = walks
    foretold = [str(fault) for fault in answer_faults(machine, walks)]
    for _ in range(8):
        for commit in walk_by_chance(maker, machine, 15):
            lost = lost_in(commit)
            assert all(any(fault.startswith(one) for fault in foretold) for one in lost)
            assert lost or any(lies_in(commit.after, world) for world in walk.worlds)
