"""Dead letters of single instances: the intents that wait for somebody to redrive them.

What may never be here: a redrive.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from telic.kernel.snapshot import OpenIntent
from telic.kernel.unread import Unread
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.claims import DeadLetter
from telic.runtime.protocols import DurableStore

__all__ = ["all_letters", "letters_of", "name_of", "problem_of"]

_PAGE = 100


async def all_letters(store: DurableStore, after: IntentId | None = None) -> AsyncGenerator[DeadLetter, None]:
    """Yield dead letters in the order of their ids, page by page.

    Args:
        store: The store.
        after: The id after which to begin.
    """
    while page := await store.dead_letters(after=after, limit=_PAGE):
        for letter in page:
            yield letter
        after = page[-1].opened.id


async def letters_of(store: DurableStore, id: WorkflowId) -> tuple[DeadLetter, ...]:
    """Return the dead letters of one instance.

    Args:
        store: The store.
        id: The instance.
    """
    found: list[DeadLetter] = []
    # Ids of intents begin with that of their instance and a colon, which ";" comes next to.
    async for letter in all_letters(store, IntentId(f"{id}:")):
        if letter.opened.id >= f"{id};":
            break
        if letter.workflow_id == id:
            found.append(letter)
    return tuple(found)


def name_of(opened: OpenIntent) -> str:
    """Return the name of an intent's type; of one that today's code cannot read, the stored one."""
    intent: object = opened.intent
    return intent.tag if isinstance(intent, Unread) else type(intent).__name__


def problem_of(opened: OpenIntent) -> str:
    """Return why today's code cannot read an intent; nothing where it can."""
    intent: object = opened.intent
    return intent.problem if isinstance(intent, Unread) else ""
