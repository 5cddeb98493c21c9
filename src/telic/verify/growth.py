"""What grows without end: told when a search had to be broken off.

What may never be here: a proof; growth on one way is a strong hint and named as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from pydantic import BaseModel

from telic.verify.probing import EPOCH
from telic.verify.search import Graph
from telic.verify.worlds import World

__all__ = ["growing_field"]

_ROUNDS = 4  # how often something has to have grown, in one state, on one way


def growing_field(graph: Graph) -> tuple[int, str] | None:
    """Return the farthest world and what has grown on the way to it, or ``None``.

    Args:
        graph: A graph whose search was broken off.
    """
    if not graph.worlds:
        return None
    place = len(graph.worlds) - 1
    seen: dict[tuple[type[BaseModel], str], list[float]] = {}
    for _, at in graph.way(place):
        world = graph.shown(at)
        for name, size in _sizes(world):
            seen.setdefault((type(world.state), name), []).append(size)
    grown = [
        (_rounds(sizes), name) for (_, name), sizes in seen.items() if _rounds(sizes) >= _ROUNDS and _steady(sizes)
    ]
    if not grown:
        return None
    most = max(rounds for rounds, _ in grown)
    return place, next(name for rounds, name in grown if rounds == most)


def _rounds(sizes: list[float]) -> int:
    return sum(after != before for before, after in pairwise(sizes))


def _steady(sizes: list[float]) -> bool:
    """Say whether it only ever grew, or only ever fell."""
    pairs = list(pairwise(sizes))
    return all(before <= after for before, after in pairs) or all(before >= after for before, after in pairs)


def _sizes(world: World) -> Iterator[tuple[str, float]]:
    yield from _sizes_in(world.state.__dict__, type(world.state).__name__)
    yield "the number of open intents", len(world.open)
    yield "the number of deferred events", len(world.deferred)
    yield "the number of unplaced facts", len(world.unplaced)
    yield "the number of late intents", len(world.late)


def _sizes_in(values: Mapping[str, object], path: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        where = f"{path}.{name}"
        if isinstance(value, bool):
            continue
        if isinstance(value, (int, float, Decimal)):
            yield where, float(value)
        elif isinstance(value, datetime):
            yield where, (value - EPOCH).total_seconds()
        elif isinstance(value, BaseModel):
            yield from _sizes_in(value.__dict__, where)
        elif isinstance(value, Sized):
            yield where, len(value)
