"""What the models share: one state that holds all variables, and the numbers that others have published.

TLC counts what it generates, first states included, and levels, of which the first states are one.
"""

from enum import StrEnum
from typing import Literal, TypeVar

from telic import State
from telic.verify import Report, Verdict

T = TypeVar("T")

PROVED, REFUTED = Verdict.PROVED, Verdict.REFUTED


class Lone(StrEnum):
    STATE = "state"


class Variables(State):
    kind: Literal[Lone.STATE] = Lone.STATE


def put(values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])


def size(report: Report) -> tuple[int, int, int]:
    """Return distinct states, generated states and levels, as TLC counts them."""
    assert report.complete
    stats = report.stats
    return stats.worlds, stats.starts + stats.edges + report.graph.outside, stats.depth + 1


def moves_to(report: Report, name: str) -> int:
    """Return the length of a counterexample, without its start."""
    check = report.check(name)
    assert check.verdict is REFUTED
    return len(check.trace.moves) - 1


def edges(report: Report) -> list[tuple[Variables, Variables]]:
    graph = report.graph
    return [
        (graph.shown(place).state, graph.shown(target).state)
        for place in range(len(graph.worlds))
        for _, target in graph.steps(place)
    ]
