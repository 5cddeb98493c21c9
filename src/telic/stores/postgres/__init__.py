"""The store on a PostgreSQL server: any number of processes and machines share it.

It needs the extra ``telic[postgres]`` and runs on asyncio, as its driver does. What may never
be here: state that lives in a session of the server; a pooler may hand each transaction to
another one.
"""

from telic.stores.postgres.database import PostgresDatabase
from telic.stores.postgres.store import PostgresStore

__all__ = ["PostgresDatabase", "PostgresStore"]
