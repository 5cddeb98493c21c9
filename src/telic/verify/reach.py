"""The code that a machine runs in a step: from its transitions on, as far as its own modules go.

Where the text does not say what a value is, every method of that name among the machine's own
classes counts as reached. What may never be here: a judgement on the code.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from telic.kernel.annotations import alternatives, fields_of, type_arguments
from telic.kernel.intents import Intent
from telic.kernel.machine import E, Machine, S
from telic.kernel.states import START, TRANSITION
from telic.verify.names import MISSING, Named, Walker
from telic.verify.sources import Source, Sources, functions_in, is_own, own_bases

__all__ = ["Hook", "Reached", "code_of"]

_STATE_METHODS = frozenset({"attributes", "handle", "outcome", "waits"})
_DECORATORS = ("computed_fields", "field_serializers", "field_validators", "model_serializers", "model_validators")
# These run when a class is made or a value is pickled, not when a step is taken.
_CLASS_TIME = frozenset(
    {
        "__class_getitem__",
        "__get_pydantic_core_schema__",
        "__get_pydantic_json_schema__",
        "__init_subclass__",
        "__pydantic_init_subclass__",
        "__reduce__",
        "__set_name__",
    }
)


@dataclass(frozen=True, slots=True)
class Hook:
    """A function that a field calls: a default factory, a validator, a serializer.

    Attributes:
        owner: The class of the field.
        field: The field.
        call: The function.
    """

    owner: type
    field: str
    call: object


@dataclass(frozen=True, slots=True)
class Reached:
    """The code that a machine runs.

    Attributes:
        functions: Each function with its text, in the order in which it was found.
        classes: The machine's own classes, and those that its code uses.
        hooks: What the fields of those classes call.
        unread: Functions whose text is not there.
        sources: The files that were read.
    """

    functions: tuple[Source, ...]
    classes: tuple[type, ...]
    hooks: tuple[Hook, ...]
    unread: tuple[FunctionType, ...]
    sources: Sources


def code_of(machine: Machine[S, E]) -> Reached:
    """Return the code that a machine runs in a step.

    Args:
        machine: The machine.
    """
    search = _Search()
    for cls in (*machine.states, *machine.events, *machine.intents):
        search.add_class(cls)
    return search.run()


class _Search:
    """Follows references until nothing new is found."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.sources = Sources()
        self.classes: dict[type, None] = {}
        self.hooks: list[Hook] = []
        self._names: dict[str, None] = {}
        self._known: dict[FunctionType, tuple[Source, ...]] = {}
        self._generated: set[FunctionType] = set()
        self._queue: list[FunctionType] = []

    def add_class(self, cls: type) -> None:
        """Take in a class, the classes of its fields, and what runs without being called by name."""
        if cls in self.classes or (not is_own(cls.__module__) and not issubclass(cls, BaseModel)):
            return
        self.classes[cls] = None
        for base in own_bases(cls):
            self._add_members_of(base, cls)
        if issubclass(cls, BaseModel):
            for name, field in fields_of(cls).items():
                self._add_field(cls, name, field)

    def _add_members_of(self, base: type, cls: type) -> None:
        decorated = _decorated(base)
        for name, member in list(vars(base).items()):
            functions = list(functions_in(member))
            self._generated.update(one for one in functions if _is_generated(base, one))
            for function in (one for one in functions if _runs_by_itself(cls, name, one, decorated)):
                self.add_function(function)
            if name in self._names:
                self.add_value(member)

    def _add_field(self, cls: type, name: str, field: FieldInfo) -> None:
        for call in _calls(field):
            self.hooks.append(Hook(cls, name, call))
            self.add_value(call)
        for one in _classes_in(field.annotation):
            self.add_class(one)

    def add_function(self, function: FunctionType) -> None:
        """Take in a function, if it is the user's own."""
        module = str(function.__globals__.get("__name__", ""))
        if function in self._known or function in self._generated or not is_own(module, _file(function)):
            return
        self._known[function] = self.sources.of(function)
        self._queue.append(function)

    def add_value(self, value: object) -> None:
        """Take in what a name stands for: a function, a class, or a value of an own class."""
        if isinstance(value, type):
            self.add_class(value)
            return
        for function in functions_in(value):
            self.add_function(function)
        if value is not MISSING and is_own(type(value).__module__):
            self.add_class(type(value))

    def run(self) -> Reached:
        """Follow all references; return what was found."""
        while self._queue:
            for source in self._known[self._queue.pop(0)]:
                seen = _References(source)
                seen.walk()
                for to in seen.found:
                    self.add_value(to.value)
                for name in (one for one in seen.asked if one not in self._names):
                    self._names[name] = None
                    self._add_members(name)
        found = [source for sources in self._known.values() for source in sources]
        unread = tuple(function for function, sources in self._known.items() if not sources)
        return Reached(tuple(found), tuple(self.classes), tuple(self.hooks), unread, self.sources)

    def _add_members(self, name: str) -> None:
        for cls in list(self.classes):
            for base in own_bases(cls):
                if name in vars(base):
                    self.add_value(vars(base)[name])


class _References(Walker):
    """Collects what a function refers to."""

    def __init__(self, source: Source) -> None:
        """Take the function."""
        super().__init__(source)
        self.found: list[Named] = []
        self.asked: list[str] = []

    def refers(self, node: ast.expr, to: Named) -> None:  # noqa: ARG002  (what counts is what it leads to)
        """Keep what is referred to."""
        self.found.append(to)

    def asks(self, node: ast.Attribute) -> None:
        """Keep the name that is asked for."""
        self.asked.append(node.attr)


def _runs_by_itself(cls: type, name: str, function: FunctionType, decorated: frozenset[str]) -> bool:
    if hasattr(function, TRANSITION) or hasattr(function, START) or name in decorated:
        return True
    if name in _STATE_METHODS:
        return issubclass(cls, BaseModel)
    is_special = name.startswith("__") and name.endswith("__") and name not in _CLASS_TIME
    return is_special or name == "model_post_init"


def _decorated(cls: type) -> frozenset[str]:
    """Return the names of the methods that Pydantic calls: validators, serializers, computed fields."""
    known = vars(cls).get("__pydantic_decorators__")
    groups: list[dict[str, object]] = [getattr(known, name, {}) for name in _DECORATORS]
    return frozenset(str(getattr(one, "cls_var_name", "")) for group in groups for one in group.values())


def _calls(field: FieldInfo) -> Iterator[object]:
    if field.default_factory is not None:
        yield field.default_factory
    for one in (*field.metadata, *_metadata_in(field.annotation)):
        call = getattr(one, "func", None)
        if callable(call):
            yield call


def _metadata_in(annotation: object) -> Iterator[object]:
    for argument in get_args(annotation):
        yield from getattr(argument, "__metadata__", ())
        yield from _metadata_in(argument)


def _classes_in(annotation: object) -> Iterator[type]:
    for one in alternatives(annotation):
        if isinstance(one, type) and get_origin(one) is None:
            yield one
            if issubclass(one, Intent):
                yield from (each for each in type_arguments(one, Intent) if isinstance(each, type))
        for argument in get_args(one):
            yield from _classes_in(argument)


def _file(function: FunctionType) -> str:
    return function.__code__.co_filename


def _is_generated(cls: type, function: FunctionType) -> bool:
    """Say whether a library wrote it from the fields of a dataclass or of a named tuple."""
    is_record = dataclasses.is_dataclass(cls) or hasattr(cls, "_fields")
    return is_record and _file(function).startswith("<") and function.__name__.startswith("__")
