"""Patterns: processes that come up again and again, as machines, parts and mixins ready to use.

Each is built of the kernel's own words, so what is proved, drawn or stored of a machine
written by hand is proved, drawn and stored of these. What may never be here: I/O, a clock,
chance, or a rule by which an instance moves; those stand in ``telic.kernel.advance``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass  # noqa: TC005  (the first pattern comes in its place)

# A module is not named like a function that it exports: the one would hide the other.
_HOMES: dict[str, tuple[str, ...]] = {}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__: list[str] = []


def __getattr__(name: str) -> object:
    """Load a name from its module when it is first used."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
