"""The review as an action of an API, without a web framework: a body comes in, a status and a body go out.

The schema, the checks of the body and the outcome come from the command. What may never be here: a rule
about expenses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from examples.scenarios.expense_action.machine import ExpenseEvent, ExpenseState, SubmitReview
from telic import WorkflowId, WorkflowRuntime
from telic.kernel.results import Invalid, NotFound, Stepped

NAME = "expense_submit_review"


class Response(NamedTuple):
    """What goes back to whoever has called."""

    status: int
    body: Mapping[str, object]


def schema() -> dict[str, object]:
    """Return the JSON Schema of the body, beside the id of the instance, which stands in the address."""
    return SubmitReview.model_json_schema()


async def submit_review(
    runtime: WorkflowRuntime[ExpenseState, ExpenseEvent], id: WorkflowId, body: Mapping[str, object], *, actor: str
) -> Response:
    """Carry the action out.

    Args:
        runtime: The expenses.
        id: Which one.
        body: What was sent.
        actor: Who has sent it, as the session says and not the body.
    """
    result = await runtime.run_json(id, {**body, "type": SubmitReview.__tag__}, actor=actor)
    match result:
        case Stepped():
            return Response(200, {"state": result.state.kind, "revision": result.record.revision})
        case Invalid():
            return Response(422, {"errors": list(result.errors)})
        case NotFound():
            return Response(404, {"errors": [f"there is no expense {id}"]})
        case _:
            return Response(409, {"errors": [f"not now: {result.kind}"]})
