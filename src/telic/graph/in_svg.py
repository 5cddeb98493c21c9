"""A machine as SVG: a picture that needs no network, no font and no program.

It follows the reader's light or dark mode, every name in it is escaped, and states carry their
names as titles, for whoever hears a picture. What may never be here: a script, an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from telic.graph.boxes import BODY, ICON, PAD, Box, Line
from telic.graph.marking import Marks
from telic.graph.measuring import line_height
from telic.graph.planning import Drawn, Frame, Path, Plan, Shape, plan_of
from telic.graph.routing import Point
from telic.graph.views import Cause, E, S, View, seen
from telic.kernel.machine import Machine

__all__ = ["svg"]

_MARGIN: Final = 20.0
_STYLE: Final = """
  .telic { --paper: #ffffff; --ink: #1f2430; --soft: #667085; --line: #98a2b3; --box: #f8fafc; --frame: #e4e7ec;
    --todo: #175cd3; --fail: #b42318; --wait: #b54708; --here: #dcfae6; --here-line: #067647; --been: #eff4ff; }
  @media (prefers-color-scheme: dark) {
    .telic { --paper: #14171f; --ink: #e6e9ef; --soft: #98a2b3; --line: #667085; --box: #1d212b; --frame: #333a47;
      --todo: #84adff; --fail: #fda29b; --wait: #fec84b; --here: #0f3d2a; --here-line: #47cd89; --been: #1f2a44; } }
  .telic { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; color: var(--ink); }
  .telic .paper { fill: var(--paper); }
  .telic .state { fill: var(--box); stroke: var(--ink); stroke-width: 1.2; }
  .telic .final { fill: none; stroke: var(--ink); stroke-width: 1.2; }
  .telic .visited { fill: var(--been); }
  .telic .current { fill: var(--here); stroke: var(--here-line); stroke-width: 2.4; }
  .telic .over { stroke-dasharray: 6 3; }
  .telic .frame { fill: var(--paper); stroke: var(--line); stroke-dasharray: 4 4; }
  .telic .rule { stroke: var(--line); stroke-dasharray: 4 4; }
  .telic .way { fill: none; stroke: var(--line); stroke-width: 1.3; }
  .telic .failure { stroke: var(--fail); }
  .telic .taken { stroke: var(--here-line); stroke-width: 2.2; }
  .telic .head { fill: var(--line); }
  .telic .head.failure { fill: var(--fail); stroke: none; }
  .telic .head.taken { fill: var(--here-line); stroke: none; }
  .telic .dot { fill: var(--ink); }
  .telic .back { fill: var(--paper); opacity: 0.94; }
  .telic text { fill: var(--ink); }
  .telic .title { font-weight: bold; }
  .telic .open, .telic .held, .telic .name { fill: var(--soft); }
  .telic .intent { fill: var(--todo); }
  .telic .wait { fill: var(--wait); }
  .telic .fails { fill: var(--fail); }
  .telic .icon { fill: none; stroke: var(--soft); stroke-width: 1.2; }
"""
_ICONS: Final = {
    Cause.DEADLINE: '<circle cx="5" cy="5" r="4.4"/><path d="M5 2.2V5l2 1.4"/>',
    Cause.TASK: '<circle cx="5" cy="2.8" r="2.2"/><path d="M0.8 9.6a4.2 4.2 0 0 1 8.4 0"/>',
    Cause.TOPIC: '<circle cx="5" cy="5" r="1"/><path d="M2.4 2a4.2 4.2 0 0 0 0 6M7.6 2a4.2 4.2 0 0 1 0 6"/>',
}


def svg(machine: Machine[S, E] | View, *, marks: Marks | None = None) -> str:
    """Return the picture of a machine, or of one instance of it.

    Args:
        machine: The machine, or what there is to draw of it.
        marks: Where the instance stands; see ``marks_of``.

    Returns:
        A whole SVG document.

    Example:
        ``Path("order.svg").write_text(svg(order))``
    """
    shown = seen(machine)
    plan = plan_of(shown, marks)
    width, height = plan.width + 2 * _MARGIN, plan.height + 2 * _MARGIN
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="telic" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}">'
        ),
        f"<title>{escape(shown.name)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        f'<g transform="translate({_MARGIN:g} {_MARGIN:g})">',
        *_drawn(plan, marks or Marks()),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _drawn(plan: Plan, marks: Marks) -> Iterator[str]:
    # What holds something is larger than what it holds, so it is drawn before it.
    drawn: list[Shape | Frame] = [*plan.shapes, *plan.frames]
    for one in sorted(drawn, key=lambda each: -each.at.width * each.at.height):
        yield from _shape(one, marks) if isinstance(one, Shape) else _frame(one)
    for path in plan.paths:
        yield from _way(path, marks)
    for path in plan.paths:
        yield from _label(path)


def _shape(shape: Shape, marks: Marks) -> Iterator[str]:
    at = shape.at
    if shape.box is None:
        yield f'<circle class="dot" cx="{at.x + at.width / 2:.1f}" cy="{at.y + at.height / 2:.1f}" r="6"/>'
        return
    node = shape.box.node
    classes = ["state"]
    if node.name in marks.visited:
        classes.append("visited")
    if node.name in marks.current:
        classes.append("current" if marks.status.value in ("running", "ended") else "current over")
    yield f'<g data-state="{escape(node.name)}"><title>{escape(f"{node.name} ({node.kind})")}</title>'
    yield _rect(at, " ".join(classes), 10)
    if node.final:
        yield _rect(Drawn(at.x + 3, at.y + 3, at.width - 6, at.height - 6), "final", 7)
    yield from _text(shape.box, at)
    yield "</g>"


def _rect(at: Drawn, classes: str, radius: float) -> str:
    return (
        f'<rect class="{classes}" x="{at.x:.1f}" y="{at.y:.1f}" width="{at.width:.1f}" height="{at.height:.1f}" '
        f'rx="{radius:g}"/>'
    )


def _text(box: Box, at: Drawn) -> Iterator[str]:
    y = at.y + PAD / 2
    for line in box.lines:
        height = line_height(line.size)
        x = at.x + (at.width - line.width) / 2
        yield from _line(line, x, y + height * 0.74)
        y += height
    if box.stays:
        yield f'<path class="rule" d="M{at.x:.1f} {y:.1f}h{at.width:.1f}"/>'
        yield from _rows(box.stays, at.x + PAD, y + 2)


def _rows(rows: Iterable[Sequence[Line]], left: float, y: float) -> Iterator[str]:
    for row in rows:
        height, x = line_height(row[0].size), left
        for line in row:
            yield from _line(line, x, y + height * 0.74)
            x += line.width
        y += height


def _line(line: Line, x: float, base: float) -> Iterator[str]:
    x += line.indent
    icon = _ICONS.get(line.cause) if line.cause is not None else None
    if icon is not None:
        yield f'<g class="icon" transform="translate({x:.1f} {base - 9:.1f})">{icon}</g>'
        x += ICON
    role = "event fails" if line.cause is Cause.FAILURE else line.role
    yield f'<text class="{role}" x="{x:.1f}" y="{base:.1f}" font-size="{line.size:g}">{escape(line.text)}</text>'


def _frame(frame: Frame) -> Iterator[str]:
    yield _rect(frame.at, "frame", 8)
    yield (
        f'<text class="name" x="{frame.at.x + PAD:.1f}" y="{frame.at.y + PAD + 6:.1f}" font-size="{BODY:g}">'
        f"{escape(frame.title)}</text>"
    )


def _way(path: Path, marks: Marks) -> Iterator[str]:
    classes = "taken" if (path.source, path.target) in marks.taken else ""
    if not classes and path.label.causes == {Cause.FAILURE}:
        classes = "failure"
    yield f'<path class="way {classes}" d="{_curve(path.points)}"/>'
    (_, before), (x, y) = path.points[-2:]
    yield f'<path class="head {classes}" d="M{x:.1f} {y:.1f}l-4 {-8 if y > before else 8}h8z"/>'


def _curve(points: Sequence[Point]) -> str:
    """Return a smooth way: it leaves and reaches every point upright."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for next_x, next_y in rest:
        if abs(next_x - x) < 0.5:
            parts.append(f"L{next_x:.1f} {next_y:.1f}")
        else:
            middle = (y + next_y) / 2
            parts.append(f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    return "".join(parts)


def _label(path: Path) -> Iterator[str]:
    label = path.label
    if not label.lines:
        return
    x, y = path.label_at[0] - label.width / 2, path.label_at[1] - label.height / 2
    yield f'<rect class="back" x="{x:.1f}" y="{y:.1f}" width="{label.width:.1f}" height="{label.height:.1f}" rx="3"/>'
    yield from _rows(label.lines, x + 4, y + 2)
