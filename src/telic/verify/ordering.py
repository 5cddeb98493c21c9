"""Where code takes a plain set one by one, so that the order of its hashes shows.

What may never be here: the containers of telic, which have one order.
"""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet

from telic.kernel.frozen import FrozenSet
from telic.verify.names import Named, Walker
from telic.verify.sources import own_bases

__all__ = ["is_set", "reveals_order"]

# These give the same whatever the order in which they get it.
_BLIND = frozenset(
    {
        "builtins.all",
        "builtins.any",
        "builtins.frozenset",
        "builtins.len",
        "builtins.max",
        "builtins.min",
        "builtins.set",
        "builtins.sorted",
        "builtins.sum",
        "telic.kernel.frozen.FrozenMap",
        "telic.kernel.frozen.FrozenSet",
    }
)
_REVEALING = frozenset(
    {
        "builtins.enumerate",
        "builtins.filter",
        "builtins.iter",
        "builtins.list",
        "builtins.map",
        "builtins.repr",
        "builtins.str",
        "builtins.tuple",
        "builtins.zip",
        "functools.reduce",
    }
)
_SET_METHODS = frozenset({"difference", "intersection", "symmetric_difference", "union"})
_SET_TYPES = frozenset({"set", "frozenset", "Set", "AbstractSet", "MutableSet"})


def reveals_order(walker: Walker, node: ast.AST) -> bool:
    """Say whether a node takes a plain set one by one.

    Args:
        walker: A walk that has come to the node.
        node: A loop, a comprehension, a call, a star or a part of an f-string.
    """
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return is_set(walker, node.iter)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp)):
        return any(is_set(walker, one.iter) for one in node.generators) and not _is_fed_to_blind(walker, node)
    if isinstance(node, (ast.Starred, ast.FormattedValue)):
        return is_set(walker, node.value) and not isinstance(walker.parent(node), ast.Set)
    return isinstance(node, ast.Call) and _call_reveals(walker, node)


def _call_reveals(walker: Walker, node: ast.Call) -> bool:
    function = node.func
    to = walker.resolve(function)
    takes_set = any(is_set(walker, one) for one in node.args)
    if to is not None and to.home in _REVEALING:
        return takes_set and not _is_fed_to_blind(walker, node)
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr == "pop" and not node.args:
        return is_set(walker, function.value)
    return function.attr in {"join", "of"} and takes_set


def _is_fed_to_blind(walker: Walker, node: ast.AST) -> bool:
    call = walker.parent(node)
    to = walker.resolve(call.func) if isinstance(call, ast.Call) and node in call.args else None
    return to is not None and to.home in _BLIND


def is_set(walker: Walker, node: ast.AST | None, depth: int = 0) -> bool:
    """Say whether an expression is known to be a plain set.

    Args:
        walker: A walk that has come to the expression.
        node: The expression.
        depth: How many names were followed before.
    """
    if depth > 10:
        return False
    if isinstance(node, (ast.Set, ast.SetComp)):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)):
        return any(is_set(walker, one, depth + 1) or _is_view(one) for one in (node.left, node.right))
    if isinstance(node, ast.Call):
        return _makes_set(walker, node, depth)
    if isinstance(node, ast.Name):
        return _is_set_name(walker, node, depth)
    if isinstance(node, ast.IfExp):
        return is_set(walker, node.body, depth + 1) or is_set(walker, node.orelse, depth + 1)
    return isinstance(node, ast.Attribute) and _is_set_attribute(walker, node)


def _makes_set(walker: Walker, node: ast.Call, depth: int) -> bool:
    to = walker.resolve(node.func)
    if to is not None and to.home in {"builtins.set", "builtins.frozenset"}:
        return True
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr in _SET_METHODS
    return is_method and isinstance(node.func, ast.Attribute) and is_set(walker, node.func.value, depth + 1)


def _is_view(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return not node.args and node.func.attr in {"items", "keys"}


def _is_set_name(walker: Walker, node: ast.Name, depth: int) -> bool:
    values = walker.bound(node.id)
    if values is None:
        to = walker.resolve(node)
        return to is not None and _is_plain(to.value)
    given = [one for one in values if one is not None and not isinstance(one, Named)]
    if any(is_set(walker, one, depth + 1) for one in given):
        return True
    return _is_annotated(walker.source.node, node.id)


def _is_annotated(function: ast.AST, name: str) -> bool:
    """Say whether a parameter or a variable is annotated as a set."""
    for each in ast.walk(function):
        is_variable = isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id == name
        if is_variable or (isinstance(each, ast.arg) and each.arg == name):
            annotation = getattr(each, "annotation", None)
            plain = annotation.value if isinstance(annotation, ast.Subscript) else annotation
            if isinstance(plain, ast.Name) and plain.id in _SET_TYPES:
                return True
    return False


def _is_set_attribute(walker: Walker, node: ast.Attribute) -> bool:
    to = walker.resolve(node)
    if to is not None:
        return _is_plain(to.value)
    return any(_is_plain(vars(base).get(node.attr)) for cls in walker.classes() for base in own_bases(cls))


def _is_plain(value: object) -> bool:
    return isinstance(value, AbstractSet) and not isinstance(value, FrozenSet)
