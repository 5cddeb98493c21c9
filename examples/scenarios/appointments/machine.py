"""Two mails at their moments: an hour before an appointment, and half an hour after a meeting.

Each is a machine of one step, begun by a trigger at an offset from the moment that a fact names. Read it from top to
bottom. What may never be here: the sending of mail; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime

from telic import Command, Fact, Intent, TypedId
from telic.patterns import pipeline
from telic.shell.triggers import Trigger

BEFORE_APPOINTMENT = timedelta(minutes=60)
AFTER_MEETING = timedelta(minutes=30)


class AppointmentId(TypedId):
    """Names one appointment."""


class MeetingId(TypedId):
    """Names one meeting."""


class AppointmentMade(Fact):
    """An appointment was made, or moved: the latest fact of an appointment counts."""

    appointment_id: AppointmentId
    begins_at: AwareDatetime


class MeetingEnded(Fact):
    meeting_id: MeetingId
    ended_at: AwareDatetime


class RemindOfAppointment(Command):
    appointment_id: AppointmentId


class FollowUpMeeting(Command):
    meeting_id: MeetingId


class ReminderSent(Fact):
    """The mail is on its way."""


class FollowUpSent(Fact):
    """The mail is on its way."""


class SendReminder(Intent[ReminderSent]):
    appointment_id: AppointmentId


class SendFollowUp(Intent[FollowUpSent]):
    meeting_id: MeetingId


reminder = pipeline("appointment_reminder", RemindOfAppointment).do(SendReminder).finish()
follow_up = pipeline("meeting_follow_up", FollowUpMeeting).do(SendFollowUp).finish()

remind_before = Trigger(
    "remind before appointments",
    fact=AppointmentMade,
    topic="appointments",
    machine=reminder,
    event=lambda fact: RemindOfAppointment(appointment_id=fact.appointment_id),
    key=lambda fact: fact.appointment_id,
    at=lambda fact: fact.begins_at,
    offset=-BEFORE_APPOINTMENT,
)
follow_up_after = Trigger(
    "follow up after meetings",
    fact=MeetingEnded,
    topic="meetings",
    machine=follow_up,
    event=lambda fact: FollowUpMeeting(meeting_id=fact.meeting_id),
    key=lambda fact: fact.meeting_id,
    at=lambda fact: fact.ended_at,
    offset=AFTER_MEETING,
)
