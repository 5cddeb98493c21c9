"""The stores that telic ships: memory and SQLite.

What may never be here: a rule of the process; a store saves commits and finds them again.
"""
