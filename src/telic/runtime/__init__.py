"""The runtime: loads, asks the pure step, saves, and returns results.

What may never be here: a rule of the process; the kernel holds them all.
"""
