"""What a state may wait for: deadlines, human tasks, topics."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from telic import Command, Deadline, Fact, HumanTask, Topic
from telic.kernel.waits import Wait
from tests.kernel.test_reminders import Sign

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Sent(Fact): ...


class Approve(Command): ...


def test_waits_compare_by_content_and_have_a_key():
    here = NOW.astimezone(timezone(timedelta(hours=2)))
    deadline = Deadline(at=here, event=Sent())
    assert (deadline, deadline.at.tzinfo, deadline.key) == (Deadline(at=NOW, event=Sent()), UTC, "Sent")
    task = HumanTask(answer=Approve, due=NOW, remind=(timedelta(hours=1),))
    topic = Topic(fact=Sent, name="news", key="7", wait_key="mine")
    assert (task.title, task.key, topic.key, topic.topic_key) == ("Approve", "Approve", "mine", "7")
    assert [one.event_type for one in (deadline, task, topic)] == [Sent, Approve, Sent]
    assert (repr(topic), hash(topic), topic == task) == ("Topic(Sent, key='mine')", hash(topic), False)
    with pytest.raises(NotImplementedError):
        _ = Wait().event_type


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Deadline(at=datetime(2026, 1, 1), event=Sent()), "expected an aware datetime, got datetime"),
        (lambda: HumanTask(answer=Approve, due=datetime(2026, 1, 1)), "expected an aware datetime as due"),
        (lambda: HumanTask(answer=Approve, remind=(timedelta(1),)), "expected due beside remind, got None"),
    ],
)
def test_waits_refuse_what_has_no_meaning(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_a_task_reminds_before_its_due_date_at_each_moment_once():
    due, hour = datetime(2026, 5, 1, 12, tzinfo=UTC), timedelta(hours=1)
    task = HumanTask(answer=Sign, due=due, remind=(hour, 5 * hour, hour))
    assert task.reminders == (due - 5 * hour, due - hour)
    assert HumanTask(answer=Sign).reminders == ()
    with pytest.raises(ValueError, match="expected remind as offsets before due, got"):
        HumanTask(answer=Sign, due=due, remind=(-hour,))
