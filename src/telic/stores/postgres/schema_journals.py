"""The tables of checkpoints and families: where a journal may be cut, and who belongs to whom.

What may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

from typing import Final

__all__ = ["JOURNALS"]

JOURNALS: Final = (
    """ALTER TABLE {s}.telic_instance ADD COLUMN root_machine text COLLATE "C", ADD COLUMN root text COLLATE "C" """,
    # An intent's id is that of its instance and two numbers; a child's id is the machine of its
    # parent and the intent that has spawned it.
    """WITH RECURSIVE
        child AS MATERIALIZED (
            SELECT tenant, machine, id, left(id, -length(parent) - 1) COLLATE "C" AS of_machine,
                regexp_replace(parent, ':[0-9]+:[0-9]+$', '') COLLATE "C" AS of_id
            FROM {s}.telic_instance WHERE parent IS NOT NULL AND right(id, length(parent) + 1) = '/' || parent
        ),
        above AS (
            SELECT tenant, machine, id, of_machine, of_id FROM child
            UNION ALL
            SELECT a.tenant, a.machine, a.id, c.of_machine, c.of_id FROM above a JOIN child c
                ON c.tenant = a.tenant AND c.machine = a.of_machine AND c.id = a.of_id
        )
    UPDATE {s}.telic_instance i SET root_machine = a.of_machine, root = a.of_id FROM above a
    WHERE a.tenant = i.tenant AND a.machine = i.machine AND a.id = i.id
        AND NOT EXISTS (
            SELECT FROM child c WHERE c.tenant = a.tenant AND c.machine = a.of_machine AND c.id = a.of_id)""",
    """CREATE INDEX telic_instance_root ON {s}.telic_instance (tenant, machine, root_machine, root)
        WHERE root IS NOT NULL""",
    # The whole instance after some records. The base is what a journal that was cut begins with.
    """CREATE TABLE {s}.telic_checkpoint (
        tenant text COLLATE "C" NOT NULL, machine text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
        revision bigint NOT NULL,
        kind text NOT NULL, version integer NOT NULL, status text NOT NULL,
        state bytea NOT NULL, rest bytea,
        key text, parent text,
        started_us bigint NOT NULL, at_us bigint NOT NULL,
        root_machine text, root text, base boolean NOT NULL,
        PRIMARY KEY (tenant, machine, id, revision)
    )""",
    "CREATE INDEX telic_checkpoint_cut ON {s}.telic_checkpoint (tenant, machine, at_us) WHERE NOT base",
    # What an event has come to whose record is gone.
    """ALTER TABLE {s}.telic_event_id ADD COLUMN outcome text, ADD COLUMN kind text, ADD COLUMN intents text""",
)
"""The statements of the migration, in order."""
