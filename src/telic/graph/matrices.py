"""What each state does with each event, as a table: nothing is left out of it.

What may never be here: a guess; an empty cell means that the kernel decides, as for every
command or fact that a state has no transition for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from telic.graph.views import E, S, View, seen
from telic.kernel.machine import Machine

__all__ = ["Matrix", "matrix"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table of states and events.

    Attributes:
        states: The names of the states, one for each row.
        events: The names of the events, one for each column.
        cells: For state and event, what happens: the names of the states that it leads to, of
            the verdicts, or ``ignored``; a pair that is not there has no transition.
    """

    states: tuple[str, ...]
    events: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[str, ...]]

    def cell(self, state: str, event: str) -> str:
        """Return one cell as text; empty when there is no transition."""
        return " | ".join(self.cells.get((state, event), ()))

    def markdown(self) -> str:
        """Return the table in Markdown."""
        rows = [["", *self.events], ["---"] * (len(self.events) + 1)]
        rows += [[state, *(self.cell(state, event) for event in self.events)] for state in self.states]
        return "\n".join("| " + " | ".join(one.replace("|", "\\|") for one in row) + " |" for row in rows) + "\n"

    def text(self) -> str:
        """Return the table in columns, the events as rows where there are more of them than states."""
        turned = len(self.events) > len(self.states)
        down, across = (self.events, self.states) if turned else (self.states, self.events)
        rows = [["", *across]]
        rows += [
            [one, *(self.cell(*((other, one) if turned else (one, other))) or "." for other in across)] for one in down
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
        return "\n".join(lines) + "\n"


def matrix(machine: Machine[S, E] | View) -> Matrix:
    """Return what each state of a machine does with each event.

    Args:
        machine: The machine, or what there is to draw of it.

    Example:
        ``print(matrix(order).text())``
    """
    shown = seen(machine)
    cells: dict[tuple[str, str], dict[str, None]] = {}
    for one in shown.arrows:
        cells.setdefault((one.source, one.event), {})[one.verdict or one.target] = None
    for node in shown.nodes:
        for event, _ in node.ignored:
            cells.setdefault((node.name, event), {"ignored": None})
    begins = ("",) if any(source == "" for source, _ in cells) else ()
    return Matrix(
        (*(("(start)",) if begins else ()), *(node.name for node in shown.nodes)),
        tuple(dict.fromkeys((*shown.events, *(one.event for one in shown.arrows)))),
        {(state or "(start)", event): tuple(found) for (state, event), found in cells.items()},
    )
