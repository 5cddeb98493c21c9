"""The tables, and how a file comes to have them: numbered migrations, each run once.

A file names the version of its tables in ``telic_schema``. What may never be here: a change
of a migration that was ever released; a change of the tables is a new migration.
"""

from __future__ import annotations

import sqlite3

from telic.kernel.errors import StoreFailed
from telic.stores.sqlite.schema_happenings import HAPPENINGS, SILENT, STARTS, TELLING
from telic.stores.sqlite.schema_journals import JOURNALS
from telic.stores.sqlite.schema_traces import TRACES
from telic.stores.sqlite.schema_waiting import WAITING

__all__ = ["MIGRATIONS", "migrate", "version_of"]

_VERSION_1 = (
    # One row per instance: what `load` reads and the compare-and-swap writes.
    """CREATE TABLE telic_instance (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
        state BLOB NOT NULL, rest BLOB,
        key TEXT, parent TEXT,
        started_us INTEGER NOT NULL, at_us INTEGER NOT NULL,
        PRIMARY KEY (tenant, machine, id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE telic_journal (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,
        outcome TEXT NOT NULL, at_us INTEGER NOT NULL,
        tag TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL,
        event_id TEXT, answers TEXT, wait TEXT, actor TEXT NOT NULL, first INTEGER, why TEXT,
        kind TEXT NOT NULL, intents TEXT, state_hash BLOB NOT NULL, code INTEGER NOT NULL,
        PRIMARY KEY (tenant, machine, id, revision)
    ) STRICT, WITHOUT ROWID""",
    # The ids that callers gave: deduplication. Derived ids name their record by themselves.
    """CREATE TABLE telic_event_id (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL, event_id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (tenant, machine, id, event_id)
    ) STRICT, WITHOUT ROWID""",
    # The intents that somebody has still to carry out. What follows `emitted_us` belongs to
    # whoever carries them out; a step never changes it.
    """CREATE TABLE telic_outbox (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, intent_id TEXT NOT NULL, id TEXT NOT NULL,
        tag TEXT NOT NULL, version INTEGER NOT NULL, payload BLOB NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0, correlated INTEGER NOT NULL DEFAULT 0,
        emitted_us INTEGER NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0, due_us INTEGER NOT NULL, lease_us INTEGER,
        epoch INTEGER NOT NULL DEFAULT 0, problem TEXT,
        PRIMARY KEY (tenant, machine, intent_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX telic_outbox_due ON telic_outbox (due_us)",
    # What the states are open to: deadlines, human tasks, topics.
    """CREATE TABLE telic_wait (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL,
        type TEXT NOT NULL, event TEXT NOT NULL,
        since INTEGER NOT NULL, opened_us INTEGER NOT NULL, due_us INTEGER, fired_us INTEGER,
        title TEXT, description TEXT, assignee TEXT, groups TEXT, priority INTEGER, remind TEXT,
        topic TEXT, topic_key TEXT,
        PRIMARY KEY (tenant, machine, id, key)
    ) STRICT, WITHOUT ROWID""",
    """CREATE INDEX telic_wait_due ON telic_wait (due_us)
        WHERE type = 'deadline' AND fired_us IS NULL""",
    "CREATE INDEX telic_wait_task ON telic_wait (tenant, assignee, priority) WHERE type = 'task'",
    "CREATE INDEX telic_wait_topic ON telic_wait (tenant, topic, topic_key) WHERE type = 'topic'",
    # What the states can be searched by.
    """CREATE TABLE telic_attribute (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
        type TEXT NOT NULL, value ANY NOT NULL,
        PRIMARY KEY (tenant, machine, id, name)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX telic_attribute_value ON telic_attribute (tenant, machine, name, value)",
)

# Who carries intents out keeps books here: states are those of `IntentState`, and what is due
# is found by one seek for each type of intent, however many others there are. The end of a
# lease is the moment when its row becomes due again.
_VERSION_2 = (
    "ALTER TABLE telic_outbox DROP COLUMN lease_us",
    "ALTER TABLE telic_outbox ADD COLUMN state INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE telic_outbox ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE telic_outbox ADD COLUMN cause TEXT",
    "ALTER TABLE telic_outbox ADD COLUMN worker TEXT",
    "DROP INDEX telic_outbox_due",
    "CREATE INDEX telic_outbox_due ON telic_outbox (tenant, machine, tag, due_us) WHERE state < 3",
    "CREATE INDEX telic_outbox_dead ON telic_outbox (tenant, machine, intent_id) WHERE state = 4",
    """UPDATE telic_outbox SET state = 3 WHERE withdrawn = 0 AND EXISTS (
        SELECT 1 FROM telic_instance AS one WHERE one.tenant = telic_outbox.tenant
        AND one.machine = telic_outbox.machine AND one.id = telic_outbox.id AND one.status = 'paused')""",
    # A deadline of a paused instance is held; one that could not be delivered is postponed.
    "ALTER TABLE telic_wait ADD COLUMN held INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE telic_wait ADD COLUMN postponed_us INTEGER",
    "DROP INDEX telic_wait_due",
    """CREATE INDEX telic_wait_due ON telic_wait (tenant, machine, coalesce(postponed_us, due_us))
        WHERE type = 'deadline' AND fired_us IS NULL AND held = 0""",
    """UPDATE telic_wait SET held = 1 WHERE EXISTS (
        SELECT 1 FROM telic_instance AS one WHERE one.tenant = telic_wait.tenant
        AND one.machine = telic_wait.machine AND one.id = telic_wait.id AND one.status = 'paused')""",
)

# What operators search by: neither column changes while an instance runs, so a step pays nothing.
_VERSION_3 = (
    "CREATE INDEX telic_instance_key ON telic_instance (tenant, machine, key) WHERE key IS NOT NULL",
    "CREATE INDEX telic_instance_parent ON telic_instance (tenant, machine, parent) WHERE parent IS NOT NULL",
    "CREATE INDEX telic_instance_status ON telic_instance (tenant, machine, status) WHERE status <> 'running'",
)

# What people do: to tasks, which keep a claim and a draft while they are open, and to intents.
# What was done leaves a trace, once for each operation.
_VERSION_4 = (
    "ALTER TABLE telic_wait ADD COLUMN claimed_by TEXT",
    "ALTER TABLE telic_wait ADD COLUMN assigned_to TEXT",
    "ALTER TABLE telic_wait ADD COLUMN draft BLOB",
    "ALTER TABLE telic_wait ADD COLUMN edition INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX telic_wait_task",
    """CREATE INDEX telic_wait_task ON telic_wait (tenant, machine, coalesce(due_us, 9223372036854775807), id, key)
        WHERE type = 'task'""",
    """CREATE INDEX telic_wait_mine ON telic_wait (tenant, machine, coalesce(claimed_by, assigned_to, assignee),
        coalesce(due_us, 9223372036854775807), id, key) WHERE type = 'task'""",
    """CREATE TABLE telic_act (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL,
        operation TEXT NOT NULL, subject TEXT NOT NULL,
        act TEXT NOT NULL, actor TEXT NOT NULL, at_us INTEGER NOT NULL, detail TEXT NOT NULL,
        PRIMARY KEY (tenant, machine, id, operation, subject)
    ) STRICT, WITHOUT ROWID""",
    # What is over, by when: for whoever clears it away.
    """CREATE INDEX telic_instance_over ON telic_instance (tenant, machine, at_us)
        WHERE status IN ('ended', 'cancelled', 'terminated')""",
)

# What was published, for waits that open later; the last columns say how far it was spread. A
# wait is hungry when it was stirred since it was fed; a new one is.
_TOPICS = (
    """CREATE TABLE telic_publication (
        tenant TEXT NOT NULL, topic TEXT NOT NULL, topic_key TEXT NOT NULL, event_id TEXT NOT NULL,
        tag TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL,
        at_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,
        spread INTEGER NOT NULL DEFAULT 0,
        at_machine TEXT NOT NULL DEFAULT '', at_id TEXT NOT NULL DEFAULT '', at_key TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (tenant, topic, topic_key, event_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX telic_publication_new ON telic_publication (tenant) WHERE spread = 0",
    "CREATE INDEX telic_publication_over ON telic_publication (tenant, expires_us)",
    "ALTER TABLE telic_wait ADD COLUMN stirred INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE telic_wait ADD COLUMN fed INTEGER NOT NULL DEFAULT 0",
    """CREATE INDEX telic_wait_hungry ON telic_wait (tenant, machine, coalesce(postponed_us, 0))
        WHERE type = 'topic' AND fed <> stirred""",
)

# Until when each shared limit is spent.
_LIMITS = (
    """CREATE TABLE telic_limit (
        tenant TEXT NOT NULL, name TEXT NOT NULL, spent_us INTEGER NOT NULL,
        PRIMARY KEY (tenant, name)
    ) STRICT, WITHOUT ROWID""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _VERSION_4,
    HAPPENINGS,
    _TOPICS,
    STARTS,
    _LIMITS,
    JOURNALS,
    WAITING,
    SILENT,
    TRACES,
)
"""The statements that lead from version N to version N + 1, at position N."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables in a file; 0 where there are none."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'telic_schema'")
    if known.fetchone() is None:
        return 0
    row: tuple[int] = connection.execute("SELECT max(version) FROM telic_schema").fetchone()
    return row[0]


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring the tables of a file up to date, whole or not at all.

    Args:
        connection: An open connection without a transaction.
        name: The path of the file, for messages.

    Raises:
        StoreFailed: When a newer version has written the file.
        sqlite3.Error: When the file cannot be read or written.
    """
    if _checked(version_of(connection), name) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been first while this one waited.
        version = _checked(version_of(connection), name)
        if version == 0:
            connection.execute("CREATE TABLE telic_schema (version INTEGER PRIMARY KEY) STRICT")
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                connection.execute(statement)
            if statements is SILENT:
                _tell_hooks(connection)
            connection.execute("INSERT INTO telic_schema (version) VALUES (?)", (number,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _tell_hooks(connection: sqlite3.Connection) -> None:
    """Make the triggers again where somebody listens."""
    if connection.execute("SELECT 1 FROM telic_hook LIMIT 1").fetchone():
        for statement in TELLING:
            connection.execute(statement)


def _checked(version: int, name: str) -> int:
    if version > len(MIGRATIONS):
        raise StoreFailed(
            "open",
            f"expected tables of version {len(MIGRATIONS)} at most in {name}, "
            f"got version {version}, which a newer telic has made; do upgrade telic",
        )
    return version
