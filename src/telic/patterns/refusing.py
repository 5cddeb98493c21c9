"""Refusals: why a part of a machine does not take what it was given, as values.

A part decides nothing about verdicts: the transition that asked it turns a refusal into
``Reject(refusal)`` for a command, into ``Ignore(refusal.why)`` for a fact. What may never be
here: an exception; what a caller may do wrong at run time is a value.
"""

from __future__ import annotations

from telic.kernel.values import Value

__all__ = [
    "AnsweredAlready",
    "BadDefinition",
    "DoneAlready",
    "HeldAlready",
    "NoReason",
    "NobodyToAsk",
    "NotAsked",
    "NotGrowing",
    "NotYet",
    "Refusal",
    "TooSoon",
]


class Refusal(Value):
    """Base of the refusals; each is a reason for ``Reject``."""

    @property
    def why(self) -> str:
        """The refusal as a sentence, for ``Ignore``."""
        raise NotImplementedError


class BadDefinition(Refusal):
    """What was to be begun cannot be: nothing to wait for, one thing twice, more needed than there are.

    Attributes:
        what: What was to be begun.
        problem: What was expected, what came, and what to do.
    """

    what: str
    problem: str

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"{self.what}: {self.problem}"


class NotAsked(Refusal):
    """Somebody, or something, that is not asked.

    Attributes:
        who: The key or person that came; empty for nobody.
        asked: Who is asked.
    """

    who: str
    asked: tuple[str, ...]

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"{self.who or 'nobody'} is not asked; asked: {', '.join(self.asked) or 'nobody'}"


class AnsweredAlready(Refusal):
    """An answer by whoever has given one.

    Attributes:
        who: The key or person.
    """

    who: str

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"{self.who} has answered already"


class NoReason(Refusal):
    """A decision that needs a reason came without one.

    Attributes:
        choice: The decision.
    """

    choice: str

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"expected a reason beside {self.choice}, got none"


class NobodyToAsk(Refusal):
    """What somebody wants would wait for people, and there are none.

    Attributes:
        what: What they would have to do.
    """

    what: str

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"expected somebody to {self.what}, got nobody who is asked for that"


class HeldAlready(Refusal):
    """What somebody wants is not to be had: another has it.

    Attributes:
        holder: Who has it.
    """

    holder: str

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"{self.holder} has it"


class NotGrowing(Refusal):
    """A further instance of what was closed, or has been fixed from the beginning."""

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return "no more can be added"


class TooSoon(Refusal):
    """More than the rate allows.

    Attributes:
        seconds: How long until there is room again.
    """

    seconds: float

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"too soon; there is room in {self.seconds:g} seconds"


class DoneAlready(Refusal):
    """An activity that has had its turn.

    Attributes:
        what: The activity.
    """

    what: str

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"{self.what} is done already"


class NotYet(Refusal):
    """An activity before those that it has to come after.

    Attributes:
        what: The activity.
        missing: What has to be done before, and is not.
    """

    what: str
    missing: tuple[str, ...]

    @property
    def why(self) -> str:
        """The refusal as a sentence."""
        return f"{self.what} comes after {', '.join(self.missing)}"
