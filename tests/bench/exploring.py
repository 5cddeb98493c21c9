"""Exploration: beside a search over tuples that is written by hand for the same worlds.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from telic.verify import Bound, Domain, explore
from telic.verify.search import Graph, searched
from telic.verify.space import Space
from telic.verify.stepping import Deadlines, Stepper
from tests.bench.measure import Rounds, Row, at_least, at_most
from tests.bench.peer import Absent, Peer
from tests.bench.saga import ATTEMPTS, BeginSaga, saga

# A world by hand: the state, the items that are had, and what is open, as tuples of small numbers.
ByHand = tuple[object, ...]


class Size(NamedTuple):
    """How large a graph is."""

    worlds: int
    edges: int


def explored(items: int) -> Graph:
    """Search the saga with so many items."""
    domain = Domain().of(BeginSaga, [BeginSaga(items=items)])
    return searched(Stepper(Space(saga, None), domain, Deadlines()), (), Bound(worlds=2_000_000))


def by_hand(items: int) -> Size:
    """Search the same worlds over plain tuples, with the rules written out."""
    seen, edges = _seen(items)
    return Size(len(seen), edges)


def _seen(items: int) -> tuple[dict[ByHand, ByHand | None], int]:
    """Return the worlds, each with the one that it was found from, and how many steps there are."""
    first: ByHand = ("reserving", 0, tuple((number, 1) for number in range(items)), ())
    seen: dict[ByHand, ByHand | None] = {first: None}
    edges = 0
    todo = deque((first,))
    while todo:
        world = todo.popleft()
        for after in _after(world):
            edges += 1
            if after not in seen:
                seen[after] = world
                todo.append(after)
    return seen, edges


def _after(world: ByHand) -> Iterator[ByHand]:
    kind, have, reserving, releasing = world
    assert isinstance(have, int)
    assert isinstance(reserving, tuple)
    assert isinstance(releasing, tuple)
    if kind == "reserving":
        yield from _reserving(have, reserving)
        # Cancelled and lapsed lead to the same world by two ways.
        yield from (_undo(have, reserving),) * 2
    elif kind == "paying":
        yield "done", 0, (), ()
        yield _undo(have, ())
    elif kind == "undoing":
        yield from _undoing(reserving, releasing)


def _reserving(have: int, reserving: tuple[tuple[int, int], ...]) -> Iterator[ByHand]:
    for place, (item, attempt) in enumerate(reserving):
        others = reserving[:place] + reserving[place + 1 :]
        now = have | 1 << item
        yield ("reserving", now, others, ()) if others else ("paying", now, (), ())
        if attempt < ATTEMPTS:
            yield "reserving", have, tuple(sorted((*others, (item, attempt + 1)))), ()
        else:
            yield _undo(have, others)


def _undo(have: int, reserving: tuple[tuple[int, int], ...]) -> ByHand:
    return "undoing", 0, reserving, tuple(item for item in range(have.bit_length()) if have >> item & 1)


def _undoing(reserving: tuple[tuple[int, int], ...], releasing: tuple[int, ...]) -> Iterator[ByHand]:
    for place, (item, _) in enumerate(reserving):
        others = reserving[:place] + reserving[place + 1 :]
        yield "undoing", 0, others, tuple(sorted((*releasing, item)))
        yield ("undoing", 0, others, releasing) if others or releasing else ("undone", 0, (), ())
    for place in range(len(releasing)):
        others = releasing[:place] + releasing[place + 1 :]
        yield ("undoing", 0, reserving, others) if reserving or others else ("undone", 0, (), ())
    yield ("undoing", 0, reserving, releasing) if reserving or releasing else ("undone", 0, (), ())


def exploring(rounds: Rounds, items: int) -> Iterator[Row]:
    """Compare the two searches, in turn, and a whole exploration with another checker."""
    yield from _searches(rounds, items)
    yield _beside_checker(rounds.at_most(5), min(items, _CHECKED_ITEMS))
    for name, why in _NOT_TO_BE_HAD.items():
        yield Row(f"exploring / {name}", [], absent=why)


_CHECKED_ITEMS = 5
_WEIGHED_ITEMS = 7
_NOT_TO_BE_HAD = {
    "TLC, the checker of TLA+": "not to be had; it is a Java archive, and no package index here has it",
    "FizzBee": "not to be had; no package index here has it",
}


def _searches(rounds: Rounds, items: int) -> Iterator[Row]:
    speeds, shares = [], []
    for _ in rounds.numbers():
        begun = time.process_time()
        graph = explored(items)
        ours = time.process_time() - begun
        begun = time.process_time()
        size = by_hand(items)
        theirs = time.process_time() - begun
        assert size == (len(graph.worlds), graph.edges), (size, len(graph.worlds), graph.edges)
        speeds.append(graph.edges / ours / 1000)
        shares.append(theirs / ours)
    yield Row(f"exploring {size.worlds} worlds: thousand steps per second", speeds, at_least(150))
    yield Row("exploring: share of the speed of a search over tuples, by hand", shares)
    few = min(items, _WEIGHED_ITEMS)
    yield Row("exploring: kilobytes for each world", [_kilobytes(lambda: explored(few), few)], at_most(1.2))
    yield Row("a search over tuples, by hand: kilobytes for each world", [_kilobytes(lambda: _seen(few), few)])


def _beside_checker(rounds: Rounds, items: int) -> Row:
    """Compare a whole exploration, with all that it asks, with a search by hand and one question of a checker."""
    name = "exploring, all questions / a search by hand and pyModelChecking's AG EF of an end: times as fast"
    domain = Domain().of(BeginSaga, [BeginSaga(items=items)])
    try:
        with Peer.running("pymodelchecking") as peer:
            found: list[float] = []
            for _ in rounds.numbers():
                begun = time.process_time()
                report = explore(saga, domain=domain)
                ours = time.process_time() - begun
                begun = time.process_time()
                edges, ends = _numbered(items)
                assert len({world for edge in edges for world in edge}) == report.stats.worlds, report.text()
                by_hand_alone = time.process_time() - begun
                found.append((by_hand_alone + peer.carry_out(edges=edges, ends=ends).processor) / ours)
            return Row(f"{name}, {report.stats.worlds} worlds, pyModelChecking {peer.version}", found)
    except Absent as absent:
        return Row(name, [], absent=str(absent))


def _numbered(items: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Return the steps between worlds as numbers, and which worlds are ends; those only lead to themselves."""
    numbers: dict[ByHand, int] = {("reserving", 0, tuple((number, 1) for number in range(items)), ()): 0}
    edges: list[tuple[int, int]] = []
    ends: list[int] = []
    todo = deque(numbers)
    while todo:
        world = todo.popleft()
        here, after = numbers[world], list(_after(world))
        if not after:
            ends.append(here)
            edges.append((here, here))
        for one in after:
            if one not in numbers:
                numbers[one] = len(numbers)
                todo.append(one)
            edges.append((here, numbers[one]))
    return edges, ends


def _kilobytes(work: Callable[[], object], items: int) -> float:
    """Return what is held for each world when the work is done."""
    tracemalloc.start()
    try:
        held = work()
        kilobytes = tracemalloc.get_traced_memory()[0] / 1000
    finally:
        tracemalloc.stop()
    del held
    return kilobytes / by_hand(items).worlds
