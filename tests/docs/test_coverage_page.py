"""The table of what others promise, and the READMEs of the scenarios: each test that they name exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.test_pages import ROOT

PAGE = ROOT / "docs/reference/coverage-of-modelling.md"
# How many promises each description makes; all of them are in its table, or left out by name.
PROMISES = {
    "Workflows Developer Guide": 24,
    "Pattern 09": 11,
    "Pynenc": 18,
    "Litestar Workflows": 66,
    "dotmac-workflows": 11,
}
EVIDENCE = re.compile(r"\[`(\w+)`\]\(([^)]+)\)")
READMES = sorted((ROOT / "examples/scenarios").glob("*/README.md"))


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions, classes and suites of a test file."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    suites = {
        one.id for node in nodes if isinstance(node, ast.Assign) for one in node.targets if isinstance(one, ast.Name)
    }
    return frozenset(name for name in defined | suites if name.lower().startswith("test"))


def sections() -> dict[str, str]:
    """The text of each description, by its title."""
    _, *parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts}


def rows(text: str) -> list[list[str]]:
    """The rows of a table: number, promise, what is here, evidence."""
    cells = (
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for line in text.splitlines()
        if line[:1] == "|"
    )
    return [row for row in cells if re.fullmatch(r"\d+|\+", row[0])]


def left_out(text: str) -> list[int]:
    """The numbers that are left out: `24 (advice)`, `61-66 (documentation)`."""
    (sentence,) = re.findall(r"^Left out: (.+?)\.$", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"(\d+)(?:-(\d+))?(?=[ ,(]|$)", re.sub(r"\([^)]*\)", "", sentence))
    return [number for low, high in spans for number in range(int(low), int(high or low) + 1)]


each_description = pytest.mark.parametrize("title", [*sections()])
each_readme = pytest.mark.parametrize("readme", [pytest.param(one, id=one.parent.name) for one in READMES])


def test_each_description_has_its_table():
    assert [*sections()] == [*PROMISES]


@each_description
def test_every_promise_has_a_row_or_is_left_out_by_name(title):
    text = sections()[title]
    told = [int(row[0]) for row in rows(text) if row[0] != "+"] + left_out(text)
    assert sorted(told) == [*range(1, PROMISES[title] + 1)]


@each_description
def test_every_row_names_tests_that_exist(title):
    for number, promise, here, evidence in rows(sections()[title]):
        named = EVIDENCE.findall(evidence)
        assert promise
        assert here
        assert EVIDENCE.sub("", evidence).strip(", ") == "", f"row {number}"
        lost = [name for name, path in named if name not in names_in((PAGE.parent / path).resolve())]
        assert (bool(named), lost) == (True, []), f"row {number}"


@each_readme
def test_every_row_of_a_scenario_names_tests_that_exist(readme):
    folder = ROOT / "tests/examples/scenarios" / readme.parent.name
    known = frozenset().union(*(names_in(path) for path in folder.glob("test_*.py"))) | {
        path.name for path in folder.glob("test_*.py")
    }
    header, *table = [line for line in readme.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert header == "| the original | here | shown by |"
    evidence = [line.strip("|").split("|")[-1] for line in table[1:]]
    assert evidence
    for cell in evidence:
        named = re.findall(r"`([\w.]+)`", cell)
        assert (bool(named), [name for name in named if name not in known]) == (True, []), cell
