"""Which charts there are, and who draws them: an environment of its own that has matplotlib.

What may never be here: an import of matplotlib; whoever runs telic or its tests needs none.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.measure import Row
from tests.bench.report import Part, figure

__all__ = ["PREFIX", "Chart", "charts", "drawn", "pictured"]

PREFIX = "measured-"
_DRAWING = Path(__file__).with_name("drawing.py")
_ENVIRONMENT = "matplotlib"
_MOST = 26
_SPLIT = ("FULL", "NORMAL")


class Chart(NamedTuple):
    """A picture of some rows of a part."""

    heading: str
    file: str
    title: str
    rows: Sequence[Row]


def charts(parts: Sequence[Part]) -> Iterator[Chart]:
    """Yield what there is to draw: of each part the rows that are ratios, or all where none is."""
    for part in parts:
        there = [row for row in part.rows if row.ratios and row.median > 0]
        rows = [row for row in there if " / " in row.name] or there
        title = part.heading.partition(" (")[0]
        name = re.sub(r"[^a-z0-9]+", "-", part.heading.partition(":")[0].partition(" (")[0].lower()).strip("-")
        groups = (
            {word: [row for row in rows if f" {word}," in row.name] for word in _SPLIT} if len(rows) > _MOST else {}
        )
        if any(groups.values()):
            for word, some in groups.items():
                yield Chart(part.heading, f"{PREFIX}{name}-{word.lower()}.svg", f"{title}, {word}", some)
        elif rows:
            yield Chart(part.heading, f"{PREFIX}{name}.svg", title, rows[:_MOST])


def drawn(parts: Sequence[Part], folder: Path) -> str:
    """Draw all charts anew, and return why not, if nobody can."""
    interpreter = Path(sys.prefix).parent / f"{Path(sys.prefix).name}-{_ENVIRONMENT}" / "bin" / "python"
    if not interpreter.exists():
        return "matplotlib is not installed; `make bench` installs it where its wheels can be had"
    orders = "".join(json.dumps(_order(chart, folder)) + "\n" for chart in charts(parts))
    done = subprocess.run([str(interpreter), str(_DRAWING)], input=orders, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    for old in set(folder.glob(f"{PREFIX}*.svg")) - {folder / name for name in done.stdout.split()}:
        old.unlink()
    return ""


def pictured(parts: Sequence[Part], folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the title and file of each picture that is there, by the heading of its part."""
    found: dict[str, list[tuple[str, str]]] = {}
    for chart in charts(parts):
        if (folder / chart.file).exists():
            found.setdefault(chart.heading, []).append((chart.title, chart.file))
    return found


def _order(chart: Chart, folder: Path) -> dict[str, object]:
    _, _, direction = chart.heading.partition(" (")
    note = "line: from the least to the most of the rounds; dot: their median; upright stroke: the goal"
    return {
        "path": str(folder / chart.file),
        "title": chart.title,
        "note": f"{direction.rstrip(')')}; {note}" if direction else note,
        "rows": [_drawn_row(row) for row in chart.rows],
    }


def _drawn_row(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "least": min(row.ratios),
        "median": row.median,
        "most": max(row.ratios),
        "goal": row.goal.value if row.goal is not None else None,
        "verdict": row.verdict,
        "figure": figure(row.median),
    }
