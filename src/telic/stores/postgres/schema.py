"""The tables, and how a schema comes to have them: numbered migrations, each run once.

A schema names the version of its tables in ``telic_schema``. What may never be here: a change
of a migration that was ever released; a change of the tables is a new migration.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import cast

from telic.kernel.errors import StoreFailed
from telic.stores.postgres.connection import Connection
from telic.stores.postgres.schema_happenings import HAPPENINGS, QUIET, STARTS
from telic.stores.postgres.schema_journals import JOURNALS
from telic.stores.postgres.schema_traces import TRACES
from telic.stores.postgres.schema_waiting import WAITING

__all__ = ["MIGRATIONS", "migrate", "version_of"]

# Texts are bytes to telic: they compare as in Python, whatever the locale of the server.
# Moments are microseconds since 1970, as in every store: exact, and cheap to read.
# JSON is kept as the bytes that were hashed; to look at it: convert_from(state, 'UTF8')::jsonb.
_VERSION_1 = (
    # One row per instance: what `load` reads and the compare-and-swap writes.
    """CREATE TABLE {s}.telic_instance (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        revision bigint NOT NULL,
        kind text NOT NULL, version integer NOT NULL, status text NOT NULL,
        state bytea NOT NULL, rest bytea,
        key text, parent text,
        started_us bigint NOT NULL, at_us bigint NOT NULL,
        PRIMARY KEY (tenant, machine, id)
    ) WITH (fillfactor = 80)""",
    """CREATE TABLE {s}.telic_journal (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        revision bigint NOT NULL,
        outcome text NOT NULL, at_us bigint NOT NULL,
        tag text NOT NULL, version integer NOT NULL, data bytea NOT NULL,
        event_id text, answers text, wait text, actor text NOT NULL, first bigint, why text,
        kind text NOT NULL, intents text, state_hash bytea NOT NULL, code integer NOT NULL,
        PRIMARY KEY (tenant, machine, id, revision)
    )""",
    # The ids that callers gave: deduplication. Derived ids name their record by themselves.
    """CREATE TABLE {s}.telic_event_id (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        revision bigint NOT NULL,
        PRIMARY KEY (tenant, machine, id, event_id)
    )""",
    # The intents that somebody has still to carry out, with the books of whoever does; states
    # are those of `IntentState`. What is due is found by one seek for each type of intent.
    # Rows come and go: room for that, and a vacuum that does not wait for a share of them.
    """CREATE TABLE {s}.telic_outbox (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, intent_id text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        tag text COLLATE "C" NOT NULL, version integer NOT NULL, payload bytea NOT NULL,
        withdrawn boolean NOT NULL DEFAULT false, correlated boolean NOT NULL DEFAULT false,
        emitted_us bigint NOT NULL,
        state smallint NOT NULL DEFAULT 0, due_us bigint NOT NULL, attempt integer NOT NULL DEFAULT 0,
        crashes integer NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0, worker text, cause text, problem text,
        PRIMARY KEY (tenant, machine, intent_id)
    ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0)""",
    "CREATE INDEX telic_outbox_due ON {s}.telic_outbox (tenant, machine, tag, due_us) WHERE state < 3",
    "CREATE INDEX telic_outbox_dead ON {s}.telic_outbox (tenant, machine, intent_id) WHERE state = 4",
    # What the states are open to: deadlines, human tasks, topics. One that was closed and
    # opened again in one commit is another row: the revision that opened it is in its key. A
    # deadline of a paused instance is held; one that could not be delivered is postponed.
    """CREATE TABLE {s}.telic_wait (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        type text NOT NULL, event text NOT NULL,
        since bigint NOT NULL, opened_us bigint NOT NULL, due_us bigint, fired_us bigint,
        title text, description text, assignee text COLLATE "C", groups text, priority bigint, remind text,
        topic text COLLATE "C", topic_key text COLLATE "C",
        held boolean NOT NULL DEFAULT false, postponed_us bigint,
        PRIMARY KEY (tenant, machine, id, key, since)
    )""",
    """CREATE INDEX telic_wait_due ON {s}.telic_wait (tenant, machine, coalesce(postponed_us, due_us))
        WHERE type = 'deadline' AND fired_us IS NULL AND NOT held""",
    "CREATE INDEX telic_wait_task ON {s}.telic_wait (tenant, assignee, priority) WHERE type = 'task'",
    "CREATE INDEX telic_wait_topic ON {s}.telic_wait (tenant, topic, topic_key) WHERE type = 'topic'",
    # What the states can be searched by: a text, or a number. An index takes short texts only.
    """CREATE TABLE {s}.telic_attribute (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        type text NOT NULL, text text COLLATE "C", number numeric,
        PRIMARY KEY (tenant, machine, id, name)
    )""",
    """CREATE INDEX telic_attribute_text ON {s}.telic_attribute (tenant, machine, name, left(text, 200))
        WHERE text IS NOT NULL""",
    """CREATE INDEX telic_attribute_number ON {s}.telic_attribute (tenant, machine, name, number)
        WHERE number IS NOT NULL""",
)

# What operators search by: none of it changes while an instance runs, so a step pays nothing.
_VERSION_2 = (
    "CREATE INDEX telic_instance_key ON {s}.telic_instance (tenant, machine, key) WHERE key IS NOT NULL",
    """CREATE INDEX telic_instance_parent ON {s}.telic_instance (tenant, machine, parent COLLATE "C")
        WHERE parent IS NOT NULL""",
    "CREATE INDEX telic_instance_status ON {s}.telic_instance (tenant, machine, status, id) WHERE status <> 'running'",
)

# What people do: to tasks, which keep a claim and a draft while they are open, and to intents.
# What was done leaves a trace, once for each operation.
_VERSION_3 = (
    """ALTER TABLE {s}.telic_wait ADD COLUMN claimed_by text COLLATE "C", ADD COLUMN assigned_to text COLLATE "C",
        ADD COLUMN draft bytea, ADD COLUMN edition bigint NOT NULL DEFAULT 0""",
    "DROP INDEX {s}.telic_wait_task",
    """CREATE INDEX telic_wait_task ON {s}.telic_wait
        (tenant, machine, coalesce(due_us, 9223372036854775807), id, key) WHERE type = 'task'""",
    """CREATE INDEX telic_wait_mine ON {s}.telic_wait (tenant, machine, coalesce(claimed_by, assigned_to, assignee),
        coalesce(due_us, 9223372036854775807), id, key) WHERE type = 'task'""",
    """CREATE TABLE {s}.telic_act (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        operation text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL,
        act text NOT NULL, actor text NOT NULL, at_us bigint NOT NULL, detail text NOT NULL,
        PRIMARY KEY (tenant, machine, id, operation, subject)
    )""",
    # What is over, by when: for whoever clears it away. The column stays empty while an
    # instance runs, so that a step still changes no index.
    """ALTER TABLE {s}.telic_instance ADD COLUMN over_us bigint
        GENERATED ALWAYS AS (CASE WHEN status IN ('ended', 'cancelled', 'terminated') THEN at_us END) STORED""",
    """CREATE INDEX telic_instance_over ON {s}.telic_instance (tenant, machine, over_us)
        WHERE over_us IS NOT NULL""",
)

# What was published, for waits that open later; the last columns say how far it was spread. A
# wait is hungry when it was stirred since it was fed; a new one is.
_TOPICS = (
    """CREATE TABLE {s}.telic_publication (
        tenant text COLLATE "C" NOT NULL, topic text COLLATE "C" NOT NULL, topic_key text COLLATE "C" NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        tag text NOT NULL, version integer NOT NULL, data bytea NOT NULL,
        at_us bigint NOT NULL, expires_us bigint NOT NULL,
        spread boolean NOT NULL DEFAULT false,
        at_machine text COLLATE "C" NOT NULL DEFAULT '', at_id text COLLATE "C" NOT NULL DEFAULT '',
        at_key text COLLATE "C" NOT NULL DEFAULT '',
        PRIMARY KEY (tenant, topic, topic_key, event_id)
    )""",
    "CREATE INDEX telic_publication_new ON {s}.telic_publication (tenant) WHERE NOT spread",
    "CREATE INDEX telic_publication_over ON {s}.telic_publication (tenant, expires_us)",
    """ALTER TABLE {s}.telic_wait ADD COLUMN stirred bigint NOT NULL DEFAULT 1,
        ADD COLUMN fed bigint NOT NULL DEFAULT 0""",
    """CREATE INDEX telic_wait_hungry ON {s}.telic_wait (tenant, machine, coalesce(postponed_us, 0))
        WHERE type = 'topic' AND fed <> stirred""",
    "DROP INDEX {s}.telic_wait_topic",
    """CREATE INDEX telic_wait_topic ON {s}.telic_wait (tenant, topic, topic_key, machine, id, key)
        WHERE type = 'topic'""",
)

# Until when each shared limit is spent: few rows, written often.
_LIMITS = (
    """CREATE TABLE {s}.telic_limit (
        tenant text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, spent_us bigint NOT NULL,
        PRIMARY KEY (tenant, name)
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    HAPPENINGS,
    _TOPICS,
    STARTS,
    _LIMITS,
    JOURNALS,
    WAITING,
    TRACES,
    QUIET,
)
"""The statements that lead from version N to version N + 1, at position N."""

# Asked of the catalogue itself: `to_regclass` may answer from before the lock was got.
_IS_TABLE = "SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1::text AND tablename = 'telic_schema'"
_IS_SCHEMA = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1::text"


async def version_of(connection: Connection, schema: str) -> int:
    """Return the version of the tables in a schema; 0 where there are none.

    Args:
        connection: An open connection.
        schema: The plain name of the schema.
    """
    if not await connection.fetch(_IS_TABLE, schema):
        return 0
    ((version,),) = await connection.fetch(f'SELECT max(version) FROM "{schema}".telic_schema')  # noqa: S608  (a plain name)
    return cast("int", version)


async def migrate(connection: Connection, schema: str, name: str) -> None:
    """Bring the tables of a schema up to date, whole or not at all.

    Args:
        connection: An open connection without a transaction.
        schema: The plain name of the schema; it is created where there is none.
        name: The server, for messages.

    Raises:
        StoreFailed: When a newer version has made the tables.
        Exception: What the driver raises.
    """
    # In a transaction from the first look on: behind a pooler only that is one session.
    async with connection.transaction(isolation="read_committed"):
        if _checked(await version_of(connection, schema), name) == len(MIGRATIONS):
            return
        # The lock ends with the transaction, and nobody else can be half-way.
        await connection.fetch("SELECT pg_advisory_xact_lock($1::bigint)", _lock_of(schema))
        version = _checked(await version_of(connection, schema), name)
        if version == 0:
            if not await connection.fetch(_IS_SCHEMA, schema):
                await connection.execute(f'CREATE SCHEMA "{schema}"')
            await connection.execute(f'CREATE TABLE "{schema}".telic_schema (version integer PRIMARY KEY)')
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                await connection.execute(statement.format(s=f'"{schema}"'))
            await connection.fetch(
                f'INSERT INTO "{schema}".telic_schema (version) VALUES ($1::integer)',  # noqa: S608  (a plain name)
                number,
            )


def _lock_of(schema: str) -> int:
    return int.from_bytes(blake2b(f"telic:{schema}".encode(), digest_size=8).digest(), "big", signed=True)


def _checked(version: int, name: str) -> int:
    if version > len(MIGRATIONS):
        raise StoreFailed(
            "open",
            f"expected tables of version {len(MIGRATIONS)} at most on {name}, "
            f"got version {version}, which a newer telic has made; do upgrade telic",
        )
    return version
