"""The columns of traces: which span an intent or a wait was opened in.

What may never be here: a change of a migration that was ever released.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TRACES"]

# As whoever traces writes it. Without anybody who traces, nothing is written.
TRACES: Final = (
    "ALTER TABLE telic_outbox ADD COLUMN trace TEXT",
    "ALTER TABLE telic_wait ADD COLUMN trace TEXT",
)
"""The statements of the migration, in order."""
