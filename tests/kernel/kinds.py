"""Models that differ in their kinds and fields, to be told apart or not."""

from enum import StrEnum
from typing import Literal

from telic import Value


class K(StrEnum):
    A = "a"
    B = "b"


class Small(Value):
    kind: Literal[K.A] = K.A


class Twin(Value):
    kind: Literal[K.A] = K.A


class Large(Value):
    kind: Literal[K.A, K.B] = K.A
    more: int = 0


class Needy(Value):
    kind: Literal[K.A] = K.A
    more: int


class Kindred(Value):
    kind: K = K.A


class Different(Value):
    kind: Literal[K.B] = K.B
