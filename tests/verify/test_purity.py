"""The purity check: every impure line is found where it stands, and no pure one is."""

import re
from pathlib import Path

import pytest

from examples.loan.machine import loan
from examples.signup.classic import classic_signup
from examples.signup.machine import signup
from telic.verify.impure import Impurity
from telic.verify.purity import Finding, impurities
from tests.bench.order import order as bench_order
from tests.kernel.machines import shop
from tests.kernel.test_lost import counting, patient
from tests.small_order.machine import order
from tests.stores.desk import desk
from tests.verify import impure, outsider

FILES = {"tests/verify/impure.py": impure, "tests/verify/outsider.py": outsider}
KINDS = "|".join(Impurity)
MARK = re.compile(rf"  # ((?:{KINDS})(?: (?:{KINDS}))*)$")
FINDINGS = impurities(impure.impure)


def marked() -> list[tuple[str, str]]:
    """Each marked line of the samples with one of the kinds that it is marked with."""
    found: list[tuple[str, str]] = []
    for name, module in FILES.items():
        for number, line in enumerate(Path(module.__file__).read_text(encoding="utf-8").splitlines(), 1):
            mark = MARK.search(line)
            kinds = re.findall(KINDS, mark[1]) if mark else []
            found += [(f"{name}:{number}", kind) for kind in kinds]
    return found


def line_of(text: str) -> int:
    lines = Path(impure.__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(("where", "kind"), marked())
def test_an_impure_line_is_found_where_it_stands(where, kind):
    assert kind in {found.kind for found in FINDINGS if found.where == where}


def test_nothing_else_is_found():
    expected = set(marked())
    others = [found for found in FINDINGS if (found.where, found.kind) not in expected]
    assert [(found.where, found.kind, found.function) for found in others] == [
        ("<string>:1", "not read", "nowhere"),
        (f"tests/verify/impure.py:{line_of('@computed_field')}", "hash order", "Samples.letters"),
    ]


def test_there_are_enough_samples():
    assert len(marked()) >= 25
    assert {kind for _, kind in marked()} == set(Impurity)


@pytest.mark.parametrize(
    "machine",
    [order, loan, signup, classic_signup, shop, desk, bench_order, counting, patient],
    ids=lambda machine: machine.name,
)
def test_the_code_of_good_machines_is_pure(machine):
    assert impurities(machine) == ()


def test_a_finding_says_where_what_and_what_to_do():
    number = line_of("        datetime.now()")
    found = next(one for one in FINDINGS if one.where == f"tests/verify/impure.py:{number}")
    assert found == Finding(
        Impurity.CLOCK,
        f"tests/verify/impure.py:{number}",
        "Samples.clocks",
        "expected pure code, got datetime.datetime.now, which reads a clock",
        "take ctx.now, or a moment in the event",
    )
    assert found.text() == (
        f"tests/verify/impure.py:{number} in Samples.clocks: expected pure code, got datetime.datetime.now, "
        "which reads a clock; do take ctx.now, or a moment in the event"
    )


def test_code_without_a_text_is_told_and_never_passed_over():
    found = next(one for one in FINDINGS if one.function == "nowhere")
    assert found.kind is Impurity.NOT_READ
    assert found.what.endswith("nowhere, whose code was not read")


def test_findings_come_by_file_and_line():
    places = [one.where.rsplit(":", 1) for one in FINDINGS]
    assert [(file, int(line)) for file, line in places] == sorted((file, int(line)) for file, line in places)


def test_a_trusted_module_is_not_asked_about():
    kinds = {one.where for one in impurities(impure.impure, trusted=("anyio", "asyncio")) if "asyncio" in one.what}
    assert kinds == set()
    assert any("asyncio" in one.what for one in FINDINGS)


def test_the_samples_are_read_and_never_run():
    assert impure.counter == 0
    assert not impure.SEEN
