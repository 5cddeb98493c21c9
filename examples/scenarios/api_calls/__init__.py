"""Calls of somebody else's API, each step with a policy of its own."""
