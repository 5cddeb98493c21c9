"""The words of the buggy machines, and what is expected to be said of each."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, Never

from telic import Command, Fact, FinalState, Intent, Machine, TypedId

DAY = timedelta(days=1)


class K(StrEnum):
    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"


class Oid(TypedId): ...


class Go(Command): ...


class Stop(Command): ...


class Ask(Command):
    yes: bool


class Grade(Command):
    level: Literal[0, 1, 2]


class Lapsed(Fact): ...


class News(Fact): ...


class Paid(Fact):
    oid: Oid


class Refused(Fact):
    oid: Oid


class Mailed(Fact): ...


class Pay(Intent[Paid | Refused]):
    oid: Oid


class Mail(Intent[Mailed]): ...


class Ring(Intent[Never]): ...


class End(FinalState):
    kind: Literal[K.D] = K.D


class Case(NamedTuple):
    """A bug, and its diagnosis.

    Attributes:
        build: Makes the machine, with the bug or without it.
        check: The check that fails.
        where: What it is about.
        phrase: What the text says.
        steps: The length of the shortest story; none for what never happens.
        also: Further checks that fail because of the same bug.
        asked: What ``explore`` is given.
    """

    build: Callable[[bool], Machine]
    check: str
    where: str
    phrase: str
    steps: int | None
    also: frozenset[str] = frozenset()
    asked: Mapping[str, object] = {}

    def __str__(self) -> str:
        return self.build.__name__
