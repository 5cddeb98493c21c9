"""The outside of the onboarding, made up: a mail service that knows who has no address.

What may never be here: a decision about an onboarding.
"""

from __future__ import annotations

from examples.scenarios.onboarding.machine import RemindUser, SendWelcome, UserId, WelcomeBounced, WelcomeSent
from telic import Call, Handlers

WITHOUT_ADDRESS = frozenset({UserId("ghost")})


async def send_welcome(intent: SendWelcome, call: Call) -> WelcomeSent | WelcomeBounced:
    """Send the first mail."""
    return WelcomeBounced() if intent.user_id in WITHOUT_ADDRESS else WelcomeSent()


async def remind_user(intent: RemindUser, call: Call) -> None:
    """Send one more."""


handlers = Handlers(SendWelcome.handled_by(send_welcome), RemindUser.handled_by(remind_user))
