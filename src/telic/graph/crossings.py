"""The order within each row: few arrows cross.

Rows are swept up and down, each time ordered by the median of what they are joined to, and
neighbours change places while that helps: Gansner, Koutsofios, North and Vo, *A Technique for
Drawing Directed Graphs* (1993), section 3. What may never be here: chance; the same machine
has the same picture for ever.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence

from telic.graph.layering import Layers

__all__ = ["crossings", "ordered"]

_SWEEPS = 24
_PATIENCE = 6


def ordered(layers: Layers, firsts: Sequence[int] = ()) -> list[list[int]]:
    """Return the rows, each in an order that lets few arrows cross.

    Args:
        layers: The rows in any order.
        firsts: Where reading begins.
    """
    rows = _first_order(layers, firsts)
    best, least, idle = [list(row) for row in rows], crossings(layers, rows), 0
    for sweep in range(_SWEEPS):
        if not least or idle >= _PATIENCE:
            break
        _sweep(layers, rows, down=sweep % 2 == 0)
        _exchange(layers, rows)
        now = crossings(layers, rows)
        idle += 1
        if now < least:
            best, least, idle = [list(row) for row in rows], now, 0
    return best


def crossings(layers: Layers, rows: Sequence[Sequence[int]]) -> int:
    """Return how many times arrows cross between rows."""
    return sum(_between(layers, upper, lower) for upper, lower in itertools.pairwise(rows))


def _between(layers: Layers, upper: Sequence[int], lower: Sequence[int]) -> int:
    place = {number: at for at, number in enumerate(lower)}
    passed: list[int] = []
    found = 0
    for number in upper:
        ends = sorted(place[one] for one in layers.below[number])
        found += sum(len(passed) - bisect_right(passed, end) for end in ends)
        for end in ends:
            insort(passed, end)
    return found


def _first_order(layers: Layers, firsts: Sequence[int]) -> list[list[int]]:
    """Order the rows as a walk from the top meets them, breadth first."""
    seen = dict.fromkeys((*firsts, *(layers.rows[0] if layers.rows else ())))
    queue = list(seen)
    for number in (*queue, *range(len(layers.sizes))):
        todo = [number]
        for one in todo:  # it grows as it is read
            seen.setdefault(one)
            new = [each for each in (*layers.below[one], *layers.above[one]) if each not in seen]
            seen.update(dict.fromkeys(new))
            todo += new
    at = {number: place for place, number in enumerate(seen)}
    return [sorted(row, key=at.__getitem__) for row in layers.rows]


def _sweep(layers: Layers, rows: list[list[int]], *, down: bool) -> None:
    numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
    joined = layers.above if down else layers.below
    for number in numbers:
        fixed = {one: at for at, one in enumerate(rows[number - 1 if down else number + 1])}
        _by_median(rows[number], [sorted(fixed[one] for one in joined[each]) for each in rows[number]])


def _by_median(row: list[int], neighbours: Sequence[Sequence[int]]) -> None:
    """Sort a row by the median of its neighbours; what has none keeps its place."""
    medians = {number: _median(places) for number, places in zip(row, neighbours, strict=True) if places}
    moving = sorted((number for number in row if number in medians), key=medians.__getitem__)
    rest = iter(moving)
    row[:] = [next(rest) if number in medians else number for number in row]


def _median(places: Sequence[int]) -> float:
    middle = len(places) // 2
    if len(places) % 2:
        return places[middle]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    left, right = places[middle - 1] - places[0], places[-1] - places[middle]
    return (
        (places[middle - 1] * right + places[middle] * left) / (left + right)
        if left + right
        else (places[middle - 1] + places[middle]) / 2
    )


def _exchange(layers: Layers, rows: list[list[int]]) -> None:
    """Let neighbours change places for as long as that takes crossings away."""
    for number, row in enumerate(rows):
        above = {one: at for at, one in enumerate(rows[number - 1])} if number else {}
        below = {one: at for at, one in enumerate(rows[number + 1])} if number + 1 < len(rows) else {}
        ends = {
            one: (
                sorted(above[each] for each in layers.above[one]),
                sorted(below[each] for each in layers.below[one]),
            )
            for one in row
        }
        while _passed_over(row, ends):
            pass


def _passed_over(row: list[int], ends: Mapping[int, tuple[list[int], list[int]]]) -> bool:
    """Let each pair of neighbours change places that crosses less then; say whether one did."""
    better = False
    for at in range(len(row) - 1):
        left, right = ends[row[at]], ends[row[at + 1]]
        if sum(map(_crossed, right, left)) < sum(map(_crossed, left, right)):
            row[at], row[at + 1] = row[at + 1], row[at]
            better = True
    return better


def _crossed(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many pairs cross when one box stands left of another."""
    return sum(1 for one in left for other in right if one > other)
