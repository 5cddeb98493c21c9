"""The pytest plugin: options of :func:`telic.testing.suite`, and one line for each machine.

It is loaded with every run of pytest, so it imports nothing of telic. What may never be
here: a test.
"""

from __future__ import annotations

import pytest

__all__ = ["pytest_addoption", "pytest_terminal_summary"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all under ``--telic-``."""
    group = parser.getgroup("telic", "telic: proofs of machines")
    group.addoption(
        "--telic-max-worlds", type=int, default=None, metavar="N", help="explore no more than N worlds of a machine"
    )
    group.addoption(
        "--telic-allow-undetermined", action="store_true", help="let pass what an exploration could not decide"
    )
    group.addoption("--telic-accept-graphs", action="store_true", help="approve the behaviour that the code has now")
    group.addoption(
        "--telic-artifacts", default=None, metavar="DIR", help="write reports, diagrams and regression tests there"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of each machine how large it is and how it came out."""
    reports = [report for several in terminalreporter.stats.values() for report in several]
    told = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    lines = {str(value) for name, value in told if name == "telic"}
    if lines:
        terminalreporter.section("telic")
        for line in sorted(lines):
            terminalreporter.write_line(line)
