"""The rows as they are kept: as JSON, and as tables in a page of the docs.

What may never be here: a measurement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.measure import Row

__all__ = ["BEGIN", "END", "Measured", "as_json", "as_tables", "into_page"]

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Measured(NamedTuple):
    """A row, and under which heading a reader looks for it."""

    heading: str
    row: Row


def as_json(about: Mapping[str, object], found: Sequence[Measured]) -> str:
    """Return all figures."""
    rows = [
        {
            "heading": heading,
            "name": row.name,
            "median": row.median if row.ratios else None,
            "ratios": row.ratios,
            "goal": row.goal and str(row.goal),
            "verdict": row.verdict,
            "absent": row.absent,
        }
        for heading, row in found
    ]
    return json.dumps({"about": about, "rows": rows}, indent=2) + "\n"


def as_tables(about: Mapping[str, object], found: Sequence[Measured]) -> str:
    """Return one table for each heading, goals met and missed, and where it was measured."""
    lines = [f"Measured by `make bench`: {', '.join(f'{name} {value}' for name, value in about.items())}.", ""]
    goals = [row for _, row in found if row.goal is not None]
    missed = [row for row in goals if row.verdict == "missed"]
    absent = [row for row in goals if row.absent]
    met = len(goals) - len(missed) - len(absent)
    lines.append(f"Of {len(goals)} goals {met} are met, {len(missed)} missed, and {len(absent)} not measured.")
    for heading in dict.fromkeys(one.heading for one in found):
        lines += ["", f"### {heading}", "", "| what is compared | median | spread | goal | |", "|---|---|---|---|---|"]
        lines += [_line(row) for whose, row in found if whose == heading]
    return "\n".join(lines)


def into_page(page: Path, tables: str) -> None:
    """Put the tables between the two marks of the page.

    Raises:
        ValueError: For a page without the marks.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected {BEGIN!r} and {END!r} in {page.name}, got a page without; do put them there")
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def _line(row: Row) -> str:
    goal = f"{'at most' if row.goal.at_most else 'at least'} {row.goal.value:g}" if row.goal is not None else ""
    if row.absent:
        return f"| {row.name} | | | {goal} | not measured: {row.absent} |"
    spread = f"{_figure(min(row.ratios))} to {_figure(max(row.ratios))}" if len(row.ratios) > 1 else ""
    return f"| {row.name} | {_figure(row.median)} | {spread} | {goal} | {row.verdict} |"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
