"""Processes that other systems show in their guides, each in a folder of its own."""
