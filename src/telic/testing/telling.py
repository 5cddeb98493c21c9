"""How a failed expectation is told: what differs, field by field, and what happened before.

What may never be here: a judgement of what is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.results import Written
from telic.kernel.snapshot import Begin, Snapshot
from telic.runtime.results import RunResult

__all__ = ["described", "differences", "field_differences", "names_of", "standing", "told"]

_LONG = 300


def differences(expected: object, got: object, path: str = "") -> Iterator[str]:
    """Yield one line for each place where two values differ.

    Args:
        expected: The value that was expected.
        got: The value that was found.
        path: Where they stand.
    """
    # Typed ids of two classes are equal as texts; only their representation tells them apart.
    if expected == got and type(expected) is type(got) and repr(expected) == repr(got):
        return
    if isinstance(expected, BaseModel) and isinstance(got, BaseModel) and type(expected) is type(got):
        for name in type(expected).model_fields:
            yield from differences(getattr(expected, name), getattr(got, name), f"{path}.{name}" if path else name)
    elif isinstance(expected, tuple) and isinstance(got, tuple) and len(expected) == len(got):
        for at, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, f"{path}[{at}]")
    elif isinstance(expected, Mapping) and isinstance(got, Mapping) and expected.keys() == got.keys():
        for key in expected:
            yield from differences(expected[key], got[key], f"{path}[{key!r}]")
    else:
        yield f"{path or 'value'}: expected {_short(expected)}, got {_short(got)}"


def field_differences(fields: Mapping[str, object], got: BaseModel) -> Iterator[str]:
    """Yield one line for each named field whose value is another one.

    Raises:
        TypeError: When the model has no such field.
    """
    for name, value in fields.items():
        if name not in type(got).model_fields:
            known = ", ".join(type(got).model_fields)
            raise TypeError(f"expected fields of {type(got).__name__} ({known}), got {name!r}; do name one of them")
        yield from differences(value, getattr(got, name), name)


def names_of(classes: Iterable[type]) -> str:
    """Return the names of classes, or the word for none."""
    return ", ".join(one.__name__ for one in classes) or "none"


def told(event: Event | Begin[BaseModel], via: str, result: RunResult[BaseModel]) -> str:
    """Return one line of a story: what came, from where, and what came of it.

    Args:
        event: The event.
        via: Where it came from; empty for a command.
        result: What came of it.
    """
    return f"{_short(event)}{f' {via}' if via else ''} -> {described(result)}"


def described(result: RunResult[BaseModel]) -> str:
    """Return a result in words."""
    if not isinstance(result, Written):
        return _short(result)
    parts = [f"{type(result).__name__}, {type(result.state).__name__}"]
    if result.intents:
        parts.append(f"opens {', '.join(_short(one.intent) for one in result.intents)}")
    if result.record.why:
        parts.append(f"because {', '.join(map(str, result.record.why))}")
    if result.followed:
        parts.append(f"then takes {', '.join(_short(one.event) for one in result.followed)}")
    return "; ".join(parts)


def standing(snapshot: Snapshot[BaseModel] | None) -> str:
    """Return in words where an instance stands."""
    if snapshot is None:
        return "there is no instance"
    lines = [f"{snapshot.state!r}, {snapshot.status}"]
    lines += [f"open: {_short(one.intent)}" for one in snapshot.open.values()]
    lines += [f"waits: {_short(one.wait)}" for one in snapshot.waits]
    lines += [f"keeps: {_short(one.event)} ({one.outcome})" for one in snapshot.parked]
    return "\n  ".join(lines)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."
