"""Values as source code, with the imports that it needs: for tests that are written out.

What may never be here: a value that cannot be written exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from pydantic import BaseModel

from telic.kernel.annotations import fields_of
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.orders import IntentFailed
from telic.kernel.values import TypedId

__all__ = ["Imports", "source_of"]


class Imports:
    """The names that a piece of source code needs."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        """Begin with none."""
        self._names: dict[str, set[str]] = {}

    def name(self, kind: type) -> str:
        """Return the name by which a class is reached, and note its import."""
        return self.take(kind.__module__, kind.__qualname__)

    def take(self, module: str, name: str) -> str:
        """Return a name of a module, and note its import."""
        if module != "builtins":
            self._names.setdefault(module, set()).add(name.partition(".")[0])
        return name

    def text(self) -> str:
        """Return the import statements, in order."""
        return "\n".join(
            f"from {module} import {', '.join(sorted(self._names[module]))}" for module in sorted(self._names)
        )


def source_of(value: object, imports: Imports) -> str:
    """Return the expression that makes a value.

    Args:
        value: A canonical value.
        imports: Takes note of the names that the expression uses.
    """
    if isinstance(value, BaseModel):
        return _model(value, imports)
    if isinstance(value, Enum):
        return f"{imports.name(type(value))}.{value.name}"
    if isinstance(value, TypedId):
        return f"{imports.name(type(value))}({str(value)!r})"
    if isinstance(value, FrozenMap):
        items = ", ".join(f"{source_of(key, imports)}: {source_of(one, imports)}" for key, one in value.items())
        return f"{imports.name(FrozenMap)}({{{items}}})"
    if isinstance(value, FrozenSet):
        return f"{imports.name(FrozenSet)}([{', '.join(source_of(one, imports) for one in value)}])"
    if isinstance(value, tuple):
        parts = [source_of(one, imports) for one in value]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    return _scalar(value, imports)


def _model(value: BaseModel, imports: Imports) -> str:
    if isinstance(value, IntentFailed):
        name = f"{imports.name(IntentFailed)}[{imports.name(type(value.intent))}]"
    else:
        name = imports.name(type(value))
    given = {
        field: getattr(value, field)
        for field, info in fields_of(type(value)).items()
        if info.is_required() or getattr(value, field) != info.default
    }
    return f"{name}({', '.join(f'{field}={source_of(one, imports)}' for field, one in given.items())})"


def _scalar(value: object, imports: Imports) -> str:
    if isinstance(value, datetime):
        zone = imports.take("datetime", "UTC") if value.tzinfo is UTC else "None"
        parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
        while len(parts) > 3 and parts[-1] == 0:
            parts.pop()
        return f"{imports.take('datetime', 'datetime')}({', '.join(map(str, parts))}, tzinfo={zone})"
    if isinstance(value, date):
        return f"{imports.take('datetime', 'date')}({value.year}, {value.month}, {value.day})"
    if isinstance(value, timedelta):
        given: Mapping[str, int] = {"days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
        inner = ", ".join(f"{name}={number}" for name, number in given.items() if number)
        return f"{imports.take('datetime', 'timedelta')}({inner})"
    if isinstance(value, Decimal):
        return f"{imports.take('decimal', 'Decimal')}({str(value)!r})"
    if isinstance(value, UUID):
        return f"{imports.take('uuid', 'UUID')}({str(value)!r})"
    return repr(value)
