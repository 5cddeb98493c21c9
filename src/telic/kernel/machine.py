"""A machine: the closed description of one process, checked whole when it is built.

``Machine[StateUnion, EventUnion](name="order")`` reads the table from the states, checks
it, and is from then on the one source for engine, diagrams, tests and documents. What may
never be here: the rules of a step (``advance``) and the checks themselves (``checks``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Generic, TypeAlias, TypeVar, cast
from weakref import WeakValueDictionary

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, fields_of
from telic.kernel.errors import DefinitionError, Fault
from telic.kernel.events import Command, Control, Event, Fact
from telic.kernel.intents import Intent, NoIntent
from telic.kernel.orders import IntentFailed
from telic.kernel.values import TypedId, Value
from telic.kernel.waits import HumanTask

if TYPE_CHECKING:
    from telic.kernel.codec import Codec
    from telic.kernel.table import Edge, Landing, Row, StateInfo
    from telic.kernel.upcasters import Upcaster

__all__ = ["AnyMachine", "Machine"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)


class Machine(Generic[S, E]):
    """The closed description of one process.

    Attributes:
        name: The name under which instances are stored.
        version: The version of the code; recorded with each line of the journal.
        perpetual: The process has no end, so no state has to be left.
        max_deferred: How many deferred commands one instance may keep.
        checkpoint_every: After how many records one carries the whole instance, so that the journal
            of an instance that goes on can be cut before it.
        states: The classes of the states, in the order of the union.
        events: The classes of the events, in the order of the union.
        infos: What is known of each state.
        start_rows: How an instance begins, by class of event.
        start_states: The states with which ``runtime.start(id, state)`` may begin.
        plain_rows: The transitions that need no more than a look-up: one event, at most one intent.
            They lead to states that declare no waits and claim nothing, so a step through them
            cannot concern anything but state and open intents.
        intents: The classes of all intents, each with the facts that may answer it.

    Example:
        ``signup = Machine[SignupState, SignupEvent](name="signup", version=1)``
    """

    _unions: ClassVar[tuple[object, object] | None] = None

    name: str
    version: int
    perpetual: bool
    max_deferred: int
    checkpoint_every: int
    states: tuple[type[BaseModel], ...]
    events: tuple[type[Event], ...]
    event_set: frozenset[type[Event]]
    final_states: frozenset[type[BaseModel]]
    infos: Mapping[type[BaseModel], StateInfo]
    start_rows: Mapping[type[Event], Row]
    start_states: tuple[type[BaseModel], ...]
    intents: Mapping[type[Intent[Fact]], frozenset[type[Fact]]]
    task_commands: frozenset[type[Event]]
    plain_rows: Mapping[type[BaseModel], Mapping[type, Row]]
    upcasters: tuple[Upcaster, ...]

    if not TYPE_CHECKING:

        def __class_getitem__(cls, unions):  # noqa: ANN001, ANN204  (hidden from type checkers)
            """Keep the unions: a plain generic would forget them before ``__init__`` runs."""
            if not isinstance(unions, tuple) or len(unions) != 2 or any(isinstance(one, TypeVar) for one in unions):
                return super().__class_getitem__(unions)
            # One class for one pair of unions, so that WorkflowRuntime[States, Events] knows its machine.
            key = (cls, *unions)
            known = _made.get(key)
            if known is not None:
                return known
            return _made.setdefault(key, type(cls.__name__, (cls,), {"_unions": unions, "__module__": cls.__module__}))

    def __init__(
        self,
        *,
        name: str,
        version: int = 1,
        starts: tuple[type[BaseModel], ...] = (),
        perpetual: bool = False,
        max_deferred: int = 100,
        checkpoint_every: int = 1000,
        upcasters: tuple[Upcaster, ...] = (),
    ) -> None:
        """Read the table and check it.

        Args:
            name: A name of your own for the process; instances are stored under it.
            version: The version of the code.
            starts: The first states, for a machine without ``@start``.
            perpetual: The process has no end.
            max_deferred: How many deferred commands one instance may keep.
            checkpoint_every: After how many records one carries the whole instance.
            upcasters: What reads the values that older versions have stored.

        Raises:
            DefinitionError: With every fault that the definition has.
            TypeError: When the unions are missing.
        """
        if self._unions is None:
            raise TypeError("expected Machine[StateUnion, EventUnion](...), got Machine(...); do name the two unions")
        self.name, self.version, self.perpetual = name, version, perpetual
        self.max_deferred, self.upcasters = max_deferred, upcasters
        self.checkpoint_every = checkpoint_every
        faults = self._read(*self._unions, starts)
        if checkpoint_every < 1:
            expected = f"expected checkpoint_every of at least 1, got {checkpoint_every}"
            faults.append(Fault(name, expected, "name a number of records"))
        # They know machines; and who imports this without building one is not to wait for them.
        from telic.kernel.checks import definition_faults
        from telic.kernel.dispatch import remember

        faults += definition_faults(self, readable=not faults)
        if faults:
            raise DefinitionError(name, tuple(dict.fromkeys(faults)))
        for model in (*self.states, *self.events, *self.intents):
            model.model_rebuild()  # put off when it was defined; a first step is not to pay for it
            if issubclass(model, Value):  # nor a first request: what a web framework makes of it is built at once, too
                model.model_config["defer_build"] = False
        for info in self.infos.values():
            remember(info)
        self.plain_rows = self._plain_rows()
        # A dict that is shared with the class is read at a fifth of the speed once something was cached in it.
        self.__dict__ = dict(self.__dict__)

    def _read(self, states: object, events: object, starts: tuple[type[BaseModel], ...]) -> list[Fault]:
        from telic.kernel.reading import Reader, answers_of  # only where a machine is built, as the checks

        faults: list[Fault] = []
        self.states = tuple(dict.fromkeys(_members(states, BaseModel, f"{self.name} states", faults)))
        self.events = tuple(dict.fromkeys(_members(events, Event, f"{self.name} events", faults)))
        names = {cls.__name__: cls for cls in (*self.states, *self.events)}
        reader = Reader(names, frozenset(self.states))
        self.infos = {cls: reader.state(cls) for cls in self.states}
        rows = [row for cls in self.states for row in reader.starts(cls)]
        self.start_rows = {row.event: row for row in rows}
        self.start_states = starts
        found = dict.fromkeys(emit.intent for row in self.rows() for edge in row.edges for emit in edge.emits)
        self.event_set = frozenset(self.events)
        self.final_states = frozenset(cls for cls, info in self.infos.items() if info.final)
        self.intents = {intent: frozenset(answers_of(intent)) for intent in found}
        self.task_commands = frozenset(
            event
            for info in self.infos.values()
            for cls in (info.state, *info.parts)
            for wait, event in (info if cls is info.state else reader.state(cls)).waits
            if wait is HumanTask and event is not None
        )
        faults += reader.faults
        faults += [
            Fault(row.where, f"expected one start for {row.event.__name__}, got another one", "keep one of the two")
            for row in rows
            if self.start_rows[row.event] is not row
        ]
        return faults

    def rows(self) -> tuple[Row, ...]:
        """Return every row of the table: the starts, then the transitions state by state."""
        return (*self.start_rows.values(), *(row for info in self.infos.values() for row in info.rows.values()))

    @cached_property
    def codec(self) -> Codec[S]:
        """What turns the values of this machine into bytes and back."""
        from telic.kernel.codec import Codec  # it knows machines

        return Codec(cast("AnyMachine", self))

    def _plain_rows(self) -> Mapping[type[BaseModel], Mapping[type, Row]]:
        plain = {cls for cls, info in self.infos.items() if not info.declares_waits and not info.settles}
        return {
            info.state: {
                event: replace(row, landings=self._landings(row))
                for event, row in info.rows.items()
                if info.state in plain
                and event not in self.task_commands
                and not issubclass(event, (Control, IntentFailed))
                and all(_is_plain(edge, plain) for edge in row.edges)
            }
            for info in self.infos.values()
        }

    def _landings(self, row: Row) -> dict[type, dict[type, Landing]]:
        """Return what each result of a transition comes to, but for the verdicts."""
        found: dict[type, dict[type, Landing]] = {}
        for target, out in row.shapes:
            if out is NoIntent or out in self.intents:
                info = self.infos[target]
                found.setdefault(out, {})[target] = (out is not NoIntent, info.final, info.kind)
        return found

    @cached_property
    def failures(self) -> Mapping[type[Intent[Fact]], type[Fact]]:
        """The class of the failure of each intent."""
        return {intent: IntentFailed[intent] for intent in self.intents}  # type: ignore[valid-type]

    @cached_property
    def shared_ids(self) -> Mapping[tuple[type[Intent[Fact]], type[Fact]], tuple[str, ...]]:
        """The typed ids that an intent and one of its answers have in common, by name."""
        return {
            (intent, answer): tuple(
                name
                for name, field in fields_of(intent).items()
                if _typed_id(field.annotation)
                and name in fields_of(answer)
                and fields_of(answer)[name].annotation is field.annotation
            )
            for intent, answers in self.intents.items()
            for answer in answers
        }

    def __repr__(self) -> str:
        """Return name, version and size."""
        return f"Machine({self.name!r}, version={self.version}, {len(self.states)} states, {len(self.events)} events)"


# Only for as long as somebody holds the class, or a machine of it: tools build many machines.
_made: WeakValueDictionary[tuple[object, ...], type] = WeakValueDictionary()

AnyMachine: TypeAlias = Machine[BaseModel, Event]


def _is_plain(edge: Edge, plain: set[type[BaseModel]]) -> bool:
    single = len(edge.emits) < 2 and not any(one.many for one in edge.emits)
    return single and not edge.withdraws and edge.target in plain


def _typed_id(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, TypedId)


def _members(union: object, base: type, what: str, faults: list[Fault]) -> list[type]:
    found: list[type] = []
    for one in alternatives(union):
        if isinstance(one, type) and issubclass(one, base) and one not in (base, Command, Fact):
            found.append(one)
        else:
            faults.append(
                Fault(
                    what,
                    f"expected classes that derive from {base.__name__}, got {one!r}",
                    "list the classes of the union",
                )
            )
    return found
