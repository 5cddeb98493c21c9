"""Makes the classes of a machine in steps: kinds, states and transitions, like those written by hand.

Each class has a name, a kind, typed fields and annotated transitions, so that the kernel reads
it as it reads any other. What may never be here: what a step means; see ``pipelines`` and
``sagas``.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from pydantic import BaseModel, Field

from telic.kernel.errors import DefinitionError, TransitionError
from telic.kernel.events import Event
from telic.kernel.machine import AnyMachine, Machine
from telic.kernel.states import Attribute, State
from telic.kernel.states import start as as_start
from telic.kernel.states import transition as as_transition
from telic.patterns.plans import Plan, camel_case, plan_faults, sources_of

if TYPE_CHECKING:
    from telic.kernel.errors import Fault
    from telic.kernel.upcasters import Upcaster

__all__ = [
    "Home",
    "MadeState",
    "Progress",
    "alternatives_of",
    "checked",
    "give",
    "kinds_of",
    "machine_of",
    "made",
    "marked",
    "show",
    "value_of",
]

T = TypeVar("T", bound=BaseModel)


class Home(NamedTuple):
    """Where a machine that was made can be found again.

    Attributes:
        module: The module in which it was written.
        name: Its name.
        version: The version of its code.
    """

    module: str
    name: str
    version: int


class Progress(NamedTuple):
    """How far a process in steps has come.

    Attributes:
        done: The steps that are behind it, skipped ones included.
        total: All steps.
    """

    done: int
    total: int

    @property
    def percent(self) -> int:
        """The share of the steps that are behind it, in whole percent, rounded down."""
        return 100 * self.done // self.total


# Only for as long as somebody holds the machine; a state that was pickled finds it here again.
_made: WeakValueDictionary[Home, AnyMachine] = WeakValueDictionary()


class MadeState(State):
    """Base of the states of a machine in steps."""

    home: ClassVar[Home]
    step_names: ClassVar[tuple[str, ...]]

    if TYPE_CHECKING:  # each kind of state counts in its own way

        @property
        def progress(self) -> Progress:
            """How many of the steps are done."""
            ...

    @property
    def step(self) -> str:
        """The name of the step at which it is; empty where there is none."""
        return ""

    def attributes(self) -> Mapping[str, Attribute]:
        """Return the step and how far the process has come, to be searched by."""
        done, total = self.progress
        found: dict[str, Attribute] = {"percent_done": self.progress.percent, "steps_done": done, "steps_total": total}
        return {**found, "step": self.step} if self.step else found

    def __reduce__(self) -> tuple[Callable[..., BaseModel], tuple[object, ...]]:
        """Pickle by machine and kind, since no module has the class by its name."""
        kind: StrEnum = self.__dict__["kind"]
        return _restored, (tuple(self.home), kind.value, self.model_dump_json().encode())


def _machine(home: Home) -> AnyMachine:
    import_module(home.module)  # where it is written, it is made
    machine = _made.get(home)
    if machine is None:
        raise LookupError(
            f"expected a machine {home.name!r}, version {home.version}, in module {home.module}, got none; "
            "do keep it in a variable of that module"
        )
    return machine


def _restored(home: tuple[str, str, int], kind: str, data: bytes) -> BaseModel:
    codec = _machine(Home(*home)).codec
    return codec.decode_state(kind, codec.version_of(kind), data)


def kinds_of(plan: Plan, names: Iterable[str]) -> Mapping[str, StrEnum]:
    """Return the kinds of the states, by the names of their classes, as members of one ``StrEnum``.

    Args:
        plan: Names the enum after the machine.
        names: The kinds, in order.
    """
    title = f"{plan.title}Kind"
    made_enum = cast("Any", StrEnum)(title, {name.upper(): name for name in names}, module=plan.module)
    return {member.value: member for member in made_enum}


def made(
    plan: Plan,
    home: Home,
    base: type[T],
    kind: StrEnum,
    fields: Mapping[str, tuple[object, ...]],
    members: Mapping[str, object] = types.MappingProxyType({}),
    *,
    name: str = "",
) -> type[T]:
    """Return a class of state.

    Args:
        plan: What it is a state of.
        home: Where its machine will be found.
        base: What it derives from.
        kind: Its kind.
        fields: The type of each field, and its default if it has one.
        members: Its transitions, and what else stands in its body.
        name: The name of the class; by default, the kind in camel case.
    """
    title = name or camel_case(kind.value)
    annotations = {"kind": Literal[kind]} | {field: given[0] for field, given in fields.items()}
    body: dict[str, object] = {
        "__module__": plan.module,
        "__qualname__": title,
        "__doc__": f"One state of {plan.name!r}: {kind.value.replace('_', ' ')}.",
        "__annotations__": annotations,
        "kind": kind,
        "home": home,
        "step_names": tuple(step.name for step in plan.steps),
        **{field: given[1] for field, given in fields.items() if len(given) > 1},
        **members,
    }
    return types.new_class(title, (base,), {}, lambda namespace: namespace.update(body))


def alternatives_of(edges: Iterable[tuple[type[State], object]]) -> object:
    """Return the return annotation of a transition from its alternatives.

    Args:
        edges: Targets, each with what is emitted on the way.
    """
    pairs = dict.fromkeys(edges)
    return reduce(or_, (types.GenericAlias(tuple, pair) for pair in pairs))


def give(cls: type[State], name: str, member: object) -> None:
    """Give a made class one more member, that names classes which were made after it."""
    type.__setattr__(cls, name, member)


def show(cls: type[State], make: Callable[..., object] | None, when: Callable[..., bool] | None = None) -> None:
    """Let a made class hold the functions of its step, so that a look at its code comes upon them.

    A transition reaches them through the plan, which such a look does not follow.

    Args:
        cls: The class.
        make: What makes the intent of its step.
        when: What says whether the step is done.
    """
    for name, function in (("make", make), ("when", when)):
        if function is not None:
            type.__setattr__(cls, name, staticmethod(function))


def marked(
    function: Callable[..., tuple[State, object]],
    events: Sequence[type[Event]],
    edges: Iterable[tuple[type[State], object]],
    *,
    start: bool = False,
) -> object:
    """Return a function as a transition, or as a start, with the annotations that the kernel reads.

    Args:
        function: Takes the state (for a start, the class) and the event.
        events: What it takes.
        edges: Its alternatives.
        start: It is a start.
    """
    function.__qualname__ = function.__name__
    function.__annotations__ = {"event": reduce(or_, events), "return": alternatives_of(edges)}
    mark = cast("Callable[[object], object]", as_start if start else as_transition)
    return classmethod(cast("Any", mark(function))) if start else mark(function)


def value_of(
    where: str,
    target: type[T],
    make: Callable[..., T | None] | None,
    had: Sequence[object],
    types_had: Sequence[type[Event]],
) -> T | None:
    """Return a value made by its function, or filled by name; nothing where the function returns that.

    Args:
        where: The place in the plan, for messages.
        target: The class of the value.
        make: Makes it; ``None`` fills it by name.
        had: What there is.
        types_had: The classes of these.

    Raises:
        TransitionError: When the function makes something else.
    """
    if make is not None:
        value = make(*had)
        if value is not None and type(value) is not target:
            raise TransitionError(
                where, f"expected {target.__name__}, got {value!r}; do return it from the function of the step"
            )
        return value
    sources = sources_of(cast("type[Event]", target), types_had)
    return target(**{one.field: getattr(had[one.place], one.field) for one in sources})


def checked(plan: Plan, more: Sequence[Fault] = ()) -> None:
    """Refuse a plan that has faults.

    Args:
        plan: The plan.
        more: What else is wrong with it.

    Raises:
        DefinitionError: With every fault.
    """
    faults = (*plan_faults(plan), *more)
    if faults:
        raise DefinitionError(plan.name, tuple(dict.fromkeys(faults)))


def machine_of(
    home: Home, states: Sequence[type[State]], events: Sequence[type[Event]], upcasters: tuple[Upcaster, ...]
) -> AnyMachine:
    """Return the machine of these states and events, which the kernel checks like any other.

    Args:
        home: Its name and version.
        states: Its states, in order.
        events: Its events.
        upcasters: What reads the values that older versions have stored.

    Raises:
        DefinitionError: With every fault that the definition has.
    """
    union: object = Annotated[cast("Any", reduce(or_, cast("Sequence[Any]", states))), Field(discriminator="kind")]
    unions = (union, reduce(or_, cast("Sequence[Any]", dict.fromkeys(events))))
    machine_class = cast("Callable[..., AnyMachine]", cast("Any", Machine)[unions])
    machine = machine_class(name=home.name, version=home.version, upcasters=upcasters)
    _made.setdefault(home, machine)  # a second one of that name is a variant, made by a tool
    return machine
