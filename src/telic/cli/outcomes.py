"""What a command ends with when it has made a step.

What may never be here: a step.
"""

from __future__ import annotations

from telic.cli.exits import Exit
from telic.kernel.results import ResultKind

__all__ = ["EXIT_OF"]

EXIT_OF: dict[ResultKind, Exit] = {
    ResultKind.STARTED: Exit.OK,
    ResultKind.STEPPED: Exit.OK,
    ResultKind.IGNORED: Exit.OK,
    ResultKind.DEFERRED: Exit.OK,
    ResultKind.UNPLACED: Exit.OK,
    ResultKind.DUPLICATE: Exit.OK,
    ResultKind.REJECTED: Exit.REFUSED,
    ResultKind.UNASKED: Exit.REFUSED,
    ResultKind.CONFLICT: Exit.REFUSED,
    ResultKind.ENDED: Exit.REFUSED,
    ResultKind.INVALID: Exit.INVALID,
    ResultKind.NOT_FOUND: Exit.NOT_FOUND,
}
"""What a step ends a command with."""
