"""The report: JSON for machines, and a table that the run itself writes into the docs."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.chaos.scenario import Outcome
from tests.chaos.worker import Setting

BEGIN = "<!-- figures: begin, written by `make chaos` -->"
END = "<!-- figures: end -->"
_HEAD = (
    "what was done | to | times | instances | records | known again | effects | run again "
    "| lost | twice | at most once, twice | stuck",
    "---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:",
)


class Run(NamedTuple):
    """How much was asked for, of which server, and how long it has taken so far, side by side or not."""

    kills: int
    server: str = ""
    seconds: float = 0.0


def as_json(outcomes: Sequence[Outcome], skipped: Sequence[str], run: Run) -> str:
    rows = [
        {
            "scenario": one.scenario,
            "store": one.store,
            "times": one.blows,
            "ok": one.ok,
            "seconds": round(one.seconds, 1),
            **one.verdict.figures,
            **one.details,
            "lost": one.verdict.lost,
            "twice": one.verdict.twice,
            "effects_twice": one.verdict.effects_twice,
            "stuck": one.verdict.stuck,
            "recovery": one.recovery._asdict() if one.recovery else None,
            "findings": [str(finding) for finding in one.verdict.findings],
            "problems": one.problems,
        }
        for one in outcomes
    ]
    return (
        json.dumps(
            {
                "kills": run.kills,
                "seconds": round(run.seconds, 1),
                "where": _where(run),
                "outcomes": rows,
                "not_run": list(skipped),
            },
            indent=2,
        )
        + "\n"
    )


def as_table(outcomes: Sequence[Outcome], skipped: Sequence[str], run: Run) -> str:
    lines = [
        f"Written by `make chaos KILLS={run.kills}`, a run of {run.seconds / 60:.1f} minutes on {datetime.now(UTC):%Y-%m-%d}: "
        f"{_where(run)}.",
        "",
    ]
    lines += [f"| {one} |" if "-" not in one[:3] else f"|{one}|" for one in _HEAD]
    lines += [_row(one) for one in outcomes]
    lines += ["", *_killing(outcomes), *_details(outcomes)]
    lines += ["", *(f"Not run: {one}." for one in skipped)] if skipped else []
    return "\n".join(lines)


def into_page(page: Path, table: str) -> None:
    """Put the figures between the two marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"expected {BEGIN!r} and {END!r} in {page.name}, got a page without; do put them there")
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


_DETAILED = (
    "at_wal_flush", "refused_to_senders", "records_in_copies", "open_in_copies", "runs", "faults", "overlapped",
    "claims_per_second",
)  # fmt: skip


def _row(one: Outcome) -> str:
    figures, verdict = one.verdict.figures, one.verdict
    cells = (
        one.scenario + ("" if one.ok else " **FAILED**"),
        one.store,
        *(
            f"{number:,}"
            for number in (
                one.blows,
                figures["instances"],
                figures["records"],
                figures["known_again"],
                figures["effects"],
                figures["run_again"],
                verdict.lost,
                verdict.twice,
                verdict.effects_twice,
                verdict.stuck,
            )
        ),
    )
    return f"| {' | '.join(cells)} |"


def _killing(outcomes: Sequence[Outcome]) -> list[str]:
    setting = Setting()
    lines = []
    for one in outcomes:
        if one.recovery is None:
            continue
        hits = ", ".join(
            f"{one.details.get(f'hit_{name}', 0):,} {name}" for name in ("claim", "handler", "save", "commit")
        )
        lines += [
            f"- {one.store}: of {one.blows:,} kills, {hits}, and {one.details.get('hit_up', 0):,} none of these; "
            f"{one.details['aimed']:,} waited for the phase that was hit least. {one.recovery.orphans:,} intents were "
            f"under the lease of a killed worker ({setting.lease_seconds} s, polled every "
            f"{0.5 * setting.poll_seconds:.1f} to {1.5 * setting.poll_seconds:.1f} s): taken up after "
            f"{one.recovery.median_seconds:.2f} s (median), {one.recovery.worst_seconds:.2f} s (worst). The event loop "
            f"of a worker came {one.details['late_ms'] / 1000:.2f} s late at worst."
        ]
    return lines


def _details(outcomes: Sequence[Outcome]) -> list[str]:
    told = {name: name.replace("_", " ") for name in _DETAILED}
    lines = []
    for one in outcomes:
        found = [f"{one.details[name]:,} {words}" for name, words in told.items() if name in one.details]
        lines += [f"- {one.scenario}, {one.store}: {', '.join(found)}."] if found else []
    return lines


def _where(run: Run) -> str:
    known = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return ", ".join(filter(None, (known, f"SQLite {sqlite3.sqlite_version}", run.server)))
