"""The quick ways of the explorer against the kernel's own step, on whole worlds, in both directions."""

from functools import cache
from itertools import product

import pytest

from examples.loan.application import NoteMisfit
from examples.loan.machine import SubmitApplication, loan
from examples.loan.work import WorkKind
from examples.signup.machine import Email, UserId, signup
from telic import Command, Deadline, HumanTask, IntentFailed, IntentId, Topic
from telic.kernel.advance import advance
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.snapshot import Commit, Delivery
from telic.verify import Bound, Domain, How, explore
from telic.verify.domains import NoDomain
from telic.verify.probing import EPOCH, Probe, ProbingContext
from tests.kernel import machines as shop
from tests.small_order.machine import order
from tests.small_order.vocabulary import CancelOrder, OrderId, OrderLine, PlaceOrder, Sku, TrackingNumber
from tests.verify.buggy import dead, losing, raising, standing, turning, unsound

PEOPLE = Domain().each(Email, Email("ada@example.org")).each(UserId, UserId("u-1"))
ONE = OrderLine(sku=Sku("lamp"), quantity=2, price=30)
ORDERS = (
    Domain()
    .of(PlaceOrder, [PlaceOrder(order_id=OrderId("o-1"), lines=lines) for lines in ((ONE,), ())])
    .field(CancelOrder, "reason", "changed my mind")
    .each(TrackingNumber, TrackingNumber("t-1"))
)
LOANS = (
    Domain()
    .field(SubmitApplication, "amount", 5000)
    .each(WorkKind, WorkKind.VALIDATE, WorkKind.ASSESS_FRAUD)
    .of(NoteMisfit, [NoteMisfit(activity="W_Valideren aanvraag", reason="none")])
)
BIKES = (
    Domain()
    .field(shop.Open, "parts", -1, 1)
    .field(shop.Quote, "price", 5, -5)
    .field(shop.Poke, "how", "mail", "hush", "both")
    .field(shop.Approve, "by", "b")
    .field(shop.Recalled, "model", "m")
    .each(shop.MailId, shop.MailId("opened"))
    .actors("thief", "boss")
)


def narrow(world):
    return getattr(world.state, "pokes", 0) <= 1 and len(world.open) <= 3 and len(world.deferred) <= 1


def two_offers_at_most(world):
    return len(getattr(world.state, "offers", ())) <= 2


GIVEN = {
    "order": (order, {"domain": ORDERS}),
    "signup": (signup, {"domain": PEOPLE}),
    "loan": (loan, {"domain": LOANS, "within": two_offers_at_most, "bound": Bound(worlds=400)}),
    "shop": (shop.shop, {"domain": BIKES, "within": narrow, "bound": Bound(worlds=500)}),
    "shop, late deadlines": (
        shop.shop,
        {"domain": BIKES, "within": narrow, "bound": Bound(worlds=300), "deadlines": "late"},
    ),
}
BUGS = [
    (case, buggy)
    for module, buggy in product((standing, losing, turning, dead, raising, unsound), (True, False))
    for case in module.CASES
    # A machine that is not a function, or changes what it is given, has no second opinion.
    if not buggy or case.check not in {"not deterministic", "mutation", "not storable"}
]


@cache
def explored(name):
    machine, asked = GIVEN[name]
    return explore(machine, **asked).graph


def real(graph, place, delivery, *, after=0, actor=""):
    """The world that the kernel makes of a delivery, or nothing."""
    stepper, space = graph.stepper, graph.stepper.space
    later = after or EPOCH - EPOCH
    try:
        commit = advance(
            space.machine,
            space.snapshot(graph.worlds[place]),
            delivery,
            ProbingContext(Probe({}), EPOCH + later, actor),
        )
    except Exception:  # noqa: BLE001  (the explorer tells it as a problem)
        return None
    if not isinstance(commit, Commit):
        return None
    ghost = space.rests.values[graph.worlds[place][1]].ghost
    return stepper._normal(space.later(space.world(commit.after, ghost), later))


def ids_of(snapshot, move):
    """The intents of a snapshot that a move may answer: equal ones are several."""
    if move.intent is None:
        return [None]
    among = snapshot.late if move.how is How.LATE else snapshot.open
    return [one.id for one in among.values() if one.intent == move.intent]


def disagreements(graph):
    """Every edge to another world than the kernel's own step leads to."""
    space = graph.stepper.space
    for place in range(graph.expanded):
        snapshot = space.snapshot(graph.worlds[place])
        for label, target in graph.steps(place):
            move = graph.move(label)
            if move.how is How.TIME:
                made = [graph.stepper._normal(space.later(graph.worlds[place], move.after))]
            else:
                made = [
                    real(graph, place, Delivery(move.event, None, id, move.wait or None), after=move.after, actor=actor)
                    for id in ids_of(snapshot, move)
                    for actor in ([move.actor] if move.actor else ["", "boss"])
                ]
            if graph.worlds[target] not in made:
                yield place, move


def deliveries(graph, place, domain):
    """All that may come to a world, found without the explorer's own books."""
    machine, space = graph.stepper.space.machine, graph.stepper.space
    world = graph.worlds[place]
    snapshot = space.snapshot(world)
    info = machine.infos[type(snapshot.state)]
    for event in () if info.final else info.rows:
        if issubclass(event, Command) and event not in machine.task_commands:
            yield from ((Delivery(one), None) for one in values(domain, event, snapshot.state))
    for wait in () if info.final else snapshot.waits:
        if isinstance(wait.wait, Deadline) and wait.fired is None:
            yield Delivery(wait.wait.event, None, None, wait.key), max(wait.wait.at - EPOCH, EPOCH - EPOCH)
        elif isinstance(wait.wait, HumanTask):
            yield from (
                (Delivery(one, None, None, wait.key), None) for one in values(domain, wait.wait.answer, snapshot.state)
            )
        elif isinstance(wait.wait, Topic):
            yield from (
                (Delivery(one, None, None, wait.key), None) for one in values(domain, wait.wait.fact, snapshot.state)
            )
    for one in (*snapshot.open.values(), *snapshot.late.values()):
        kind = type(one.intent)
        for answer in machine.intents[kind]:
            shared = machine.shared_ids[kind, answer]
            yield from ((Delivery(fact, None, one.id), None) for fact in values(domain, answer, one.intent, shared))
        if one.id in snapshot.open and machine.failures[kind] in info.rows:
            cause = FailureCause.WITHDRAWN if one.withdrawn else FailureCause.EXHAUSTED
            yield Delivery(IntentFailed[kind](intent=one.intent, cause=cause), None, one.id), None
        elif one.id in snapshot.open and not machine.intents[kind] and not one.withdrawn:
            yield Delivery(IntentDone(), None, one.id), None


def values(domain, *asked):
    try:
        return domain.events(*asked)
    except NoDomain:
        return ()


def overlooked(graph, domain, within):
    """Every world that the kernel's own step leads to and that the explorer has no edge to."""
    senders = domain.known_actors() or ("",)
    tried = (
        (place, delivery, after, actor)
        for place in range(graph.expanded)
        for delivery, after in deliveries(graph, place, domain)
        for actor in (senders if isinstance(delivery.event, Command) else ("",))
    )
    for place, delivery, after, actor in tried:
        world = real(graph, place, delivery, after=after, actor=actor)
        if world is None or world in {graph.worlds[target] for _, target in graph.steps(place)}:
            continue
        shown = graph.stepper.space.shown(world)
        if within(shown) and len(shown.deferred) <= 2:  # as the report says: more are not kept
            yield place, delivery, actor


@pytest.mark.parametrize("name", GIVEN)
def test_every_edge_leads_where_the_kernels_own_step_leads(name):
    graph = explored(name)
    assert graph.edges > 4
    assert list(disagreements(graph)) == []


@pytest.mark.parametrize("name", [name for name in GIVEN if "late" not in name])
def test_no_step_of_the_kernel_is_overlooked(name):
    asked = GIVEN[name][1]
    assert list(overlooked(explored(name), asked["domain"], asked.get("within", lambda world: True))) == []


@pytest.mark.parametrize(("case", "buggy"), BUGS, ids=str)
def test_the_quick_ways_agree_on_the_buggy_machines_too(case, buggy):
    asked = dict(case.asked)
    graph = explore(case.build(buggy), **asked).graph
    assert list(disagreements(graph)) == []
    if not buggy and "bound" not in asked:
        domain, within = asked.get("domain", Domain()), asked.get("within", lambda world: True)
        assert list(overlooked(graph, domain, within)) == []


def test_an_edge_that_led_elsewhere_would_be_found():
    graph = explore(order, domain=ORDERS).graph
    assert graph.targets[0] != graph.targets[-1]
    graph.targets[0] = graph.targets[-1]
    assert len(list(disagreements(graph))) == 1


def test_an_edge_that_was_left_out_would_be_found():
    graph = explore(order, domain=ORDERS).graph
    whole = graph.offsets[1]
    del graph.targets[0], graph.labels[0]
    for place in range(1, len(graph.offsets)):
        graph.offsets[place] -= 1
    assert whole > 1
    assert len(list(overlooked(graph, ORDERS, lambda world: True))) == 1


def test_a_deadline_that_is_not_the_earliest_waits_in_order_and_may_come_first_otherwise():
    case = next(one for one in raising.CASES if str(one) == "two_waits_under_one_key")
    found = {how: explore(case.build(False), deadlines=how).graph for how in ("ordered", "any", "late")}
    assert [found[how].edges for how in ("ordered", "any")] == [1, 2]
    assert {move.how for move in map(found["late"].move, found["late"].labels)} == {How.DEADLINE, How.TIME}


def test_ids_stand_for_the_intents_of_a_snapshot():
    graph = explore(order, domain=ORDERS).graph
    snapshot = graph.stepper.space.snapshot(graph.worlds[0])
    assert list(snapshot.open) == [IntentId("open:0")]
