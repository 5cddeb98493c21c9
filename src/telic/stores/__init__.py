"""The stores that telic ships: memory, SQLite and PostgreSQL.

What may never be here: a rule of the process; a store saves commits and finds them again.
"""
