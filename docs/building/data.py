"""Constants and aliases: what the source says of them, since such a value has no docstring of its own.

What may never be here: an import of the module that is read.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

__all__ = ["Datum", "datum"]

LINES_MAX = 12  # more than that is a table, and is read in the source


@dataclass(frozen=True)
class Datum:
    """One assignment of a module.

    Attributes:
        code: The assignment, as it is written.
        text: The string that follows it, if there is one.
    """

    code: str
    text: str


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _assigned(node: ast.stmt) -> set[str]:
    match node:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
    return set()


def _imported(tree: ast.Module, name: str) -> Iterator[str]:
    """The modules from which a module takes a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and any(name == each.name for each in node.names):
            yield node.module


def _literal(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return ""


def datum(module: str, name: str) -> Datum:
    """Return what the source says of a constant or an alias, wherever a module has it from.

    Args:
        module: Where it is offered.
        name: Its name.
    """
    tree = _tree(module)
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if name in _assigned(node):
            code = ast.unparse(node).splitlines()
            shown = code if len(code) <= LINES_MAX and len(code[0]) <= 200 else [f"{name} = ..."]
            return Datum("\n".join(shown), _literal(following))
    home = next(_imported(tree, name), None)
    return datum(home, name) if home else Datum(f"{name} = ...", "")
