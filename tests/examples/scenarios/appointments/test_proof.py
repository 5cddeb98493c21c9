"""What is proved of the two mails."""

from examples.scenarios.appointments.machine import AppointmentId, MeetingId, follow_up, reminder
from telic.testing import suite
from telic.verify import Domain, ended, eventually

IDS = Domain().each(AppointmentId, AppointmentId("a-1")).each(MeetingId, MeetingId("m-1"))

TestReminder = suite(
    reminder, domain=IDS, check=[eventually("the reminder is sent", ended)], graph="reminder.graph.json"
)
TestFollowUp = suite(
    follow_up, domain=IDS, check=[eventually("the follow-up is sent", ended)], graph="follow_up.graph.json"
)
