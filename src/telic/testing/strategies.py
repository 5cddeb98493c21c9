"""Hypothesis strategies for every type that a value of telic may hold.

``strategy_for(type)`` reads the same annotations as Pydantic, so what it draws is valid, and
is in the one form in which telic keeps it. Where validators of the user's own refuse a
value, another one is drawn; where they refuse nearly all, an error names them. What may
never be here: a rule of a machine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints, overload

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError

from telic.kernel.annotations import fields_of
from telic.kernel.events import Event, Fact
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.intents import Intent
from telic.kernel.machine import Machine
from telic.kernel.values import TypedId
from telic.testing.constraints import Limits, limits_of, peeled, union_members
from telic.testing.errors import NoStrategy, TooManyRefused
from telic.testing.records import is_record, reached, reached_from
from telic.testing.scalars import scalar

__all__ = ["Builder", "Overrides", "answer_for", "event_for", "shared_with", "state_for", "strategy_for"]

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
V = TypeVar("V", bound=Event)
A = TypeVar("A", bound=Fact)

Strategy = st.SearchStrategy[object]
Overrides = Mapping[Any, st.SearchStrategy[Any]]

# How often one draw is repeated before it is given up, and when a type is called hopeless.
_TRIES = 25
_HOPELESS = 100
_ONE_OF = 20


@overload
def strategy_for(tp: type[T], *, overrides: Overrides | None = None) -> st.SearchStrategy[T]: ...
@overload
def strategy_for(tp: object, *, overrides: Overrides | None = None) -> st.SearchStrategy[Any]: ...
def strategy_for(tp: object, *, overrides: Overrides | None = None) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a type, valid and in their canonical form.

    Args:
        tp: A class, or any annotation that a field may have: a union, ``Literal``,
            ``Annotated[int, Field(ge=1)]``, ``tuple[OrderLine, ...]``.
        overrides: Strategies of your own by type, used wherever that type stands.

    Raises:
        NoStrategy: For a type of which nothing is known.

    Example:
        ``@given(strategy_for(PlaceOrder))``
    """
    return Builder(overrides or {}).build(tp, _named(tp))


@overload
def event_for(machine: Machine[S, E], *, overrides: Overrides | None = None) -> st.SearchStrategy[E]: ...
@overload
def event_for(
    machine: Machine[S, E], event_class: type[V], *, overrides: Overrides | None = None
) -> st.SearchStrategy[V]: ...
def event_for(
    machine: Machine[S, E], event_class: type[Event] | None = None, *, overrides: Overrides | None = None
) -> st.SearchStrategy[Any]:
    """Return a strategy for the events of a machine, or for those of one class.

    Args:
        machine: The machine.
        event_class: One of its events; all of them when left out.
        overrides: Strategies of your own by type.

    Raises:
        ValueError: When the class is no event of the machine.
    """
    if event_class is None:
        return st.one_of([strategy_for(one, overrides=overrides) for one in machine.events])
    if event_class not in machine.event_set and event_class not in machine.failures.values():
        raise ValueError(
            f"expected an event of machine {machine.name!r}, got {event_class.__name__}; "
            f"do name one of {', '.join(one.__name__ for one in machine.events)}"
        )
    return strategy_for(event_class, overrides=overrides)


def state_for(
    machine: Machine[S, E], *classes: type[BaseModel], overrides: Overrides | None = None
) -> st.SearchStrategy[S]:
    """Return a strategy for the states of a machine; not each of them can be reached.

    Args:
        machine: The machine.
        classes: Which of its states; all of them when left out.
        overrides: Strategies of your own by type.

    Raises:
        ValueError: When a class is no state of the machine.
    """
    for one in classes:
        if one not in machine.infos:
            raise ValueError(
                f"expected a state of machine {machine.name!r}, got {one.__name__}; "
                f"do name one of {', '.join(each.__name__ for each in machine.states)}"
            )
    found = [strategy_for(one, overrides=overrides) for one in classes or machine.states]
    return cast("st.SearchStrategy[S]", st.one_of(found))


def answer_for(
    machine: Machine[S, E],
    intent: Intent[A],
    answer_class: type[Fact] | None = None,
    *,
    overrides: Overrides | None = None,
) -> st.SearchStrategy[A]:
    """Return a strategy for the answers to an intent, with the typed ids that they share.

    Args:
        machine: The machine that emits the intent.
        intent: What was to be done.
        answer_class: One of the facts that may answer it; any of them when left out.
        overrides: Strategies of your own by type.

    Raises:
        ValueError: When the intent has no such answer.
    """
    kind = cast("type[Intent[Fact]]", type(intent))
    answers = sorted(machine.intents.get(kind, ()), key=lambda one: one.__tag__)
    chosen = [one for one in answers if answer_class in (None, one)]
    if not chosen:
        raise ValueError(
            f"expected an answer to {kind.__name__} ({', '.join(one.__name__ for one in answers) or 'none'}), "
            f"got {answer_class.__name__ if answer_class else 'none'}; do name one that its type declares"
        )
    builder = Builder(overrides or {})
    found = [builder.build_with(one, shared_with(machine, intent, one)) for one in chosen]
    return cast("st.SearchStrategy[A]", st.one_of(found))


def shared_with(machine: Machine[S, E], intent: Intent[Fact], answer: type[Fact]) -> dict[str, object]:
    """Return the typed ids that an answer has in common with its intent, by name.

    Args:
        machine: The machine that emits the intent.
        intent: What was to be done.
        answer: The class of the answer.
    """
    return {name: getattr(intent, name) for name in machine.shared_ids.get((type(intent), answer), ())}


class Builder:
    """Builds strategies from annotations; each class once for each depth.

    Args:
        overrides: Strategies of the user's own by type.
    """

    def __init__(self, overrides: Overrides) -> None:
        """Begin with nothing built."""
        self._overrides = overrides
        self._made: dict[tuple[type, int], Strategy] = {}
        self._raw: dict[tuple[type, frozenset[str]], st.SearchStrategy[dict[str, object]]] = {}
        self._recursive: frozenset[type] = frozenset()
        self._depth = 0

    def build(self, annotation: object, where: str) -> Strategy:
        """Return the strategy for a whole type.

        Args:
            annotation: The type.
            where: Its name, for messages.
        """
        self._measure(annotation)
        found = self._typed(annotation, Limits(), where, self._depth)
        if found.is_empty:
            raise NoStrategy(
                where, "a type that has values", "bounds that leave none", "widen its constraints, or pass overrides"
            )
        return found

    def build_with(self, cls: type[BaseModel], fixed: Mapping[str, object]) -> Strategy:
        """Return the strategy for a model some of whose fields are given.

        Args:
            cls: The model.
            fixed: Values by the name of the field.
        """
        key = (cls, frozenset(fixed))
        if key not in self._raw:
            self._measure(cls)
            given = self._given(cls)
            raw = self._fields(cls, self._depth, key[1]) if given is None else given.map(_fields_set)
            self._raw[key] = raw

        def made(values: dict[str, object]) -> object:
            return cls.model_validate({**values, **fixed}, by_name=True)

        return _accepted(self._raw[key], made, cls.__name__, _validators_of(cls))

    def _measure(self, annotation: object) -> None:
        self._recursive = frozenset(one for one in reached_from(annotation) if one in reached(one))
        # The smallest value of a recursive type has no class twice on any path; twice shows a cycle.
        self._depth = 2 * len(self._recursive) + 1
        self._made.clear()

    def _typed(self, annotation: object, outer: Limits, where: str, depth: int) -> Strategy:
        """Return the strategy for one annotation; ``outer`` is said of the union around it."""
        if (given := self._given(annotation)) is not None:
            return given
        plain, metadata = peeled(annotation)
        limits = limits_of(metadata)
        found = self._given(plain)
        if found is None:
            found = self._plain(plain, limits & outer, where, depth)
        if not limits or found.is_empty:
            return found
        return _accepted(found, _validation(plain, metadata, where), where, limits.validators)

    def _given(self, annotation: object) -> Strategy | None:
        try:
            return self._overrides.get(annotation)
        except TypeError:  # an annotation with metadata that has no hash
            return None

    def _plain(self, plain: object, limits: Limits, where: str, depth: int) -> Strategy:
        members = union_members(plain)
        if members:
            return st.one_of([self._typed(one, limits, where, depth) for one in members])
        origin, arguments = get_origin(plain), get_args(plain)
        if origin is Literal:
            return st.sampled_from(arguments)
        if origin is tuple or origin is FrozenSet or origin is FrozenMap:
            return self._container(origin, arguments, limits, where, depth)
        if isinstance(plain, type):
            if is_record(plain):
                return self._record(plain, depth)
            found = scalar(plain, limits, where)
            if found is not None:
                return self._held(plain, found, where)
        raise NoStrategy(
            where,
            "a type of canonical values",
            _named(plain),
            f"pass overrides={{{_named(plain)}: ...}} with a strategy of your own",
        )

    def _held(self, plain: type, found: Strategy, where: str) -> Strategy:
        """Hold a class to what it says itself of its values, if it says anything."""
        if not issubclass(plain, TypedId):
            return found
        check = _validation(plain, (), where)
        return _accepted(found, lambda text: check(plain(str(text))), plain.__name__, ())

    def _container(
        self, origin: type, arguments: tuple[object, ...], limits: Limits, where: str, depth: int
    ) -> Strategy:
        low, high = limits.number("min_length", 0) or 0, limits.number("max_length")
        if depth < self._depth:  # inside a recursive type: small, or the whole grows without end
            high = low + 2 if high is None else min(high, low + 2)
        if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
            return st.tuples(*(self._typed(one, Limits(), where, depth) for one in arguments if one != ()))
        parts = [self._typed(one, Limits(), where, depth) for one in arguments if one is not Ellipsis]
        if any(part.is_empty for part in parts):
            return st.just(origin()) if low == 0 else st.nothing()
        if origin is tuple:
            return st.lists(parts[0], min_size=low, max_size=high).map(tuple)
        if origin is FrozenSet:
            return st.lists(parts[0], min_size=low, max_size=high, unique=True).map(FrozenSet)
        return st.dictionaries(parts[0], parts[1], min_size=low, max_size=high).map(FrozenMap)

    def _record(self, cls: type, depth: int) -> Strategy:
        if cls in self._recursive:
            depth -= 1
            if depth < 0:
                return st.nothing()
        key = (cls, depth)
        if key not in self._made:
            made = self._model(cls, depth) if issubclass(cls, BaseModel) else self._dataclass(cls, depth)
            self._made[key] = made
        return self._made[key]

    def _model(self, cls: type[BaseModel], depth: int) -> Strategy:
        def made(values: dict[str, object]) -> object:
            return cls.model_validate(values, by_name=True)

        return _accepted(self._fields(cls, depth, frozenset()), made, cls.__name__, _validators_of(cls))

    def _fields(
        self, cls: type[BaseModel], depth: int, without: frozenset[str]
    ) -> st.SearchStrategy[dict[str, object]]:
        """Return the strategy for the values of a model's fields, by name."""
        required: dict[str, Strategy] = {}
        optional: dict[str, Strategy] = {}
        for name, field in fields_of(cls).items():
            if name in without:
                continue
            annotation: object = field.annotation
            if field.metadata:
                annotation = Annotated[(annotation, *field.metadata)]
            found = self._typed(annotation, Limits(), f"{cls.__name__}.{name}", depth)
            # A default that is made anew each time may be a clock or a chance: never left to it.
            left_out = not field.is_required() and field.default_factory is None
            if not left_out:
                required[name] = found
            elif not found.is_empty:
                optional[name] = found
        return st.fixed_dictionaries(required, optional=optional)

    def _dataclass(self, cls: type, depth: int) -> Strategy:
        hints = get_type_hints(cls, include_extras=True)
        if dataclasses.is_dataclass(cls):
            hints = {one.name: hints[one.name] for one in dataclasses.fields(cls) if one.init}
        parts = {name: self._typed(hint, Limits(), f"{cls.__name__}.{name}", depth) for name, hint in hints.items()}
        raw = st.fixed_dictionaries(parts)
        check = _validation(cls, (), cls.__name__)
        return _accepted(raw, lambda values: check(cls(**values)), cls.__name__, ())


def _fields_set(value: object) -> dict[str, object]:
    """Return the fields that a model was made with, by name."""
    model = cast("BaseModel", value)
    return {name: getattr(model, name) for name in model.model_fields_set}


def _accepted(
    raw: st.SearchStrategy[R], accept: Callable[[R], object], where: str, validators: tuple[str, ...]
) -> Strategy:
    """Return a strategy for what a validator makes of raw values; what it refuses is drawn anew."""
    if raw.is_empty:
        return st.nothing()
    tally = {"made": 0, "refused": 0}

    @st.composite
    def accepted(draw: st.DrawFn) -> object:
        for _ in range(_TRIES):
            given = draw(raw)
            tally["made"] += 1
            try:
                return accept(given)
            except ValueError as error:
                reason = _reason(where, error)
            tally["refused"] += 1
            made, refused = tally["made"], tally["refused"]
            if refused >= _HOPELESS and (made - refused) * _ONE_OF < made:
                raise TooManyRefused(where, validators, refused, made, reason)
        return reject()

    return accepted()


def _reason(where: str, error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, (where, *first['loc'])))}: {first['msg']}"


def _validation(plain: object, metadata: tuple[object, ...], where: str) -> Callable[[object], object]:
    """Return what Pydantic makes of a value of a type."""
    whole = Annotated[(plain, *metadata)] if metadata else plain
    try:
        adapter = TypeAdapter(cast("type[object]", whole))
    except (PydanticUserError, TypeError) as error:
        text = str(error).splitlines()[0]
        raise NoStrategy(where, "a type that Pydantic can validate", text, "correct its annotation") from error
    return adapter.validate_python


def _validators_of(cls: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the validators that a model has of its own."""
    marked = cls.__pydantic_decorators__
    return (*marked.model_validators, *marked.field_validators)


def _named(annotation: object) -> str:
    """Return a type as it is written."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "")
