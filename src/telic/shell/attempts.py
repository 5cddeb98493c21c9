"""One attempt to carry out an intent: the call of its handler, and the delivery of its answer.

What may never be here: what becomes of an attempt that came to nothing; see ``policy``.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple, cast

import anyio

from telic.kernel.errors import TelicError
from telic.kernel.events import Event, Fact
from telic.kernel.handling import Binding, Call, Later
from telic.kernel.results import ResultKind
from telic.runtime.claims import Claim
from telic.runtime.protocols import DurableStore
from telic.shell.policy import TimedOut
from telic.shell.system import AnyRuntime
from telic.shell.timing import Timing

__all__ = ["ACCOUNTED", "AnswerRefused", "Attempt", "Outcome", "Served", "Stop", "WrongAnswer", "delivered"]

ACCOUNTED = frozenset(
    {ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED, ResultKind.UNPLACED, ResultKind.DUPLICATE}
)
"""The results that account for an answer, now or by an earlier delivery of it."""


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


class Served(NamedTuple):
    """A machine that a worker serves.

    Attributes:
        runtime: Its runtime.
        store: The store of that runtime, for claims.
        tenant: Whose instances they are.
        tags: The stored names of the intents that it emits, with their types' names.
    """

    runtime: AnyRuntime
    store: DurableStore
    tenant: str
    tags: frozenset[str]


class Stop(Enum):
    """Why a handler is cancelled while its worker goes on."""

    WITHDRAWN = auto()
    LOST = auto()


class Outcome(NamedTuple):
    """What a handler came to.

    Attributes:
        answer: What it returned.
        error: What it raised instead.
        stop: Why it was cancelled instead.
    """

    answer: object = None
    error: Exception | None = None
    stop: Stop | None = None


class Attempt:
    """An attempt that is under way.

    Attributes:
        served: The machine that emitted the intent.
        claim: The claim.
        trusted_until: When the lease may have lapsed, if nobody has renewed it, in seconds of
            :meth:`Timing.elapsed`.
    """

    __slots__ = ("_scope", "_stop", "claim", "served", "trusted_until")

    def __init__(self, served: Served, claim: Claim, trusted_until: float) -> None:
        """Keep what is attempted."""
        self.served = served
        self.claim = claim
        self.trusted_until = trusted_until
        self._scope = anyio.CancelScope()
        self._stop: Stop | None = None

    def stop(self, why: Stop) -> None:
        """Cancel the handler; what it may still return counts all the same."""
        if self._stop is None:
            self._stop = why
        self._scope.cancel()

    def call(self, deadline: datetime | None = None) -> Call:
        """Return its circumstances, as a handler sees them."""
        claim, served = self.claim, self.served
        return Call(
            claim.id, claim.workflow_id, served.tenant, claim.attempt, deadline, machine=served.runtime.machine.name
        )

    async def run(self, binding: Binding, timing: Timing) -> Outcome:
        """Call the handler, for as long as its policy allows.

        Args:
            binding: The handler and its policy.
            timing: Lets time pass.
        """
        claim, limit = self.claim, binding.retry.attempt_timeout if binding.retry is not None else None
        deadline = timing.now() + limit if limit is not None else None
        call = self.call(deadline)

        async def called() -> Outcome:
            try:
                return Outcome(await binding.handler(claim.opened.intent, call))
            except Exception as error:  # whatever a handler raises concerns its intent alone  # noqa: BLE001
                return Outcome(error=error)

        outcome: tuple[Outcome] | None = None
        with self._scope:
            if limit is None:
                outcome = (await called(),)
            else:
                outcome = await timing.limited(limit.total_seconds(), called) or (Outcome(error=TimedOut(limit)),)
        return outcome[0] if outcome is not None else Outcome(stop=self._stop)


async def delivered(attempt: Attempt, answer: object, now: datetime) -> None:
    """Bring an answer back to the instance that asked for it.

    Args:
        attempt: The attempt.
        answer: What the handler returned; no ``Later``.
        now: The moment of the step.

    Raises:
        WrongAnswer: For what the intent does not declare.
        AnswerRefused: When the instance does not take it.
        TransitionError: When the code of the machine is broken.
        StoreError: When nothing was saved, or nobody can tell.
    """
    assert not isinstance(answer, Later)
    runtime, id, kind = attempt.served.runtime, attempt.claim.id, type(attempt.claim.opened.intent)
    answers = runtime.machine.intents.get(kind, frozenset())
    if answer is None and not answers:
        result = await runtime.done(id, now=now)
    elif isinstance(answer, Fact) and type(answer) in answers:
        result = await runtime.answer(id, cast("Event", answer), now=now)
    else:
        expected = tuple(sorted(fact.__name__ for fact in answers))
        raise WrongAnswer(kind.__name__, expected, repr(answer))
    if result.kind not in ACCOUNTED:
        raise AnswerRefused(id, repr(result))
