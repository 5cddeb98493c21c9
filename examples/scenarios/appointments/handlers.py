"""The outside of the two mails, made up.

What may never be here: a moment; the triggers know when.
"""

from __future__ import annotations

from examples.scenarios.appointments.machine import FollowUpSent, ReminderSent, SendFollowUp, SendReminder
from telic import Call, Handlers


async def send_reminder(intent: SendReminder, call: Call) -> ReminderSent:
    """Send the mail before an appointment."""
    return ReminderSent()


async def send_follow_up(intent: SendFollowUp, call: Call) -> FollowUpSent:
    """Send the mail after a meeting."""
    return FollowUpSent()


handlers = Handlers(SendReminder.handled_by(send_reminder), SendFollowUp.handled_by(send_follow_up))
