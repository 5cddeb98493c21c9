"""How the command line ends: a code for each kind of end, and the errors that lead there.

What may never be here: a traceback in place of a message.
"""

from __future__ import annotations

from enum import IntEnum

import click

from telic.kernel.errors import (
    ConfigurationError,
    DecodeError,
    DefinitionError,
    JournalDiverged,
    MissingExtra,
    StoreError,
    TelicError,
)

__all__ = ["Exit", "Stopped", "exit_of", "stopped"]


class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 5
    INVALID = 6
    UNAVAILABLE = 7
    TIMED_OUT = 8
    PROBLEMS = 9
    INTERRUPTED = 130


class Stopped(click.ClickException):
    """A command that cannot go on, with its exit code and a line that says what to do.

    Attributes:
        code: What the program ends with.
    """

    def __init__(self, code: Exit, message: str) -> None:
        """Keep the code and the message."""
        super().__init__(message)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]  # click has a class variable
        """What the program ends with."""
        return int(self.code)


def exit_of(error: TelicError) -> Exit:
    """Return the code that an error ends the program with."""
    if isinstance(error, StoreError):
        return Exit.UNAVAILABLE
    if isinstance(error, DefinitionError | JournalDiverged):
        return Exit.PROBLEMS
    if isinstance(error, ConfigurationError | DecodeError):
        return Exit.INVALID
    return Exit.USAGE if isinstance(error, MissingExtra) else Exit.INTERNAL


def stopped(error: TelicError) -> Stopped:
    """Return an error of telic as the end of a command."""
    return Stopped(exit_of(error), str(error))
