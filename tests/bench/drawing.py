"""Draws charts with matplotlib: one order a line, ``{"path": ..., "title": ..., "rows": [...]}``, one picture each.

It runs in an environment of its own, and knows nothing of telic. A picture has its colours as
variables, which a style sheet in it sets for light and for dark. What may never be here: a figure.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.use("svg")
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "telic", "font.family": "sans-serif"})

# What is drawn in these colours gets a variable in their place.
PAPER, INK, SOFT, LINE = "#fefdfc", "#010203", "#040506", "#070809"
VERDICTS = {"met": "#0a0b0c", "missed": "#0d0e0f", "": "#101112"}
_NAMES = {
    PAPER: "paper",
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
    "#0a0b0c": "met",
    "#0d0e0f": "missed",
    "#101112": "plain",
}
_LIGHT = "--paper: #ffffff; --ink: #1f2430; --soft: #667085; --line: #d0d5dd; --met: #067647; --missed: #b42318; --plain: #175cd3;"
_DARK = "--paper: #14171f; --ink: #e6e9ef; --soft: #98a2b3; --line: #333a47; --met: #47cd89; --missed: #fda29b; --plain: #84adff;"
STYLE = (
    f"<style>svg {{ {_LIGHT} font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; }}"
    f" @media (prefers-color-scheme: dark) {{ svg {{ {_DARK} }} }}</style>"
)
_WIDTH_INCHES, _ROW_INCHES, _ABOVE_INCHES, _BELOW_INCHES = 9.0, 0.46, 0.85, 0.55
_LOGARITHMIC_FROM = 12


def draw(title: str, note: str, rows: list[dict[str, Any]]) -> Figure:
    """Draw a line from the least to the most of each row, with its median and its goal."""
    height = _ABOVE_INCHES + _BELOW_INCHES + _ROW_INCHES * len(rows)
    figure = Figure(figsize=(_WIDTH_INCHES, height), facecolor=PAPER)
    bottom, top = _BELOW_INCHES / height, 1 - _ABOVE_INCHES / height
    axes = figure.add_axes((0.03, bottom, 0.87, top - bottom), facecolor=PAPER)
    figure.text(0.03, 1 - 0.30 / height, title, fontsize=13, fontweight="bold", color=INK)
    figure.text(0.03, 1 - 0.55 / height, note, fontsize=9, color=SOFT)
    for place, row in enumerate(reversed(rows)):
        _row(axes, place, row)
    _frame(axes, rows)
    return figure


def _row(axes: Any, place: int, row: dict[str, Any]) -> None:
    colour = VERDICTS[row["verdict"]]
    axes.plot(
        [row["least"], row["most"]], [place, place], color=colour, linewidth=3, alpha=0.45, solid_capstyle="round"
    )
    axes.plot([row["median"]], [place], marker="o", markersize=7, color=colour)
    axes.text(
        0.0, place + 0.26, row["name"], transform=axes.get_yaxis_transform(), fontsize=9.5, color=INK, va="bottom"
    )
    axes.text(1.01, place, row["figure"], transform=axes.get_yaxis_transform(), fontsize=9.5, color=INK, va="center")
    if row["goal"] is not None:
        axes.plot([row["goal"]] * 2, [place - 0.24, place + 0.24], color=INK, linewidth=1.6)


def _frame(axes: Any, rows: list[dict[str, Any]]) -> None:
    ends = [end for row in rows for end in (row["least"], row["most"], row["goal"]) if end]
    least, most = min(ends), max(ends)
    if most / least >= _LOGARITHMIC_FROM:
        axes.set_xscale("log")
        axes.set_xlim(least / 1.3, most * 1.3)
        axes.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    else:
        axes.set_xlim(0, most * 1.08)
    axes.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.set_ylim(-0.6, len(rows) - 0.1)
    axes.set_yticks([])
    axes.grid(visible=True, axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", colors=SOFT, labelsize=9, which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def coloured(text: str, title: str) -> str:
    """Put variables in the place of colours, and the style sheet and a title into the picture."""
    for colour, name in _NAMES.items():
        text = text.replace(colour, f"var(--{name})")
    begin = text.index(">", text.index("<svg")) + 1
    return f"{text[text.index('<svg') : begin]}\n<title>{title}</title>\n{STYLE}{text[begin:]}"


def main() -> None:
    """Draw what is asked for, line by line."""
    for line in sys.stdin:
        order = json.loads(line)
        path = Path(order["path"])
        figure = draw(order["title"], order["note"], order["rows"])
        figure.savefig(path, format="svg", facecolor=PAPER, metadata={"Date": None, "Creator": None})
        path.write_text(coloured(path.read_text(encoding="utf-8"), order["title"]), encoding="utf-8")
        print(path.name, flush=True)


if __name__ == "__main__":
    main()
