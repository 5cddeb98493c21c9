"""The outside of the offer, made up: two mails.

What may never be here: a decision about an offer.
"""

from __future__ import annotations

from examples.scenarios.offer.machine import SendFinalNotice, SendOffer
from telic import Call, Handlers


async def send_offer(intent: SendOffer, call: Call) -> None:
    """Send the offer."""


async def send_final_notice(intent: SendFinalNotice, call: Call) -> None:
    """Say that it has expired."""


handlers = Handlers(SendOffer.handled_by(send_offer), SendFinalNotice.handled_by(send_final_notice))
