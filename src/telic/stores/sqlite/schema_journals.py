"""The tables of checkpoints and families: where a journal may be cut, and who belongs to whom.

What may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

from typing import Final

__all__ = ["JOURNALS"]

# An intent's id is that of its instance and two numbers; a child's id is the machine of its
# parent and the intent that has spawned it.
_REVISION: Final = "rtrim(parent, '0123456789')"
_ABOVE: Final = f"rtrim(substr({_REVISION}, 1, length({_REVISION}) - 1), '0123456789')"

JOURNALS: Final = (
    "ALTER TABLE telic_instance ADD COLUMN root_machine TEXT",
    "ALTER TABLE telic_instance ADD COLUMN root TEXT",
    f"""WITH RECURSIVE
        child (tenant, machine, id, of_machine, of_id) AS MATERIALIZED (
            SELECT tenant, machine, id, substr(id, 1, length(id) - length(parent) - 1),
                substr({_ABOVE}, 1, length({_ABOVE}) - 1)
            FROM telic_instance WHERE parent IS NOT NULL AND substr(id, -length(parent) - 1) = '/' || parent
        ),
        above (tenant, machine, id, of_machine, of_id) AS (
            SELECT * FROM child
            UNION ALL
            SELECT a.tenant, a.machine, a.id, c.of_machine, c.of_id FROM above AS a JOIN child AS c
                ON c.tenant = a.tenant AND c.machine = a.of_machine AND c.id = a.of_id
        )
    UPDATE telic_instance SET root_machine = a.of_machine, root = a.of_id FROM above AS a
    WHERE a.tenant = telic_instance.tenant AND a.machine = telic_instance.machine AND a.id = telic_instance.id
        AND NOT EXISTS (
            SELECT 1 FROM child AS c WHERE c.tenant = a.tenant AND c.machine = a.of_machine AND c.id = a.of_id)""",  # noqa: S608  (constant pieces)
    "CREATE INDEX telic_instance_root ON telic_instance (tenant, machine, root_machine, root) WHERE root IS NOT NULL",
    # The whole instance after some records. The base is what a journal that was cut begins with.
    """CREATE TABLE telic_checkpoint (
        tenant TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
        state BLOB NOT NULL, rest BLOB,
        key TEXT, parent TEXT,
        started_us INTEGER NOT NULL, at_us INTEGER NOT NULL,
        root_machine TEXT, root TEXT, base INTEGER NOT NULL,
        PRIMARY KEY (tenant, machine, id, revision)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX telic_checkpoint_cut ON telic_checkpoint (tenant, machine, at_us) WHERE base = 0",
    # What an event has come to whose record is gone.
    "ALTER TABLE telic_event_id ADD COLUMN outcome TEXT",
    "ALTER TABLE telic_event_id ADD COLUMN kind TEXT",
    "ALTER TABLE telic_event_id ADD COLUMN intents TEXT",
)
"""The statements of the migration, in order."""
