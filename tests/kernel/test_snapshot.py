"""What is stored: snapshots, records and commits, and what they tell about the difference."""

from telic import Cancel, EventId, IntentId
from telic.kernel.results import Rejected
from telic.kernel.snapshot import Begin, Outcome, Recorded
from telic.kernel.values import WaitKey
from telic.kernel.waits import HumanTask
from tests.kernel import machines as m
from tests.kernel import test_reminders as reminders
from tests.kernel.machines import ID, step, walk

OPENED = IntentId("bike:1:0")
BOSS = {"wait": WaitKey("boss")}


def test_the_beginning_with_a_state_is_an_event_that_compares_by_it():
    begin = Begin(m.New(parts=1))
    assert (repr(begin), len({begin, Begin(m.New(parts=1))})) == (f"Begin({m.New(parts=1)!r})", 1)
    assert begin == Begin(m.New(parts=1)) != Begin(m.New())
    assert begin != m.New(parts=1)


def test_a_snapshot_tells_deferred_events_from_unplaced_ones():
    first = walk(m.Open())
    assert (first.id, first.deferred, first.unplaced) == (ID, (), ())
    deferred = walk(m.Open(), m.Collect())
    assert ([one.event for one in deferred.deferred], deferred.unplaced) == ([m.Collect()], ())
    unplaced = deferred._replace(parked=(deferred.parked[0]._replace(outcome=Outcome.UNPLACED),))
    assert (unplaced.deferred, [one.event for one in unplaced.unplaced]) == ((), [m.Collect()])


def test_a_record_tells_what_a_second_delivery_is_told():
    record = step(None, m.Open(), event_id=EventId("e")).records[0]
    assert (record.event_id, record.kind) == ("e", "new")
    assert record.recorded == Recorded(Outcome.STARTED, 1, "new", (OPENED,))
    assert record._replace(given_id=None).event_id == "telic:bike:1"
    assert record._replace(state=Begin(m.New())).kind == "Begin"


def test_the_first_commit_opens_everything_and_expects_no_instance():
    first = step(None, m.Open())
    assert (first.id, first.expected, [one.id for one in first.opened]) == (ID, 0, [OPENED])
    assert (first.closed, first.done, first.withdrawn, first.waits_changed) == ((), (), (), False)


def test_a_commit_tells_which_intents_were_opened_and_closed():
    commit = step(walk(m.Open()), m.Mailed(), answers=OPENED)
    assert (commit.expected, commit.opened, commit.closed, commit.done) == (1, (), (OPENED,), (OPENED,))
    assert (commit.withdrawn, commit.waits_changed) == ((), False)


def test_a_commit_tells_what_was_withdrawn_and_whether_waits_changed():
    quoted = step(walk(m.Open(parts=2)), m.Quote(price=1))
    assert quoted.waits_changed
    ordering = step(quoted.after, m.Approve(), **BOSS).after
    commit = step(ordering, m.PartMissing(part_id=m.PartId("p0")), answers=IntentId("bike:3:0"))
    assert commit.withdrawn == (OPENED, IntentId("bike:3:1"))[1:]


def test_an_intent_whose_answer_is_kept_is_done_and_stays_open():
    ordering = step(walk(m.Open(parts=1), m.Quote(price=1)), m.Approve(), **BOSS).after
    quoted = ordering._replace(state=m.Quoted(parts=1, price=1, until=m.NOW), waits=())
    commit = step(quoted, m.PartCame(part_id=m.PartId("p0")), answers=IntentId("bike:3:0"))
    assert (commit.closed, commit.done) == ((), (IntentId("bike:3:0"),))
    assert IntentId("bike:3:0") in commit.after.open


def test_two_commits_in_a_row_are_one():
    first = step(None, m.Open())
    second = step(first.after, m.Poke())
    whole = first.followed_by(second)
    assert (whole.id, whole.expected, len(whole.records), whole.after) == (ID, 0, 2, second.after)
    assert not isinstance(step(second.after, Cancel()), Rejected)


def test_a_task_knows_when_to_remind_next():
    (task,) = reminders.asked().waits
    assert task.next_reminder == reminders.NOW + 5 * reminders.HOUR
    assert task._replace(reminded=task.wait.reminders).next_reminder is None
    assert task._replace(wait=HumanTask(answer=reminders.Sign)).next_reminder is None
