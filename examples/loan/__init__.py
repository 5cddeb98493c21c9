"""A bank's loan applications, checked against half a year of its own event log.

Here are a reader of the log, a generator of logs of the same shape, the typed
model of an application, and the driver that holds the model against the log.
The log itself must never be in the repository: it is public, but not ours.
"""
