"""The tables of waits, continued: reminders of tasks, and facts that one wait is to take.

What may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

__all__ = ["WAITING"]

# When somebody is to be reminded of a task next. A publication that one wait is to take has a turn: new,
# free, given to a wait, taken; the others have none.
WAITING = (
    "ALTER TABLE telic_wait ADD COLUMN remind_us INTEGER",
    """CREATE INDEX telic_wait_remind ON telic_wait (tenant, machine, coalesce(postponed_us, remind_us))
        WHERE remind_us IS NOT NULL AND held = 0""",
    "ALTER TABLE telic_publication ADD COLUMN turn INTEGER",
    "ALTER TABLE telic_publication ADD COLUMN to_machine TEXT",
    "ALTER TABLE telic_publication ADD COLUMN to_id TEXT",
    "ALTER TABLE telic_publication ADD COLUMN to_key TEXT",
    "ALTER TABLE telic_publication ADD COLUMN to_since INTEGER",
    "CREATE INDEX telic_publication_turn ON telic_publication (tenant, turn) WHERE turn IN (0, 2)",
    """CREATE INDEX telic_publication_free ON telic_publication (tenant, topic, topic_key, tag, at_us, event_id)
        WHERE turn < 2""",
    """CREATE INDEX telic_publication_given ON telic_publication (tenant, to_machine, to_id, to_key)
        WHERE turn = 2""",
    """CREATE INDEX telic_wait_first ON telic_wait (tenant, topic, topic_key, event, opened_us, machine, id, key)
        WHERE type = 'topic'""",
)
