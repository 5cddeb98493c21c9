"""``suite``: one test for each check of a machine, in one line.

``TestOrder = suite(order, domain=ORDERS, graph="order.graph.json")``: pytest collects the
class, the machine is explored once, and each check is a test of its own. What may never be
here: a check.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import pytest
from pydantic import BaseModel

from telic.kernel.events import Event
from telic.testing.approval import assert_behaviour
from telic.verify.domains import Domain
from telic.verify.exploring import explore
from telic.verify.faults import Faults
from telic.verify.problems import ProblemKind
from telic.verify.properties import Predicate, Property
from telic.verify.purity import impurities
from telic.verify.report import Check, Report, Verdict
from telic.verify.search import Bound
from telic.verify.worlds import Ghost, World

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["suite"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_ALL_FAULTS = Faults(twice=True, reload=True)


def suite(  # noqa: PLR0913  (what explore takes, by keyword)
    machine: Machine[S, E],
    *,
    domain: Domain | None = None,
    check: Sequence[Property] = (),
    starts: Sequence[S] = (),
    ends: Predicate | None = None,
    ghost: Ghost | None = None,
    within: Callable[[World], bool] | None = None,
    deadlines: Literal["any", "ordered", "late"] = "any",
    faults: Faults = _ALL_FAULTS,
    bound: Bound | None = None,
    graph: str | Path | None = None,
    worlds: int | None = None,
    pure: bool = True,
) -> type:
    """Return a class of tests: one for each default check and property, for the graph, for purity.

    Args:
        machine: The machine.
        domain: Which values the world may bring, where the types do not say.
        check: What is to hold besides the default checks.
        starts: First states; without any, those that the machine's starts lead to.
        ends: Further worlds where standing still is right.
        ghost: A value that is folded from the events.
        within: Worlds of which this does not hold are left out; a part of the model.
        deadlines: In which order deadlines fire.
        faults: What every world is put through besides.
        bound: How far to go; ``--telic-max-worlds`` stands before it.
        graph: The file with the approved behaviour, beside the file of the test.
        worlds: The number of worlds that there are; any other is a failure.
        pure: Check the code of the transitions too.

    Example:
        ``TestOrder = suite(order, domain=ORDERS, graph="order.graph.json", worlds=13)``
    """
    home = Path(inspect.stack()[1].filename).parent

    def explored(most: int | None) -> Report:
        limits = (bound or Bound())._replace(worlds=most) if most is not None else bound
        return explore(
            machine,
            domain=domain,
            check=check,
            starts=starts,
            ends=ends,
            ghost=ghost,
            within=within,
            deadlines=deadlines,
            faults=faults,
            bound=limits,
        )

    tests: dict[str, object] = {"__doc__": f"What holds of machine {machine.name!r}.", "_explored": _Once(explored)}
    kinds = [str(kind) for kind in ProblemKind if kind is not ProblemKind.TWICE or faults.twice]
    for name in (*kinds, *(one.name for one in check)):
        tests[_test_name(name)] = _test_of(name)
    tests["test_everything_was_tried"] = _test_of_completeness()
    if worlds is not None:
        tests["test_number_of_worlds"] = _test_of_size(worlds)
    if graph is not None:
        tests["test_approved_behaviour"] = _test_of_graph(home / graph)
    if pure:
        tests["test_pure_code"] = _test_of_purity(machine)
    return type(f"Test{machine.name.title().replace('_', '').replace('-', '')}", (), tests)


class _Once:
    """Explores once for a class of tests, and tells the terminal what came of it."""

    def __init__(self, explored: Callable[[int | None], Report]) -> None:
        self._explored = explored
        self._report: Report | None = None

    def report(self, request: pytest.FixtureRequest) -> Report:
        if self._report is None:
            self._report = self._explored(request.config.getoption("telic_max_worlds", default=None))
            _keep(self._report, request)
        line = f"{self._report.machine}: {self._report.verdict}: {self._report.stats.text()}"
        request.node.user_properties.append(("telic", line))
        return self._report


def _keep(report: Report, request: pytest.FixtureRequest) -> None:
    """Write what was found where ``--telic-artifacts`` says."""
    folder = request.config.getoption("telic_artifacts", default=None)
    if folder is None:
        return
    home = Path(str(folder)) / report.machine
    home.mkdir(parents=True, exist_ok=True)
    (home / "report.json").write_text(json.dumps(report.json(), indent=1, default=str) + "\n", encoding="utf-8")
    (home / "report.txt").write_text(report.text() + "\n", encoding="utf-8")
    for number, check in enumerate(report.failures, 1):
        if check.trace is not None and check.trace.steps:
            name = f"{number}-{_test_name(check.name).removeprefix('test_')}"
            (home / f"{name}.mmd").write_text(report.sequence_diagram(check) + "\n", encoding="utf-8")
            (home / f"test_{name.replace('-', '_')}.py").write_text(report.regression_test(check), encoding="utf-8")


def _test_name(name: str) -> str:
    return "test_" + re.sub(r"\W+", "_", name).strip("_").lower()


def _test_of(name: str) -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:
        report = _report_of(self, request)
        for check in (one for one in report.checks if one.name == name):
            _judge(check, report, request)

    test.__doc__ = f"Holds the machine to: {name}."
    return test


def _judge(check: Check, report: Report, request: pytest.FixtureRequest) -> None:
    if check.verdict is Verdict.REFUTED:
        raise AssertionError(f"{report.machine}: {check.story()}")
    allowed = request.config.getoption("telic_allow_undetermined", default=False)
    if check.verdict is Verdict.UNDETERMINED and not allowed:
        limits = [f"bound: {one}" for one in report.bounds] + [
            f"no domain: {place} ({why})" for place, why in report.missing
        ]
        story = check.story() if check.text else f"UNDETERMINED {check.name}"
        raise AssertionError("\n".join([f"{report.machine}: {story}", *limits]))


def _test_of_completeness() -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:
        report = _report_of(self, request)
        if not report.complete and not request.config.getoption("telic_allow_undetermined", default=False):
            raise AssertionError(report.text())

    return test


def _test_of_size(worlds: int) -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:
        report = _report_of(self, request)
        assert report.stats.worlds == worlds, f"expected {worlds} worlds, got {report.stats.text()}"

    return test


def _test_of_graph(path: Path) -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:
        accept = True if request.config.getoption("telic_accept_graphs", default=False) else None
        assert_behaviour(_report_of(self, request), path, accept=accept)

    return test


def _test_of_purity(machine: Machine[S, E]) -> Callable[..., None]:
    def test(self: object) -> None:  # noqa: ARG001  (a method)
        findings = impurities(machine)
        if findings:
            raise AssertionError("\n".join(one.text() for one in findings))

    return test


def _report_of(test: object, request: pytest.FixtureRequest) -> Report:
    once: _Once = type(test).__dict__["_explored"]
    return once.report(request)
