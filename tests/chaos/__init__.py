"""Reliability, measured by breaking things: ``python -m tests.chaos``; see docs/explanation/reliability.md."""
