"""The search for lassos against an oracle that tries every set of worlds in which a way could stay.

The oracle knows no components: a way without end visits some set of worlds for ever, so all sets
are tried; a set will do if it hangs together and is fair. The more moves are made in it the better.
"""

from collections.abc import Callable, Hashable, Iterator
from itertools import combinations, product
from random import Random
from typing import Literal, NamedTuple

import pytest

from telic import Command, Fact, Intent, Machine, Many, NoIntent, State, TypedId, start, transition
from telic.verify import Domain, Report, Verdict, World, eventually, explore, leads_to, strong, weak
from telic.verify.moves import Move
from telic.verify.properties import Fairness, Strength
from tests.verify.nodes import BLUE, RED, Colour, Go, NodeKind, explored
from tests.verify.replaying import replayed

ROUNDS = 100


Edge = tuple[Hashable, Hashable, Hashable]


class Plain(NamedTuple):
    """A graph without anything of the explorer in it: from, label, to."""

    nodes: list[Hashable]
    edges: list[Edge]


class Demand(NamedTuple):
    """One thing that fairness asks for."""

    strong: bool
    meant: Callable[[Hashable], bool]
    even_if_nothing_changes: bool = False


def reachable(graph: Plain, starts: set[Hashable], inside: set[Hashable]) -> set[Hashable]:
    found = starts & inside
    while True:
        more = {to for at, _, to in graph.edges if at in found and to in inside} - found
        if not more:
            return found
        found |= more


def hangs_together(graph: Plain, some: set[Hashable]) -> bool:
    return all(reachable(graph, {one}, some) == some for one in some)


def is_fair(graph: Plain, some: set[Hashable], made: list[Edge], demand: Demand) -> bool:
    """Say whether a way that visits some nodes for ever, by these edges, does what is demanded."""

    def meant(edge: Edge) -> bool:
        at, label, to = edge
        return demand.meant(label) and (at != to or demand.even_if_nothing_changes)

    able = {edge[0] for edge in graph.edges if edge[0] in some and meant(edge)}
    return any(map(meant, made)) or (not able if demand.strong else able != some)


def can_be_avoided(graph: Plain, roots: set[Hashable], lacking: set[Hashable], demands: list[Demand]) -> bool:
    """Say whether a fair way from a root stays for ever where the goal is not."""
    candidates = sorted(reachable(graph, roots, lacking), key=repr)
    for size in range(1, len(candidates) + 1):
        for some in map(set, combinations(candidates, size)):
            inside = [edge for edge in graph.edges if edge[0] in some and edge[2] in some]
            if hangs_together(graph, some) and all(is_fair(graph, some, inside, demand) for demand in demands):
                return True
    return False


def demands_of(fair: tuple[Fairness, ...]) -> Iterator[Demand]:
    """Say in the oracle's words what is asked of moves of a colour."""
    for one in fair:
        is_strong = one.strength is Strength.STRONG
        named = dict(one.fields)
        if one.by:
            yield from (Demand(is_strong, lambda label, colour=colour: label == colour) for colour in Colour)
        elif named:
            yield Demand(is_strong, lambda label, colour=named["colour"]: label == colour)
        else:
            yield Demand(is_strong, lambda _: True)


FAIR: list[tuple[Fairness, ...]] = [
    (),
    (weak(Go),),
    (strong(Go),),
    (weak(Go, by="colour"),),
    (strong(Go, by="colour"),),
    (weak(Go, colour=RED),),
    (weak(Go, colour=BLUE),),
    (strong(Go, colour=BLUE),),
    (weak(Go, colour=RED), strong(Go, colour=BLUE)),
    (strong(Go, colour=RED), strong(Go, colour=BLUE), weak(Go)),
]


class Case(NamedTuple):
    """What the oracle has to know of a property.

    Attributes:
        roots: Where the goal is owed from.
        lacking: Where the goal is not.
        demands: What fairness asks for.
        at_once: It is owed from the start, and not only from a root on the way.
    """

    roots: set[Hashable]
    lacking: set[Hashable]
    demands: list[Demand]
    at_once: bool = True


def judged(report: Report, name: str, graph: Plain, case: Case, node_of: Callable[[World], Hashable]) -> bool:
    """Hold a verdict against the oracle's, and a counterexample against its own claim; say how it came out."""
    check = report.check(name)
    avoidable = can_be_avoided(graph, case.roots, case.lacking, case.demands)
    assert check.verdict is (Verdict.REFUTED if avoidable else Verdict.PROVED), (graph, case, name)
    if check.trace is None:
        return avoidable
    replayed(report, check.trace)
    way = [node_of(step.after) for step in (*check.trace.steps, *check.trace.cycle)]
    owed = [place for place in range(len(way)) if way[place] in case.roots and {*way[place:]} <= case.lacking]
    assert 0 in owed if case.at_once else owed
    cycle = [(node_of(step.before), label_of(step.move), node_of(step.after)) for step in check.trace.cycle]
    assert set(cycle) <= set(graph.edges)
    stays = {edge[0] for edge in cycle} or {way[-1]}
    for demand in case.demands:
        assert is_fair(graph, stays, cycle, demand), (graph, way, cycle)
    return avoidable


def label_of(move: Move) -> Hashable:
    if isinstance(move.event, Go):
        return move.event.colour
    return move.intent.job if move.intent is not None else "poke"


def drawn(random: Random, some: list, *, most: int) -> list:
    return random.sample(some, random.randint(0, min(most, len(some))))


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_on_random_graphs_are_those_of_the_oracle(seed):
    random = Random(seed)
    outcomes = set()
    for _ in range(ROUNDS):
        places = list(range(random.randint(2, 5)))
        steps = [(colour, to) for colour in Colour for to in places]
        edges = {at: drawn(random, steps, most=3) for at in places}
        starts = set(random.sample(places, random.randint(1, 2)))
        goals, causes = set(drawn(random, places, most=2)), set(drawn(random, places, most=3))
        fairs = random.sample(FAIR, 5)
        asked = []
        for number, fair in enumerate(fairs):
            asked += [
                eventually(f"goal {number}", lambda world, goals=goals: world.state.at in goals, fair=fair),
                leads_to(
                    f"leads {number}",
                    lambda world, causes=causes: world.state.at in causes,
                    lambda world, goals=goals: world.state.at in goals,
                    fair=fair,
                ),
            ]
        report = explored(edges, starts, *asked)
        graph = Plain(places, [(at, colour, to) for at in places for colour, to in edges[at]])
        lacking = set(places) - goals
        alive = reachable(graph, starts, set(places))
        for number, fair in enumerate(fairs):
            demands = list(demands_of(fair))
            goal = Case(starts & lacking, lacking, demands)
            leads = Case(causes & alive & lacking, lacking, demands, at_once=False)
            for name, case in ((f"goal {number}", goal), (f"leads {number}", leads)):
                found = judged(report, name, graph, case, lambda world: world.state.at)
                outcomes.add((name[0], found, fair))
    assert len(outcomes) >= 30, "both verdicts come about, under nearly every fairness"


# --- jobs that are answered in the end ----------------------------------------------------------


class JobId(TypedId): ...


class Done(Fact):
    job: JobId


class Job(Intent[Done]):
    job: JobId


class Poke(Command): ...


class Rule(State):
    """What an event does: where it leads to, and whether its job is asked for once more."""

    kind: Literal[NodeKind.NODE] = NodeKind.NODE
    to: int
    again: bool = False


class Open(Command):
    at: int
    rules: tuple[tuple[Rule, Rule, Rule], ...]


class Shop(State):
    kind: Literal[NodeKind.NODE] = NodeKind.NODE
    at: int
    rules: tuple[tuple[Rule, Rule, Rule], ...]

    @classmethod
    @start
    def open(cls, event: Open) -> tuple["Shop", Many[Job]]:
        return cls(at=event.at, rules=event.rules), Many.of(Job(job=JobId(name)) for name in "01")

    @transition
    def done(self, event: Done) -> tuple["Shop", Many[Job]]:
        rule = self.rules[self.at][int(event.job)]
        return self.evolve(at=rule.to), Many.of([Job(job=event.job)] if rule.again else [])

    @transition
    def poke(self, _: Poke) -> tuple["Shop", NoIntent]:
        return self.evolve(at=self.rules[self.at][2].to), NoIntent()


shop = Machine[Shop, Open | Done | Poke](name="shop", perpetual=True)


def _meant(one: Fairness) -> Callable[[Hashable], bool]:
    wanted = "poke" if one.kind is Poke else dict(one.fields)["job"]
    return lambda label: label == wanted


def shop_node(world: World) -> Hashable:
    return world.state.at, tuple(sorted(one.job for one in world.open))


def shop_graph(rules) -> Plain:
    """Work out the worlds of a shop without the explorer."""
    first = (0, ("0", "1"))
    nodes, edges = [first], []
    for node in nodes:
        at, jobs = node
        moves = [(job, int(job)) for job in jobs] + [("poke", 2)]
        for label, number in moves:
            rule = rules[at][number]
            to = (rule.to, tuple(job for job in jobs if job != label or rule.again))
            edges.append((node, label, to))
            if to not in nodes:
                nodes.append(to)
    return Plain(nodes, edges)


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_on_random_jobs_are_those_of_the_oracle(seed):
    random = Random(seed)
    outcomes = set()
    for _ in range(ROUNDS):
        rules = tuple(
            tuple(Rule(to=random.randint(0, 1), again=random.random() < 0.5) for _ in range(3)) for _ in range(2)
        )
        graph = shop_graph(rules)
        goals = set(drawn(random, graph.nodes, most=3))
        lacking = set(graph.nodes) - goals
        fairs = [(), (weak(Poke),), (strong(Poke),), (weak(Done, job=JobId("0")), strong(Done, job=JobId("1")))]
        ways = list(product((True, False), fairs))
        asked = [
            eventually(
                f"goal {number}",
                lambda world, goals=goals: shop_node(world) in goals,
                answered=answered,
                fair=fair,
            )
            for number, (answered, fair) in enumerate(ways)
        ]
        report = explore(shop, domain=Domain().of(Open, [Open(at=0, rules=rules)]), check=asked)
        assert report.stats.worlds == len(graph.nodes)
        assert report.stats.edges == len(graph.edges)
        for number, (answered, fair) in enumerate(ways):
            demands = [Demand(one.strength is Strength.STRONG, _meant(one)) for one in fair]
            if answered:
                demands += [Demand(False, lambda label, job=job: label == job, True) for job in "01"]
            case = Case({graph.nodes[0]} & lacking, lacking, demands)
            found = judged(report, f"goal {number}", graph, case, shop_node)
            outcomes.add((answered, found))
    assert outcomes >= {(True, True), (True, False), (False, True)}
