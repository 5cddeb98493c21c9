"""A card service that keeps a ledger: a file with one line for each time that it was asked.

It takes and returns money once for each key, however often it is asked, as a real one does.
While the file ``card-is-slow`` lies beside the ledger, the money is taken at once and the
answer keeps its asker waiting. What may never be here: an order.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import anyio

from examples.order.handlers import charge_card, handlers_with, refund_card
from examples.order.vocabulary import CardCharged, CardDeclined, CardRefunded, ChargeCard, RefundCard
from telic import Call, Handlers

_LOOK_SECONDS = 0.02


class CardService:
    """Takes and returns money, once for each key.

    Attributes:
        ledger: The file with what was done.
        slow: The file that makes answers come late, while it is there.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the ledger in a folder."""
        self.ledger = folder / "card-ledger"
        self.slow = folder / "card-is-slow"

    async def charge(self, intent: ChargeCard, call: Call) -> CardCharged | CardDeclined:
        """Take the money, then answer."""
        answer = await charge_card(intent, call)
        if isinstance(answer, CardCharged):
            self._write("charged", call, intent.amount)
        while self.slow.exists():  # noqa: ASYNC110  (a file has no event)
            await anyio.sleep(_LOOK_SECONDS)
        return answer

    async def refund(self, intent: RefundCard, call: Call) -> CardRefunded:
        """Return the money."""
        self._write("refunded", call, intent.amount)
        return await refund_card(intent, call)

    def handlers(self) -> Handlers:
        """Return everybody outside, with this card service."""
        return handlers_with(ChargeCard.handled_by(self.charge), RefundCard.handled_by(self.refund))

    def lines(self) -> list[str]:
        """Return the lines of the ledger: the deed, the amount, the key."""
        return self.ledger.read_text(encoding="utf-8").splitlines() if self.ledger.exists() else []

    def _write(self, deed: str, call: Call, amount: Decimal) -> None:
        done = any(line.endswith(f" {call.key}") for line in self.lines())
        with self.ledger.open("a", encoding="utf-8") as file:
            file.write(f"{'known' if done else deed:8} {amount:>7} {call.key}\n")
