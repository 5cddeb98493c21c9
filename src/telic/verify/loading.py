"""Loads modules of the user once more, with one of them changed, beside those that are loaded.

Only the changed module and the modules that use it are loaded anew; while that lasts they stand
in the place of the real ones, and afterwards nothing is left of them. What may never be here:
the choice of a change.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType

from telic.kernel.intents import NoIntent
from telic.verify.operators import NO_INTENT
from telic.verify.sources import Sources, is_own

__all__ = ["Modules"]


class _Changed(SourceFileLoader):
    """Runs code that was changed in memory as if it stood in the file."""

    def __init__(self, module: ModuleType, code: CodeType) -> None:
        """Take the loaded module, and what is to be run in its place."""
        super().__init__(module.__name__, str(module.__file__))
        self._code = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  (there is one module)
        """Return the changed code."""
        return self._code


class Modules:
    """The user's modules behind one module, each with what it imports.

    Attributes:
        trees: Their texts, by name, in an order in which each stands after what it imports.
    """

    def __init__(self, name: str, sources: Sources) -> None:
        """Collect the modules that a module imports, directly or not.

        Args:
            name: The module.
            sources: What finds their texts.
        """
        self.trees: dict[str, ast.Module] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._sources = sources
        self._collect(name)
        self._codes: dict[str, CodeType] = {}

    def _collect(self, name: str) -> None:
        module = sys.modules.get(name)
        if name in self._imports or module is None or not is_own(name):
            return
        tree = self._sources.module(module)
        if tree is None:
            return
        imported = frozenset(_imported(tree))
        self._imports[name] = imported
        for one in sorted(imported):
            self._collect(one)
        self.trees[name] = tree

    def users_of(self, name: str) -> list[str]:
        """Return a module and those that import it, directly or not, in the order of loading."""
        found = {name}
        for one in self.trees:
            if not found.isdisjoint(self._imports[one]):
                found.add(one)
        return [one for one in self.trees if one in found]

    def load(self, changed: str, tree: ast.Module) -> Mapping[str, ModuleType]:
        """Load a changed module and its users; return them by name.

        Args:
            changed: The name of the module.
            tree: Its changed text.

        Raises:
            Exception: Whatever the modules raise.
        """
        names = self.users_of(changed)
        fresh: dict[str, ModuleType] = {}
        with _standing_in(names):
            for name in names:
                original = self._original(name)
                code = self._code(name) if name != changed else _compiled(original, tree)
                fresh[name] = _begun(original)
                sys.modules[name] = fresh[name]
                _show(name, fresh[name])
                _Changed(original, code).exec_module(fresh[name])
        return fresh

    def _original(self, name: str) -> ModuleType:
        return sys.modules[name]

    def _code(self, name: str) -> CodeType:
        if name not in self._codes:
            self._codes[name] = _compiled(sys.modules[name], self.trees[name])
        return self._codes[name]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _compiled(module: ModuleType, tree: ast.Module) -> CodeType:
    code: CodeType = compile(tree, str(module.__file__), "exec", dont_inherit=True)
    return code


def _begun(original: ModuleType) -> ModuleType:
    module = ModuleType(original.__name__)
    for name in ("__file__", "__package__", "__path__", "__spec__"):
        if name in vars(original):
            setattr(module, name, vars(original)[name])
    setattr(module, NO_INTENT, NoIntent)
    return module


def _show(name: str, module: ModuleType) -> None:
    """Let the package of a module hold it, for those who import it from there."""
    package, _, own = name.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], own, module)


@contextmanager
def _standing_in(names: list[str]) -> Iterator[None]:
    """Put the real modules back in the end, whatever happens."""
    real = {name: sys.modules[name] for name in names}
    try:
        yield
    finally:
        for name, module in real.items():
            sys.modules[name] = module
            _show(name, module)
