"""``Unread``: what stands in a list for an intent that today's code cannot read.

So that one such row hides no other. What may never be here: a way to carry it out; its row
stays as it is until code comes that can read it.
"""

from __future__ import annotations

from typing import Never

from telic.kernel.intents import Intent

__all__ = ["Unread"]


class Unread(Intent[Never], tag="telic.unread"):
    """Stands in a list for an intent that today's code cannot read.

    Attributes:
        tag: Its stored name.
        version: The version of its shape.
        problem: Why it cannot be read.
    """

    tag: str
    version: int
    problem: str
