"""``Handlers``: which function carries out which type of intent.

Each pair is made by ``SomeIntent.handled_by(function)``, where both type checkers hold the
function to the answers that the intent declares. What may never be here: calling them.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

from telic.kernel.errors import ConfigurationError
from telic.kernel.handling import Binding

if TYPE_CHECKING:
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent

__all__ = ["Handlers"]


class Handlers:
    """A closed collection of bindings, one for each type of intent.

    Example:
        ``handlers = Handlers(ChargeCard.handled_by(charge_card), SendEmail.handled_by(send))``
    """

    __slots__ = ("_bindings",)

    def __init__(self, *bindings: Binding) -> None:
        """Take the bindings.

        Raises:
            ConfigurationError: When a type is bound twice, or to a function that cannot be
                awaited; lists every such finding.
        """
        self._bindings: dict[type[Intent[Fact]], Binding] = {}
        findings: list[str] = []
        for binding in bindings:
            name = binding.intent.__name__
            if binding.intent in self._bindings:
                findings.append(f"expected one handler for {name}, got two; do keep one")
            if not _can_be_awaited(binding.handler):
                findings.append(f"expected an async function for {name}, got {binding!r}; do write async def")
            self._bindings[binding.intent] = binding
        if findings:
            raise ConfigurationError("Handlers", tuple(findings))

    def get(self, intent: type[Intent[Fact]]) -> Binding | None:
        """Return the binding of exactly this type, if there is one."""
        return self._bindings.get(intent)

    def __iter__(self) -> Iterator[Binding]:
        """Iterate over the bindings, in the order in which they were given."""
        return iter(self._bindings.values())

    def __len__(self) -> int:
        """Return the number of types that are bound."""
        return len(self._bindings)

    def __repr__(self) -> str:
        """Return the names of the types."""
        return f"Handlers({', '.join(intent.__name__ for intent in self._bindings)})"


def _can_be_awaited(function: object) -> bool:
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
