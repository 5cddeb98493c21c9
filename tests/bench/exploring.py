"""Exploration: beside a search over tuples that is written by hand for the same worlds.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import time
import tracemalloc
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from telic.verify import Bound, Domain
from telic.verify.search import Graph, searched
from telic.verify.space import Space
from telic.verify.stepping import Deadlines, Stepper
from tests.bench.measure import Rounds, Row, at_least, at_most
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
    return Size(len(seen), edges)


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
    """Compare the two searches, in turn."""
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
    yield Row("exploring: kilobytes for each world", [_kilobytes(items)], at_most(1.2))


def _kilobytes(items: int) -> float:
    tracemalloc.start()
    try:
        graph = explored(items)
        return tracemalloc.get_traced_memory()[0] / len(graph.worlds) / 1000
    finally:
        tracemalloc.stop()
