"""The embedded store: one SQLite file, safe for several threads and processes.

What may never be here: an import that the standard library does not bring.
"""

from telic.stores.sqlite.database import SqliteDatabase
from telic.stores.sqlite.store import SqliteStore

__all__ = ["SqliteDatabase", "SqliteStore"]
