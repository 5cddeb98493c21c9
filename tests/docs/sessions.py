"""What a page has its reader type, and what it says that comes of it.

Blocks that are fenced as `console` hold lines that begin with `$ `, and below each what it prints.
What may never be here: the running of them.
"""

from pathlib import Path
from typing import NamedTuple

from tests.docs.test_pages import listings


class Said(NamedTuple):
    """A command of a page, and what the page says that comes of it."""

    command: str
    output: str


def said_in(block: str) -> list[Said]:
    """The commands of one block, in their order."""
    found = []
    for part in block.removeprefix("$ ").split("\n$ "):
        command, _, output = part.partition("\n")
        found.append(Said(command, output.rstrip("\n")))
    return found


def session(page: Path) -> list[Said]:
    """All that a page types, and reads."""
    return [said for _, words, code in listings(page) if words == "console" for said in said_in(code)]
