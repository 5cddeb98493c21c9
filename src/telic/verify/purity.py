"""The purity check: what in the code of a machine could make the same step end differently.

It reads the text of transitions, waits, validators and all that they call in the user's own
modules, and says what it could not read. What may never be here: running any of that code.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import FunctionType
from typing import get_args, get_origin

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, fields_of
from telic.kernel.machine import E, Machine, S
from telic.verify.contents import is_mutable
from telic.verify.impure import Impurity, impurity_of
from telic.verify.names import MISSING, Named, Walker, home_of
from telic.verify.ordering import reveals_order
from telic.verify.reach import Hook, Reached, code_of
from telic.verify.sources import Source, is_own, own_bases, short_file

__all__ = ["Finding", "impurities"]

_HELP: Mapping[Impurity, tuple[str, str]] = {
    Impurity.CLOCK: ("which reads a clock", "take ctx.now, or a moment in the event"),
    Impurity.CHANCE: ("which differs at every call", "take ctx.uuid(label) or ctx.random(label)"),
    Impurity.ACT: ("which acts on the outside", "emit an intent, and let its handler do it"),
    Impurity.ENVIRONMENT: ("which differs from process to process", "put it into the event or the state"),
    Impurity.MUTABLE: (
        "which may change between two steps",
        "keep it in the state, or make it a tuple, a FrozenMap or a FrozenSet",
    ),
    Impurity.WAITING: ("which waits", "emit an intent, and take its answer in a transition"),
    Impurity.UNCHECKED: ("which skips validation", "write self.evolve(...), or build a new value"),
    Impurity.IDENTITY: ("which differs from process to process", "compare or order by content"),
    Impurity.HASH_ORDER: ("whose order differs from process to process", "write sorted(...), or use a FrozenSet"),
    Impurity.NOT_READ: (
        "whose code was not read",
        "look at it by hand; if it is pure, name its module: trusted=(...)",
    ),
}
_CLOCK_METHODS = frozenset({"now", "today", "utcnow"})
_UNCHECKED_METHODS = frozenset({"__delattr__", "__setattr__", "model_construct"})
_CHANGES = frozenset({"clear", "pop", "popitem", "setdefault", "update"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of code that may not stand in a transition.

    Attributes:
        kind: Why not.
        where: File and line, ``shop/order.py:12``.
        function: The function or field that it stands in.
        what: What was expected and what was found.
        remedy: What to write instead.
    """

    kind: Impurity
    where: str
    function: str
    what: str
    remedy: str

    def text(self) -> str:
        """Return the finding as one line."""
        return f"{self.where} in {self.function}: {self.what}; do {self.remedy}"


def impurities(machine: Machine[S, E], *, trusted: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Return what in the code of a machine could make the same step end differently.

    Args:
        machine: The machine; all its transitions, starts, waits, attributes, outcomes, validators
            and what they call in the user's own modules are read.
        trusted: Modules of other people that are known to be pure.

    Returns:
        The findings, by file and line; what could not be read is one of its own kind.

    Example:
        ``assert impurities(order) == ()``
    """
    reached = code_of(machine)
    found: list[Finding] = []
    for source in reached.functions:
        inspector = _Inspector(source, reached, trusted)
        inspector.walk()
        found += inspector.findings
    found += [_unread(function) for function in reached.unread]
    found += [one for hook in reached.hooks for one in _hooked(hook, reached, trusted)]
    found += [one for cls in reached.classes for one in _unordered_fields(cls, reached)]
    return tuple(sorted(dict.fromkeys(found), key=_place))


def _place(finding: Finding) -> tuple[str, int, str]:
    file, _, line = finding.where.rpartition(":")
    return file, int(line), finding.what


def _finding(kind: Impurity, where: str, function: str, got: str) -> Finding:
    why, remedy = _HELP[kind]
    return Finding(kind, where, function, f"expected pure code, got {got}, {why}", remedy)


def _unread(function: FunctionType) -> Finding:
    module, code = str(function.__globals__.get("__name__", "")), function.__code__
    where = f"{short_file(module, code.co_filename)}:{code.co_firstlineno}"
    name = function.__qualname__.rpartition("<locals>.")[2]
    return _finding(Impurity.NOT_READ, where, name, f"{module}.{name}")


def _hooked(hook: Hook, reached: Reached, trusted: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what is wrong with a function that a field calls, where it is not the user's own."""
    home = home_of(hook.call)
    kind = impurity_of(home, trusted) if not is_own(home.rpartition(".")[0]) else None
    if kind is not None and not isinstance(hook.call, type):
        yield _finding(kind, _line_of(hook.owner, hook.field, reached), f"{hook.owner.__name__}.{hook.field}", home)


def _unordered_fields(cls: type, reached: Reached) -> Iterator[Finding]:
    """Yield the fields whose JSON is in the order of a plain set."""
    if not issubclass(cls, BaseModel):
        return
    held = {name: field.annotation for name, field in fields_of(cls).items()}
    computed: dict[str, object] = {name: field.return_type for name, field in cls.model_computed_fields.items()}
    for name, annotation in (held | computed).items():
        if _holds_set(annotation):
            where = _line_of(cls, name, reached)
            yield _finding(Impurity.HASH_ORDER, where, f"{cls.__name__}.{name}", "a field with the JSON of a set")


def _holds_set(annotation: object) -> bool:
    plain = (set, frozenset, AbstractSet)
    return any(
        one in plain or get_origin(one) in plain or any(_holds_set(each) for each in get_args(one))
        for one in alternatives(annotation)
    )


def _line_of(cls: type, field: str, reached: Reached) -> str:
    holder = next((base for base in own_bases(cls) if field in inspect.get_annotations(base)), cls)
    member = next((vars(base)[field] for base in cls.__mro__ if field in vars(base)), None)
    getter = getattr(member, "fget", None)
    line = reached.sources.class_line(holder, field)
    if isinstance(getter, FunctionType):
        line = getter.__code__.co_firstlineno
    return f"{short_file(holder.__module__, reached.sources.file_of(holder))}:{line}"


class _Inspector(Walker):
    """Finds what is impure in one function."""

    def __init__(self, source: Source, reached: Reached, trusted: tuple[str, ...]) -> None:
        """Take the function, and the code that it belongs to."""
        super().__init__(source)
        self.findings: list[Finding] = []
        self._reached = reached
        self._trusted = trusted
        first = source.node.args.posonlyargs + source.node.args.args
        self._class_name = first[0].arg if first and first[0].arg in {"cls", "mcs"} else ""

    def look(self, node: ast.AST) -> None:
        """Judge statements and calls."""
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            self._add(Impurity.WAITING, node, "await")
        elif isinstance(node, ast.comprehension) and node.is_async:
            self._add(Impurity.WAITING, node.target, "async for")
        elif isinstance(node, ast.AsyncFunctionDef):
            self._add(Impurity.WAITING, node, "async def")
        elif isinstance(node, ast.Global):
            self._add(Impurity.MUTABLE, node, f"global {', '.join(node.names)}")
        elif isinstance(node, ast.Nonlocal):
            self._nonlocal(node)
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            self._written(node)
        if reveals_order(self, node):
            self._add(Impurity.HASH_ORDER, node, "a plain set, taken one by one")

    def walk(self) -> None:
        """Walk through the whole function."""
        if isinstance(self.source.node, ast.AsyncFunctionDef):
            self._add(Impurity.WAITING, self.source.node, "async def")
        self._defaults()
        super().walk()

    def refers(self, node: ast.expr, to: Named) -> None:
        """Judge a name that leads out of the function."""
        if to.home == "builtins.hash" and self.source.function.__name__ == "__hash__":
            return
        if self._is_seeded(node, to) or isinstance(getattr(node, "ctx", None), ast.Store):
            return  # what is written is judged where the statement is
        while isinstance(to.value, functools.partial):
            to = Named(home_of(to.value.func), to.value.func)
        if isinstance(to.value, type) or callable(to.value) or to.value is MISSING or _is_module(to.value):
            self._code(node, to)
        else:
            self._value(node, to)

    def asks(self, node: ast.Attribute) -> None:
        """Judge an attribute of something that is not known."""
        if node.attr in _UNCHECKED_METHODS:
            self._add(Impurity.UNCHECKED, node, f".{node.attr}")
        values = [vars(base)[node.attr] for base in self._bases() if node.attr in vars(base)]
        if any(is_mutable(value) for value in values) and not isinstance(node.ctx, ast.Store):
            self._add(Impurity.MUTABLE, node, f"{ast.unparse(node)} of the class")

    def classes(self) -> tuple[type, ...]:
        """Return the classes that the code of the machine uses."""
        return self._reached.classes

    def _bases(self) -> Iterator[type]:
        return (base for cls in self._reached.classes for base in own_bases(cls))

    def _code(self, node: ast.expr, to: Named) -> None:
        """Judge a module, a class or a function: what is not the user's own stands in the table."""
        if _is_module(to.value) and isinstance(self.parent(node), ast.Attribute):
            return  # the attribute has been judged, or is not there
        own = is_own(to.home) if _is_module(to.value) else is_own(_module_of(to))
        kind = impurity_of(to.home, self._trusted) if not own else None
        if to.home in {"datetime.datetime.fromtimestamp", "datetime.date.fromtimestamp"}:
            kind = Impurity.ENVIRONMENT if not self._has_arguments(node, 2) else None
        if kind is not None:
            self._add(kind, node, to.home)

    def _value(self, node: ast.expr, to: Named) -> None:
        """Judge a value from outside the function: it must be one that nobody can change."""
        text, holder = ast.unparse(node), type(to.value)
        kind = impurity_of(to.home, self._trusted) if not is_own(to.home) else None
        if kind is not None and kind is not Impurity.NOT_READ:
            self._add(kind, node, to.home)
        elif is_mutable(to.value):
            self._add(Impurity.MUTABLE, node, f"{text}, {_article(holder.__name__)} from outside the function")
        elif isinstance(node, ast.Name) and node.id in self._rebound():
            self._add(Impurity.MUTABLE, node, f"{text}, which another function rebinds")
        elif kind is not None:
            self._add(kind, node, f"{text}, {_article(to.home)}")

    def _rebound(self) -> frozenset[str]:
        return self._reached.sources.rebound(self.source.tree)

    def _is_seeded(self, node: ast.expr, to: Named) -> bool:
        return to.home == "random.Random" and self._has_arguments(node, 1)

    def _has_arguments(self, node: ast.expr, count: int) -> bool:
        call = self.parent(node)
        return isinstance(call, ast.Call) and call.func is node and len(call.args) + len(call.keywords) >= count

    def _call(self, node: ast.Call) -> None:
        function = node.func
        if not isinstance(function, ast.Attribute):
            return
        name, named = function.attr, {one.arg for one in node.keywords}
        updates = not named.isdisjoint({"update", None}) or (name == "model_copy" and bool(node.args))
        if name in {"copy", "model_copy"} and updates:
            self._add(Impurity.UNCHECKED, node, f"{name}(update=...)")
        elif name == "astimezone" and not node.args and not named:
            self._add(Impurity.ENVIRONMENT, node, "astimezone() without a zone")
        elif name in _CLOCK_METHODS and self.resolve(function) is None and not self._has_own(name):
            self._add(Impurity.CLOCK, node, f"{ast.unparse(function)}()")
        elif name in _CHANGES and isinstance(function.value, ast.Attribute) and function.value.attr == "__dict__":
            self._add(Impurity.UNCHECKED, node, f"{ast.unparse(function)}()")

    def _has_own(self, name: str) -> bool:
        return any(name in vars(base) for base in self._bases())

    def _written(self, node: ast.Attribute | ast.Subscript) -> None:
        holder = node.value
        text = ast.unparse(node)
        to = self.resolve(holder)
        if to is not None and to.outside:
            if isinstance(node, ast.Attribute):
                self._add(Impurity.MUTABLE, node, f"a change of {text}")
        elif self._is_class(holder):
            self._add(Impurity.MUTABLE, node, f"a change of {text}")
        elif isinstance(holder, ast.Attribute) and holder.attr == "__dict__":
            self._add(Impurity.UNCHECKED, node, f"a change of {text}")

    def _is_class(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id == "type" and self.bound("type") is None
        is_given = isinstance(node, ast.Name) and node.id == self._class_name
        return is_given or (isinstance(node, ast.Attribute) and node.attr == "__class__")

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        outer = [name for name in node.names if self.bound(name) is None]
        if outer:
            self._add(Impurity.MUTABLE, node, f"nonlocal {', '.join(outer)}")

    def _defaults(self) -> None:
        given = self.source.node.args
        for default in (*given.defaults, *given.kw_defaults):
            if isinstance(default, (ast.List, ast.Dict, ast.Set)):
                self._add(Impurity.MUTABLE, default, "a default that can be changed")

    def _add(self, kind: Impurity, node: ast.AST, got: str) -> None:
        self.findings.append(_finding(kind, self.source.place(node), self.source.name, got))


def _is_module(value: object) -> bool:
    return isinstance(value, type(ast))


def _module_of(to: Named) -> str:
    module = getattr(to.value, "__module__", None)
    return module if isinstance(module, str) else to.home.rpartition(".")[0]


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
