"""What people do to the intents of a store in memory, and its trace.

What may never be here: a rule about who may do what.
"""

from __future__ import annotations

from collections.abc import Sequence

from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.acts import Act, Happened
from telic.runtime.claims import IntentState
from telic.runtime.hints import Hints
from telic.stores.memory.ledger import Ledger

__all__ = ["Acts", "Halts"]


class Acts:
    """The acts of one store: each is kept once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._kept: dict[tuple[WorkflowId, str, str], Act] = {}

    def knows(self, act: Act) -> bool:
        """Say whether the same was done already."""
        return act[:3] in self._kept

    def keep(self, act: Act) -> None:
        """Keep an act that was done."""
        self._kept[act[:3]] = act

    def of(self, id: WorkflowId) -> tuple[Act, ...]:
        """Return what was done to the rows of an instance, the oldest first."""
        found = [one for one in self._kept.values() if one.workflow_id == id]
        return tuple(sorted(found, key=lambda one: (one.at, one.operation, one.subject)))

    def forget(self, id: WorkflowId) -> None:
        """Drop what was done to the rows of an instance."""
        self._kept = {key: one for key, one in self._kept.items() if key[0] != id}


class Halts:
    """What people can do to the intents of a store in memory; a part of the store."""

    hints: Hints
    _acts: Acts

    def _books(self) -> Ledger:
        raise NotImplementedError

    async def let_go(self, acts: Sequence[Act], state: IntentState) -> tuple[Happened, ...]:
        """Have intents carried out that nobody carries out; see :class:`telic.runtime.acts.KeepsActs`."""
        happened = tuple([self._let_go(act, state) for act in acts])
        self.hints.ring()
        return happened

    async def set_aside(self, id: WorkflowId) -> int:
        """Set aside each intent that a pause holds; return how many."""
        return self._books().set_aside(id)

    async def aside(self, id: WorkflowId) -> tuple[OpenIntent, ...]:
        """Return the intents of an instance that are set aside, in the order of their ids."""
        return tuple(self._books().aside(id))

    async def acts(self, id: WorkflowId) -> tuple[Act, ...]:
        """Return what was done to the rows of an instance, the oldest first."""
        return self._acts.of(id)

    def _let_go(self, act: Act, state: IntentState) -> Happened:
        if self._acts.knows(act):
            return Happened.KNOWN
        if not self._books().let_go(act.workflow_id, IntentId(act.subject), state, act.at):
            return Happened.ABSENT
        self._acts.keep(act)
        return Happened.DONE
