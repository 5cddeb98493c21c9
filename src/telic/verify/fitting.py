"""Whether what one shape has written can be read by another.

It errs on the safe side: what it cannot tell is a misfit, with that as its reason. What may
never be here: a type or a class; both sides may be long gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from telic.verify.shapes import FieldShape, ModelShape, Shape

__all__ = ["Fitting", "Misfit"]

_TEXTS = frozenset({"bytes", "date", "datetime", "decimal", "str", "timedelta", "uuid"})
_WIDER = frozenset({("int", "float"), ("int", "decimal"), ("array", "set"), ("set", "array")})


class Misfit(NamedTuple):
    """One reason why stored values may not be readable.

    Attributes:
        path: The field.
        why: What is stored, and what is read.
    """

    path: str
    why: str


class Fitting:
    """Compares the shapes of two versions of a machine."""

    def __init__(self, old: Mapping[str, ModelShape], new: Mapping[str, ModelShape]) -> None:
        """Take the models of both."""
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str]] = set()

    def misfits(self, old: Shape, new: Shape, path: str = "") -> list[Misfit]:
        """Return why values of the old shape may not be readable by the new one; nothing if all are.

        Args:
            old: What was written.
            new: What reads it.
            path: The field.
        """
        if old.type == "union":
            return [one for each in old.items for one in self.misfits(each, new, path)]
        if new.type == "union" and old.type == "literal" and len(old.values) > 1:
            each_alone = (old.evolve(values=(value,)) for value in old.values)
            return [one for alone in each_alone for one in self.misfits(alone, new, path)]
        if new.type == "union":
            return self._alternatives(old, new, path)
        if old.type == "literal":
            return self._literal(old, new, path)
        if new.type != old.type and not _is_wider(old, new):
            return [Misfit(path, f"{_name(old)} is stored, {_name(new)} is read")]
        inside = self._inside(old, new, path)
        fresh = [one for one in new.checks if one not in old.checks]
        unsure = [Misfit(path, f"nobody can tell whether {one} takes what is stored") for one in fresh]
        return [*inside, *(Misfit(path, why) for why in _tighter(old, new)), *unsure]

    def model_misfits(self, old: str, new: str, path: str = "") -> list[Misfit]:
        """Return why stored objects of one model may not be readable by another.

        Args:
            old: The name of the model that was written.
            new: The name of the model that reads it.
            path: The field.
        """
        if (old, new) in self._seen:  # under comparison further up, or done
            return []
        self._seen.add((old, new))
        written, read = self._old[old], self._new[new]
        found: list[Misfit] = []
        known = {one.name: one for one in read.fields}
        stored = {one.name: one for one in written.fields}
        for name, field in stored.items():
            found += self._field(field, known.get(name), read, f"{path}.{name}" if path else name)
        for name, field in known.items():
            if name not in stored and field.required:
                found.append(Misfit(f"{path}.{name}" if path else name, "required, and not stored"))
        for check in (one for one in read.checks if one not in written.checks):
            found.append(Misfit(path or check, f"nobody can tell whether {check} takes what is stored"))
        if found:
            self._seen.discard((old, new))  # another place with the same models is told as well
        return found

    def _field(self, old: FieldShape, new: FieldShape | None, read: ModelShape, path: str) -> list[Misfit]:
        if new is not None:
            return self.misfits(old.shape, new.shape, path)
        return [Misfit(path, f"stored, and {read.name} has no such field")] if read.closed else []

    def _alternatives(self, old: Shape, new: Shape, path: str) -> list[Misfit]:
        tried = [(self.misfits(old, one, path), one) for one in new.items]
        if any(not found for found, _ in tried):
            return []
        like = [found for found, one in tried if self._is_like(old, one)]
        if len(like) == 1:
            return like[0]
        return [Misfit(path, f"{_name(old)} is stored, one of {', '.join(_name(one) for one in new.items)} is read")]

    def _is_like(self, old: Shape, new: Shape) -> bool:
        if old.type != "model" or new.type != "model":
            return old.type == new.type
        kinds = self._kind(self._old[old.model]), self._kind(self._new[new.model])
        return kinds[0] == kinds[1] if kinds[0] is not None else old.model == new.model

    def _kind(self, model: ModelShape) -> Shape | None:
        return next((one.shape for one in model.fields if one.name == "kind" and one.shape.type == "literal"), None)

    def _literal(self, old: Shape, new: Shape, path: str) -> list[Misfit]:
        if new.type == "literal":
            known = {(type(one).__name__, one) for one in new.values}
            gone = [one for one in old.values if (type(one).__name__, one) not in known]
        else:
            gone = [one for one in old.values if self.misfits(_exactly(one), new, path)]
        return [Misfit(path, f"{', '.join(map(repr, gone))} may be stored, {_name(new)} is read")] if gone else []

    def _inside(self, old: Shape, new: Shape, path: str) -> list[Misfit]:
        if old.type == "model":
            return self.model_misfits(old.model, new.model, path)
        if old.type == "other" and old.model != new.model:
            return [Misfit(path, f"nobody can tell whether {new.model} reads {old.model}")]
        if len(old.items) != len(new.items):
            return [Misfit(path, f"{len(old.items)} items are stored, {len(new.items)} are read")]
        pairs = zip(old.items, new.items, strict=True)
        return [one for left, right in pairs for one in self.misfits(left, right, f"{path}[]")]


def _is_wider(old: Shape, new: Shape) -> bool:
    if new.type == "str":
        return old.type in _TEXTS
    return (old.type, new.type) in _WIDER


def _exactly(value: bool | float | str | None) -> Shape:  # noqa: FBT001  (a value of a literal)
    """Return the shape of one value alone."""
    if isinstance(value, str):
        size = str(len(value))
        return Shape(type="str", bounds=(("max_length", size), ("min_length", size)))
    if value is None or isinstance(value, bool):
        return Shape(type="null" if value is None else "bool")
    return Shape(type=type(value).__name__, bounds=(("ge", str(value)), ("le", str(value))))


def _tighter(old: Shape, new: Shape) -> list[str]:
    """Return the bounds of the new shape that the old one does not keep."""
    held, asked = dict(old.bounds), dict(new.bounds)
    found: list[str] = []
    for name, value in asked.items():
        if held.get(name) == value or _keeps(name, value, held) or _is_plain_text(old, new, name, value):
            continue
        before = ", ".join(f"{key}={held[key]}" for key in sorted(held)) or "no bounds"
        found.append(f"{before} when it was stored, {name}={value} is read")
    return found


def _is_plain_text(old: Shape, new: Shape, name: str, value: str) -> bool:
    """Say whether it only asks for some text, of a value whose text is never empty."""
    return new.type == "str" and old.type not in ("str", "bytes") and (name, value) == ("min_length", "1")


def _keeps(name: str, value: str, held: Mapping[str, str]) -> bool:
    try:
        limit = Decimal(value)
        known = {key: Decimal(each) for key, each in held.items() if key != "pattern"}
    except InvalidOperation:
        return False
    return any(key in known and holds(known[key], limit) for key, holds in _KEEPING.get(name, {}).items())


def _at_least(held: Decimal, asked: Decimal) -> bool:
    return held >= asked


def _at_most(held: Decimal, asked: Decimal) -> bool:
    return held <= asked


def _above(held: Decimal, asked: Decimal) -> bool:
    return held > asked


def _below(held: Decimal, asked: Decimal) -> bool:
    return held < asked


def _multiple(held: Decimal, asked: Decimal) -> bool:
    return asked != 0 and held % asked == 0


# For each bound that is asked for, the bounds that keep it, and when they do.
_KEEPING: Mapping[str, Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "ge": {"ge": _at_least, "gt": _at_least},
    "gt": {"ge": _above, "gt": _at_least},
    "le": {"le": _at_most, "lt": _at_most},
    "lt": {"le": _below, "lt": _at_most},
    "min_length": {"min_length": _at_least},
    "max_length": {"max_length": _at_most},
    "max_digits": {"max_digits": _at_most},
    "decimal_places": {"decimal_places": _at_most},
    "multiple_of": {"multiple_of": _multiple},
}


def _name(shape: Shape) -> str:
    if shape.type == "literal":
        return f"one of {', '.join(map(repr, shape.values))}" if shape.values else "nothing"
    inner = ", ".join(_name(one) for one in shape.items)
    return shape.model or (f"{shape.type}[{inner}]" if inner else shape.type)
