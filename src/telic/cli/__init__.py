"""The command line: ``telic``, or ``python -m telic``.

Each command stands in a module that is loaded when the command is called, so that ``telic
--help`` loads no database and no web framework. What may never be here: anything that a
program could not do as well with the library.
"""
