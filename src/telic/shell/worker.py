"""``Worker``: carries out open intents and brings their answers back.

Each intent runs at least once, under one idempotency key; its answer counts once. What may
never be here: a decision about an instance.
"""

from __future__ import annotations

import logging
from typing import NamedTuple, cast

import anyio

from telic.kernel.errors import TelicError
from telic.kernel.events import Event, Fact
from telic.kernel.handling import Binding, Call, Later
from telic.kernel.results import ResultKind
from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.protocols import ListsOutbox
from telic.shell.system import AnyRuntime, System

__all__ = ["AnswerRefused", "Drained", "HandlerFailure", "Worker", "WrongAnswer"]

# The results that account for an answer, now or by an earlier delivery of it.
_ACCOUNTED = frozenset(
    {ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED, ResultKind.UNPLACED, ResultKind.DUPLICATE}
)
_log = logging.getLogger("telic.worker")


class WrongAnswer(TelicError):
    """A handler returned what its intent does not declare; the intent stays open.

    Attributes:
        intent: The name of the intent's type.
        expected: The names of its answers.
        got: What came instead.
    """

    def __init__(self, intent: str, expected: tuple[str, ...], got: str) -> None:
        """Keep what was expected and what came."""
        super().__init__(intent, expected, got)
        self.intent = intent
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        """Return the sentence."""
        expected = " or ".join(self.expected) or "None"
        return f"handler of {self.intent}: expected {expected}, got {self.got}; do return one of the declared facts"


class AnswerRefused(TelicError):
    """The instance does not take the answer of a handler; nothing was written.

    Attributes:
        intent_id: The idempotency key.
        result: What the runtime returned, as text.
    """

    def __init__(self, intent_id: str, result: str) -> None:
        """Keep the key and the refusal."""
        super().__init__(intent_id, result)
        self.intent_id = intent_id
        self.result = result

    def __str__(self) -> str:
        """Return the sentence."""
        return f"intent {self.intent_id}: expected its answer to be taken, got {self.result}"


class HandlerFailure(NamedTuple):
    """An attempt that came to nothing; its intent is still open.

    Attributes:
        intent_id: The idempotency key.
        intent: The name of the intent's type.
        error: What was raised.
    """

    intent_id: IntentId
    intent: str
    error: Exception


class Drained(NamedTuple):
    """What one drain came to.

    Attributes:
        carried_out: How many intents were carried out and accounted for.
        later: The keys whose answers come later, from whoever holds them.
        failures: The attempts that raised; their intents are still open.
    """

    carried_out: int
    later: tuple[IntentId, ...]
    failures: tuple[HandlerFailure, ...]


class Worker:
    """Drains the outboxes of a system in this process.

    Args:
        system: What to serve.
        concurrency: How many handlers may run at once.

    Example:
        ``drained = await Worker(system).drain()``
    """

    def __init__(self, system: System, *, concurrency: int = 16) -> None:
        """Keep what to serve.

        Raises:
            ValueError: Without room for a handler.
        """
        if concurrency < 1:
            raise ValueError(f"expected concurrency of at least 1, got {concurrency}")
        self._system = system
        self._concurrency = concurrency
        self._later: dict[IntentId, None] = {}

    async def drain(self) -> Drained:
        """Carry out open intents, and those that their answers open, until none is left to do.

        An intent whose handler raises is tried once in a drain and stays open. One that is
        answered ``Later`` is left to whoever holds its key.
        """
        count = 0
        failures: dict[IntentId, HandlerFailure] = {}
        while work := await self._open(failures):
            limiter = anyio.Semaphore(self._concurrency)
            done: list[bool] = []
            async with anyio.create_task_group() as group:
                for runtime, one in work:
                    await limiter.acquire()
                    group.start_soon(self._attempt, runtime, one, limiter, done, failures)
            count += len(done)
        return Drained(count, tuple(self._later), tuple(failures.values()))

    async def _open(self, failures: dict[IntentId, HandlerFailure]) -> list[tuple[AnyRuntime, OpenIntent]]:
        aside = len(self._later) + len(failures)
        found: list[tuple[AnyRuntime, OpenIntent]] = []
        for runtime in self._system.runtimes.values():
            if not runtime.machine.intents:
                continue
            store = cast("ListsOutbox", runtime.store)
            rows: tuple[tuple[WorkflowId, OpenIntent], ...] = await store.outbox(aside + 16 * self._concurrency)
            found += [(runtime, one) for _, one in rows if one.id not in self._later and one.id not in failures]
        return found

    async def _attempt(
        self,
        runtime: AnyRuntime,
        one: OpenIntent,
        limiter: anyio.Semaphore,
        done: list[bool],
        failures: dict[IntentId, HandlerFailure],
    ) -> None:
        name = type(one.intent).__name__
        try:
            if await self._carried_out(runtime, one):
                done.append(True)
        except Exception as error:  # whatever a handler raises concerns its intent alone  # noqa: BLE001
            _log.exception("handler of %s failed for %s; the intent stays open", name, one.id)
            failures[one.id] = HandlerFailure(one.id, name, error)
        finally:
            limiter.release()

    async def _carried_out(self, runtime: AnyRuntime, one: OpenIntent) -> bool:
        binding = cast("Binding", self._system.handlers.get(type(one.intent)))
        workflow_id = WorkflowId(one.id.rsplit(":", 2)[0])
        tenant = str(getattr(runtime.store, "tenant", ""))
        answer = await binding.handler(one.intent, Call(one.id, workflow_id, tenant))
        if isinstance(answer, Later):
            self._later[one.id] = None
            return False
        answers = runtime.machine.intents[type(one.intent)]
        if answer is None and not answers:
            result = await runtime.done(one.id)
        elif isinstance(answer, Fact) and type(answer) in answers:
            result = await runtime.answer(one.id, cast("Event", answer))
        else:
            expected = tuple(sorted(fact.__name__ for fact in answers))
            raise WrongAnswer(type(one.intent).__name__, expected, repr(answer))
        if result.kind not in _ACCOUNTED:
            raise AnswerRefused(one.id, repr(result))
        return True
