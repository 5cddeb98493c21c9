"""The shell: everything that acts. Handlers, the system they serve, and its worker.

What may never be here: a rule of the process; the shell asks the runtime, and obeys.
"""
