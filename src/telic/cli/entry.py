"""The entry: the group of all commands, and the one place that ends the program.

What may never be here: an import of a database, a web framework or a command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

_MISSING = "error: telic's command line needs an extra that is not installed; do pip install 'telic[cli]'"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What stands after the name of the program; that of the process by default.

    Returns:
        The exit code; see ``telic.cli.exits.Exit``.
    """
    try:
        import click  # noqa: F401  (the group needs it; without it there is one thing to say)
    except ModuleNotFoundError:
        sys.stderr.write(f"{_MISSING}\n")
        return 2
    from telic.cli.commands import run

    return run(arguments)
