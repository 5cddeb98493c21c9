"""What the names in a function mean: its own variables, closures, globals, modules and classes.

Names are looked up in the loaded modules, never by their spelling, and no code runs on the way.
What may never be here: an opinion on what a name stands for.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import NamedTuple, TypeAlias

from telic.verify.sources import FunctionNode, Source

__all__ = ["MISSING", "Named", "Walker", "home_of"]


class _Missing:
    """What stands for a value that is not loaded."""


MISSING = _Missing()


class Named(NamedTuple):
    """What a name stands for.

    Attributes:
        home: Where that was defined, ``datetime.datetime.now``.
        value: The thing itself, or ``MISSING`` when its module is not loaded.
        outside: It was found outside the function, so it outlives a call.
    """

    home: str
    value: object
    outside: bool = True


Bound: TypeAlias = "ast.expr | Named | None"
Bindings: TypeAlias = "dict[str, list[Bound]]"

_HOMES = {"posix": "os", "nt": "os", "posixpath": "os.path", "ntpath": "os.path", "pathlib._local": "pathlib"}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def home_of(value: object, name: str = "") -> str:
    """Return where something was defined, by its own word: module and qualified name.

    Args:
        value: A module, a class, a function or any other value.
        name: The name under which it was found, for what has none of its own.
    """
    if isinstance(value, ModuleType):
        return _module(value.__name__)
    if isinstance(value, type):
        return f"{_module(value.__module__)}.{value.__qualname__}"
    owner = getattr(value, "__objclass__", None)  # a method of a class written in C
    if not isinstance(owner, type):
        bound = getattr(value, "__self__", None) if isinstance(value, BuiltinFunctionType) else None
        owner = bound if isinstance(bound, type) or bound is None else type(bound)
    own = str(getattr(value, "__name__", name))
    if isinstance(owner, type) and not issubclass(owner, ModuleType):
        return f"{home_of(_defining(owner, own))}.{own}"
    module = getattr(value, "__module__", None)
    if isinstance(module, str) and callable(value):
        return f"{_module(module)}.{getattr(value, '__qualname__', own)}"
    return home_of(type(value))


def _defining(owner: type, name: str) -> type:
    return next((base for base in owner.__mro__ if name in vars(base)), owner)


def _module(name: str) -> str:
    known = _HOMES.get(name, name)
    top, dot, rest = known.partition(".")
    if top.startswith("_") and not top.startswith("__") and top[1:] in sys.stdlib_module_names:
        return top[1:] + dot + rest
    return known


def bindings_of(body: Iterator[ast.AST]) -> Bindings:
    """Return the names that a scope binds itself, each with all that is assigned to it.

    Args:
        body: What stands in the scope; scopes inside it have names of their own.
    """
    found: Bindings = {}
    declared: set[str] = set()
    queue = list(body)
    while queue:
        node = queue.pop(0)
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
            continue
        for name, value in _bound_by(node):
            found.setdefault(name, []).append(value)
        if isinstance(node, _COMPREHENSIONS):
            queue += [each for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
        elif not isinstance(node, _SCOPES):
            queue += ast.iter_child_nodes(node)
    return {name: values for name, values in found.items() if name not in declared}


def _bound_by(node: ast.AST) -> Iterator[tuple[str, Bound]]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name, None
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from ((each.id, node.value) for each in targets if isinstance(each, ast.Name))
        names = (inner for each in targets if not isinstance(each, ast.Name) for inner in ast.walk(each))
        yield from _stored(names)
    elif isinstance(node, (ast.AugAssign, ast.For, ast.AsyncFor, ast.comprehension)):
        yield from _stored(ast.walk(node.target))
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _stored(ast.walk(node.optional_vars))
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
        yield node.name, None
    elif isinstance(node, ast.MatchMapping) and node.rest is not None:
        yield node.rest, None
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from _imported(node)


def _stored(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, Bound]]:
    yield from ((node.id, None) for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Bound]]:
    for each in node.names:
        if isinstance(node, ast.Import):
            path = each.name if each.asname else each.name.partition(".")[0]
            yield each.asname or path, Named(_module(path), sys.modules.get(path, MISSING))
        else:
            path = node.module or ""
            owner = Named(_module(path), sys.modules.get(path, MISSING))
            yield each.asname or each.name, attribute_of(owner, each.name)


def attribute_of(owner: Named, name: str) -> Named | None:
    """Return what a module or a class has under a name, without running any code.

    Args:
        owner: The module or class; of any other value nothing can be said.
        name: The attribute.
    """
    value = owner.value
    if value is MISSING:
        return Named(f"{owner.home}.{name}", MISSING)
    if isinstance(value, ModuleType):
        if name in vars(value):
            found = vars(value)[name]
            return named(found, name) if _is_code(found) else Named(f"{owner.home}.{name}", found)
        inner = sys.modules.get(f"{value.__name__}.{name}")
        return named(inner, name) if inner is not None else Named(f"{owner.home}.{name}", MISSING)
    if isinstance(value, type):
        found = next((vars(base)[name] for base in value.__mro__ if name in vars(base)), MISSING)
        if found is MISSING:
            return None
        if isinstance(found, (classmethod, staticmethod)):
            found = found.__func__
        return named(found, name)
    return None


def named(value: object, name: str) -> Named:
    """Return a value from outside the function under its home."""
    return Named(home_of(value, name), value)


class Walker:
    """Walks through a function with its scopes in place; subclasses say what to do on the way."""

    def __init__(self, source: Source) -> None:
        """Take the function."""
        self.source = source
        self._scopes: list[Bindings] = []
        self._parents: dict[ast.AST, ast.AST] = {}

    def look(self, node: ast.AST) -> None:
        """Look at a node before what is in it; does nothing here."""

    def refers(self, node: ast.expr, to: Named) -> None:
        """Look at a name, or a path of names, that leads out of the function; does nothing here."""

    def asks(self, node: ast.Attribute) -> None:
        """Look at an attribute of a value of which the text does not say what it is; does nothing here."""

    def classes(self) -> tuple[type, ...]:
        """Return the classes of whose attributes something is known; none here."""
        return ()

    def walk(self) -> None:
        """Walk through the whole function."""
        self._function(self.source.node, root=True)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return what a node stands in."""
        return self._parents.get(node)

    def bound(self, name: str) -> list[Bound] | None:
        """Return all that is assigned to a variable of the function, or ``None`` if it has no such variable."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def resolve(self, node: ast.AST | None, depth: int = 0) -> Named | None:
        """Return what a name or a path of names stands for, or ``None`` where the text does not say."""
        if depth > 20:
            return None
        if isinstance(node, ast.Name):
            values = self.bound(node.id)
            if values is None:
                return self._outside(node.id)
            only = values[0] if len(values) == 1 else None
            found = only if isinstance(only, Named) else self.resolve(only, depth + 1)
            is_alias = found is not None and (found.value is MISSING or _is_code(found.value))
            return found if is_alias else None
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value, depth + 1)
            return attribute_of(owner, node.attr) if owner is not None else None
        return None

    def _outside(self, name: str) -> Named | None:
        function: FunctionType = self.source.function
        if name in function.__code__.co_freevars and function.__closure__ is not None:
            cell = function.__closure__[function.__code__.co_freevars.index(name)]
            try:
                return named(cell.cell_contents, name)
            except ValueError:  # not filled yet
                return None
        for scope in (function.__globals__, vars(builtins)):
            if name in scope:
                return named(scope[name], name)
        return None

    def _visit(self, node: ast.AST) -> None:
        self.look(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            self._function(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._scopes.append(bindings_of(iter(node.generators)))
            self._children(node)
            self._scopes.pop()
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self._name(node)
        elif isinstance(node, ast.Attribute):
            self._attribute(node)
        elif isinstance(node, ast.AnnAssign):
            self._each(node, [node.target, *([node.value] if node.value is not None else [])])
        else:
            self._children(node)

    def _name(self, node: ast.Name) -> None:
        to = self.resolve(node)
        if to is not None:
            self.refers(node, to)

    def _attribute(self, node: ast.Attribute) -> None:
        to = self.resolve(node)
        if to is not None:
            self.refers(node, to)
            return
        self.asks(node)
        self._children(node)

    def _function(self, node: FunctionNode, *, root: bool = False) -> None:
        given = node.args
        self._each(node, [one for one in (*given.defaults, *given.kw_defaults) if one is not None])
        if not root and not isinstance(node, ast.Lambda):
            self._each(node, list(node.decorator_list))
        body = node.body if isinstance(node.body, list) else [node.body]
        scope = bindings_of(iter(body))
        parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        for each in parameters:
            if each is not None:
                scope.setdefault(each.arg, []).append(None)
        self._scopes.append(scope)
        self._each(node, body)
        self._scopes.pop()

    def _children(self, node: ast.AST) -> None:
        self._each(node, list(ast.iter_child_nodes(node)))

    def _each(self, parent: ast.AST, nodes: list[ast.AST] | list[ast.expr] | list[ast.stmt]) -> None:
        for node in nodes:
            self._parents[node] = parent
            self._visit(node)


def _is_code(value: object) -> bool:
    return isinstance(value, (ModuleType, type)) or callable(value)
