"""Hypothesis's own way to telic's values: ``st.from_type(OrderId)`` draws what telic takes.

Hypothesis calls :func:`register` when it is imported, through an entry point. From then on
every class of ids and of values is known to it, those that exist and those that are defined
later. What may never be here: a strategy; see ``strategies``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from telic.kernel.values import TypedId, Value

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["register"]

_HOOK = "__init_subclass__"


def register() -> None:
    """Let ``st.from_type`` know every class of ids and values."""
    for base in (TypedId, Value):
        if getattr(base, _MARK, False):
            return
        for cls in (base, *_below(base)):
            _know(cls)
        _follow(base)


_MARK = "_telic_known_to_hypothesis"


def _follow(base: type) -> None:
    """Have each class that is derived from now on registered when it is defined."""

    def hook(cls: type, /, **options: object) -> None:
        super(base, cls).__init_subclass__(**options)  # type: ignore[arg-type]  # `base` is a class
        _know(cls)

    setattr(base, _HOOK, classmethod(hook))
    setattr(base, _MARK, True)


def _below(base: type) -> Iterator[type]:
    derived: list[type] = type.__subclasses__(base)
    for cls in derived:
        yield cls
        yield from _below(cls)


def _know(cls: type) -> None:
    st.register_type_strategy(cls, _strategy)


def _strategy(kind: type) -> SearchStrategy[object]:
    from telic.testing.strategies import strategy_for  # it is seldom needed, and loads much

    return strategy_for(kind)
