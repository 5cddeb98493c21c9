"""Code that fits on a screen: our own limits, held by reading the code itself."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest

from tests.house.tree import modules, name_of

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_P95_MAX = 30
NESTING_MAX = 3

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef | ast.Module
BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
BLANK = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]))

WRITTEN = modules("src", "examples", "tests", "docs")
SHIPPED = modules("src")


def tokens_of(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def docstring_lines(tree: ast.AST) -> set[int]:
    """The lines that docstrings take."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines


def code_lines(text: str, tree: ast.AST) -> set[int]:
    """The lines that hold code: neither blank, nor a comment, nor part of a docstring."""
    held = {
        line for token in tokens_of(text) if token.type not in BLANK for line in range(token.start[0], token.end[0] + 1)
    }
    return held - docstring_lines(tree)


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def lengths(path: Path) -> Iterator[tuple[str, int]]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    held = code_lines(text, tree)
    for node in functions(tree):
        inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        yield f"{name_of(path)}:{node.lineno} {node.name}", len(held.intersection(inside))


def nesting(node: ast.AST, *, is_elif: bool = False) -> int:
    """How deep the blocks below this node stand in one another; an `elif` adds no level."""
    own = isinstance(node, BLOCKS) and not is_elif
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            continue
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child, is_elif=chained))
    return own + deepest


def undocumented(tree: ast.Module, path: Path) -> Iterator[str]:
    if tree.body and ast.get_docstring(tree) is None:
        yield name_of(path)
    yield from undocumented_within(tree, name_of(path))


def undocumented_within(node: ast.Module | ast.ClassDef, place: str) -> Iterator[str]:
    for child in node.body:
        if not isinstance(child, Function | ast.ClassDef) or child.name.startswith("_"):
            continue
        if ast.get_docstring(child) is None and not speaks_for_itself(child):
            yield f"{place}:{child.lineno} {child.name}"
        if isinstance(child, ast.ClassDef):
            yield from undocumented_within(child, place)


def speaks_for_itself(node: Function | ast.ClassDef) -> bool:
    """Overloads, overrides and setters are documented where the name first stands."""
    names = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
    return not names.isdisjoint({"overload", "override", "setter"})


def each_file(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", [pytest.param(each, id=name_of(each)) for each in paths])


@each_file(WRITTEN)
def test_a_file_is_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < FILE_LINES_MAX


@each_file(WRITTEN)
def test_a_function_fits_on_a_screen(path):
    assert [(name, size) for name, size in lengths(path) if size > FUNCTION_LINES_MAX] == []


@each_file(WRITTEN)
def test_blocks_stand_at_most_three_deep(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    depths = {node.name: max(nesting(each) for each in node.body) for node in functions(tree)}
    assert {name: depth for name, depth in depths.items() if depth > NESTING_MAX} == {}


@each_file(SHIPPED)
def test_everything_public_is_documented(path):
    assert list(undocumented(ast.parse(path.read_text(encoding="utf-8")), path)) == []


@each_file(WRITTEN)
def test_no_comment_puts_work_off(path):
    comments = [token.string for token in tokens_of(path.read_text(encoding="utf-8")) if token.type == tokenize.COMMENT]
    assert [each for each in comments if UNFINISHED.search(each)] == []


def test_nineteen_functions_of_twenty_are_short():
    sizes = [size for path in SHIPPED for _, size in lengths(path)]
    if len(sizes) >= 20:
        assert quantiles(sizes, n=20)[-1] <= FUNCTION_LINES_P95_MAX


def test_the_measures_count_what_they_say(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.house.tree.ROOT", tmp_path)
    sample = tmp_path / "sample.py"
    sample.write_text(
        "def f(a):\n"
        '    """Two lines\n'
        '    of prose."""\n'
        "    # a reason\n"
        "\n"
        "    if a:\n"
        "        for b in a:\n"
        "            print(b)\n"
        "    elif b:\n"
        "        pass\n",
    )
    tree = ast.parse(sample.read_text())
    assert list(lengths(sample)) == [("sample.py:1 f", 6)]
    assert max(nesting(each) for each in functions(tree)[0].body) == 2
    assert list(undocumented(tree, sample)) == ["sample.py"]
