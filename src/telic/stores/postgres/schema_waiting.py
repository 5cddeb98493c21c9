"""The tables of waits, continued: reminders of tasks, and facts that one wait is to take.

What may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

__all__ = ["WAITING"]

# When somebody is to be reminded of a task next. A publication that one wait is to take has a turn: 0 while
# somebody is to be found for it, 1 while nobody waits, 2 when it is taken; a broadcast has none.
WAITING = (
    "ALTER TABLE {s}.telic_wait ADD COLUMN remind_us bigint",
    """CREATE INDEX telic_wait_remind ON {s}.telic_wait (tenant, machine, coalesce(postponed_us, remind_us))
        WHERE remind_us IS NOT NULL AND NOT held""",
    "ALTER TABLE {s}.telic_publication ADD COLUMN turn smallint",
    "CREATE INDEX telic_publication_turn ON {s}.telic_publication (tenant, topic, topic_key, tag) WHERE turn = 0",
    """CREATE INDEX telic_publication_free ON {s}.telic_publication (tenant, topic, topic_key, tag, at_us, event_id)
        WHERE turn < 2""",
    """CREATE INDEX telic_wait_first ON {s}.telic_wait (tenant, topic, topic_key, event, opened_us, machine, id, key)
        WHERE type = 'topic'""",
)
