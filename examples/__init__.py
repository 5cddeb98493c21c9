"""Worked examples: whole processes, modelled with the library and run against real data.

Here live programs that a reader may run and copy from. Nothing in the library
may import from here, and nothing here may reach for a private name of it.
"""
