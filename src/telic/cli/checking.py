"""Commands that prove: ``check``, ``explore`` and ``diff``; they end with 9 when something is wrong.

What may never be here: a verdict of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from telic.cli.apps import app_of, loaded, machine_of, machines_of
from telic.cli.exits import Exit, Stopped
from telic.cli.output import Row
from telic.cli.progress import progress
from telic.cli.session import Session, app_options, session_of
from telic.kernel.machine import AnyMachine, Machine
from telic.shell.system import System
from telic.verify import Bound, Domain, Fingerprint, Report, Verdict, compatible, fingerprint, impurities
from telic.verify import explore as explored
from telic.verify.compatibility import Change

__all__ = ["check", "diff", "explore"]


def _domain(ctx: click.Context, _: click.Parameter, value: str | None) -> Domain | None:
    del ctx
    if value is None:
        return None
    found = loaded(value)
    if isinstance(found, Domain):
        return found
    raise Stopped(Exit.USAGE, f"expected a Domain at {value}, got {type(found).__name__}; do name one")


_domain_option = click.option(
    "-d", "--domain", metavar="MODULE:ATTR", callback=_domain, help="The values that the world may bring: a Domain."
)
_worlds_option = click.option(
    "--worlds", type=click.IntRange(min=1), default=Bound().worlds, show_default=True, help="How far to go."
)


@click.command()
@app_options
@_domain_option
@_worlds_option
@click.option("--strict", is_flag=True, help="What could not be decided counts as a problem, too.")
@click.argument("machines", nargs=-1)
@click.pass_context
def check(ctx: click.Context, domain: Domain | None, worlds: int, strict: bool, machines: tuple[str, ...]) -> int:  # noqa: FBT001
    """Check MACHINES, or all of them: definition, lost answers, every world, impure code.

    Ends with 0 when nothing is wrong, with 9 when something is.
    """
    session = session_of(ctx)
    chosen = [machine_of(session, name) for name in machines] or list(machines_of(session).values())
    rows: list[Row] = []
    reports: list[Report] = []
    with progress(session.out, "checking") as so_far:
        for machine in chosen:
            report = explored(machine, domain=domain, bound=Bound(worlds=worlds))
            reports.append(report)
            rows += _rows(machine, report)
            so_far.step(machine.name)
    wrong = any(row["verdict"] == Verdict.REFUTED or (strict and row["verdict"] != Verdict.PROVED) for row in rows)
    if session.out.is_for_programs:
        session.out.rows(rows, ("machine", "check", "verdict", "where", "text"))
    else:
        session.out.text("\n".join(_told(rows, reports)))
    return Exit.PROBLEMS if wrong else Exit.OK


def _rows(machine: AnyMachine, report: Report) -> Iterator[Row]:
    yield {"machine": machine.name, "check": "definition", "verdict": Verdict.PROVED, "where": "", "text": ""}
    for one in report.checks:
        yield {
            "machine": machine.name,
            "check": one.name,
            "verdict": one.verdict,
            "where": one.where,
            "text": one.text,
        }
    for place, why in report.missing:
        text = f"no values for {place} ({why}); do give a --domain"
        yield {
            "machine": machine.name,
            "check": "domain",
            "verdict": Verdict.UNDETERMINED,
            "where": place,
            "text": text,
        }
    for found in impurities(machine):
        yield {
            "machine": machine.name,
            "check": "purity",
            "verdict": Verdict.REFUTED,
            "where": found.where,
            "text": f"{found.function}: {found.what}; do {found.remedy}",
        }


def _told(rows: list[Row], reports: list[Report]) -> Iterator[str]:
    for report in reports:
        mine = [row for row in rows if row["machine"] == report.machine]
        impure = [row for row in mine if row["check"] == "purity"]
        verdict = Verdict.REFUTED if impure else report.verdict
        yield f"{report.machine}: {verdict}: {report.stats.text()}"
        yield from (f"  REFUTED purity: {row['where']}: {row['text']}" for row in impure)
        yield from (f"  {line}" for line in report.text().splitlines()[1:])


@click.command()
@app_options
@_domain_option
@_worlds_option
@click.argument("machine", required=False)
@click.option("--story", is_flag=True, help="Draw each counterexample as a sequence diagram (Mermaid).")
@click.option("--test", is_flag=True, help="Print each counterexample as a regression test.")
@click.pass_context
def explore(
    ctx: click.Context,
    domain: Domain | None,
    worlds: int,
    machine: str | None,
    story: bool,  # noqa: FBT001  (click passes it so)
    test: bool,  # noqa: FBT001
) -> int:
    """Find every world of MACHINE, and say what is wrong with them."""
    session = session_of(ctx)
    chosen = machine_of(session, machine)
    with progress(session.out, f"exploring {chosen.name}"):
        report = explored(chosen, domain=domain, bound=Bound(worlds=worlds))
    told = [one for one in report.failures if one.trace is not None]
    if session.out.is_for_programs:
        session.out.one(report.json())
    else:
        session.out.text(report.text())
    for one in told:
        if story:
            session.out.text(report.sequence_diagram(one))
        if test:
            session.out.text(report.regression_test(one))
    return Exit.PROBLEMS if report.verdict is Verdict.REFUTED else Exit.OK


@click.command()
@app_options
@click.argument("old")
@click.argument("new", required=False)
@click.option("--save", is_flag=True, help="Write the fingerprint of today's machine to OLD, and compare nothing.")
@click.pass_context
def diff(ctx: click.Context, old: str, new: str | None, save: bool) -> int:  # noqa: FBT001
    """Say what a deployment does to instances that are under way.

    OLD and NEW are each a file with a fingerprint, or MODULE:ATTR of a machine; without NEW it is
    the machine of --app. Ends with 9 when stored data or answers would be lost.
    """
    session = session_of(ctx)
    today = _of(new) if new is not None else fingerprint(_only(session))
    if save:
        Path(old).write_text(today.model_dump_json(indent=2) + "\n", encoding="utf-8")
        session.out.say(f"wrote {old}")
        return Exit.OK
    found = compatible(_of(old), today)
    session.out.rows(
        (
            {
                "change": one.change,
                "concerns": one.severity,
                "subject": one.subject,
                "what": one.what,
                "remedy": one.remedy,
            }
            for one in found.differences
        ),
        ("change", "concerns", "subject", "what", "remedy"),
    )
    session.out.say(f"{found.old} -> {found.new}: {found.verdict}")
    return Exit.OK if found.verdict is Change.COMPATIBLE else Exit.PROBLEMS


def _only(session: Session) -> AnyMachine:
    app = app_of(session)
    return machine_of(session, None) if isinstance(app, System) else app


def _of(place: str) -> Fingerprint:
    if ":" in place and not Path(place).exists():
        found = loaded(place)
        if isinstance(found, Machine):
            return fingerprint(found)
        raise Stopped(Exit.USAGE, f"expected a Machine at {place}, got {type(found).__name__}; do name one")
    try:
        return Fingerprint.model_validate_json(Path(place).read_text(encoding="utf-8"))
    except OSError as error:
        raise Stopped(Exit.NOT_FOUND, f"expected a file with a fingerprint, got {place}: {error.strerror}") from error
    except ValueError as error:
        raise Stopped(
            Exit.INVALID, f"expected a fingerprint in {place}, got something else; do write one with diff --save"
        ) from error
