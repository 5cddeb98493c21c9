"""An allocator that hands out resources to clients; Merz, *The specification language TLA+* (2008).

Numbers: TLA+ examples, allocator/SimpleAllocator.cfg: three clients, two resources; its theorems, and what it
says is no theorem.
"""

from enum import StrEnum
from functools import cache
from itertools import combinations

from telic import Command, FrozenMap, FrozenSet, Machine, NoIntent, Reject, transition
from telic.verify import Domain, always, explore, leads_to, strong, weak
from tests.verify.truths.models import PROVED, REFUTED, Variables, size

NO = Reject("not enabled")


class Client(StrEnum):
    C1 = "c1"
    C2 = "c2"
    C3 = "c3"


class Resource(StrEnum):
    R1 = "r1"
    R2 = "r2"


Some = FrozenSet[Resource]
SOME = [FrozenSet(some) for size in (1, 2) for some in combinations(Resource, size)]


class Request(Command):
    client: Client
    what: Some


class Allocate(Command):
    client: Client
    what: Some


class Return(Command):
    client: Client
    what: Some
    whole: bool  # all that the client has
    satisfied: bool  # and it has got all that it asked for


class Allocator(Variables):
    wanted: FrozenMap[Client, Some] = FrozenMap(dict.fromkeys(Client, FrozenSet()))
    held: FrozenMap[Client, Some] = FrozenMap(dict.fromkeys(Client, FrozenSet()))

    @transition
    def request(self, event: Request) -> tuple["Allocator", NoIntent | Reject]:
        if self.wanted[event.client] or self.held[event.client]:
            return self, NO
        return self.evolve(wanted=self.wanted.put(event.client, event.what)), NoIntent()

    @transition
    def allocate(self, event: Allocate) -> tuple["Allocator", NoIntent | Reject]:
        client, taken = event.client, {one for some in self.held.values() for one in some}
        if not event.what <= self.wanted[client] or event.what & taken:
            return self, NO
        wanted = self.wanted.put(client, self.wanted[client] - event.what)
        return Allocator(wanted=wanted, held=self.held.put(client, self.held[client] | event.what)), NoIntent()

    @transition
    def give_back(self, event: Return) -> tuple["Allocator", NoIntent | Reject]:
        held = self.held[event.client]
        if not event.what <= held:
            return self, NO
        return self.evolve(held=self.held.put(event.client, held - event.what)), NoIntent()


def returns(state):
    """Return all that may be given back, each said to be what it is."""
    return [
        Return(client=client, what=some, whole=some == state.held[client], satisfied=not state.wanted[client])
        for client in Client
        for some in SOME
    ]


allocator = Machine[Allocator, Request | Allocate | Return](name="allocator", perpetual=True, starts=(Allocator,))

RETURNS = weak(Return, by="client", whole=True)
RETURNS_IF_SATISFIED = weak(Return, by="client", whole=True, satisfied=True)
ALLOCATES = strong(Allocate, by="client")
FAIR = {
    "": (RETURNS, ALLOCATES),
    " weakly": (RETURNS, weak(Allocate, by="client")),
    " of the satisfied": (RETURNS_IF_SATISFIED, ALLOCATES),
    " by anybody": (RETURNS, strong(Allocate)),
}


def wants(client, resource):
    return lambda world: resource in world.state.wanted[client]


def has(client, resource):
    return lambda world: resource in world.state.held[client]


def wants_nothing(client):
    return lambda world: not world.state.wanted[client]


def has_nothing(client):
    return lambda world: not world.state.held[client]


def always_true(_):
    return True


def exclusive(world):
    return not any(one & other for one, other in combinations(world.state.held.values(), 2))


@cache
def explored():
    checks = [always("nothing is held twice", exclusive)]
    for name, fair in FAIR.items():
        for client in Client:
            checks += [
                leads_to(f"{client} obtains {one}{name}", wants(client, one), has(client, one), fair=fair)
                for one in Resource
            ]
            checks += [
                leads_to(f"{client} returns{name}", wants_nothing(client), has_nothing(client), fair=fair),
                leads_to(f"{client} is satisfied{name}", always_true, wants_nothing(client), fair=fair),
            ]
    domain = Domain().of(Return, returns).each(Some, *SOME)
    return explore(allocator, starts=[Allocator()], domain=domain, check=checks)


def verdicts(what, name):
    return {explored().check(f"{client} {what}{name}").verdict for client in Client}


def obtains(name):
    return {verdict for one in Resource for verdict in verdicts(f"obtains {one}", name)}


def test_the_allocator_has_the_published_size():
    assert size(explored()) == (400, 1633, 6)


def test_no_resource_is_held_twice():
    assert explored().check("nothing is held twice").verdict is PROVED


def test_strong_fairness_gives_each_client_what_it_wants():
    assert obtains("") == verdicts("returns", "") == verdicts("is satisfied", "") == {PROVED}


def test_weak_fairness_does_not():
    assert obtains(" weakly") == verdicts("is satisfied", " weakly") == {REFUTED}
    assert verdicts("returns", " weakly") == {PROVED}


def test_to_return_only_when_satisfied_is_not_enough():
    assert obtains(" of the satisfied") == verdicts("is satisfied", " of the satisfied") == {REFUTED}
    assert verdicts("returns", " of the satisfied") == {PROVED}


def test_to_allocate_to_anybody_is_not_to_allocate_to_each():
    assert obtains(" by anybody") == {REFUTED}
