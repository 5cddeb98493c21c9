"""The source of functions as trees, and which modules are the user's own.

This is the one reading of files in the pure layers: ``inspect`` looks up the text of code that
is loaded already. What may never be here: a judgement on what is read.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import TypeAlias

__all__ = ["FunctionNode", "Source", "Sources", "functions_in", "is_own", "own_bases", "short_file"]

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_LIBRARIES = frozenset({"annotated_types", "pydantic", "pydantic_core", "telic", "typing_extensions"})
_INSTALLED = ("/site-packages/", "/dist-packages/")


class Source:
    """One function and its text.

    Attributes:
        function: The function.
        node: Its definition.
        tree: The whole file that it stands in.
        file: The file, from the root of its package, the same on every machine.
    """

    __slots__ = ("file", "function", "node", "tree")

    def __init__(self, function: FunctionType, node: FunctionNode, tree: ast.Module, file: str) -> None:
        """Take the function and its text."""
        self.function = function
        self.node = node
        self.tree = tree
        self.file = file

    @property
    def name(self) -> str:
        """The function as its reader would call it, ``OrderPaid.ship``."""
        return self.function.__qualname__.rpartition("<locals>.")[2]

    @property
    def node_name(self) -> str:
        """The name that it is defined under, or an empty text for a lambda."""
        return "" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def module(self) -> str:
        """The name of the module that it was defined in."""
        return str(self.function.__globals__.get("__name__", ""))

    def place(self, node: ast.AST) -> str:
        """Return file and line of a part of it."""
        return f"{self.file}:{getattr(node, 'lineno', self.node.lineno)}"


class Sources:
    """Finds the text of functions; each file is parsed once."""

    def __init__(self) -> None:
        """Begin with no file."""
        self._trees: dict[str, ast.Module | None] = {}
        self._rebound: dict[ast.Module, frozenset[str]] = {}

    def of(self, function: FunctionType) -> tuple[Source, ...]:
        """Return a function's text; nothing where there is none, several where lambdas share a line."""
        code = function.__code__
        tree = self._tree(function)
        if tree is None:
            return ()
        nodes = [node for node in ast.walk(tree) if _is_of(node, function)]
        file = short_file(str(function.__globals__.get("__name__", "")), code.co_filename)
        return tuple(
            Source(function, node, tree, file)
            for node in nodes
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        )

    def module(self, module: ModuleType) -> ast.Module | None:
        """Return the tree of a module, or ``None`` where its text is not there."""
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            return None
        if file not in self._trees:
            try:
                self._trees[file] = ast.parse(inspect.getsource(module))
            except (OSError, TypeError, SyntaxError):
                self._trees[file] = None
        return self._trees[file]

    def class_line(self, cls: type, field: str = "") -> int:
        """Return the line of a class, or of one of its fields, or 0 where it cannot be found."""
        module = sys.modules.get(cls.__module__)
        tree = self.module(module) if module is not None else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                lines = [
                    part.lineno
                    for part in node.body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.target.id == field
                ]
                return lines[0] if lines else node.lineno
        return 0

    def file_of(self, cls: type) -> str:
        """Return the file of a class, or an empty text."""
        return str(getattr(sys.modules.get(cls.__module__), "__file__", None) or "")

    def rebound(self, tree: ast.Module) -> frozenset[str]:
        """Return the names of a module that some function binds anew."""
        if tree not in self._rebound:
            found = (node.names for node in ast.walk(tree) if isinstance(node, ast.Global))
            self._rebound[tree] = frozenset(name for names in found for name in names)
        return self._rebound[tree]

    def _tree(self, function: FunctionType) -> ast.Module | None:
        file = function.__code__.co_filename
        if file not in self._trees:
            try:
                lines, _ = inspect.findsource(function.__code__)
                self._trees[file] = ast.parse("".join(lines))
            except (OSError, TypeError, SyntaxError):
                self._trees[file] = None
        return self._trees[file]


def _is_of(node: ast.AST, function: FunctionType) -> bool:
    """Say whether a node is the definition of a function, by line, name and parameters."""
    code = function.__code__
    if isinstance(node, ast.Lambda):
        named = [*node.args.posonlyargs, *node.args.args]
        parameters = tuple(each.arg for each in named)
        return (
            code.co_name == "<lambda>"
            and node.lineno == code.co_firstlineno
            and parameters == code.co_varnames[: code.co_argcount]
        )
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        return node.name == code.co_name and first == code.co_firstlineno
    return False


def short_file(module: str, file: str) -> str:
    """Return a file from the root of its package on, so that it reads the same on every machine."""
    parts = file.replace("\\", "/").split("/")
    names = module.split(".")
    if parts[-1] == "__init__.py":
        names.append("__init__")
    whole = [*names[:-1], f"{names[-1]}.py"]
    return "/".join(whole) if parts[-len(whole) :] == whole else parts[-1]


def is_own(module: str, file: str = "") -> bool:
    """Say whether a module is the user's own: neither of the standard library nor installed.

    Args:
        module: Its name.
        file: Where it was loaded from, if that is known.
    """
    top = module.partition(".")[0]
    if top == "telic":
        return module.startswith("telic.patterns")
    if top in sys.stdlib_module_names and top != "__main__":
        return False
    loaded = sys.modules.get(module)
    where = (file or str(getattr(loaded, "__file__", "") or "")).replace("\\", "/")
    return top not in _LIBRARIES and not any(part in where for part in _INSTALLED)


def own_bases(cls: type) -> tuple[type, ...]:
    """Return a class and those of its bases that are the user's own."""
    return tuple(base for base in cls.__mro__ if is_own(base.__module__))


def functions_in(member: object, depth: int = 0) -> Iterator[FunctionType]:
    """Yield the functions behind a member of a class or a module: through wrappers and descriptors.

    Args:
        member: What stands under a name.
        depth: How many wrappers were taken off before.
    """
    if depth > 5:
        return
    inner: list[object] = []
    if isinstance(member, FunctionType):
        yield member
    elif isinstance(member, (classmethod, staticmethod)):
        inner.append(member.__func__)
    elif isinstance(member, property):
        inner += [member.fget, member.fset]
    elif isinstance(member, (functools.cached_property, functools.partial)):
        inner.append(member.func)
    elif inspect.ismethod(member):
        inner.append(member.__func__)
    wrapped = getattr(member, "__wrapped__", None) if callable(member) and not isinstance(member, type) else None
    for one in (*inner, wrapped):
        if one is not None and one is not member:
            yield from functions_in(one, depth + 1)
