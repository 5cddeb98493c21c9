"""The rows as they are kept: as JSON, and as tables in a page of the docs.

What may never be here: a measurement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.bench.measure import Goal, Row

__all__ = ["BEGIN", "END", "Part", "anchor", "as_json", "as_tables", "figure", "into_page", "kept"]

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_VERSION = re.compile(r"\b\d+(?:\.\d+){2,}\b")


class Part(NamedTuple):
    """The rows under one heading, and where they were measured."""

    heading: str
    about: Mapping[str, object]
    rows: Sequence[Row]


def as_json(parts: Sequence[Part]) -> str:
    """Return all figures."""
    return json.dumps([one._asdict() | {"rows": [_figures(row) for row in one.rows]} for one in parts], indent=1) + "\n"


def kept(text: str) -> list[Part]:
    """Return the parts that were written as JSON before."""
    return [Part(one["heading"], one["about"], [_row(row) for row in one["rows"]]) for one in json.loads(text)]


def anchor(name: str) -> str:
    """Return what a link names a row by: its name, but for versions, in small letters with hyphens."""
    return "row-" + re.sub(r"[^a-z0-9]+", "-", _VERSION.sub("", name).lower()).strip("-")


def as_tables(parts: Sequence[Part], pictures: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({})) -> str:
    """Return one table for each part, after the goals that are met, missed and not measured.

    Args:
        parts: What was measured.
        pictures: Title and path of the pictures of a part, by its heading.
    """
    lines = list(_verdicts([row for one in parts for row in one.rows if row.goal is not None]))
    for heading, about, rows in parts:
        lines += ["", f"### {heading}", ""]
        lines += [f"![{title}]({path})\n" for title, path in pictures.get(heading, ())]
        lines += ["| what is compared | median | spread | goal | | load |", "|---|---|---|---|---|---|"]
        lines += [_line(row) for row in rows]
        if about:
            lines += ["", f"({', '.join(f'{name} {value}' for name, value in about.items())})"]
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


def _verdicts(goals: Sequence[Row]) -> Iterable[str]:
    of = {verdict: [row for row in goals if row.verdict == verdict] for verdict in ("met", "missed", "not measured")}
    met, missed, absent = (len(rows) for rows in of.values())
    yield f"Of {len(goals)} goals {met} are met, {missed} missed, and {absent} not measured."
    for verdict, rows in of.items():
        if rows and verdict != "met":
            yield ""
            yield f"{verdict.capitalize()}:"
            yield from (f"- [{row.name}](#{anchor(row.name)})" for row in rows)


def _figures(row: Row) -> dict[str, object]:
    return row._asdict() | {"median": row.median if row.ratios else None, "verdict": row.verdict}


def _row(figures: Mapping[str, Any]) -> Row:
    goal = figures["goal"]
    return Row(
        figures["name"],
        figures["ratios"],
        Goal(*goal) if goal is not None else None,
        figures["absent"],
        figures.get("load"),
        figures.get("note", ""),
    )


def _line(row: Row) -> str:
    name = f'<a id="{anchor(row.name)}"></a>{row.name}'
    goal = f"{'at most' if row.goal.at_most else 'at least'} {row.goal.value:g}" if row.goal is not None else ""
    load = f"{row.load:.1f}" if row.load is not None else ""
    if row.absent:
        return f"| {name} | | | {goal} | {_said(f'not measured: {row.absent}', row.note)} | |"
    spread = f"{figure(min(row.ratios))} to {figure(max(row.ratios))}" if len(row.ratios) > 1 else ""
    return f"| {name} | {figure(row.median)} | {spread} | {goal} | {_said(row.verdict, row.note)} | {load} |"


def _said(verdict: str, note: str) -> str:
    return "; ".join(filter(None, (verdict, note)))


def figure(value: float) -> str:
    """Return a figure with as many digits as a reader wants."""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
