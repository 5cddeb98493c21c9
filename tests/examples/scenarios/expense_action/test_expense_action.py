"""The review as an action: what is sent in, and what comes back, in memory and on SQLite."""

import pytest

from examples.scenarios.expense_action.action import schema, submit_review
from examples.scenarios.expense_action.machine import ExpenseId, Priority, SubmitExpense, expense_action
from telic import WorkflowId

BODY = {"reviewer_notes": "Approved", "priority": "high"}


async def submitted(stage):
    play = stage(expense_action)
    return play, await play.start(expense_action, SubmitExpense(expense_id=ExpenseId("e-1")))


async def test_a_review_that_is_sent_in_ends_the_expense(stage):
    play, id = await submitted(stage)
    response = await submit_review(play.runtime(expense_action), id, BODY, actor="ann")
    assert response == (200, {"state": "reviewed", "revision": 2})
    state = await play.state(expense_action, id)
    assert (state.reviewer, state.reviewer_notes, state.priority) == ("ann", "Approved", Priority.HIGH)


def test_the_schema_of_the_action_is_that_of_the_command():
    properties = schema()["properties"]
    assert properties["reviewer_notes"] == {"maxLength": 500, "title": "Reviewer Notes", "type": "string"}
    assert schema()["$defs"]["Priority"]["enum"] == ["low", "medium", "high"]
    assert schema()["required"] == ["reviewer_notes"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"priority": "high"}, "SubmitReview.reviewer_notes: Field required"),
        (BODY | {"priority": "urgent"}, "SubmitReview.priority: "),
        (BODY | {"reviewer_notes": "x" * 501}, "SubmitReview.reviewer_notes: "),
        (BODY | {"reviewer": "boss"}, "SubmitReview.reviewer: Extra inputs are not permitted"),
    ],
)
async def test_a_body_that_does_not_fit_is_told_field_by_field_and_changes_nothing(stage, body, error):
    play, id = await submitted(stage)
    response = await submit_review(play.runtime(expense_action), id, body, actor="ann")
    assert response.status == 422
    (text,) = response.body["errors"]
    assert text.startswith(error)
    assert await play.kinds(expense_action, id) == ["awaiting_review"]


async def test_a_second_review_and_one_of_nothing_are_refused(stage):
    play, id = await submitted(stage)
    runtime = play.runtime(expense_action)
    assert (await submit_review(runtime, WorkflowId("none"), BODY, actor="ann")).status == 404
    await submit_review(runtime, id, BODY, actor="ann")
    assert (await submit_review(runtime, id, BODY, actor="ben")).status == 409
    assert (await play.state(expense_action, id)).reviewer == "ann"


async def test_the_same_command_is_the_form_of_the_task_in_the_inbox(stage):
    play, id = await submitted(stage)
    (task,) = (await play.inbox.tasks(groups=("reviewers",))).items
    assert play.inbox.form(task) == schema()
    done = await play.complete(BODY, actor="ann", groups=("reviewers",))
    assert done.state == await play.state(expense_action, id)
