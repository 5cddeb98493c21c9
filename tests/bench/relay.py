"""A process whose every step answers an intent and asks for the next: what other engines call a step.

What may never be here: a measurement.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self, TypeAlias

import anyio
from pydantic import AwareDatetime, Field

from telic import (
    Call,
    Command,
    Context,
    Fact,
    FinalState,
    Handlers,
    Intent,
    Machine,
    NoIntent,
    State,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
    start,
    transition,
)
from telic.runtime.results import Started, Stepped
from tests.bench.order import Line, OrderId


class RelayKind(StrEnum):
    RELAYED = "relayed"
    FINISHED = "finished"


class BeginRelay(Command):
    order_id: OrderId
    steps: int


class Worked(Fact):
    calls: int


class DoWork(Intent[Worked]):
    order_id: OrderId
    calls: int
    last: bool


class Relayed(State):
    kind: Literal[RelayKind.RELAYED] = RelayKind.RELAYED
    order_id: OrderId
    customer: str
    lines: tuple[Line, ...]
    total: Decimal
    placed_at: AwareDatetime
    left: int
    calls: int = 0

    @classmethod
    @start
    def begin(cls, event: BeginRelay, ctx: Context) -> tuple[Relayed, DoWork]:
        lines = (Line(sku="book", price=Decimal("12.5")), Line(sku="pen", price=Decimal("1.2")))
        begun = cls(
            order_id=event.order_id,
            customer="c-1",
            lines=lines,
            total=Decimal("13.7"),
            placed_at=ctx.now,
            left=event.steps,
        )
        return begun, DoWork(order_id=event.order_id, calls=0, last=event.steps == 1)

    @transition
    def go_on(self, event: Worked) -> tuple[Self, DoWork] | tuple[Finished, NoIntent]:
        left = self.left - 1
        if not left:
            return Finished(order_id=self.order_id), NoIntent()
        work = DoWork(order_id=self.order_id, calls=event.calls, last=left == 1)
        return self.evolve(left=left, calls=event.calls), work


class Finished(FinalState):
    kind: Literal[RelayKind.FINISHED] = RelayKind.FINISHED
    order_id: OrderId


RelayState: TypeAlias = Annotated[Relayed | Finished, Field(discriminator="kind")]
RelayEvent: TypeAlias = BeginRelay | Worked
relay = Machine[RelayState, RelayEvent](name="relay")
Relays: TypeAlias = WorkflowRuntime[RelayState, RelayEvent]


async def begun(relays: Relays, ids: Iterable[WorkflowId], steps: int, *, answers: bool) -> None:
    """Begin instances from a caller for each.

    Args:
        relays: The runtime.
        ids: The instances.
        steps: How many steps each takes.
        answers: Whether the caller gives the answers, too, up to the end.
    """

    async def caller(id: WorkflowId) -> None:
        result = await relays.run_step(id, BeginRelay(order_id=OrderId(id), steps=steps))
        for number in range(steps if answers else 0):
            assert isinstance(result, Started | Stepped), result
            result = await relays.answer(result.intents[0].id, Worked(calls=number + 1))

    async with anyio.create_task_group() as group:
        for id in ids:
            group.start_soon(caller, id)


def served(relays: Relays, count: int) -> Worker:
    """Return a worker for so many instances, that stops when it has come to the end of each."""
    left = [count]

    async def work(intent: DoWork, call: Call) -> Worked:
        if intent.last:
            left[0] -= 1
            if not left[0]:
                worker.stop()
        return Worked(calls=intent.calls + 1)

    worker = Worker(System(runtimes=[relays], handlers=Handlers(DoWork.handled_by(work))), concurrency=count)
    return worker
