"""The context of a log record: the same fields in every area, for every formatter.

Each area has its logger: ``telic.step``, ``telic.worker``, ``telic.deadlines``, ``telic.hooks``,
``telic.schedules`` and so on. What may never be here: a handler, a level, or a format; the
application configures these.
"""

from __future__ import annotations

__all__ = ["context"]


def context(
    *,
    machine: str | None = None,
    workflow_id: str | None = None,
    revision: int | None = None,
    intent_id: str | None = None,
    attempt: int | None = None,
    tenant: str | None = None,
) -> dict[str, object]:
    """Return the fields of a record, for ``extra``; what does not apply is ``None``.

    Args:
        machine: The name of the machine.
        workflow_id: The instance.
        revision: The record of its journal.
        intent_id: The idempotency key of an intent.
        attempt: The number of the attempt, from 1.
        tenant: Whose instance it is.

    Example:
        >>> context(machine="order", workflow_id="o-7")["machine"]
        'order'
    """
    return {
        "machine": machine,
        "workflow_id": str(workflow_id) if workflow_id is not None else None,
        "revision": revision,
        "intent_id": str(intent_id) if intent_id is not None else None,
        "attempt": attempt,
        "tenant": tenant,
    }
