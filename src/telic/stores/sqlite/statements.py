"""The statements by which commits are written: constant texts, one per table and purpose.

What may never be here: a text that is put together at run time; SQLite prepares each of
these once.
"""

from __future__ import annotations

from typing import NamedTuple

from telic.stores.writes import Step

__all__ = ["STATEMENTS", "Statement"]


class Statement(NamedTuple):
    """One statement.

    Attributes:
        text: Its SQL.
        counted: Each row of parameters must change exactly one row of the table; a shortfall
            means that somebody else was first.
    """

    text: str
    counted: bool = False


STATEMENTS: dict[Step, Statement] = {
    Step.START: Statement(
        """
        INSERT INTO telic_instance (tenant, machine, id, revision, kind, version, status, state,
            rest, key, parent, started_us, at_us)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
        counted=True,
    ),
    Step.MOVE: Statement(
        """
        UPDATE telic_instance SET revision = ?, kind = ?, version = ?, status = ?, state = ?,
            rest = ?, key = ?, parent = ?, started_us = ?, at_us = ?
        WHERE tenant = ? AND machine = ? AND id = ? AND revision = ?
        """,
        counted=True,
    ),
    Step.LEARN: Statement(
        """
        INSERT INTO telic_event_id (tenant, machine, id, event_id, revision)
        VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
        counted=True,
    ),
    Step.RECORD: Statement(
        """
        INSERT INTO telic_journal (tenant, machine, id, revision, outcome, at_us, tag, version,
            data, event_id, answers, wait, actor, first, why, kind, intents, state_hash, code)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    Step.CLOSE: Statement("DELETE FROM telic_outbox WHERE tenant = ? AND machine = ? AND intent_id = ?"),
    Step.WITHDRAW: Statement(
        """
        UPDATE telic_outbox SET withdrawn = 1
        WHERE tenant = ? AND machine = ? AND intent_id = ?
        """
    ),
    Step.OPEN: Statement(
        """
        INSERT INTO telic_outbox (tenant, machine, intent_id, id, tag, version, payload,
            withdrawn, correlated, emitted_us, due_us)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    Step.END_WAIT: Statement(
        "DELETE FROM telic_wait WHERE tenant = ? AND machine = ? AND id = ? AND key = ? AND since = ?"
    ),
    # Declared again, a wait keeps its row, and with it what others have written there.
    Step.DECLARE_WAIT: Statement(
        """
        INSERT INTO telic_wait (tenant, machine, id, key, type, event, since, opened_us, due_us,
            fired_us, title, description, assignee, groups, priority, remind, topic, topic_key)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant, machine, id, key) DO UPDATE SET
            type = excluded.type, event = excluded.event, since = excluded.since,
            opened_us = excluded.opened_us, due_us = excluded.due_us,
            fired_us = excluded.fired_us, title = excluded.title,
            description = excluded.description, assignee = excluded.assignee,
            groups = excluded.groups, priority = excluded.priority, remind = excluded.remind,
            topic = excluded.topic, topic_key = excluded.topic_key
        """
    ),
    Step.FORGET: Statement("DELETE FROM telic_attribute WHERE tenant = ? AND machine = ? AND id = ? AND name = ?"),
    Step.DESCRIBE: Statement(
        """
        INSERT INTO telic_attribute (tenant, machine, id, name, type, value)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant, machine, id, name) DO UPDATE SET
            type = excluded.type, value = excluded.value
        """
    ),
}
