"""Every story of a machine, in words, so that a test can say what a pattern means.

A story is what happens to one instance from its start on until nothing more can: the name of each event,
then what the step withdraws and what it opens, by name, and last the state in which it stays. Typed ids and
members of enums are part of a word (``PhotoFiled p-1``), all other content is not.
"""

from collections import Counter
from enum import Enum
from typing import TypeAlias

from pydantic import BaseModel

from telic import TypedId
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Begin
from telic.verify import Domain, How, Move, World, explore
from telic.verify.search import Graph

Story: TypeAlias = tuple[str, ...]

# The moves that close the intent that they name.
CLOSING = (How.ANSWER, How.FAILURE, How.END)


def stories(
    machine: AnyMachine, *, domain: Domain | None = None, visits: int = 1, steps: int | None = None
) -> set[Story]:
    """Return every story.

    Args:
        machine: The machine.
        domain: Which values the world may bring.
        visits: How often a story may come to one and the same world; 2 for once around each loop.
        steps: After how many steps a story is broken off; never, unless said.
    """
    report = explore(machine, domain=domain)
    assert not report.bounds and not report.missing, report.text()
    told: set[Story] = set()
    for place in range(report.graph.starts):
        [(label, _)] = report.graph.way(place)
        words = words_of(report.graph.move(label), None, report.graph.shown(place))
        tell(report.graph, place, words, Counter({place: 1}), visits, told, steps)
    return told


def tell(
    graph: Graph, place: int, words: Story, seen: Counter[int], visits: int, told: set[Story], steps_left: int | None
) -> None:
    """Add the stories that go on from a world."""
    before = graph.shown(place)
    steps = [(label, after) for label, after in graph.steps(place) if after != place]
    if not steps or steps_left == 0:
        told.add((*words, type(before.state).__name__))
        return
    for label, after in steps:
        if seen[after] < visits:
            more = words_of(graph.move(label), before, graph.shown(after))
            tell(graph, after, words + more, seen + Counter({after: 1}), visits, told, steps_left and steps_left - 1)


def words_of(move: Move, before: World | None, after: World) -> Story:
    """Return a step in words."""
    held = Counter(before.open) if before is not None else Counter()
    taken = Counter(before.withdrawn) if before is not None else Counter()
    if move.intent is not None and move.how in CLOSING:
        held -= Counter([move.intent])
    event = f"{word(move.intent)} stopped" if move.how is How.END else word(move.event)
    return (
        event,
        *sorted(f"withdraw {word(one)}" for one in (Counter(after.withdrawn) - taken).elements()),
        *sorted(word(one) for one in (Counter(after.open) - held).elements()),
    )


def word(what: BaseModel | Begin | None) -> str:
    """Return an event or an intent as a word."""
    names = [value for _, value in what if isinstance(value, TypedId | Enum)] if isinstance(what, BaseModel) else []
    return " ".join([type(what).__name__, *map(str, names)])


def in_order(story: Story, *words: str) -> bool:
    """Say whether each of these words stands in a story once, in this order, among others."""
    return tuple(one for one in story if one in words) == words


def loop_of(machine: AnyMachine, *, domain: Domain | None = None) -> tuple[set[str], set[str], set[str]]:
    """Return the states of a machine that can come again, those where one comes in, and those where one goes out."""
    graph = explore(machine, domain=domain).graph
    names = [type(graph.shown(place).state).__name__ for place in range(len(graph.worlds))]
    edges = {(names[place], names[after]) for place in range(len(names)) for _, after in graph.steps(place)}
    loop = {name for name in names if name in beyond(name, edges)}
    entries = {after for before, after in edges if after in loop and before not in loop}
    exits = {before for before, after in edges if before in loop and after not in loop}
    return loop, entries | {*names[: graph.starts]} & loop, exits


def beyond(name: str, edges: set[tuple[str, str]]) -> set[str]:
    """Return the states that can come after one."""
    found: set[str] = set()
    ahead = {name}
    while ahead:
        ahead = {after for before, after in edges if before in ahead} - found
        found |= ahead
    return found


def possible(machine: AnyMachine, *, domain: Domain | None = None) -> list[tuple[World, set[str]]]:
    """Return each world with the names of the events that can come to it, refused commands left out."""
    graph = explore(machine, domain=domain).graph
    return [
        (graph.shown(place), {type(graph.move(label).event).__name__ for label, _ in graph.steps(place)})
        for place in range(len(graph.worlds))
    ]
