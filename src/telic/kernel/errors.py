"""Every exception that telic raises, in one small tree.

The tree answers one question, *whose code is to be changed?*::

    TelicError                  never raised itself
    ├── DefinitionError         the machine as it is written (raised when it is built)
    ├── ConfigurationError      the system as it is put together (raised when it is built)
    ├── TransitionError         the code of a transition, while a step was being decided
    │   ├── UndeclaredResult    it returned what its annotation does not declare
    │   ├── BrokenClaim         a state claims to settle an intent that is still open
    │   └── UnhandledEvent      a state's ``handle`` was called with what it does not take
    ├── EncodeError             a value that no store can hold
    ├── DecodeError             stored bytes that today's code cannot read
    ├── StoreError              the store, the disk, the server
    │   ├── RevisionConflict    somebody else saved first; load again
    │   ├── StoreFailed         a save that did not happen, or of which nobody can tell
    │   └── StoreClosed         a call after the end of its database object
    └── MissingExtra            an optional dependency is not installed

What may happen to correct code in a correct world (a refusal, a duplicate, an unknown id)
is a result and never stands here. Each error keeps its facts as typed attributes, and its
sentence is made from them, so errors pickle and their texts can be tested.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BrokenClaim",
    "ConfigurationError",
    "DecodeError",
    "DefinitionError",
    "EncodeError",
    "Fault",
    "JournalDiverged",
    "MissingExtra",
    "RevisionConflict",
    "StoreClosed",
    "StoreError",
    "StoreFailed",
    "TelicError",
    "TransitionError",
    "UndeclaredResult",
    "UnhandledEvent",
    "nearest",
]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest known name, or an empty string.

    Args:
        name: What was given.
        known: The names that would have been right.
    """
    import difflib  # only where something is wrong already

    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


class TelicError(Exception):
    """Base of all errors that telic raises; catch it, never raise it."""

    def __init__(self, *facts: object) -> None:
        """Keep the facts; subclasses give them names.

        Raises:
            TypeError: When the base itself is raised.
        """
        if type(self) is TelicError:
            raise TypeError("expected a subclass, got TelicError itself; do raise the error that says what is wrong")
        super().__init__(*facts)


class Fault:
    """One thing that is wrong with a definition: where, what, and the line to change.

    Args:
        where: The class and method, ``"OrderPaid.ship"``.
        what: What was expected and what was found.
        remedy: What to write instead.
    """

    __slots__ = ("remedy", "what", "where")

    def __init__(self, where: str, what: str, remedy: str) -> None:
        """Name the place, the finding and the way out."""
        self.where = where
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.where}: {self.what}; do {self.remedy}"

    def __repr__(self) -> str:
        """Return the fault as the call that makes it."""
        return f"Fault({self.where!r}, {self.what!r}, {self.remedy!r})"

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        return isinstance(other, Fault) and str(self) == str(other)

    def __hash__(self) -> int:
        """Hash by content."""
        return hash(str(self))


class DefinitionError(TelicError):
    """A machine is wrong as it is written; lists every fault at once.

    Attributes:
        machine: The name of the machine.
        faults: All findings, in the order of the states.
    """

    def __init__(self, machine: str, faults: tuple[Fault, ...]) -> None:
        """Keep the machine's name and its faults."""
        super().__init__(machine, faults)
        self.machine = machine
        self.faults = faults

    def __str__(self) -> str:
        """Return a headline and one numbered line per fault."""
        count = len(self.faults)
        lines = [f"machine {self.machine!r} has {count} fault{'s' if count != 1 else ''}:"]
        lines += [f"  {number}. {fault}" for number, fault in enumerate(self.faults, 1)]
        return "\n".join(lines)


class ConfigurationError(TelicError):
    """A system is put together wrongly; lists everything at once.

    Attributes:
        what: The name of what was built.
        findings: What was expected, what was found, and what to do, one line each.
    """

    def __init__(self, what: str, findings: tuple[str, ...]) -> None:
        """Keep the findings."""
        super().__init__(what, findings)
        self.what = what
        self.findings = findings

    def __str__(self) -> str:
        """Return a headline and one numbered line per finding."""
        lines = [f"{self.what} cannot be built:"]
        lines += [f"  {number}. {finding}" for number, finding in enumerate(self.findings, 1)]
        return "\n".join(lines)


class TransitionError(TelicError):
    """The code of a transition is broken; the instance is untouched.

    Attributes:
        where: The state and method, ``"OrderPaid.ship"``.
        what: What was expected, what happened, and what to do.
    """

    def __init__(self, where: str, what: str) -> None:
        """Keep the place and the finding."""
        super().__init__(where, what)
        self.where = where
        self.what = what

    def __str__(self) -> str:
        """Return place and finding as one line."""
        return f"{self.where}: {self.what}"


class UndeclaredResult(TransitionError):
    """A transition returned a state or an intent that its annotation does not name."""


class BrokenClaim(TransitionError):
    """A state that ``settles`` an intent was entered while one of that type was open."""


class UnhandledEvent(TransitionError):
    """A state's ``handle`` was called with a fact that it neither takes nor ignores."""


class EncodeError(TelicError):
    """A value cannot be stored, such as a text with a lone surrogate; nothing was written.

    Attributes:
        what: The stored name of the value, or what it is to a commit, ``"the actor"``.
        reason: What was expected, what was found, and what to do.
    """

    def __init__(self, what: str, reason: str) -> None:
        """Keep what the value is, and the reason."""
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        """Return what could not be stored and why."""
        return f"cannot store {self.what}: {self.reason}"


class DecodeError(TelicError):
    """Stored bytes cannot be read by today's code; nothing was changed.

    Attributes:
        tag: The stored name of the value.
        version: The stored version of its shape.
        reason: What was expected, what was found, and what to do.
    """

    def __init__(self, tag: str, version: int, reason: str) -> None:
        """Keep the stored name, its version and the reason."""
        super().__init__(tag, version, reason)
        self.tag = tag
        self.version = version
        self.reason = reason

    def __str__(self) -> str:
        """Return what could not be read and why."""
        return f"cannot read {self.tag!r} version {self.version}: {self.reason}"


class JournalDiverged(TelicError):
    """A journal, replayed with today's code, does not lead to what was recorded.

    Attributes:
        id: The instance.
        revision: The first record that differs.
        expected: What the journal says.
        got: What today's code does.
    """

    def __init__(self, id: str, revision: int, expected: str, got: str) -> None:
        """Keep the instance, the record and both results."""
        super().__init__(id, revision, expected, got)
        self.id = id
        self.revision = revision
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        """Return what was recorded and what happens now."""
        return (
            f"instance {self.id!r}, revision {self.revision}: expected {self.expected}, got {self.got}; "
            "do replay with the code that wrote it, or find what has made a transition differ"
        )


class StoreError(TelicError):
    """Something is wrong with the store; base of the errors that a store raises."""


class RevisionConflict(StoreError):
    """Another writer was first: load again and decide again.

    Attributes:
        id: The instance.
        expected: The revision that the commit was decided upon; 0 before the start.
        found: The revision in the store, where it is known.
    """

    def __init__(self, id: str, expected: int, found: int | None = None) -> None:
        """Keep the instance and both revisions."""
        super().__init__(id, expected, found)
        self.id = id
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        """Return what was expected and what is there."""
        found = "another one" if self.found is None else str(self.found)
        return f"instance {self.id!r}: expected revision {self.expected}, got {found}; do load again and decide again"


class StoreFailed(StoreError):
    """A store could not do its work; the cause is chained.

    Attributes:
        operation: What was asked of it, ``"save"``.
        reason: What went wrong, and what to do.
    """

    def __init__(self, operation: str, reason: str) -> None:
        """Keep the operation and the reason."""
        super().__init__(operation, reason)
        self.operation = operation
        self.reason = reason

    def __str__(self) -> str:
        """Return the operation and the reason."""
        return f"{self.operation} failed: {self.reason}"


class StoreClosed(StoreError):
    """A database object was used after it was closed.

    Attributes:
        name: Which database.
    """

    def __init__(self, name: str) -> None:
        """Keep the name of the database."""
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        """Return what was expected."""
        return f"expected an open database, got {self.name} closed; do open a new one"


class MissingExtra(TelicError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        feature: What was asked for.
        extra: The extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        """Keep the feature and the extra that brings it."""
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        """Return the exact line to type."""
        return f"{self.feature} needs an extra that is not installed; do pip install 'telic[{self.extra}]'"
