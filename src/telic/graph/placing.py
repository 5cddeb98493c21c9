"""Coordinates: where each box and each bend lies, from left to right and from top to bottom.

The horizontal part is Brandes and Köpf, *Fast and Simple Horizontal Coordinate Assignment*
(2001): four drawings, each pushed into one corner, and of every number the mean of its two
middle places. Long arrows become straight. What may never be here: an order other than the
one that was given.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from telic.graph.layering import Layers

__all__ = ["heights", "placed"]

GAP = 28.0
"""The least space between two boxes of a row, in pixels."""
BEND_GAP = 14.0
"""The least space beside a bend."""
ROW_GAP = 22.0
"""The space between two rows."""

_Marked = set[tuple[int, int]]


def heights(layers: Layers, rows: Sequence[Sequence[int]]) -> list[tuple[float, float]]:
    """Return top and height of each row."""
    found: list[tuple[float, float]] = []
    top = 0.0
    for row in rows:
        height = max((layers.sizes[one][1] for one in row), default=0.0)
        found.append((top, height))
        top += height + ROW_GAP
    return found


def placed(layers: Layers, rows: Sequence[Sequence[int]]) -> list[float]:
    """Return the middle of each number, from left to right, the leftmost edge at zero.

    Args:
        layers: What is joined to what, and how wide it is.
        rows: The rows, each in its order.
    """
    marked = _conflicts(layers, rows)
    tries = [
        _Corner(layers, rows, marked, down=down, right=right).places()
        for down in (True, False)
        for right in (False, True)
    ]
    widths = [max(one) - min(one) if one else 0.0 for one in tries]
    narrow = tries[widths.index(min(widths))]
    for number, places in enumerate(tries):
        shift = max(narrow) - max(places) if number % 2 else min(narrow) - min(places)
        tries[number] = [one + shift for one in places]
    middle = [sum(sorted(each)[1:3]) / 2 for each in zip(*tries, strict=True)]
    left = min((at - layers.sizes[one][0] / 2 for one, at in enumerate(middle)), default=0.0)
    return [one - left for one in middle]


def _conflicts(layers: Layers, rows: Sequence[Sequence[int]]) -> _Marked:
    """Return the pieces of arrows that cross a piece between two bends; those stay straight."""
    found: _Marked = set()
    for upper, lower in itertools.pairwise(rows):
        place = {one: at for at, one in enumerate(upper)}
        first, scanned = 0, 0
        for at, number in enumerate(lower):
            inner = _inner(layers, number)
            if inner is None and at < len(lower) - 1:
                continue
            last = len(upper) - 1 if inner is None else place[inner]
            for each in lower[scanned : at + 1]:
                found.update(
                    (one, each)
                    for one in layers.above[each]
                    if not first <= place[one] <= last and not (layers.is_bend(one) and layers.is_bend(each))
                )
            scanned, first = at + 1, last
    return found


def _inner(layers: Layers, number: int) -> int | None:
    """Return the bend above a bend."""
    above = layers.above[number]
    return above[0] if layers.is_bend(number) and above and layers.is_bend(above[0]) else None


class _Corner:
    """One of the four drawings: towards the top or the bottom, and to the left or the right."""

    def __init__(
        self, layers: Layers, rows: Sequence[Sequence[int]], marked: _Marked, *, down: bool, right: bool
    ) -> None:
        self._sizes, self._bend = layers.sizes, layers.is_bend
        ordered = [list(row) for row in (rows if down else reversed(rows))]
        self._rows = [row[::-1] for row in ordered] if right else ordered
        self._joined = layers.above if down else layers.below
        self._marked, self._down, self._right = marked, down, right
        count = len(layers.sizes)
        self._root, self._align = list(range(count)), list(range(count))
        self._place = {one: at for row in self._rows for at, one in enumerate(row)}
        self._before = {one: row[at - 1] for row in self._rows for at, one in enumerate(row) if at}

    def places(self) -> list[float]:
        for above, row in zip(self._rows, self._rows[1:], strict=False):
            self._align_row(above, row)
        found = self._compacted()
        return [-one for one in found] if self._right else found

    def _align_row(self, above: Sequence[int], row: Sequence[int]) -> None:
        """Put each number under the median of what it is joined to, where nothing is in the way."""
        del above
        reached = -1
        for number in row:
            ends = sorted(self._joined[number], key=self._place.__getitem__)
            middle = (len(ends) - 1) / 2
            for end in [ends[int(middle)], ends[int(middle + 0.5)]] if ends else []:
                if self._align[number] != number or self._is_marked(end, number) or reached >= self._place[end]:
                    continue
                self._align[end] = number
                self._root[number] = self._root[end]
                self._align[number] = self._root[number]
                reached = self._place[end]

    def _is_marked(self, one: int, other: int) -> bool:
        return ((one, other) if self._down else (other, one)) in self._marked

    def _compacted(self) -> list[float]:
        """Push every block as far to the left as the one before it lets it; blocks come in an order that allows it."""
        ahead: dict[int, dict[int, float]] = {}
        for number, before in self._before.items():
            block, other = self._root[number], self._root[before]
            space = self._space(before, number)
            known = ahead.setdefault(block, {})
            known[other] = max(known.get(other, 0.0), space)
        at: dict[int, float] = {}
        for first in self._root:
            self._settle(first, ahead, at)
        self._pull(ahead, at)
        return [at[one] for one in self._root]

    @staticmethod
    def _settle(first: int, ahead: dict[int, dict[int, float]], at: dict[int, float]) -> None:
        stack = [first]
        while stack:
            block = stack[-1]
            if block in at:
                stack.pop()
                continue
            missing = [one for one in ahead.get(block, ()) if one not in at]
            if missing:
                stack += missing
                continue
            at[block] = max((at[one] + space for one, space in ahead.get(block, {}).items()), default=0.0)
            stack.pop()

    @staticmethod
    def _pull(ahead: dict[int, dict[int, float]], at: dict[int, float]) -> None:
        """Pull blocks that nothing holds on the left to what stands on their right."""
        room: dict[int, float] = {}
        for block, others in ahead.items():
            for other, space in others.items():
                room[other] = min(room.get(other, float("inf")), at[block] - space)
        for block, right in room.items():
            if not ahead.get(block):
                at[block] = max(at[block], right)

    def _space(self, left: int, right: int) -> float:
        gap = BEND_GAP if self._bend(left) or self._bend(right) else GAP
        return (self._sizes[left][0] + self._sizes[right][0]) / 2 + gap
