"""Mutants: a machine with one small change, to see whether anybody notices.

A change that no check notices is behaviour that nobody has specified. Everything happens in
this process, in one order, and stops at a limit that is told. What may never be here: a check.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel

from telic.kernel.machine import AnyMachine, E, Machine, S
from telic.kernel.table import Row
from telic.verify.loading import Modules
from telic.verify.names import Walker
from telic.verify.operators import Edit, claims, edits, swapped_events
from telic.verify.reach import Reached, code_of
from telic.verify.sources import Source, own_bases, short_file

__all__ = ["MAX_MUTANTS", "Mutant", "Survivors", "mutants", "mutate"]

MAX_MUTANTS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """A machine with one small change.

    Attributes:
        description: The change in words.
        where: File and line.
        edge: The transition that it changes, or the function or claim.
        outcome: The machine, or what it raised when it was built.
    """

    description: str
    where: str
    edge: str
    outcome: AnyMachine | Exception

    @property
    def machine(self) -> AnyMachine | None:
        """The machine, if it could be built."""
        return None if isinstance(self.outcome, Exception) else self.outcome

    def text(self) -> str:
        """Return the mutant as one line."""
        return f"{self.where} {self.edge}: {self.description}"


@dataclass(frozen=True, slots=True)
class Survivors:
    """What came of all mutants of a machine.

    Attributes:
        machine: Its name.
        survivors: Those that nobody noticed.
        noticed: How many the check noticed, by its answer or by an exception.
        refused: How many could not even be built.
        limit: The limit that was hit, or ``None`` when all mutants were tried.
    """

    machine: str
    survivors: tuple[Mutant, ...]
    noticed: int
    refused: int
    limit: int | None

    @property
    def total(self) -> int:
        """How many mutants were tried."""
        return len(self.survivors) + self.noticed + self.refused

    def text(self) -> str:
        """Return the counts, and one line for each survivor."""
        count = len(self.survivors)
        head = (
            f"{self.machine}: {self.total} mutants, {self.refused} refused by the definition check, "
            f"{self.noticed} noticed, {count} not noticed"
        )
        if self.limit is not None:
            head += f"; stopped at the limit of {self.limit}, there are more"
        lines = [f"  {number}. {one.text()}" for number, one in enumerate(self.survivors, 1)]
        return "\n".join([head, *lines])


@dataclass(frozen=True, slots=True)
class _Point:
    """One change, by the place of its node in the module.

    Attributes:
        module: The name of the module.
        node: The place of the node, in the order of a walk through the module.
        edit: The change.
        where: File and line.
        edge: What it changes.
    """

    module: str
    node: int
    edit: Edit
    where: str
    edge: str


def mutants(machine: Machine[S, E], *, limit: int = MAX_MUTANTS) -> Iterator[Mutant]:
    """Yield the machine with one small change, for each change that can be made to its code.

    The modules that the change concerns are loaded once more for each; what stands in them at
    the top runs again. A mutant may loop for ever where a loop depends on what was changed. What
    ``telic.patterns`` brings is left as it is.

    Args:
        machine: A machine that a module of its user holds under a name.
        limit: How many at most.

    Raises:
        ValueError: When no module holds the machine, or its text is not there.
    """
    plain = cast("AnyMachine", machine)
    home, name = _home_of(plain)
    reached = code_of(machine)
    modules = Modules(home, reached.sources)
    if home not in modules.trees:
        raise ValueError(f"expected a module whose text is there, got {home}; do put the machine into a file")
    for point in _points(plain, reached, modules, limit):
        yield Mutant(point.edit.description, point.where, point.edge, _built(modules, point, home, name))


def mutate(machine: Machine[S, E], check: Callable[[AnyMachine], bool], *, limit: int = MAX_MUTANTS) -> Survivors:
    """Run a check over all mutants of a machine, and return those that it does not notice.

    Args:
        machine: A machine that a module of its user holds under a name.
        check: Says whether something is wrong with a machine; an exception says so as well.
        limit: How many mutants at most.

    Raises:
        ValueError: When the check finds fault with the machine as it is.

    Example:
        ``print(mutate(order, lambda one: explore(one).verdict is not Verdict.PROVED).text())``
    """
    plain = cast("AnyMachine", machine)
    if _notices(check, plain):
        raise ValueError(
            f"expected a check that lets {machine.name!r} pass as it is, got one that does not; do make it pass first"
        )
    survivors: list[Mutant] = []
    noticed = refused = 0
    for tried, mutant in enumerate(mutants(machine, limit=limit + 1)):
        if tried == limit:
            return Survivors(machine.name, tuple(survivors), noticed, refused, limit)
        if mutant.machine is None:
            refused += 1
        elif _notices(check, mutant.machine):
            noticed += 1
        else:
            survivors.append(mutant)
    return Survivors(machine.name, tuple(survivors), noticed, refused, None)


def _notices(check: Callable[[AnyMachine], bool], machine: AnyMachine) -> bool:
    try:
        return check(machine)
    except Exception:  # noqa: BLE001  (a mutant may break the check in any way; that is noticing it)
        return True


def _home_of(machine: AnyMachine) -> tuple[str, str]:
    """Return the module that assigns the machine to a name, and the name."""
    holders = [
        (module_name, name)
        for module_name, module in sorted(sys.modules.items())
        for name, value in list(getattr(module, "__dict__", {}).items())
        if value is machine
    ]
    classes = {cls.__module__ for cls in machine.states}
    for module_name, name in sorted(holders, key=lambda one: one[0] not in classes):
        return module_name, name
    raise ValueError(
        f"expected a machine that a module holds under a name, got {machine.name!r} nowhere; "
        "do assign it at the top of its module"
    )


def _built(modules: Modules, point: _Point, home: str, name: str) -> AnyMachine | Exception:
    tree = _changed(modules.trees[point.module], point)
    try:
        loaded = modules.load(point.module, tree)
    except Exception as error:  # noqa: BLE001  (a change may break the top of a module in any way)
        return error
    return cast("AnyMachine", getattr(loaded[home], name))


class _Replacement(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, node: ast.AST, by: ast.AST) -> None:
        """Take both."""
        self._node = node
        self._by = by

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the new node for the old one."""
        return self._by if node is self._node else self.generic_visit(node)


def _changed(tree: ast.Module, point: _Point) -> ast.Module:
    """Return a copy of a module with one change."""
    own = copy.deepcopy(tree)
    node = list(ast.walk(own))[point.node]
    by = copy.deepcopy(point.edit.by)
    ast.copy_location(by, point.edit.node)
    return ast.fix_missing_locations(cast("ast.Module", _Replacement(node, by).visit(own)))


class _Editor(Walker):
    """Collects the changes that can be made to one function."""

    def __init__(self, source: Source, siblings: tuple[type, ...]) -> None:
        """Take the function, and the classes that it may return."""
        super().__init__(source)
        self.found: list[Edit] = []
        self._siblings = siblings

    def look(self, node: ast.AST) -> None:
        """Collect the changes of a node."""
        self.found += edits(self, node, self._siblings)


def _points(machine: AnyMachine, reached: Reached, modules: Modules, limit: int) -> Iterator[_Point]:
    """Yield the changes, by module and line, as many as are wanted."""
    found: list[_Point] = []
    places = {name: {node: at for at, node in enumerate(ast.walk(tree))} for name, tree in modules.trees.items()}
    rows = _rows_by_code(machine)
    for read in reached.functions:
        source = _in_module(read, modules)
        if source is None:
            continue
        known, own = places[source.module], rows.get(source.function.__code__, [])
        editor = _Editor(source, _siblings_of(machine, own))
        editor.walk()
        edge = _edges(own) or source.name
        found += [
            _Point(source.module, known[one.node], one, source.place(one.node), edge)
            for one in editor.found
            if one.node in known
        ]
    found += _class_points(reached, modules, places)
    found = [one for one in found if not one.module.startswith("telic.")]  # patterns are held by tests of their own
    found.sort(key=lambda one: (one.where.rpartition(":")[0], int(one.where.rpartition(":")[2]), one.edit.description))
    yield from found[:limit]


def _in_module(read: Source, modules: Modules) -> Source | None:
    """Return a function as it stands in the tree of its module."""
    tree = modules.trees.get(read.module)
    for node in ast.walk(tree) if tree is not None else ():
        same = isinstance(node, type(read.node)) and getattr(node, "lineno", 0) == read.node.lineno
        if same and tree is not None and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return Source(read.function, node, tree, read.file)
    return None


def _rows_by_code(machine: AnyMachine) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = {}
    for row in machine.rows():
        found.setdefault(getattr(row.call, "__code__", row.call), []).append(row)
    return found


def _siblings_of(machine: AnyMachine, rows: list[Row]) -> tuple[type, ...]:
    """Return the classes of states and intents that a transition declares, and the events of deadlines."""
    targets: dict[type, None] = {}
    for edge in (edge for row in rows for edge in row.edges):
        targets[edge.target] = None
        targets.update((emit.intent, None) for emit in edge.emits)
    return tuple(targets) if rows else tuple(machine.events)


def _edges(rows: list[Row]) -> str:
    """Return the edges that a method makes; of a method that many states inherit, the first."""
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return f"{_edge(rows[0])}{more}" if rows else ""


def _edge(row: Row) -> str:
    targets = dict.fromkeys(
        edge.verdict.__name__ if edge.verdict is not None else edge.target.__name__ for edge in row.edges
    )
    return f"{row.state.__name__} --{row.event.__name__}--> {' | '.join(targets)}"


def _class_points(reached: Reached, modules: Modules, places: Mapping[str, Mapping[ast.AST, int]]) -> Iterator[_Point]:
    bases = dict.fromkeys(base for cls in reached.classes if issubclass(cls, BaseModel) for base in own_bases(cls))
    for base in bases:
        tree = modules.trees.get(base.__module__)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == base.__name__:
                file = short_file(base.__module__, reached.sources.file_of(base))
                yield from (
                    _Point(
                        base.__module__, places[base.__module__][one.node], one, _line(file, one.node), base.__name__
                    )
                    for one in (*claims(node), *swapped_events(node))
                )


def _line(file: str, node: ast.AST) -> str:
    return f"{file}:{getattr(node, 'lineno', 0)}"
