"""A module beside the samples: what transitions call in other modules of their user."""

import time
from enum import StrEnum


class Colour(StrEnum):
    RED = "red"

    @property
    def label(self) -> str:
        return f"{self.value} {time.monotonic()}"  # clock


def price_of(name: str) -> int:
    return len(name) + deeper()


def deeper() -> int:
    return time.time_ns()  # clock


def pure(name: str) -> str:
    return name.upper()
