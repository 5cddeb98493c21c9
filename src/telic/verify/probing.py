"""The context of an exploration: a moment that stands still, fresh names, chosen chances.

It notes what a transition asks for, because an answer that the exploration has to make up
is one that it has to try in every way. What may never be here: a clock, or chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from typing_extensions import override

from telic.kernel.context import Context
from telic.kernel.values import EventId, WorkflowId
from telic.verify.rebuilding import new_name

if TYPE_CHECKING:
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.snapshot import OpenWait

__all__ = ["EPOCH", "INSTANCE", "ChanceNeeded", "Probe", "ProbingContext"]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Where the clock of every world stands: instants are kept relative to it."""

INSTANCE = WorkflowId("instance")
_NOTED = frozenset({"actor", "revision", "event_id", "now"})


class ChanceNeeded(BaseException):  # no transition may catch it
    """A transition asks for a random number that has not been chosen yet."""

    def __init__(self, label: str) -> None:
        """Keep the label."""
        super().__init__(label)
        self.label = label


class Probe:
    """What is chosen for one step, and what the step asked for.

    Attributes:
        chances: The number for each label of ``ctx.random``.
        asked: The names of what was read that a world does not hold.
        names: How many fresh ids were made.
    """

    __slots__ = ("_made", "asked", "chances")

    def __init__(self, chances: Mapping[str, float]) -> None:
        """Take the choices."""
        self.chances = chances
        self.asked: set[str] = set()
        self._made: dict[tuple[int, str], UUID] = {}

    @property
    def names(self) -> int:
        """How many fresh ids were made."""
        return len(self._made)

    def uuid(self, revision: int, label: str) -> UUID:
        """Return the new name for a label within a record."""
        return self._made.setdefault((revision, label), new_name(len(self._made)))


class ProbingContext(Context):
    """The context that a step is decided with; hands a noting one to the transition."""

    __slots__ = ("_probe",)

    def __init__(self, probe: Probe, now: datetime, actor: str = "") -> None:
        """Take what is chosen for the step."""
        super().__init__(now, INSTANCE, "", actor)
        self._probe = probe

    @override
    def in_step(
        self,
        workflow_id: WorkflowId,
        tenant: str,
        actor: str,
        revision: int,
        event_id: EventId | None,
        answers: Intent[Fact] | None = None,
        task: OpenWait | None = None,
    ) -> Context:
        return _NotingContext(self._probe, self.now, actor, revision, answers, task)


class _NotingContext(Context):
    """What a transition sees: it notes what it is asked that the exploration has to choose."""

    __slots__ = ("_probe", "_record")

    def __init__(
        self,
        probe: Probe,
        now: datetime,
        actor: str,
        revision: int,
        answers: Intent[Fact] | None,
        task: OpenWait | None,
    ) -> None:
        super().__init__(now, INSTANCE, "", actor, revision, None, answers, task)
        self._probe = probe
        self._record = revision

    if not TYPE_CHECKING:

        def __getattribute__(self, name):  # noqa: ANN001, ANN204  (hidden from type checkers)
            if name in _NOTED:
                object.__getattribute__(self, "_probe").asked.add(name)
            return object.__getattribute__(self, name)

    @override
    def uuid(self, label: str) -> UUID:
        return self._probe.uuid(self._record, label)

    @override
    def random(self, label: str) -> float:
        if label not in self._probe.chances:
            raise ChanceNeeded(label)
        return self._probe.chances[label]
