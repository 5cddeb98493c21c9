"""The tables of hooks and schedules, and the triggers that tell hooks what has happened.

A trigger writes in the transaction of the step, once for each hook of the machine. A file in
which nobody has ever asked to be told has none: they cost a step one part in twenty-five. What
may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

from typing import Final

__all__ = ["HAPPENINGS", "SILENT", "STARTS", "TELLING"]

_KEPT: Final = """
    INSERT INTO telic_happening (tenant, machine, hook, what, id, revision, at_us, state, event, actor,
        subject, cause, detail)
    SELECT NEW.tenant, NEW.machine, h.hook, {values} FROM telic_hook AS h
    WHERE h.tenant = NEW.tenant AND h.machine = NEW.machine"""
_HEARS: Final = "EXISTS (SELECT 1 FROM telic_hook)"
_ENDED: Final = "NEW.status IN ('ended', 'cancelled', 'terminated')"
_RECORD: Final = "NEW.id, NEW.revision, NEW.at_us, NEW.kind, NEW.tag, NEW.actor"


def _kept(values: str) -> str:
    return _KEPT.format(values=values)


def _of(column: str) -> str:
    row = "(i.tenant, i.machine, i.id) = (NEW.tenant, NEW.machine, NEW.id)"
    return f"(SELECT i.{column} FROM telic_instance AS i WHERE {row})"  # noqa: S608  (constants)


_FINISHED: Final = _kept("'finished', NEW.id, NEW.revision, NEW.at_us, NEW.kind, '', '', NEW.status, NULL, NULL")

HAPPENINGS: Final = (
    """CREATE TABLE telic_hook (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, hook TEXT NOT NULL,
        worker TEXT, until_us INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, machine, hook)
    ) STRICT, WITHOUT ROWID""",
    # A number is never used again: a worker that has lost its turn may still say what it has told.
    """CREATE TABLE telic_happening (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL, machine TEXT NOT NULL, hook TEXT NOT NULL,
        what TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, at_us INTEGER NOT NULL,
        state TEXT, event TEXT, actor TEXT, subject TEXT, cause TEXT, detail TEXT
    ) STRICT""",
    "CREATE INDEX telic_happening_hook ON telic_happening (tenant, machine, hook, number)",
    f"""CREATE TRIGGER telic_tells_record AFTER INSERT ON telic_journal
        WHEN NEW.outcome IN ('started', 'stepped') AND {_HEARS} BEGIN
        {_kept(f"NEW.outcome, {_RECORD}, NULL, NULL, NULL")};
        {_kept(f"'failed', {_RECORD}, NEW.answers, NULL, CAST(NEW.data AS TEXT)")}
            AND substr(NEW.tag, 1, 20) = 'telic.intent_failed:';
    END""",
    f"""CREATE TRIGGER telic_tells_task AFTER INSERT ON telic_wait
        WHEN NEW.type = 'task' AND {_HEARS} BEGIN
        {
        _kept(
            f"'task_opened', NEW.id, NEW.since, NEW.opened_us, {_of('kind')}, NEW.event, '', NEW.key, NULL, NEW.title"
        )
    };
    END""",
    f"""CREATE TRIGGER telic_tells_end AFTER UPDATE OF status ON telic_instance
        WHEN OLD.status <> NEW.status AND {_ENDED} BEGIN {_FINISHED}; END""",
    f"""CREATE TRIGGER telic_tells_end_at_once AFTER INSERT ON telic_instance
        WHEN {_ENDED} BEGIN {_FINISHED}; END""",
    f"""CREATE TRIGGER telic_tells_dead AFTER UPDATE OF state ON telic_outbox
        WHEN OLD.state <> 4 AND NEW.state = 4 BEGIN
        {
        _kept(
            f"'failed', NEW.id, {_of('revision')}, {_of('at_us')}, {_of('kind')}, '', '', NEW.intent_id, "
            "coalesce(NEW.cause, ''), NEW.problem"
        )
    };
    END""",
    """CREATE TABLE telic_schedule (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, name TEXT NOT NULL,
        recurrence TEXT NOT NULL, next_us INTEGER NOT NULL, last_us INTEGER,
        PRIMARY KEY (tenant, machine, name)
    ) STRICT, WITHOUT ROWID""",
)
"""The statements of the migration, in order."""

# What triggers have still to start.
STARTS: Final = (
    """CREATE TABLE telic_start (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,
        due_us INTEGER NOT NULL, told_us INTEGER NOT NULL,
        tag TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (tenant, machine, name, key)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX telic_start_due ON telic_start (tenant, machine, name, due_us)",
)
"""The statements of a later one."""

TELLING: Final = tuple(
    text.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1)
    for text in HAPPENINGS
    if text.startswith("CREATE TRIGGER")
)
"""What makes the triggers where they are not there: run with the first hook of a file."""

SILENT: Final = tuple(f"DROP TRIGGER {text.split()[5]}" for text in TELLING)
"""The statements of a later one: it takes the triggers away; ``migrate`` makes them again where there are hooks."""
