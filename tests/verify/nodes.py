"""Any small graph as a machine: its state is a node, its commands are the edges, each of a colour."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Literal

from telic import Command, Machine, NoIntent, State, transition
from telic.verify import Bound, Domain, Report, explore
from telic.verify.properties import Property
from telic.verify.traces import TraceStep


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


Edges = Mapping[int, Collection[tuple[Colour, int]]]
RED, BLUE = Colour.RED, Colour.BLUE


class Go(Command):
    colour: Colour
    to: int


class NodeKind(StrEnum):
    NODE = "node"


class Node(State):
    kind: Literal[NodeKind.NODE] = NodeKind.NODE
    at: int

    @transition
    def go(self, event: Go) -> tuple["Node", NoIntent]:
        return Node(at=event.to), NoIntent()


nodes = Machine[Node, Go](name="nodes", perpetual=True, starts=(Node,))


def explored(edges: Edges, starts: Iterable[int], *check: Property, bound: Bound | None = None) -> Report:
    def steps(state: Node) -> list[Go]:
        return [Go(colour=colour, to=to) for colour, to in sorted(edges[state.at])]

    first = [Node(at=at) for at in sorted(starts)]
    return explore(nodes, starts=first, domain=Domain().of(Go, steps), check=check, bound=bound)


def places(steps: Iterable[TraceStep]) -> list[int]:
    return [step.after.state.at for step in steps]
