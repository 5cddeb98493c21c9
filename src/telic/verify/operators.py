"""The small changes that a mutant makes: to one expression, one statement or one claim.

Each operator looks at one node and offers what could stand in its place. What may never be
here: the building of a machine.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from telic.kernel.intents import Intent
from telic.verify.names import Named, Walker

__all__ = ["NO_INTENT", "REMOVED", "Edit", "claims", "edits", "swapped_events"]

# The name under which a mutated module finds ``NoIntent``, which it may not have imported.
NO_INTENT = "_telic_no_intent"
REMOVED = ast.Pass()

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


class Edit(NamedTuple):
    """One change.

    Attributes:
        node: What is replaced.
        by: What stands there instead; ``REMOVED`` takes a statement out.
        description: The change in words.
    """

    node: ast.AST
    by: ast.AST
    description: str


def edits(walker: Walker, node: ast.AST, siblings: Sequence[type]) -> Iterator[Edit]:
    """Yield the changes that can be made to a node.

    Args:
        walker: A walk that has come to the node.
        node: Any node of a function.
        siblings: The classes that the function may return instead of those that it returns.
    """
    if isinstance(node, (ast.If, ast.IfExp)):
        yield from _conditions(node)
    elif isinstance(node, ast.Compare):
        yield from _comparisons(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _replaced(node, ast.BoolOp(other, node.values))
    elif isinstance(node, ast.BinOp):
        yield from _sums(node)
    elif isinstance(node, ast.Constant):
        yield from _constants(walker, node)
    elif isinstance(node, ast.Attribute):
        yield from _members(walker, node)
    elif isinstance(node, ast.Return):
        yield from _returns(walker, node)
    elif isinstance(node, ast.Call):
        yield from _siblings(walker, node, siblings)


def _replaced(node: ast.expr, by: ast.expr) -> Edit:
    return Edit(node, by, f"{_short(node)} becomes {_short(by)}")


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _conditions(node: ast.If | ast.IfExp) -> Iterator[Edit]:
    yield Edit(node.test, ast.UnaryOp(ast.Not(), node.test), f"if {_short(node.test)} is negated")
    if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], (ast.Return, ast.Raise)):
        yield Edit(node, REMOVED, f"the guard if {_short(node.test)} is removed")


def _comparisons(node: ast.Compare) -> Iterator[Edit]:
    for number, operator in enumerate(node.ops):
        swapped = _SWAPPED[type(operator)]()
        operators = [*node.ops[:number], swapped, *node.ops[number + 1 :]]
        yield _replaced(node, ast.Compare(node.left, operators, node.comparators))


def _sums(node: ast.BinOp) -> Iterator[Edit]:
    if isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield _replaced(node, ast.BinOp(node.left, other, node.right))
    elif isinstance(node.op, ast.BitAnd):
        yield Edit(node, node.left, f"{_short(node.right)} is dropped from the batch")
        yield Edit(node, node.right, f"{_short(node.left)} is dropped from the batch")


def _constants(walker: Walker, node: ast.Constant) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool):
        yield _replaced(node, ast.Constant(not value))
    elif isinstance(value, int):
        yield _replaced(node, ast.Constant(value + 1))
    elif isinstance(value, str) and not isinstance(walker.parent(node), ast.Expr):
        yield _replaced(node, ast.Constant(f"{value}!"))


def _members(walker: Walker, node: ast.Attribute) -> Iterator[Edit]:
    """Yield the next member of an enum in the place of a member."""
    to = walker.resolve(node.value)
    cls = to.value if isinstance(to, Named) else None
    if isinstance(cls, type) and issubclass(cls, Enum) and node.attr in cls.__members__:
        names = list(cls.__members__)
        following = names[(names.index(node.attr) + 1) % len(names)]
        if following != node.attr:
            yield _replaced(node, ast.Attribute(node.value, following, ast.Load()))


def _returns(walker: Walker, node: ast.Return) -> Iterator[Edit]:
    """Yield a result without its intent or without its state, and waits without one of them."""
    if not isinstance(node.value, ast.Tuple):
        return
    if walker.source.node_name == "waits":
        for number, wait in enumerate(node.value.elts):
            left = [*node.value.elts[:number], *node.value.elts[number + 1 :]]
            yield Edit(node.value, ast.Tuple(left, ast.Load()), f"the wait {_short(wait)} is dropped")
    elif len(node.value.elts) == 2 and _emits(walker, node.value.elts[1]):
        nothing = ast.Call(ast.Name(NO_INTENT, ast.Load()), [], [])
        yield Edit(node.value.elts[1], nothing, f"{_short(node.value.elts[1])} is not emitted")
    if len(node.value.elts) == 2 and walker.source.node_name != "waits":
        yield from _forgotten(node.value)


def _forgotten(value: ast.Tuple) -> Iterator[Edit]:
    """Yield a result that is forgotten, and one that forgets to move on."""
    yield Edit(value, ast.Constant(None), f"{_short(value)} is not returned")
    first = value.elts[0]
    if isinstance(first, ast.Call) and not (isinstance(first.func, ast.Name) and first.func.id == "cls"):
        yield Edit(first, ast.Name("self", ast.Load()), f"the state stays in the place of {_short(first)}")


def _emits(walker: Walker, node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitAnd)
    if not isinstance(node, ast.Call):
        return False
    to = walker.resolve(node.func)
    if to is not None and isinstance(to.value, type):
        return issubclass(to.value, Intent) or to.home == "telic.kernel.orders.Withdraw"
    return to is not None and to.home.startswith("telic.kernel.intents.Many.")


def _siblings(walker: Walker, node: ast.Call, siblings: Sequence[type]) -> Iterator[Edit]:
    """Yield the same call of another class of the same kind, where the fields allow it."""
    to = walker.resolve(node.func)
    cls = to.value if to is not None else None
    if not isinstance(cls, type) or cls not in siblings or node.args or not isinstance(node.func, ast.Name):
        return
    given = {one.arg for one in node.keywords}
    for other in siblings:
        fields = getattr(other, "model_fields", {})
        required = {name for name, field in fields.items() if field.is_required()}
        if other is not cls and _kind(other) == _kind(cls) and required <= given <= fields.keys():
            name = ast.Name(other.__name__, ast.Load())
            yield Edit(node.func, name, f"{cls.__name__} becomes {other.__name__}")


def _kind(cls: type) -> str:
    bases = {base.__name__ for base in cls.__mro__ if base.__module__.startswith("telic.kernel")}
    return next((one for one in ("Intent", "Command", "Fact") if one in bases), "State")


def claims(node: ast.ClassDef) -> Iterator[Edit]:
    """Yield the claims of a class without one of their members: ``ignores`` and ``settles``.

    Args:
        node: The class.
    """
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names = {one.id for one in statement.targets if isinstance(one, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names = {statement.target.id}
        else:
            continue
        value = statement.value
        if isinstance(value, ast.Tuple) and not names.isdisjoint({"ignores", "settles"}):
            yield from _fewer(value, names & {"ignores", "settles"})


def _fewer(value: ast.Tuple, names: set[str]) -> Iterator[Edit]:
    for number, one in enumerate(value.elts):
        left = [*value.elts[:number], *value.elts[number + 1 :]]
        if isinstance(one, ast.Call) and len(one.args) > 1:
            for at, event in enumerate(one.args):
                fewer = ast.Call(one.func, [*one.args[:at], *one.args[at + 1 :]], one.keywords)
                yield Edit(one, fewer, f"{_short(event)} is dropped from {min(names)}")
        else:
            yield Edit(value, ast.Tuple(left, ast.Load()), f"{_short(one)} is dropped from {min(names)}")


def swapped_events(node: ast.ClassDef) -> Iterator[Edit]:
    """Yield a class in which two transitions that follow each other have exchanged their events.

    Args:
        node: The class.
    """
    taking = [at for at, one in enumerate(node.body) if _event_of(one) is not None]
    for first, second in pairwise(taking):
        swapped = copy.deepcopy(node)
        left, right = _event_of(swapped.body[first]), _event_of(swapped.body[second])
        if left is None or right is None or left.annotation is None or right.annotation is None:
            continue
        names = _short(left.annotation), _short(right.annotation)
        if names[0] != names[1]:
            left.annotation, right.annotation = right.annotation, left.annotation
            yield Edit(node, swapped, f"the transitions for {names[0]} and {names[1]} exchange their events")


def _event_of(node: ast.stmt) -> ast.arg | None:
    """Return the parameter of a transition that takes the event."""
    if not isinstance(node, ast.FunctionDef) or len(node.args.args) < 2:
        return None
    marked = any(ast.unparse(one).rpartition(".")[2] == "transition" for one in node.decorator_list)
    return node.args.args[1] if marked else None
