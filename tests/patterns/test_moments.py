"""Polls, debounces and reminders: when they are due, and what holds of any run."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic import Deadline, Fact
from telic.patterns import Debounce, Poll, PollGaveUp, Reminder
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, sometimes
from tests.patterns import timed as t

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Due(Fact): ...


# --- polls --------------------------------------------------------------------------------------


def test_a_poll_asks_again_after_a_pause_that_grows_up_to_the_longest():
    poll, pauses = Poll(pause=MINUTE, factor=3, longest=5 * MINUTE), []
    for _ in range(4):
        waiting = poll.again(NOON)
        pauses.append((waiting.at - NOON) / MINUTE)
        poll = waiting.asked()
    assert pauses == [1, 3, 5, 5]
    assert Poll(pause=MINUTE, factor=2, tries=2).asked().pause == 2 * MINUTE


def test_a_poll_is_due_only_while_it_pauses():
    poll = Poll(pause=MINUTE)
    assert poll.deadline(Due()) == ()
    assert poll.again(NOON).deadline(Due(), key="k") == (Deadline(at=NOON + MINUTE, event=Due(), key="k"),)
    assert poll.again(NOON).asked() == poll


def test_a_poll_gives_up_after_its_tries_or_its_time():
    once = Poll(pause=MINUTE, tries=1)
    assert once.again(NOON).asked().again(NOON) == PollGaveUp(Poll(pause=MINUTE, tries=0))
    until = Poll(pause=MINUTE, until=NOON + MINUTE)
    assert until.again(NOON).at == NOON + MINUTE
    assert until.again(NOON + MINUTE) == PollGaveUp(until)


def test_a_poll_whose_pauses_would_grow_for_ever_is_refused():
    with pytest.raises(ValidationError, match="expected longest= or tries= beside factor=, got neither"):
        Poll(pause=MINUTE, factor=2)
    with pytest.raises(ValidationError, match="expected a longest pause of at least 1:00:00, got 0:01:00"):
        Poll(pause=HOUR, longest=MINUTE)
    with pytest.raises(ValidationError, match="greater than 0"):
        Poll(pause=timedelta(0))


@given(st.integers(0, 5), st.integers(1, 3), st.integers(1, 9))
def test_a_poll_asks_exactly_as_often_as_it_may(tries, factor, pause):
    poll, asked, now = Poll(pause=pause * MINUTE, factor=factor, tries=tries), 0, NOON
    while isinstance(waiting := poll.again(now), Poll):
        assert waiting.at is not None
        assert waiting.at > now
        poll, asked, now = waiting.asked(), asked + 1, waiting.at
    assert asked == tries


TestJob = suite(
    t.job,
    check=[
        eventually("every job ends", ended),
        always(
            "it is asked four times at most", lambda world: getattr(world.state, "poll", t.JobAsking().poll).tries >= 0
        ),
    ],
    worlds=9,
)

# --- debounces ----------------------------------------------------------------------------------


def test_each_touch_puts_it_off_and_never_further_than_it_may_be():
    saving = Debounce(quiet=5 * MINUTE, at_most=8 * MINUTE).touch(NOON)
    assert saving.at == NOON + 5 * MINUTE
    assert saving.touch(NOON + MINUTE).at == NOON + 6 * MINUTE
    assert saving.touch(NOON + 4 * MINUTE).at == NOON + 8 * MINUTE
    assert Debounce(quiet=MINUTE).touch(NOON).touch(NOON + HOUR).at == NOON + HOUR + MINUTE


def test_a_debounce_is_due_only_once_it_was_touched():
    saving = Debounce(quiet=MINUTE)
    assert saving.deadline(Due()) == ()
    assert saving.touch(NOON).deadline(Due()) == (Deadline(at=NOON + MINUTE, event=Due()),)
    assert saving.touch(NOON).reset() == saving


def test_a_debounce_that_could_never_be_quiet_is_refused():
    with pytest.raises(ValidationError, match="expected at_most of at least 1:00:00, got 0:01:00; do exchange them"):
        Debounce(quiet=HOUR, at_most=MINUTE)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=8), st.integers(1, 60), st.integers(0, 60))
def test_it_happens_after_some_quiet_and_not_later_than_it_may(gaps, quiet, more):
    saving, now, first = Debounce(quiet=quiet * MINUTE, at_most=(quiet + more) * MINUTE), NOON, NOON
    for gap in gaps:
        saving = saving.touch(now)
        assert saving.at == min(now + quiet * MINUTE, first + (quiet + more) * MINUTE)
        now += gap * MINUTE
        if now >= saving.at:
            saving, first = saving.reset(), now


TestDraft = suite(t.draft, check=[sometimes("nothing is unsaved", lambda world: not world.waits)], worlds=3)

# --- reminders ----------------------------------------------------------------------------------


def test_a_reminder_comes_at_each_moment_before():
    reminder = Reminder.before(NOON, HOUR, 24 * HOUR)
    assert reminder.moments == (NOON - 24 * HOUR, NOON - HOUR)
    assert reminder.deadline(Due(), key="k") == (Deadline(at=NOON - 24 * HOUR, event=Due(), key="k"),)


def test_a_reminder_may_come_again_and_again():
    assert Reminder.every(HOUR, start=NOON, times=2).moments == (NOON + HOUR, NOON + 2 * HOUR)


def test_moments_that_are_over_are_passed_over():
    reminder = Reminder.every(HOUR, start=NOON, times=3)
    assert reminder.after(NOON + 2 * HOUR).at == NOON + 3 * HOUR
    gone = reminder.after(NOON + 3 * HOUR)
    assert (gone.at, gone.deadline(Due())) == (None, ())


def test_a_reminder_of_nothing_or_of_one_moment_twice_is_refused():
    for made in (lambda: Reminder.before(NOON), lambda: Reminder.every(HOUR, start=NOON, times=0)):
        with pytest.raises(ValueError, match="expected at least one moment, got none; do say when to remind"):
            made()
    for wrong in (lambda: Reminder.before(NOON, HOUR, HOUR), lambda: Reminder.every(-HOUR, start=NOON, times=2)):
        with pytest.raises(ValidationError, match="expected moments in order, each once"):
            wrong()


@given(st.lists(st.integers(1, 100), unique=True, min_size=1, max_size=5), st.lists(st.integers(0, 110), max_size=6))
def test_each_moment_is_reminded_of_once_or_was_over(offsets, clock):
    reminder, due = Reminder.before(NOON, *(HOUR * one for one in offsets)), []
    for now in (NOON - 120 * HOUR + HOUR * one for one in sorted(clock)):
        if reminder.at is not None and reminder.at <= now:
            due.append(reminder.at)
            reminder = reminder.after(now)
        assert reminder.at is None or reminder.at > now
    assert due == sorted(set(due))


VISITS = Domain().field(t.BookVisit, "at", NOON).field(t.MoveVisit, "at", NOON + HOUR)
TestVisit = suite(t.visit, domain=VISITS, check=[eventually("every visit begins", ended)])
