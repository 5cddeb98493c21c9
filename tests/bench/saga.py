"""The machine that exploration is measured on: items reserved in parallel, or all undone.

What may never be here: a measurement.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)

ATTEMPTS = 2


class SagaKind(StrEnum):
    RESERVING = "reserving"
    PAYING = "paying"
    UNDOING = "undoing"
    DONE = "done"
    UNDONE = "undone"


class ItemId(TypedId): ...


class BeginSaga(Command):
    items: int


class CancelSaga(Command): ...


class SagaLapsed(Fact): ...


class OfItem(Fact):
    item_id: ItemId


class Reserved(OfItem): ...


class Missing(OfItem): ...


class Released(OfItem): ...


class Paid(Fact): ...


class Refused(Fact): ...


class Reserve(Intent[Reserved | Missing]):
    item_id: ItemId
    attempt: int


class Release(Intent[Released]):
    item_id: ItemId


class Pay(Intent[Paid | Refused]):
    """One payment for all."""


class Reserving(State):
    kind: Literal[SagaKind.RESERVING] = SagaKind.RESERVING
    left: int
    have: FrozenSet[ItemId]
    until: AwareDatetime

    @classmethod
    @start
    def begin(cls, event: BeginSaga, ctx: Context) -> tuple[Reserving, Many[Reserve]]:
        items = [ItemId(f"item-{number}") for number in range(event.items)]
        begun = cls(left=event.items, have=FrozenSet(), until=ctx.now + timedelta(days=1))
        return begun, Many.of(Reserve(item_id=one, attempt=1) for one in items)

    @transition
    def reserve(self, event: Reserved) -> tuple[Reserving, NoIntent] | tuple[Paying, Pay]:
        have = self.have.put(event.item_id)
        if self.left == 1:
            return Paying(have=have), Pay()
        return self.evolve(left=self.left - 1, have=have), NoIntent()

    @transition
    def retry(self, event: Missing, ctx: Context) -> tuple[Reserving, Reserve] | tuple[Undoing, Many[Release]]:
        if isinstance(ctx.answers, Reserve) and ctx.answers.attempt < ATTEMPTS:
            return self, Reserve(item_id=event.item_id, attempt=ctx.answers.attempt + 1)
        return undo(self.have, self.left - 1)

    @transition
    def cancel(self, event: CancelSaga) -> tuple[Undoing, Many[Release]]:
        return undo(self.have, self.left)

    @transition
    def lapse(self, event: SagaLapsed) -> tuple[Undoing, Many[Release]]:
        return undo(self.have, self.left)

    def waits(self) -> tuple[Deadline[SagaLapsed]]:
        return (Deadline(at=self.until, event=SagaLapsed()),)


class Paying(State):
    kind: Literal[SagaKind.PAYING] = SagaKind.PAYING
    settles = (Reserve,)
    have: FrozenSet[ItemId]

    @transition
    def finish(self, event: Paid) -> tuple[Done, NoIntent]:
        return Done(), NoIntent()

    @transition
    def refuse(self, event: Refused) -> tuple[Undoing, Many[Release]]:
        return undo(self.have, 0)


class Undoing(State):
    """Counts what has still to come back; a last one that was missing leads to the end as well."""

    kind: Literal[SagaKind.UNDOING] = SagaKind.UNDOING
    open: int
    releasing: int

    @transition
    def reserve(self, event: Reserved) -> tuple[Undoing, Release]:
        return Undoing(open=self.open - 1, releasing=self.releasing + 1), Release(item_id=event.item_id)

    @transition
    def miss(self, event: Missing) -> tuple[Undoing, NoIntent] | tuple[Undone, NoIntent]:
        return self._less(self.open - 1, self.releasing)

    @transition
    def release(self, event: Released) -> tuple[Undoing, NoIntent] | tuple[Undone, NoIntent]:
        return self._less(self.open, self.releasing - 1)

    @transition
    def stop(self, event: CancelSaga) -> tuple[Undone, NoIntent] | tuple[Undoing, NoIntent]:
        return self._less(self.open, self.releasing)

    def _less(self, left: int, releasing: int) -> tuple[Undoing, NoIntent] | tuple[Undone, NoIntent]:
        if left or releasing:
            return Undoing(open=left, releasing=releasing), NoIntent()
        return Undone(), NoIntent()


def undo(have: FrozenSet[ItemId], left: int) -> tuple[Undoing, Many[Release]]:
    """Return the state that takes everything back."""
    return Undoing(open=left, releasing=len(have)), Many.of(Release(item_id=one) for one in have)


class Done(FinalState):
    kind: Literal[SagaKind.DONE] = SagaKind.DONE
    settles = (Reserve, Release, Pay)


class Undone(FinalState):
    kind: Literal[SagaKind.UNDONE] = SagaKind.UNDONE
    settles = (Reserve, Release, Pay)


SagaState: TypeAlias = Annotated[Reserving | Paying | Undoing | Done | Undone, Field(discriminator="kind")]
SagaEvent: TypeAlias = BeginSaga | CancelSaga | SagaLapsed | Reserved | Missing | Released | Paid | Refused
saga = Machine[SagaState, SagaEvent](name="saga")
