"""The measure of own coverage itself: it takes no line and no branch from elsewhere."""

import pytest
from coverage import Coverage

from tests.house.own_coverage import main, shared_modules, shortfall, sources
from tests.house.tree import ROOT

MODULE = "def sign(number):\n    if number < 0:\n        return -1\n    return 1\n"
NEGATIVE, POSITIVE = [(-1, 2), (2, 3), (3, -1)], [(-1, 2), (2, 4), (4, -1)]
OWN = "tests/kernel/test_numbers.py"


@pytest.fixture
def measured(tmp_path):
    """Return a function that makes a measurement of one module from the arcs of each context."""
    module = tmp_path / "src" / "telic" / "kernel" / "numbers.py"
    module.parent.mkdir(parents=True)
    module.write_text(MODULE)

    def measure(arcs):
        coverage = Coverage(data_file=str(tmp_path / ".coverage"), branch=True, config_file=False)
        for context, ran in {"": [(-1, 1), (1, -1)], **arcs}.items():
            coverage.get_data().set_context(context)
            coverage.get_data().add_arcs({str(module): ran})
        coverage.get_data().write()
        return coverage, module

    return measure


def test_a_module_that_its_own_file_covers_has_no_shortfall(measured):
    coverage, module = measured({f"{OWN}::test_a|run": NEGATIVE, f"{OWN}::test_b|run": POSITIVE})
    assert shortfall(coverage, module, OWN) is None


def test_what_runs_while_the_own_file_is_imported_counts(measured):
    coverage, module = measured({f"{OWN}::": NEGATIVE + POSITIVE})
    assert shortfall(coverage, module, OWN) is None


def test_lines_and_branches_that_only_others_run_are_missing(measured):
    coverage, module = measured({f"{OWN}::test_a|run": NEGATIVE, "tests/kernel/test_other.py::test_b|run": POSITIVE})
    found = shortfall(coverage, module, OWN)
    assert found.startswith(f"{OWN}: ")
    assert found.endswith(" 4")


def test_a_branch_that_is_never_taken_is_missing_though_every_line_runs(measured):
    coverage, module = measured({f"{OWN}::test_a|run": [(-1, 2), (2, 3), (3, -1), (-1, 4), (4, -1)]})
    assert shortfall(coverage, module, OWN).endswith(" 2->4")


def test_shortfalls_are_counted_and_told(measured, monkeypatch, capsys, tmp_path):
    measured({})
    monkeypatch.chdir(tmp_path)
    assert main(tmp_path) == 1
    assert capsys.readouterr().out.startswith(f"{OWN}: ")


def test_every_module_of_kernel_and_runtime_has_its_own_test_file():
    missing = [own for path, own in sources(ROOT) if path.stem != "__init__" and not (ROOT / own).exists()]
    assert missing == []


def test_the_shared_modules_are_those_beside_the_tests_and_those_that_are_tested():
    shared = set(shared_modules(ROOT))
    assert {"telic.kernel.advance", "telic.runtime.lanes", "tests.kernel.machines", "tests.runtime.stores"} <= shared
    assert not any("test_" in one or "__init__" in one for one in shared)
