"""Who tells people of their tasks: your handler of ``Remind``, else the log.

What may never be here: when to remind; the task says it, and the step decides.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telic.kernel.handling import Binding, Call
from telic.kernel.reminders import Remind
from telic.runtime.logs import context

if TYPE_CHECKING:
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent

__all__ = ["remind_binding"]

_log = logging.getLogger("telic.reminders")


def remind_binding(intent: type[Intent[Fact]]) -> Binding | None:
    """Return what logs reminders, for a system without a handler for them.

    Args:
        intent: A type of intent.
    """
    return Remind.handled_by(_logged) if intent is Remind else None


async def _logged(remind: Remind, call: Call) -> None:
    _log.warning(
        "task %s of %s is due at %s, and no handler tells anybody; do bind Remind.handled_by(...)",
        remind.task, call.workflow_id, remind.due.isoformat(),
        extra=context(
            machine=call.machine, workflow_id=call.workflow_id, intent_id=call.key, attempt=call.attempt,
            tenant=call.tenant,
        ),
    )  # fmt: skip
