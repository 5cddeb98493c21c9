"""The tables of waits, continued: reminders of tasks, and facts that one wait is to take.

What may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

__all__ = ["WAITING"]

# When somebody is to be reminded of a task next. A publication that one wait is to take has a turn: new,
# free, given to a wait, taken; the others have none.
WAITING = (
    "ALTER TABLE {s}.telic_wait ADD COLUMN remind_us bigint",
    """CREATE INDEX telic_wait_remind ON {s}.telic_wait (tenant, machine, coalesce(postponed_us, remind_us))
        WHERE remind_us IS NOT NULL AND NOT held""",
    "ALTER TABLE {s}.telic_publication ADD COLUMN turn smallint",
    'ALTER TABLE {s}.telic_publication ADD COLUMN to_machine text COLLATE "C"',
    'ALTER TABLE {s}.telic_publication ADD COLUMN to_id text COLLATE "C"',
    'ALTER TABLE {s}.telic_publication ADD COLUMN to_key text COLLATE "C"',
    "ALTER TABLE {s}.telic_publication ADD COLUMN to_since bigint",
    "CREATE INDEX telic_publication_turn ON {s}.telic_publication (tenant, turn) WHERE turn IN (0, 2)",
    """CREATE INDEX telic_publication_free ON {s}.telic_publication (tenant, topic, topic_key, tag, at_us, event_id)
        WHERE turn < 2""",
    """CREATE INDEX telic_publication_given ON {s}.telic_publication (tenant, to_machine, to_id, to_key)
        WHERE turn = 2""",
    """CREATE INDEX telic_wait_first ON {s}.telic_wait (tenant, topic, topic_key, event, opened_us, machine, id, key)
        WHERE type = 'topic'""",
)
