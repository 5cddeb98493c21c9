"""Events: what happens to an instance. A :class:`Command` asks, a :class:`Fact` has happened.

A command comes from anywhere and may be refused. A fact comes only from where it was asked
for, and cannot be refused. What may never be here: a third kind of event.
"""

from __future__ import annotations

from typing import ClassVar

from telic.kernel.values import Value

__all__ = ["Cancel", "Command", "Control", "Event", "Fact", "Pause", "Resume", "Tagged", "Terminate"]


class Tagged(Value):
    """A value that is stored under a name of its own: by default the name of its class.

    The name is fixed by ``class ChargeCard(Intent[...], tag="charge")``, so that the class
    can be renamed while old rows stay readable.
    """

    __tag__: ClassVar[str] = ""

    def __init_subclass__(cls, *, tag: str | None = None) -> None:
        """Fix the stored name.

        Args:
            tag: The stored name; the class name when left out.
        """
        super().__init_subclass__()
        cls.__tag__ = tag if tag is not None else cls.__name__


class Event(Tagged):
    """Base of commands and facts."""


class Command(Event):
    """Asks for something, and may be refused.

    Example:
        >>> class VerifyEmail(Command):
        ...     code: int
        >>> VerifyEmail(code=7)
        VerifyEmail(code=7)
    """


class Fact(Event):
    """Has happened, and cannot be refused.

    Example:
        >>> class CardCharged(Fact):
        ...     amount: int
        >>> CardCharged(amount=7)
        CardCharged(amount=7)
    """


class Control(Command):
    """Base of the commands that the kernel itself understands, in every machine."""


class Cancel(Control, tag="telic.cancel"):
    """Ends an instance for a reason; a state with a transition for it may compensate first."""

    reason: str = ""


class Terminate(Control, tag="telic.terminate"):
    """Ends an instance at once; no code of the user runs."""

    reason: str = ""


class Pause(Control, tag="telic.pause"):
    """Halts an instance: commands are rejected, facts are kept for later."""

    reason: str = ""


class Resume(Control, tag="telic.resume"):
    """Lets a paused instance go on; the facts kept meanwhile are applied in order."""
