"""Documents with a reviewer who answers, and one who does not, in memory and on SQLite."""

import pytest

from examples.scenarios.document_review.handlers import handlers
from examples.scenarios.document_review.machine import DocumentId, SubmitDocument, document_review
from telic import Handlers
from telic.kernel.reminders import Remind
from telic.shell.task_results import NotEntitled
from tests.examples.scenarios.stage import DAY, HOUR

MANAGERS = ("managers",)


async def submitted(stage, name, handlers=handlers):
    play = stage(document_review, handlers=handlers)
    return play, await play.start(document_review, SubmitDocument(document_id=DocumentId(name)))


@pytest.mark.parametrize(("document", "reviewer"), [("contract", "ann"), ("letter", "ben")])
async def test_the_reviewer_who_is_free_is_asked(stage, document, reviewer):
    play, id = await submitted(stage, document)
    (task,) = (await play.inbox.tasks()).items
    assert (task.assignee, task.title, task.due) == (reviewer, f"Review {document}", play.now + 3 * DAY)
    assert (await play.state(document_review, id)).reviewer == reviewer


async def test_an_approval_ends_the_review_under_the_name_of_whoever_gave_it(stage):
    play, id = await submitted(stage, "contract")
    await play.complete({"approved": True, "notes": "fine"}, actor="ann")
    state = await play.state(document_review, id)
    assert (state.kind, state.by, state.notes) == ("approved", "ann", "fine")


async def test_a_revision_is_requested_with_notes_and_not_without(stage):
    play, id = await submitted(stage, "contract")
    refused = await play.complete({"approved": False}, actor="ann")
    assert (refused.kind, refused.reasons) == ("rejected", ("say what is to be revised",))
    await play.complete({"approved": False, "notes": "page 2"}, actor="ann")
    state = await play.state(document_review, id)
    assert (state.kind, state.notes) == ("revision_requested", "page 2")


async def test_after_three_days_the_managers_are_asked_and_the_reviewer_no_longer(stage):
    play, id = await submitted(stage, "contract")
    await play.skip(3 * DAY - HOUR)
    assert await play.kinds(document_review, id) == ["assigning", "awaiting_review"]
    await play.skip(HOUR)
    assert (await play.kinds(document_review, id))[-1] == "escalated"
    assert (await play.inbox.tasks(assignee="ann")).items == ()
    (task,) = (await play.inbox.tasks(groups=MANAGERS)).items
    assert isinstance(await play.inbox.complete(task, {"approved": True}, actor="ann"), NotEntitled)
    await play.complete({"approved": True}, actor="mia", groups=MANAGERS)
    assert (await play.state(document_review, id)).by == "mia"


async def test_managers_may_take_as_long_as_they_want(stage):
    play, id = await submitted(stage, "contract")
    await play.skip(400 * DAY)
    assert (await play.kinds(document_review, id))[-1] == "escalated"


async def test_a_document_that_nobody_is_free_for_goes_to_the_managers_at_once(stage):
    play, id = await submitted(stage, "poem")
    assert await play.kinds(document_review, id) == ["assigning", "escalated"]


async def test_the_reviewer_is_reminded_a_day_before_the_time_is_up(stage):
    moments = []

    async def remind(intent, call):
        moments.append(play.now)

    others = [one for one in handlers if one.intent is not Remind]
    play, _ = await submitted(stage, "contract", Handlers(Remind.handled_by(remind), *others))
    begun = play.now
    await play.skip(3 * DAY)
    assert moments == [begun + 2 * DAY]
