"""The states of a saga.

A saga has a state for each step that is being done, one for a step that is waited for since
the saga was cancelled, one for each step that is being undone, and one in which people are
asked to undo it. What may never be here: what leads from one to another; see ``saga_making``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, TypeVarTuple, cast

from telic.kernel.events import Command
from telic.kernel.states import FinalState
from telic.kernel.waits import HumanTask
from telic.patterns.making import MadeState, Progress
from telic.patterns.pipeline_states import PipelineRunning

__all__ = [
    "SagaCancelling",
    "SagaCompleted",
    "SagaHandedOver",
    "SagaRunning",
    "SagaUndoing",
    "SagaUndone",
    "SettleUndo",
]

B = TypeVar("B", bound=Command)
Had = TypeVarTuple("Had")


class SettleUndo(Command):
    """Says that a person has undone what the saga could not."""


class SagaRunning(PipelineRunning):
    """Base of the states in which a step of a saga is being done."""


class _StepState(MadeState):
    place: ClassVar[int]

    @property
    def progress(self) -> Progress:
        """The steps before the one at which it is."""
        return Progress(max(self.place, 0), len(self.step_names))

    @property
    def step(self) -> str:
        """The name of the step at which it is."""
        return self.step_names[self.place]


class SagaCancelling(_StepState):
    """Base of the states that wait for a step to end, since the saga was cancelled meanwhile.

    Attributes:
        why: Why it was cancelled.
    """

    if TYPE_CHECKING:  # a made class has it, behind its kind, as one would write it by hand
        why: str


class _Broken(MadeState):
    if TYPE_CHECKING:  # as above
        stopped_at: str
        why: str
        succeeded_late: bool
        undone_late: tuple[str, ...]


class SagaUndoing(_Broken, _StepState):
    """Base of the states in which a step is being undone.

    Attributes:
        stopped_at: The name of the step at which the saga has turned back.
        why: Why it has.
        succeeded_late: That step was given up, and has succeeded after all.
        undone_late: The steps that were undone although people had settled them before.
    """


class SagaHandedOver(_Broken, _StepState):
    """Base of the states in which people are asked to undo a step.

    Attributes:
        stopped_at: The name of the step at which the saga has turned back.
        why: Why it has.
        succeeded_late: That step was given up, and has succeeded after all.
        undone_late: The steps that were undone although people had settled them before.
        detail: Why the saga cannot undo the step itself.
    """

    groups: ClassVar[tuple[str, ...]]

    if TYPE_CHECKING:  # as above
        detail: str

    @property
    def step(self) -> str:
        """The name of the step that is to be undone."""
        return self.stopped_at if self.place < 0 else self.step_names[self.place]

    def waits(self) -> tuple[HumanTask[SettleUndo]]:
        """Ask people."""
        return (
            HumanTask(
                answer=SettleUndo, title=f"Undo {self.step} by hand", description=self.detail, groups=self.groups
            ),
        )


class SagaCompleted(MadeState, FinalState, Generic[B, *Had]):
    """Every step is done, or was left out on purpose.

    Example:
        ``begun, flight, hotel = state.results`` has the types of the steps.
    """

    if not TYPE_CHECKING:

        def __class_getitem__(cls, _given: object) -> type:
            """Take the types of the results without a look: a made class has fields of these types."""
            return cls

    @property
    def results(self) -> tuple[B, *Had]:
        """The command that began, then the result of each step, in order."""
        had = (getattr(self, name) for name in ("begun", *self.step_names))
        return cast("tuple[B, *Had]", tuple(had))

    @property
    def progress(self) -> Progress:
        """All steps."""
        return Progress(len(self.step_names), len(self.step_names))


class SagaUndone(_Broken, FinalState):
    """The steps that were done are undone, by the saga or by people.

    Attributes:
        stopped_at: The name of the step at which the saga turned back.
        why: Why it did.
        succeeded_late: That step was given up, and has succeeded after all.
        undone_late: The steps that were undone although people had settled them before.
    """

    @property
    def progress(self) -> Progress:
        """None of the steps."""
        return Progress(0, len(self.step_names))

    @property
    def step(self) -> str:
        """The name of the step at which the saga turned back."""
        return self.stopped_at
