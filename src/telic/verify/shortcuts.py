"""The shortest way to an effect, for the events that are decided again and again.

Most decisions of a large exploration are commands and answers that only replace the state,
or are rejected. What is the same in all of them, for one move and one class of states, is
worked out once. Whatever is not of that kind goes the usual way. What may never be here: an
effect that the usual way would not find; a test holds the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from telic.kernel.intents import NoIntent
from telic.kernel.snapshot import Outcome
from telic.kernel.table import Row as TableRow
from telic.kernel.verdicts import Reject
from telic.verify.deciding import Decider, Effect, differ, differing
from telic.verify.moves import How, Move
from telic.verify.problems import Problem

if TYPE_CHECKING:
    from telic.verify.rows import Plan, Rows
    from telic.verify.space import Space

__all__ = ["USUAL_WAY", "Shortcut"]

USUAL_WAY = object()
"""What a shortcut returns where it does not lead anywhere."""

_WAYS = frozenset({How.COMMAND, How.ANSWER, How.TASK, How.TOPIC})


class Shortcut:
    """The effects of one move on the states of one class.

    Attributes:
        move: The move.
        open: Whether there is a shortcut at all.
    """

    __slots__ = ("_decider", "_like", "_plans", "_rejected", "_row", "_rows", "_space", "move", "open")

    def __init__(self, rows: Rows, space: Space, decider: Decider, move: Move, row: TableRow | None) -> None:
        """Look whether the transition asks for no more than the state and the event."""
        self.move = move
        self._rows = rows
        self._space = space
        self._decider = decider
        self._row = row
        self._plans: dict[int, Plan] = {}
        self._like: dict[type[BaseModel], Plan] = {}
        self._rejected: set[object] = set()
        self.open = row is not None and not row.takes_context and not move.after and move.how in _WAYS

    def plan(self, value: BaseModel) -> Plan | object | None:
        """Return what the move does to a state.

        Returns:
            The plan; ``None`` for a command that is rejected; ``USUAL_WAY`` where the
            decision is not of the simple kind, or is the first of its kind.
        """
        row = self._row
        assert row is not None
        before = dict(value.__dict__)
        try:
            result = row.call(value, self.move.event)
            if type(result) is not tuple or len(result) != 2 or value.__dict__ != before:
                return USUAL_WAY
            if differ(result, row.call(value, self.move.event)):
                # Told here, since a third and a fourth call might agree by luck.
                return self._rows.plan(Effect(self.move, -1, problem=differing(value, self.move)), type(value))
        except Exception:  # noqa: BLE001  (the usual way finds it again, and tells it)
            return USUAL_WAY
        after, out = result
        if type(out) is Reject and not row.is_fact and after is value and out.reasons in self._rejected:
            return None
        if type(out) is not NoIntent or (type(after), NoIntent) not in row.shapes:
            return self._noted(out)
        known = len(self._space.states.values)
        number = self._space.states.number(after)
        found = self._plans.get(number)
        if found is None:
            # A state that is new has to be stored and read once, and its waits looked at.
            problem = self._decider.unstorable() if number == known else None
            found = self._plans[number] = self._planned(value, after, number, problem)
        return found

    def _planned(self, value: BaseModel, after: BaseModel, number: int, problem: Problem | None) -> Plan:
        """Return a plan like the first one that led to this class of states."""
        like = self._like.get(type(after))
        if like is None or problem is not None:
            effect = Effect(self.move._replace(outcome=Outcome.STEPPED), number, problem=problem)
            plan = self._rows.plan(effect, type(value))
            self._decider.results.add((type(value), type(self.move.event), type(after)))
            if problem is None:
                self._like[type(after)] = plan
            return plan
        return like._replace(effect=like.effect._replace(state=number))

    def _noted(self, out: object) -> object:
        """Note the reasons of a rejection, which the usual way is told of now."""
        if isinstance(out, Reject) and self._row is not None and not self._row.is_fact:
            self._rejected.add(out.reasons)
        return USUAL_WAY
