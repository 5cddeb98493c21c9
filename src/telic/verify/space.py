"""The space of one exploration: numbers for values, and snapshots for worlds.

What may never be here: which worlds there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import cast
from uuid import UUID

from pydantic import BaseModel

from telic.kernel.events import Event, Fact
from telic.kernel.gathering import declared_waits
from telic.kernel.intents import Intent
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Meta, OpenIntent, OpenWait, Outcome, Parked, Snapshot, Status
from telic.kernel.values import EventId, IntentId, WaitKey
from telic.kernel.waits import Deadline, Wait
from telic.verify.keys import Interner, key_of
from telic.verify.probing import EPOCH, INSTANCE
from telic.verify.rebuilding import fresh_name, holds_instants, moved, names_in, renamed
from telic.verify.worlds import Ghost, Kept, Numbers, Rest, World

__all__ = ["Space", "item_of"]

_META = Meta(INSTANCE, started_at=EPOCH)
_BLANK = fresh_name(0)


def item_of(intent: int, *, withdrawn: bool) -> int:
    """Return an open intent as it stands in a world."""
    return intent * 2 + withdrawn


class Space:
    """Numbers for the values of one machine, and what they mean.

    Attributes:
        machine: The machine.
        states: Its states, by number.
        intents: The intents, by number.
        events: The events, by number.
        rests: The rests, by number; 0 is nothing.
        ghosts: The ghosts, by number.
        tracked: The types of intents that a world holds: those whose end a state hears of.
        delivered: The types of intents that other instances are to hear of.
    """

    def __init__(
        self, machine: AnyMachine, ghost: Ghost | None, tracked: frozenset[type[Intent[Fact]]] = frozenset()
    ) -> None:
        """Begin with nothing but the first ghost.

        Args:
            machine: The machine.
            ghost: What is folded from the events, if anything is.
            tracked: Types of intents that a world holds though no state hears of their end.
        """
        self.machine = machine
        self.delivered = tracked
        self.states: Interner[BaseModel] = Interner(key_of)
        self.intents: Interner[Intent[Fact]] = Interner(key_of)
        self.events: Interner[Event] = Interner(key_of)
        self.rests: Interner[Rest] = Interner(_itself)
        self.ghosts: Interner[Ghost | None] = Interner(_hashable)
        self.ghosts.number(ghost)
        self.rests.number(Rest())
        self.has_ghost = ghost is not None
        claimed = {intent for info in machine.infos.values() for intent in info.settles}
        heard = {event for info in machine.infos.values() for event in (*info.rows, *info.ignored)}
        self.tracked = frozenset(
            intent
            for intent, answers in machine.intents.items()
            if answers or intent in claimed or machine.failures[intent] in heard or intent in tracked
        )
        self._waits: dict[int, dict[str, Wait]] = {}
        self.moved_intent = cache(self._moved_intent)
        self.moved_event = cache(self._moved_event)
        self.folded = cache(self._folded)

    def waits(self, state: int) -> dict[str, Wait]:
        """Return what a state declares, by key."""
        found = self._waits.get(state)
        if found is None:
            found = self._waits[state] = dict(declared_waits(self.states.values[state]))
        return found

    def correlates(self, kind: type[Intent[Fact]]) -> bool:
        """Say whether each answer of a type of intent shares a typed id with it."""
        return all(self.machine.shared_ids[kind, answer] for answer in self.machine.intents[kind])

    def shown(self, world: Numbers) -> World:
        """Return a world as a property sees it."""
        rest = self.rests.values[world[1]]
        intents = self.intents.values
        return World(
            self.states.values[world[0]],
            tuple(intents[item >> 1] for item in world[2:]),
            tuple(intents[item >> 1] for item in world[2:] if item & 1),
            tuple(intents[one] for one in rest.late),
            tuple(self.events.values[one.event] for one in rest.kept if not one.unplaced),
            tuple(self.events.values[one.event] for one in rest.kept if one.unplaced),
            {key: wait for key, wait in self.waits(world[0]).items() if key not in rest.fired},
            self.ghosts.values[rest.ghost],
        )

    def snapshot(self, world: Numbers) -> Snapshot[BaseModel]:
        """Return a world as the step knows it; its open intents are named by their places."""
        state = self.states.values[world[0]]
        rest = self.rests.values[world[1]]
        opened = {IntentId(f"open:{place}"): self._open(f"open:{place}", item) for place, item in enumerate(world[2:])}
        late = {IntentId(f"late:{place}"): self._open(f"late:{place}", one * 2) for place, one in enumerate(rest.late)}
        waits = tuple(
            OpenWait(
                WaitKey(key), wait, 1, EPOCH, wait.at if isinstance(wait, Deadline) and key in rest.fired else None
            )
            for key, wait in self.waits(world[0]).items()
        )
        status = Status.ENDED if type(state) in self.machine.final_states else Status.RUNNING
        parked = tuple(self._parked(place, one, opened) for place, one in enumerate(rest.kept))
        return Snapshot(_META, 1, state, status, EPOCH, opened, late, waits, parked)

    def dated(self, snapshot: Snapshot[BaseModel], by: timedelta) -> Snapshot[BaseModel]:
        """Return a snapshot in which every instant lies on another date, so much later."""
        state = moved(snapshot.state, by)
        opened = {key: one._replace(intent=moved(one.intent, by)) for key, one in snapshot.open.items()}
        late = {key: one._replace(intent=moved(one.intent, by)) for key, one in snapshot.late.items()}
        waits = tuple(OpenWait(WaitKey(key), wait, 1, EPOCH + by) for key, wait in declared_waits(state))
        return snapshot._replace(state=state, open=opened, late=late, waits=waits)

    def world(self, snapshot: Snapshot[BaseModel], ghost: int) -> Numbers:
        """Return the world of a snapshot."""
        waits = self.waits(state := self.states.number(snapshot.state))
        rest = Rest(
            tuple(sorted(self.intents.number(one.intent) for one in snapshot.late.values())),
            tuple(sorted(one.key for one in snapshot.waits if one.fired is not None and one.key in waits)),
            tuple(self._kept(one, snapshot) for one in snapshot.parked),
            ghost,
        )
        return (state, self.rests.number(rest), *sorted(self.items(snapshot.open.values())))

    def items(self, opened: Iterable[OpenIntent]) -> Iterator[int]:
        """Yield the intents that a world holds, as items."""
        for one in opened:
            if type(one.intent) in self.tracked:
                yield item_of(self.intents.number(one.intent), withdrawn=one.withdrawn)

    def later(self, world: Numbers, by: timedelta) -> Numbers:
        """Return a world seen from a later moment."""
        if not by:
            return world
        rest = self.rests.values[world[1]]
        late = tuple(sorted(self.moved_intent(one, by) for one in rest.late))
        kept = tuple(
            one._replace(
                event=self.moved_event(one.event, by),
                item=one.item if one.item < 0 else self.moved_intent(one.item >> 1, by) * 2 + (one.item & 1),
            )
            for one in rest.kept
        )
        items = sorted(self.moved_intent(item >> 1, by) * 2 + (item & 1) for item in world[2:])
        state = self.states.number(moved(self.states.values[world[0]], -by))
        return (state, self.rests.number(rest._replace(late=late, kept=kept)), *items)

    def naming(self, world: Numbers) -> dict[UUID, UUID]:
        """Return the fresh names of a world, each with the one that the order of appearance gives it."""
        rest = self.rests.values[world[1]]
        items = sorted(world[2:], key=lambda item: (self._blank(item >> 1), item))
        parts: list[BaseModel] = [self.states.values[world[0]]]
        parts += [self.intents.values[one] for one in (*(item >> 1 for item in items), *rest.late)]
        parts += [self.events.values[one.event] for one in rest.kept]
        seen: dict[UUID, UUID] = {}
        for part in parts:
            for name in names_in(part):
                seen.setdefault(name, fresh_name(len(seen) + 1))
        return seen

    def ordered(self, world: Numbers) -> Numbers:
        """Return a world with its fresh names in the order of their appearance."""
        rest = self.rests.values[world[1]]
        seen = self.naming(world)
        if all(old == new for old, new in seen.items()):
            return world

        def intent(number: int) -> int:
            return self.intents.number(renamed(self.intents.values[number], seen))

        kept = tuple(
            one._replace(
                event=self.events.number(renamed(self.events.values[one.event], seen)),
                item=one.item if one.item < 0 else intent(one.item >> 1) * 2 + (one.item & 1),
            )
            for one in rest.kept
        )
        late = tuple(sorted(intent(one) for one in rest.late))
        state = self.states.number(renamed(self.states.values[world[0]], seen))
        ordered = sorted(intent(item >> 1) * 2 + (item & 1) for item in world[2:])
        return (state, self.rests.number(rest._replace(late=late, kept=kept)), *ordered)

    def _blank(self, intent: int) -> int:
        value = self.intents.values[intent]
        return self.intents.number(renamed(value, dict.fromkeys(names_in(value), _BLANK)))

    def _open(self, name: str, item: int) -> OpenIntent:
        return OpenIntent(IntentId(name), self.intents.values[item >> 1], withdrawn=bool(item & 1))

    def _parked(self, place: int, kept: Kept, opened: dict[IntentId, OpenIntent]) -> Parked:
        answers = None
        if kept.item >= 0:
            answers = self._open(f"kept:{place}", kept.item)
            if kept.still_open:
                same = (
                    one
                    for one in opened.values()
                    if one.intent == answers.intent and one.withdrawn == answers.withdrawn
                )
                answers = next(same, answers)
        outcome = Outcome.UNPLACED if kept.unplaced else Outcome.DEFERRED
        wait = WaitKey(kept.wait) if kept.wait else None
        event = self.events.values[kept.event]
        return Parked(event, EventId(f"kept:{place}"), place - 1000, outcome, answers, wait, kept.actor)

    def _kept(self, one: Parked, snapshot: Snapshot[BaseModel]) -> Kept:
        item, still_open = -1, False
        if one.answers is not None:
            item = item_of(self.intents.number(one.answers.intent), withdrawn=one.answers.withdrawn)
            still_open = one.answers.id in snapshot.open
        event = self.events.number(one.event)
        return Kept(event, one.outcome is Outcome.UNPLACED, item, still_open, one.wait or "", one.actor)

    def _moved_intent(self, intent: int, by: timedelta) -> int:
        value = self.intents.values[intent]
        return self.intents.number(moved(value, -by)) if holds_instants(value) else intent

    def _moved_event(self, event: int, by: timedelta) -> int:
        value = self.events.values[event]
        return self.events.number(moved(value, -by)) if holds_instants(value) else event

    def _folded(self, ghost: int, event: int) -> int:
        before = self.ghosts.values[ghost]
        return self.ghosts.number(before.fold(self.events.values[event])) if before is not None else ghost


def _itself(rest: Rest) -> Hashable:
    return rest


def _hashable(ghost: Ghost | None) -> Hashable:
    return cast("Hashable", ghost)
