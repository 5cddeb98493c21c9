"""Verdicts: a transition that keeps its state says why, in the place of the intent.

``return self, Reject("too late")``. A verdict never leaves the kernel: the caller gets a
result instead. What may never be here: a verdict on which the kernel does not act.
"""

from __future__ import annotations

from telic.kernel.values import Value

__all__ = ["Defer", "Ignore", "Reason", "Reject"]

Reason = str | Value


class Verdict:
    """Base of the three verdicts."""

    __slots__ = ()


class Reject(Verdict):
    """A guard says no to a command: nothing is written, the caller gets the reasons.

    Attributes:
        reasons: One or several; each a text or a typed model.

    Example:
        >>> Reject("too late", "already paid").reasons
        ('too late', 'already paid')
    """

    __slots__ = ("reasons",)

    def __init__(self, *reasons: Reason) -> None:
        """Take one reason or several.

        Raises:
            ValueError: Without any reason.
        """
        if not reasons:
            raise ValueError("expected a reason, got none; do Reject('why not')")
        self.reasons = reasons

    def __repr__(self) -> str:
        """Return the verdict as the call that makes it."""
        return f"Reject({', '.join(map(repr, self.reasons))})"

    def __eq__(self, other: object) -> bool:
        """Compare by reasons."""
        return isinstance(other, Reject) and self.reasons == other.reasons

    def __hash__(self) -> int:
        """Hash by reasons."""
        return hash((Reject, self.reasons))


class Ignore(Verdict):
    """Seen, and on purpose without effect; recorded with the reason.

    Attributes:
        why: The reason.
    """

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        """Take the reason.

        Raises:
            ValueError: When it is empty.
        """
        if not why:
            raise ValueError("expected a reason, got ''; do Ignore('why this has no effect')")
        self.why = why

    def __repr__(self) -> str:
        """Return the verdict as the call that makes it."""
        return f"Ignore({self.why!r})"

    def __eq__(self, other: object) -> bool:
        """Compare by reason."""
        return isinstance(other, Ignore) and self.why == other.why

    def __hash__(self) -> int:
        """Hash by reason."""
        return hash((Ignore, self.why))


class Defer(Verdict):
    """Keep the event, in order, until the state changes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the verdict as the call that makes it."""
        return "Defer()"

    def __eq__(self, other: object) -> bool:
        """All deferrals are equal."""
        return isinstance(other, Defer)

    def __hash__(self) -> int:
        """All deferrals are equal."""
        return hash(Defer)
