"""Proof: explores a machine and its world to the end, and judges what it finds.

What may never be here: I/O, chance, or a verdict that the search does not carry.
"""
