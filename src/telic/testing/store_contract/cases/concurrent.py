"""Cases of concurrency: whatever the order of turns, one order of whole calls explains the answers.

Two clients with three calls each are let on turn by turn. Small scopes suffice: what can go
wrong between check and write goes wrong with two.
"""

from __future__ import annotations

import random
from functools import partial
from itertools import count
from typing import cast

from telic.kernel.errors import RevisionConflict
from telic.kernel.journal import fold
from telic.kernel.snapshot import Snapshot
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.testing.store_contract.histories import ABSENT, Called, Instance, explained, told
from telic.testing.store_contract.machine import NOON, Everything, ItemId, Mark, Open, Send
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.scheduling import Choices, Director, Effort, Step, schedules
from telic.testing.store_contract.trial import AnySnapshot, AnyStore, Trial

_ATOMIC = "let no other save in between check and write: one transaction, or a lock around both"
# L loads, S saves on what was loaded or saved last, X saves on the first snapshot.
_PROGRAMS = (("SLS", "SLS"), ("LSL", "LSL"), ("SSL", "XSL"), ("LSS", "SLX"), ("XLS", "LXL"))


class _Race:
    """One instance, the clients who race for it, and the history of their calls."""

    def __init__(self, trial: Trial, id: WorkflowId, base: AnySnapshot | None) -> None:
        self.trial = trial
        self.id = id
        self.base = base
        self.history: list[Called] = []
        self.clock = count()
        self.marks = count(1)

    async def client(self, number: int, store: AnyStore, letters: str, step: Step) -> None:
        """Make the calls of one program."""
        held = self.base
        for letter in letters:
            invoked = next(self.clock)
            if letter == "L":
                found = cast("AnySnapshot | None", await step(store.load(self.id)))
                held = found or held
                self.history.append(Called(number, None, 0, _instance(found), False, invoked, next(self.clock)))  # noqa: FBT003
            else:
                held = await self.save(number, store, self.base if letter == "X" else held, held, step, invoked)

    async def save(
        self, number: int, store: AnyStore, before: AnySnapshot | None, held: AnySnapshot | None,
        step: Step, invoked: int,
    ) -> AnySnapshot | None:  # fmt: skip
        """Save one more mark, and return what the client holds from now on."""
        mark = next(self.marks)
        event = Mark(mark=mark) if before is not None else Open(held=Everything(whole=mark))
        commit = self.trial.decide(before, event, id=self.id)
        try:
            await step(store.save(commit))
            saved = True
        except RevisionConflict:
            saved = False
        self.history.append(Called(number, mark, commit.expected, None, saved, invoked, next(self.clock)))
        return commit.after if saved else held


def _instance(snapshot: AnySnapshot | None) -> Instance:
    if not isinstance(snapshot, Snapshot):
        return ABSENT
    state = snapshot.state
    mark = getattr(state, "mark", 0) or getattr(getattr(state, "held", None), "whole", 0)
    return Instance(snapshot.revision, mark)


@case(do=_ATOMIC)
async def two_clients_in_any_order_are_explained_by_one(trial: Trial) -> None:
    """Two clients with three calls each, loads and saves, get answers that one order of them explains."""
    for programs in _PROGRAMS:
        await _races(trial, programs, (trial.store, trial.store), begun=True)


@case(do=_ATOMIC)
async def two_starts_in_any_order_are_explained_by_one(trial: Trial) -> None:
    """Two clients who begin the same instance at once get answers that one order of them explains."""
    for programs in (("SLS", "SLS"), ("XLX", "LXS")):
        await _races(trial, programs, (trial.store, trial.store), begun=False)


@case(Capability.REOPEN, do=_ATOMIC)
async def two_stores_in_any_order_are_explained_by_one(trial: Trial) -> None:
    """Two clients of two stores over the same data get answers that one order of them explains."""
    async with trial.reopened() as store:
        for programs in _PROGRAMS[:3]:
            await _races(trial, programs, (trial.store, store), begun=True)


@case(do=_ATOMIC)
async def one_of_many_starts_is_taken(trial: Trial) -> None:
    """Of many starts of one instance at the same time exactly one is taken."""
    for choices in _few(trial.effort):
        race = _Race(trial.fresh(), _named(), None)
        await Director(choices).direct([partial(race.client, number, trial.store, "S") for number in range(6)])
        taken = sum(one.saved for one in race.history)
        trial.hold(taken == 1, "one of six starts to be taken", f"{taken}: {told(race.history)}")
        await _whole(trial, race.id)


@case(do="let saves of different instances pass one another")
async def saves_of_many_instances_do_not_disturb_one_another(trial: Trial) -> None:
    """Saves of different instances at the same time are all taken."""
    for choices in _few(trial.effort):
        beside = trial.fresh()
        ids = [_named() for _ in range(5)]

        await Director(choices).direct([partial(_life, beside, id) for id in ids])
        await beside.agree()


async def _life(trial: Trial, id: WorkflowId, step: Step) -> None:
    for event in (Open(), Mark(mark=1), Send(items=(ItemId("a"),))):
        before = cast("AnySnapshot | None", await step(trial.store.load(id)))
        commit = trial.decide(before, event, id=id, event_id=type(event).__name__)
        await step(trial.store.save(commit))
        await trial.model.save(commit)


@case(do="look event ids up in the transaction that writes")
async def an_event_that_comes_many_times_at_once_counts_once(trial: Trial) -> None:
    """Of many deliveries of the same events, in any order, each event is applied once."""
    for choices in _few(trial.effort):
        await _each_once(trial, choices, _named(), (trial.store,))


@case(Capability.REOPEN, do="look event ids up in the transaction that writes")
async def an_event_that_comes_through_two_stores_counts_once(trial: Trial) -> None:
    """Of many deliveries of the same events through two stores over one database, each is applied once."""
    async with trial.reopened() as store:
        for choices in _few(trial.effort):
            await _each_once(trial, choices, _named(), (trial.store, store))


async def _each_once(trial: Trial, choices: Choices, id: WorkflowId, stores: tuple[AnyStore, ...]) -> None:
    trial.notice(id)
    runtimes = [WorkflowRuntime(machine=trial.machine, store=store) for store in stores]
    await runtimes[0].run_step(id, Open(), now=NOON)
    kinds: list[str] = []

    async def client(number: int, step: Step) -> None:
        for mark in (1, 2, 3):
            runtime = runtimes[number % len(runtimes)]
            call = runtime.run_step(id, Mark(mark=mark), event_id=EventId(f"e-{mark}"), now=NOON)
            kinds.append(str(getattr(await step(call), "kind", None)))

    await Director(choices).direct([partial(client, number) for number in range(3)])
    trial.hold(sorted(kinds) == ["duplicate"] * 6 + ["stepped"] * 3, "three steps and six duplicates", sorted(kinds))
    await _whole(trial, id, 4)


async def _races(trial: Trial, programs: tuple[str, str], stores: tuple[AnyStore, AnyStore], *, begun: bool) -> None:
    for choices in schedules(trial.effort, trial.say):
        beside = trial.fresh()
        id = _named()
        if begun:
            await beside.begin(id=id)
        race = _Race(beside, id, await beside.store.load(id))

        clients = [partial(race.client, number, stores[number], programs[number]) for number in (0, 1)]
        await Director(choices).direct(clients)
        held = Instance(1, 0) if begun else ABSENT
        trial.hold(explained(race.history, held), "one order of the calls that explains every answer", _Told(race))
        await _whole(trial, id)


class _Told:
    """A history that is written out only where it is shown."""

    def __init__(self, race: _Race) -> None:
        self._race = race

    def __repr__(self) -> str:
        return f"none for: {told(self._race.history)}"


async def _whole(trial: Trial, id: WorkflowId, revision: int | None = None) -> None:
    """Hold an instance to be whole: its journal has every line and leads to its state."""
    loaded = await trial.load(id)
    trial.hold(revision in (None, loaded.revision), f"revision {revision}", loaded.revision)
    if trial.has(Capability.JOURNAL):
        lines = await trial.full.journal(id)
        numbers = [one.revision for one in lines]
        trial.hold(numbers == list(range(1, loaded.revision + 1)), f"{loaded.revision} lines without a gap", numbers)
        trial.same(fold(trial.machine, loaded.meta, lines), loaded, "the replayed instance")


def _few(effort: Effort) -> list[Choices]:
    """Return a few random schedules, where the number of all is beyond counting."""
    chance = random.Random(effort.seed)
    return [Choices([], chance) for _ in range(max(1, effort.schedules // 30))]


_numbers = count(1)


def _named() -> WorkflowId:
    return WorkflowId(f"race-{next(_numbers)}")
