"""The statements by which commits are written: constant texts, one per table and purpose.

What may never be here: a text that is put together at run time; SQLite prepares each of
these once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from telic.stores.writes import Step, Write

__all__ = ["STATEMENTS", "Job", "Order", "Statement"]


class Statement(NamedTuple):
    """One statement.

    Attributes:
        text: Its SQL.
        counted: Each row of parameters must change exactly one row of the table; a shortfall
            means that somebody else was first.
    """

    text: str
    counted: bool = False


class Job(NamedTuple):
    """Other work of the one writer, beside commits.

    Attributes:
        run: Runs statements in the transaction that is open; runs again when that one is
            begun again, so it counts only what it has done last.
    """

    run: Callable[[sqlite3.Connection], None]


Order: TypeAlias = Write | Job

STATEMENTS: dict[Step, Statement] = {
    # Nobody has changed the task that this commit answers, since it was read.
    Step.ANSWER: Statement(
        """
        UPDATE telic_wait SET edition = edition
        WHERE tenant = ? AND machine = ? AND id = ? AND key = ? AND type = 'task' AND since = ? AND edition = ?
        """,
        counted=True,
    ),
    # The fact that this commit takes was there for whoever comes first, and nobody has come before.
    Step.TAKE: Statement(
        """
        UPDATE telic_publication SET turn = 2
        WHERE tenant = ? AND topic = ? AND topic_key = ? AND event_id = ? AND turn < 2
        """,
        counted=True,
    ),
    Step.START: Statement(
        """
        INSERT INTO telic_instance (tenant, machine, id, revision, kind, version, status, state,
            rest, key, parent, started_us, at_us, root_machine, root)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
        counted=True,
    ),
    # At another moment it is another instance, under the id of one that was purged, or another history of it,
    # after the loss of the last commits.
    Step.MOVE: Statement(
        """
        UPDATE telic_instance SET revision = ?, kind = ?, version = ?, status = ?, state = ?, rest = ?, at_us = ?
        WHERE tenant = ? AND machine = ? AND id = ? AND revision = ? AND at_us = ?
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
    # It ends as withdrawn at once, but for what may have happened: what runs, what is in doubt,
    # and an answer that could not be taken.
    Step.WITHDRAW: Statement(
        """
        UPDATE telic_outbox SET withdrawn = 1, cause = CASE cause WHEN 'in_doubt' THEN cause END,
            state = CASE WHEN state = 1 OR (state = 4 AND cause IS NULL) THEN state ELSE 0 END,
            due_us = CASE WHEN state = 1 OR (state = 4 AND cause IS NULL) THEN due_us ELSE 0 END
        WHERE tenant = ? AND machine = ? AND intent_id = ?
        """
    ),
    Step.OPEN: Statement(
        """
        INSERT INTO telic_outbox (tenant, machine, intent_id, id, tag, version, payload,
            withdrawn, correlated, emitted_us, due_us, state, trace)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    Step.END_WAIT: Statement(
        "DELETE FROM telic_wait WHERE tenant = ? AND machine = ? AND id = ? AND key = ? AND since = ?"
    ),
    # Declared again, a wait keeps its row, and with it what others have written there; but a
    # deadline that was postponed is tried at once.
    Step.DECLARE_WAIT: Statement(
        """
        INSERT INTO telic_wait (tenant, machine, id, key, type, event, since, opened_us, due_us,
            fired_us, title, description, assignee, groups, priority, remind, topic, topic_key, held,
            remind_us, trace)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant, machine, id, key) DO UPDATE SET
            type = excluded.type, event = excluded.event, since = excluded.since,
            opened_us = excluded.opened_us, due_us = excluded.due_us,
            fired_us = excluded.fired_us, title = excluded.title,
            description = excluded.description, assignee = excluded.assignee,
            groups = excluded.groups, priority = excluded.priority, remind = excluded.remind,
            topic = excluded.topic, topic_key = excluded.topic_key, held = excluded.held,
            remind_us = excluded.remind_us,
            postponed_us = NULL, stirred = stirred + (topic IS NOT excluded.topic
                OR topic_key IS NOT excluded.topic_key OR event <> excluded.event OR since <> excluded.since)
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
    # What is claimed goes on; it is held when it comes back unanswered.
    Step.HOLD_INTENT: Statement(
        """
        UPDATE telic_outbox SET state = 3
        WHERE tenant = ? AND machine = ? AND intent_id = ? AND state = 0 AND withdrawn = 0 AND cause IS NULL
        """
    ),
    Step.LET_INTENT_GO: Statement(
        "UPDATE telic_outbox SET state = 0 WHERE tenant = ? AND machine = ? AND intent_id = ? AND state = 3"
    ),
    Step.HOLD_DEADLINES: Statement("UPDATE telic_wait SET held = 1 WHERE tenant = ? AND machine = ? AND id = ?"),
    Step.LET_DEADLINES_GO: Statement("UPDATE telic_wait SET held = 0 WHERE tenant = ? AND machine = ? AND id = ?"),
    Step.CHECKPOINT: Statement(
        """
        INSERT INTO telic_checkpoint (tenant, machine, id, revision, kind, version, status, state,
            rest, key, parent, started_us, at_us, root_machine, root, base)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    # What another store has kept, with all that stood beside it there.
    Step.ADMIT_EVENT_ID: Statement(
        """
        INSERT INTO telic_event_id (tenant, machine, id, event_id, revision, outcome, kind, intents)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    Step.ADMIT_INTENT: Statement(
        """
        INSERT INTO telic_outbox (tenant, machine, intent_id, id, tag, version, payload, withdrawn, correlated,
            emitted_us, state, due_us, attempt, crashes, cause, problem, trace)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    Step.ADMIT_WAIT: Statement(
        """
        INSERT INTO telic_wait (tenant, machine, id, key, type, event, since, opened_us, due_us,
            fired_us, title, description, assignee, groups, priority, remind, topic, topic_key, held,
            remind_us, claimed_by, assigned_to, draft, edition, trace)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ),
    Step.KEEP_ACT: Statement(
        """
        INSERT INTO telic_act (tenant, machine, id, operation, subject, act, actor, at_us, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """
    ),
    # Of an instance that goes elsewhere: what nobody carries out yet is set aside.
    Step.LEAVE: Statement(
        """
        UPDATE telic_outbox SET state = 5
        WHERE tenant = ?1 AND machine = ?2 AND intent_id > ?3 || ':' AND intent_id < ?3 || ';' AND id = ?3
            AND withdrawn = 0 AND cause IS NULL AND (state IN (0, 3) OR (state = 1 AND due_us <= ?4))
        """
    ),
}
