"""The pure kernel: states, events, intents, waits, machines, and the one step.

Nothing here reads a clock, does I/O, starts a thread or knows an event loop; a contract on
the imports and a test at run time hold it.
"""
