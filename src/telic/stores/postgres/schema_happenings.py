"""The tables of hooks and schedules, and the triggers that tell hooks what has happened.

A trigger writes in the transaction of the step, once for each hook of the machine; without a
hook it asks one empty table. What may never be here: a change of a migration that was ever
released.
"""

from __future__ import annotations

from typing import Final

__all__ = ["HAPPENINGS", "QUIET", "STARTS"]

_TOLD: Final = (
    "INSERT INTO {s}.telic_happening (tenant, machine, hook, what, id, revision, at_us, state, event, actor, "
    "subject, cause, detail) SELECT h.tenant, h.machine, h.hook,"
)
_FOR: Final = "{s}.telic_hook h WHERE h.tenant = NEW.tenant AND h.machine = NEW.machine"
_FOR_ALL: Final = "fresh n JOIN {s}.telic_hook h ON h.tenant = n.tenant AND h.machine = n.machine"
_RECORD: Final = "n.id, n.revision, n.at_us, n.kind, n.tag, n.actor"
_INSTANCE: Final = "i.tenant = {row}.tenant AND i.machine = {row}.machine AND i.id = {row}.id"
_ENDED: Final = "NEW.status IN ('ended', 'cancelled', 'terminated')"


def _function(name: str, body: str) -> str:
    head = f"CREATE FUNCTION {{s}}.{name}() RETURNS trigger LANGUAGE plpgsql AS"
    return f"{head} $$ BEGIN IF EXISTS (SELECT FROM {{s}}.telic_hook) THEN {body} END IF; RETURN NULL; END $$"


HAPPENINGS: Final = (
    """CREATE TABLE {s}.telic_hook (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, hook text COLLATE "C" NOT NULL,
        worker text, until_us bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, machine, hook)
    )""",
    # A number is drawn once only: a worker that has lost its turn may still say what it has told.
    """CREATE TABLE {s}.telic_happening (
        number bigint GENERATED ALWAYS AS IDENTITY,
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, hook text COLLATE "C" NOT NULL,
        what text NOT NULL, id text NOT NULL, revision bigint NOT NULL, at_us bigint NOT NULL,
        state text, event text, actor text, subject text, cause text, detail text,
        PRIMARY KEY (tenant, machine, hook, number)
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)""",
    _function(
        "telic_tells_records",
        f"{_TOLD} n.outcome, {_RECORD}, NULL, NULL, NULL FROM {_FOR_ALL} "
        "WHERE n.outcome IN ('started', 'stepped') ORDER BY n.id, n.revision; "
        f"{_TOLD} 'failed', {_RECORD}, n.answers, NULL, convert_from(n.data, 'UTF8') FROM {_FOR_ALL} "
        "WHERE n.outcome = 'stepped' AND starts_with(n.tag, 'telic.intent_failed:');",
    ),
    """CREATE TRIGGER telic_tells_records AFTER INSERT ON {s}.telic_journal REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION {s}.telic_tells_records()""",
    _function(
        "telic_tells_tasks",
        f"{_TOLD} 'task_opened', n.id, n.since, n.opened_us, i.kind, n.event, '', n.key, NULL, n.title "
        f"FROM {_FOR_ALL} JOIN {{s}}.telic_instance i ON {_INSTANCE.format(row='n')} "
        "WHERE n.type = 'task' ORDER BY n.id, n.since, n.key;",
    ),
    """CREATE TRIGGER telic_tells_tasks AFTER INSERT ON {s}.telic_wait REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION {s}.telic_tells_tasks()""",
    _function(
        "telic_tells_end",
        f"{_TOLD} 'finished', NEW.id, NEW.revision, NEW.at_us, NEW.kind, '', '', NEW.status, NULL, NULL FROM {_FOR};",
    ),
    f"""CREATE TRIGGER telic_tells_end AFTER UPDATE OF status ON {{s}}.telic_instance
        FOR EACH ROW WHEN (OLD.status <> NEW.status AND {_ENDED}) EXECUTE FUNCTION {{s}}.telic_tells_end()""",
    f"""CREATE TRIGGER telic_tells_end_at_once AFTER INSERT ON {{s}}.telic_instance
        FOR EACH ROW WHEN ({_ENDED}) EXECUTE FUNCTION {{s}}.telic_tells_end()""",
    _function(
        "telic_tells_dead",
        f"{_TOLD} 'failed', NEW.id, i.revision, i.at_us, i.kind, '', '', NEW.intent_id, coalesce(NEW.cause, ''), "
        f"NEW.problem FROM {{s}}.telic_instance i, {_FOR} AND {_INSTANCE.format(row='NEW')};",
    ),
    """CREATE TRIGGER telic_tells_dead AFTER UPDATE OF state ON {s}.telic_outbox
        FOR EACH ROW WHEN (OLD.state <> 4 AND NEW.state = 4) EXECUTE FUNCTION {s}.telic_tells_dead()""",
    """CREATE TABLE {s}.telic_schedule (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
        recurrence text NOT NULL, next_us bigint NOT NULL, last_us bigint,
        PRIMARY KEY (tenant, machine, name)
    )""",
)
"""The statements of the migration, in order; ``{s}`` is the schema."""

# What triggers have still to start.
STARTS: Final = (
    """CREATE TABLE {s}.telic_start (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        due_us bigint NOT NULL, told_us bigint NOT NULL,
        tag text NOT NULL, version integer NOT NULL, data bytea NOT NULL,
        PRIMARY KEY (tenant, machine, name, key)
    )""",
    "CREATE INDEX telic_start_due ON {s}.telic_start (tenant, machine, name, due_us)",
)
"""The statements of a later one."""

# An instance that comes from another store tells no hook what it has lived through there.
QUIET: Final = tuple(
    text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1).replace(
        " IF EXISTS (", " IF coalesce(current_setting('telic.quiet', true), '') <> 'on' AND EXISTS (", 1
    )
    for text in HAPPENINGS
    if text.startswith("CREATE FUNCTION")
)
"""The statements of a later one."""
