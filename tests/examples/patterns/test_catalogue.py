"""The catalogue: page, machines and tests agree, and no machine reaches beyond the kernel."""

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import telic
import telic.patterns
from telic import Machine
from tests.examples.patterns.test_with_parts import WITH_PARTS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/explanation/control-flow-patterns.md"
MACHINES = sorted((ROOT / "examples/patterns").glob("wcp*.py"))
TESTS = sorted(Path(__file__).parent.glob("test_wcp*.py"))

SCORES = ("+", "+/-", "-")
# Direct and partial support of rows 1 to 36, counted in the sources; YAWL's, of all 43, is the count of its authors.
COUNTED = [
    (31, 3),
    *((14, 0), (10, 0), (15, 6), (15, 1), (14, 0), (16, 3), (16, 1)),
    *((14, 2), (14, 2), (17, 1), (21, 8), (21, 8), (22, 4), (9, 2)),
]


def rows(section: str) -> list[list[str]]:
    """The rows of the table under a heading, numbered ones only."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|")
    return [row for row in cells if row[0].isdigit()]


def name_in(number: str, pattern: str) -> str:
    """How the module of a pattern is called: ``wcp06_multi_choice``."""
    return f"wcp{int(number):02}_" + re.sub(r"\W+", "_", pattern).lower()


OURS = rows("telic")
PUBLISHED = rows("Published scores")

each_machine = pytest.mark.parametrize("path", [pytest.param(one, id=one.stem) for one in MACHINES])
each_test = pytest.mark.parametrize("path", [pytest.param(one, id=one.stem) for one in TESTS])


def test_all_that_was_published_stands_in_the_page():
    assert [row[0] for row in PUBLISHED] == [str(number) for number in range(1, 44)]
    assert {cell for row in PUBLISHED for cell in row[2:]} == {*SCORES, "?"}


def test_the_published_scores_come_to_what_their_sources_count():
    columns = zip(*(row[2:] for row in PUBLISHED), strict=True)
    counts = [Counter(column if place == 0 else column[:36]) for place, column in enumerate(columns)]
    assert [(one["+"], one["+/-"]) for one in counts] == COUNTED


def test_all_43_patterns_have_a_row_each_with_number_name_scores_reason_and_test():
    for row, (number, pattern, *_) in zip(OURS, PUBLISHED, strict=True):
        name = name_in(number, pattern)
        assert row[0] == number
        assert row[1] == f"[{pattern}](../../examples/patterns/{name}.py)"
        assert {row[2], row[3]} <= {*SCORES}
        assert row[4].endswith(".")
        assert row[5] == f"[test](../../tests/examples/patterns/test_{name}.py)"


def test_a_part_that_makes_a_score_better_is_named_and_tried():
    better = [row for row in OURS if row[2] != row[3]]
    assert all(SCORES.index(row[3]) < SCORES.index(row[2]) for row in better)
    assert all({*re.findall(r"`(\w+)`", row[4])} & {*telic.patterns.__all__} for row in better)
    assert [name_in(row[0], PUBLISHED[int(row[0]) - 1][1]).split("_", 1)[1] for row in better] == [*WITH_PARTS]


def test_each_row_has_its_machine_and_its_test_and_there_are_no_others():
    names = [name_in(number, pattern) for number, pattern, *_ in PUBLISHED]
    assert [path.stem for path in MACHINES] == names
    assert [path.stem for path in TESTS] == [f"test_{name}" for name in names]


def test_the_page_counts_its_scores_right():
    counts = [Counter(column) for column in zip(*(row[2:4] for row in OURS), strict=True)]
    kernel, parts = (f"{one['+']} direct, {one['+/-']} partial, {one['-']} not." for one in counts)
    assert f"\nThe kernel alone: {kernel} With the parts: {parts}\n" in PAGE.read_text(encoding="utf-8")


@each_machine
def test_a_module_names_its_pattern_and_defines_its_machine(path):
    module = import_module(f"examples.patterns.{path.stem}")
    _, number, name = re.split(r"wcp0*(\d+)_", path.stem)
    pattern = PUBLISHED[int(number) - 1][1]
    assert re.match(rf"WCP{number} {re.escape(pattern)}: .+\.(\s|$)", module.__doc__)
    assert isinstance(getattr(module, name), Machine)
    assert getattr(module, name).name == name


@each_machine
def test_a_module_uses_the_kernel_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    used = [one for one in imports if isinstance(one, ast.ImportFrom) and one.module.startswith(("telic", "examples"))]
    homes = {
        getattr(telic, alias.name).__module__ if one.module == "telic" else one.module
        for one in used
        for alias in one.names
    }
    assert {home for home in homes if not home.startswith("telic.kernel.")} == set()
    assert {alias.name for one in imports if isinstance(one, ast.Import) for alias in one.names} == set()


@each_test
def test_a_test_explores_its_machine_whole_and_has_a_wrong_variant(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "suite" in called
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [name for name in names if name.startswith("test_") and name.endswith("_is_noticed")]
