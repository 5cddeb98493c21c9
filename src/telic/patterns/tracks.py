"""Steps in sequence: what is had at each of them, which comes next, and the ways that lead there.

What pipelines and sagas have in common. What may never be here: what becomes of a process
whose step does not succeed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import GenericAlias
from typing import TypeAlias, cast

from pydantic import BaseModel

from telic.kernel.errors import TransitionError
from telic.kernel.events import Event, Fact
from telic.kernel.intents import Intent
from telic.patterns.making import value_of
from telic.patterns.plans import Plan, Step

__all__ = ["Had", "Track", "rounds_of"]

Had: TypeAlias = tuple[Event | tuple[Fact, ...] | None, ...]
"""The command that began, then the result of each step so far, or the results of its rounds; ``None`` where there
is none."""


def rounds_of(step: Step) -> GenericAlias:
    """Return the type of the results of a step that is repeated.

    Args:
        step: The step.
    """
    return GenericAlias(tuple, (step.result, ...))


@dataclass(frozen=True, slots=True)
class Track:
    """The steps of a plan, one after the other.

    Attributes:
        steps: The steps.
        types: The class of the command that begins, then that of what each step brings.
    """

    steps: tuple[Step, ...]
    types: tuple[type[Event], ...]

    @classmethod
    def of(cls, plan: Plan) -> Track:
        """Return the steps of a plan that has no faults."""
        return cls(plan.steps, (plan.begin, *(step.brings for step in plan.steps)))

    def fields(self, place: int, *, sure: bool = True) -> dict[str, tuple[object, ...]]:
        """Return the fields of a state in which so many steps have a result.

        Args:
            place: How many.
            sure: Whether each of them has one, but for those that may be left out.
        """
        found: dict[str, tuple[object, ...]] = {"begun": (self.types[0],)}
        for step in self.steps[:place]:
            missing = not sure or step.may_be_missing
            given = step.result if step.repeated is None else rounds_of(step)
            found[step.name] = (given | None, None) if missing else (given,)
        return found

    def had(self, state: BaseModel, place: int) -> Had:
        """Return what a state has of the steps before a place."""
        names = ("begun", *(step.name for step in self.steps[:place]))
        return cast("Had", tuple(getattr(state, name) for name in names))

    def values(self, had: Had) -> dict[str, object]:
        """Return what was had by the names of its fields."""
        return dict(zip(("begun", *(step.name for step in self.steps)), had, strict=False))

    def landings(self, place: int) -> Iterator[int]:
        """Yield the places that a process may come to from one, by the conditions on its way.

        Args:
            place: Where the way begins; the number of all steps is the end.
        """
        yield place
        while place < len(self.steps) and (self._asks(place) or self._may_have_no_round(place)):
            place = self._end(place) if self._asks(place) else place + 1
            yield place

    def landed(self, had: Had) -> Had:
        """Return what is had where the next step is done: ``None`` for each that is left out, ``()`` for no round."""
        while len(had) <= len(self.steps):
            place = len(had) - 1
            when, repeated = self.steps[place].when, self.steps[place].repeated
            if repeated is not None and not repeated.goes_on(had, ()):
                had = (*had, ())
                continue
            if when is None or not self._asks(place) or when(*had):
                break
            had = (*had, *(None for _ in range(place, self._end(place))))
        return had

    def behind(self, place: int) -> Iterator[int]:
        """Yield the steps before a place that may be the last one done that can be undone, the last first.

        Args:
            place: The place of a step that was begun; -1 follows where there may be none at all.
        """
        at = place - 1
        while at >= 0:
            if self.steps[at].undo is None:
                at -= 1
                continue
            yield at
            if self.steps[at].when is None or self._end(at) > place:
                return
            at = self._begin(at) - 1
        yield -1

    def _asks(self, place: int) -> bool:
        """Say whether a condition is asked before a step: one for all steps in a row that have it."""
        return self.steps[place].when is not None and self._begin(place) == place

    def _may_have_no_round(self, place: int) -> bool:
        repeated = self.steps[place].repeated
        return repeated is not None and repeated.while_ is not None

    def _begin(self, place: int) -> int:
        while place > 0 and self.steps[place - 1].when is self.steps[place].when:
            place -= 1
        return place

    def _end(self, place: int) -> int:
        """Return the place after the last step of those in a row that have one condition."""
        when = self.steps[place].when
        while place < len(self.steps) and self.steps[place].when is when:
            place += 1
        return place

    def intent(self, had: Had, rounds: tuple[Fact, ...] = ()) -> Intent[Fact]:
        """Return the intent of the step that comes next.

        Args:
            had: What there is before it.
            rounds: The results of its rounds so far, where it is repeated.

        Raises:
            TransitionError: When the function of the step makes something else.
        """
        step = self.steps[len(had) - 1]
        given = had if step.repeated is None else (*had, rounds)
        made = value_of(step.name, step.intent, step.make, given, self.types[: len(had)])
        if made is None:
            raise TransitionError(
                step.name,
                f"expected {step.intent.__name__}, got None; do return it, or leave the step out with when=",
            )
        return made

    def all_fields(self) -> dict[str, tuple[object, ...]]:
        """Return the fields of a state that may have a result of any step."""
        return self.fields(len(self.steps), sure=False)
