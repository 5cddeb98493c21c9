"""What stands in a box, and on an arrow: lines of text, measured.

What may never be here: a place; see ``planning``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from telic.graph.marking import Marks
from telic.graph.measuring import line_height, width_of
from telic.graph.views import Arrow, Cause, Node

__all__ = ["BODY", "ICON", "PAD", "SMALL", "TITLE", "Box", "Label", "Line", "box_of", "label_of", "labels_of"]

TITLE: Final = 14.0
BODY: Final = 12.0
SMALL: Final = 11.0
PAD: Final = 12.0
ICON: Final = 14.0
_LONG: Final = 30
_ICONS: Final = frozenset({Cause.DEADLINE, Cause.TASK, Cause.TOPIC})


@dataclass(frozen=True, slots=True)
class Line:
    """One line in a box or on an arrow.

    Attributes:
        text: What it says.
        size: The size of its font.
        role: What it is, for its colour: ``title``, ``open``, ``wait``, ``event``, ``intent``, ``held``.
        cause: The icon before it, if it has one.
        indent: The space before it.
    """

    text: str
    size: float
    role: str
    cause: Cause | None = None
    indent: float = 0.0

    @property
    def width(self) -> float:
        """How wide it is, with its icon."""
        icon = ICON if self.cause in _ICONS else 0.0
        return self.indent + icon + width_of(self.text, self.size, bold=self.role == "title")


@dataclass(frozen=True, slots=True)
class Box:
    """The text of one state, without what is nested in it.

    Attributes:
        node: The state.
        lines: Its name, then what it is open to and what it holds.
        stays: What happens in it without leaving it, below a rule.
        width: The width that the text needs.
        height: The height.
    """

    node: Node
    lines: tuple[Line, ...]
    stays: tuple[tuple[Line, ...], ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """The text of one arrow.

    Attributes:
        lines: An event, and what is to be done then, in one or two lines each.
        width: The width that the text needs.
        height: The height.
        causes: What kinds of events it names.
    """

    lines: tuple[tuple[Line, ...], ...]
    width: float
    height: float
    causes: frozenset[Cause]


def box_of(node: Node, marks: Marks | None, held: Iterable[str] = (), stays: Iterable[Arrow] = ()) -> Box:
    """Return the text of a state.

    Args:
        node: The state.
        marks: Where an instance stands; its waits are lines of the box that it is in.
        held: The names of the regions that are drawn elsewhere.
        stays: The arrows that lead back to it.
    """
    inner = label_of(stays)
    told = {row[0].text for row in inner.lines}
    here = marks is not None and node.name in marks.current
    lines = [Line(node.name, TITLE, "title")]
    lines += [
        Line(one.event or f"some {one.cause}", SMALL, "open", one.cause) for one in node.opens if one.event not in told
    ]
    lines += [Line(f"{one} \u2192", SMALL, "held") for one in held]
    if marks is not None and here:
        lines += [Line(one, SMALL, "wait") for one in marks.waiting]
    width = max(*(one.width for one in lines), inner.width) + 2 * PAD
    height = sum(line_height(one.size) for one in lines) + PAD + inner.height
    return Box(node, tuple(lines), inner.lines, max(width, 72.0), height)


def label_of(arrows: Iterable[Arrow]) -> Label:
    """Return the text of all arrows that lead from one state to another."""
    rows: list[tuple[Line, ...]] = []
    causes: set[Cause] = set()
    for event, intents, cause in labels_of(arrows):
        causes.add(cause)
        first = Line(event, BODY, "event", cause)
        if not intents:
            rows.append((first,))
        elif len(event) + len(intents) > _LONG:
            rows += [(first,), (Line(f"/ {intents}", SMALL, "intent", indent=ICON),)]
        else:
            rows.append((first, Line(f"/ {intents}", SMALL, "intent", indent=4.0)))
    width = max((sum(one.width for one in row) for row in rows), default=0.0)
    height = sum(line_height(row[0].size) for row in rows)
    return Label(tuple(rows), width + 8.0 if rows else 0.0, height + 4.0 if rows else 0.0, frozenset(causes))


def labels_of(arrows: Iterable[Arrow]) -> list[tuple[str, str, Cause]]:
    """Return event, intents and cause of some arrows, as texts, each once.

    The events of a hand-written ``handle`` lead everywhere, so they stand on one line.
    """
    found: dict[tuple[str, str, Cause], None] = {}
    coarse: dict[str, list[str]] = {}
    for one in arrows:
        if one.verdict:
            continue
        if one.coarse:
            coarse.setdefault(", ".join(one.intents), []).append(one.event)
        else:
            found[one.event, ", ".join(one.intents), one.cause] = None
    for intents, events in coarse.items():
        found[" | ".join(dict.fromkeys(events)), intents, Cause.FACT] = None
    return list(found)
