"""Pictures: views of a machine, drawn as Mermaid, DOT, SVG or text, all from its one table.

``svg(order)`` is a picture that needs no network and no program; ``mermaid(order)`` and
``dot(order)`` are for tools that draw by themselves, ``text(order)`` for a terminal, and
``matrix(order)`` shows what each state does with each event. What may never be here: a file,
a machine's code, or anything that the table does not say.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.graph.in_dot import dot as dot
    from telic.graph.in_mermaid import mermaid as mermaid
    from telic.graph.in_svg import svg as svg
    from telic.graph.in_text import text as text
    from telic.graph.marking import Marks as Marks
    from telic.graph.marking import marks_of as marks_of
    from telic.graph.matrices import Matrix as Matrix
    from telic.graph.matrices import matrix as matrix
    from telic.graph.sequences import Sequence as Sequence
    from telic.graph.sequences import sequence as sequence
    from telic.graph.views import Arrow as Arrow
    from telic.graph.views import Node as Node
    from telic.graph.views import Region as Region
    from telic.graph.views import View as View
    from telic.graph.views import view as view

_HOMES = {
    "Arrow": "views",
    "Marks": "marking",
    "Matrix": "matrices",
    "Node": "views",
    "Region": "views",
    "Sequence": "sequences",
    "View": "views",
    "dot": "in_dot",
    "marks_of": "marking",
    "matrix": "matrices",
    "mermaid": "in_mermaid",
    "sequence": "sequences",
    "svg": "in_svg",
    "text": "in_text",
    "view": "views",
}

__all__ = [
    "Arrow",
    "Marks",
    "Matrix",
    "Node",
    "Region",
    "Sequence",
    "View",
    "dot",
    "marks_of",
    "matrix",
    "mermaid",
    "sequence",
    "svg",
    "text",
    "view",
]


def __getattr__(name: str) -> object:
    """Import the home of a public name, once."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"telic.graph.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
