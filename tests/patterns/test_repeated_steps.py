"""Repeated steps: a loop with one way in and one way out, tested before each round or after it."""

import time
from enum import StrEnum
from typing import Annotated, Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from telic import (
    Command,
    Fact,
    Handlers,
    Intent,
    Machine,
    NoIntent,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
    start,
    transition,
)
from telic.kernel.errors import DefinitionError
from telic.kernel.orders import FailureCause
from telic.patterns import PipelineFinished, PipelineRunning, PipelineStopped, Progress, pipeline
from telic.testing import begin, suite
from telic.verify import (
    Bound,
    Domain,
    Verdict,
    always,
    behaviour_of,
    ended,
    eventually,
    explore,
    fingerprint,
    impurities,
    sometimes,
)
from tests.shell.places import PLACES, store_in

MOST = 3


class MakeTea(Command):
    cups: Annotated[int, Field(ge=0, le=3)]


class CupBrewed(Fact): ...


class SugarAdded(Fact):
    enough: bool


class KettleEmpty(Fact): ...


class TeaServed(Fact): ...


class BrewCup(Intent[CupBrewed | KettleEmpty]): ...


class AddSugar(Intent[SugarAdded]):
    spoon: int


class ServeTea(Intent[TeaServed]):
    cups: int


tea = (
    pipeline("tea", MakeTea)
    .repeat(BrewCup, expect=CupBrewed, while_=lambda asked, cups: len(cups) < asked.cups)
    .repeat(
        AddSugar,
        lambda asked, cups, sugar: AddSugar(spoon=len(sugar) + 1),
        until=lambda asked, cups, sugar: sugar[-1].enough or len(sugar) == MOST,
    )
    .do(ServeTea)
    .finish()
)


def rounds_done(world):
    """The rounds so far, of the step that is being repeated."""
    return len(getattr(world.state, world.state.step)) if world.state.step in ("brew_cup", "add_sugar") else 0


TestTea = suite(
    tea,
    check=[
        always("no round too many", lambda world: ended(world) or rounds_done(world) < MOST),
        always("one at a time", lambda world: len(world.open) <= 1),
        sometimes(
            "no cup at all", lambda world: isinstance(world.state, PipelineFinished) and not world.state.brew_cup
        ),
        eventually("it ends", ended),
    ],
    worlds=56,
)


# --- the long way -------------------------------------------------------------------------


class TeaKind(StrEnum):
    AWAITING_BREW_CUP = "awaiting_brew_cup"
    AWAITING_ADD_SUGAR = "awaiting_add_sugar"
    AWAITING_SERVE_TEA = "awaiting_serve_tea"
    FINISHED = "finished"
    STOPPED = "stopped"


def poured(begun, cups):
    """One more cup, or on to the first spoon."""
    if len(cups) < begun.cups:
        return AwaitingBrewCup(begun=begun, brew_cup=cups), BrewCup()
    return AwaitingAddSugar(begun=begun, brew_cup=cups), AddSugar(spoon=1)


class AwaitingBrewCup(PipelineRunning):
    kind: Literal[TeaKind.AWAITING_BREW_CUP] = TeaKind.AWAITING_BREW_CUP
    begun: MakeTea
    brew_cup: tuple[CupBrewed, ...] = ()
    step_names, place = ("brew_cup", "add_sugar", "serve_tea"), 0

    @classmethod
    @start
    def begin(cls, event: MakeTea) -> tuple[Self, BrewCup] | tuple["AwaitingAddSugar", AddSugar]:
        return poured(event, ())

    @transition
    def go_on(self, event: CupBrewed) -> tuple[Self, BrewCup] | tuple["AwaitingAddSugar", AddSugar]:
        return poured(self.begun, (*self.brew_cup, event))

    @transition
    def stop(self, event: KettleEmpty) -> tuple["TeaStopped", NoIntent]:
        stopped = TeaStopped(
            begun=self.begun, brew_cup=self.brew_cup, stopped_at="brew_cup", why="KettleEmpty", got_kettle_empty=event
        )
        return stopped, NoIntent()


class AwaitingAddSugar(PipelineRunning):
    kind: Literal[TeaKind.AWAITING_ADD_SUGAR] = TeaKind.AWAITING_ADD_SUGAR
    begun: MakeTea
    brew_cup: tuple[CupBrewed, ...]
    add_sugar: tuple[SugarAdded, ...] = ()
    step_names, place = AwaitingBrewCup.step_names, 1

    @transition
    def go_on(self, event: SugarAdded) -> tuple[Self, AddSugar] | tuple["AwaitingServeTea", ServeTea]:
        spoons = (*self.add_sugar, event)
        if not (event.enough or len(spoons) == MOST):
            return self.evolve(add_sugar=spoons), AddSugar(spoon=len(spoons) + 1)
        served = AwaitingServeTea(begun=self.begun, brew_cup=self.brew_cup, add_sugar=spoons)
        return served, ServeTea(cups=self.begun.cups)


class AwaitingServeTea(PipelineRunning):
    kind: Literal[TeaKind.AWAITING_SERVE_TEA] = TeaKind.AWAITING_SERVE_TEA
    begun: MakeTea
    brew_cup: tuple[CupBrewed, ...]
    add_sugar: tuple[SugarAdded, ...]
    step_names, place = AwaitingBrewCup.step_names, 2

    @transition
    def go_on(self, event: TeaServed) -> tuple["TeaFinished", NoIntent]:
        done = TeaFinished(begun=self.begun, brew_cup=self.brew_cup, add_sugar=self.add_sugar, serve_tea=event)
        return done, NoIntent()


class TeaFinished(PipelineFinished):
    kind: Literal[TeaKind.FINISHED] = TeaKind.FINISHED
    begun: MakeTea
    brew_cup: tuple[CupBrewed, ...]
    add_sugar: tuple[SugarAdded, ...]
    serve_tea: TeaServed
    step_names = AwaitingBrewCup.step_names


class TeaStopped(PipelineStopped):
    kind: Literal[TeaKind.STOPPED] = TeaKind.STOPPED
    begun: MakeTea
    brew_cup: tuple[CupBrewed, ...] | None = None
    add_sugar: tuple[SugarAdded, ...] | None = None
    serve_tea: TeaServed | None = None
    stopped_at: str
    why: str
    got_kettle_empty: KettleEmpty | None = None
    step_names = AwaitingBrewCup.step_names


by_hand = Machine[
    AwaitingBrewCup | AwaitingAddSugar | AwaitingServeTea | TeaFinished | TeaStopped,
    MakeTea | CupBrewed | KettleEmpty | SugarAdded | TeaServed,
](name="tea", version=1)


def test_the_short_way_and_the_long_way_are_one_machine():
    assert fingerprint(tea) == fingerprint(by_hand)
    short, long = explore(tea), explore(by_hand)
    assert (short.stats, behaviour_of(short)) == (long.stats, behaviour_of(long))


# --- as loops of Python have it ----------------------------------------------------------


def brewed(cups, spoons):
    """The story of a tea for which the sugar is enough at the first ``True``."""
    flow, given_spoons = begin(tea, MakeTea(cups=cups)), iter(spoons)
    while flow.snapshot.open:
        (opened,) = flow.snapshot.open.values()
        match opened.intent:
            case BrewCup():
                flow.expect(BrewCup).answer(CupBrewed())
            case AddSugar():
                flow.expect(AddSugar).answer(SugarAdded(enough=next(given_spoons)))
            case _:
                flow.expect(ServeTea).answer(TeaServed())
    return flow


@given(st.integers(0, MOST), st.lists(st.booleans(), min_size=MOST, max_size=MOST))
def test_there_are_as_many_rounds_as_the_loops_of_python_have(cups, spoons):
    expected_cups, expected_spoons = [], []
    while len(expected_cups) < cups:
        expected_cups.append(CupBrewed())
    while True:
        expected_spoons.append(SugarAdded(enough=spoons[len(expected_spoons)]))
        if expected_spoons[-1].enough or len(expected_spoons) == MOST:
            break
    asked, brew, sugar, served = brewed(cups, spoons).state.results
    assert (asked, [*brew], [*sugar]) == (MakeTea(cups=cups), expected_cups, expected_spoons)
    assert served == TeaServed()


def test_a_function_knows_the_rounds_so_far():
    flow = begin(tea, MakeTea(cups=0))
    for spoon in (1, 2, 3):
        flow.expect(AddSugar, spoon=spoon).answer(SugarAdded(enough=False))
    flow.expect(ServeTea, cups=0)


def test_progress_stands_still_while_a_step_is_repeated():
    flow = begin(tea, MakeTea(cups=2))
    first = flow.state.progress
    flow.expect(BrewCup).answer(CupBrewed())
    assert (flow.state.step, first, flow.state.progress) == ("brew_cup", Progress(0, 3), Progress(0, 3))
    assert flow.state.brew_cup == (CupBrewed(),)


def test_another_answer_stops_it_with_what_the_rounds_have_brought():
    flow = begin(tea, MakeTea(cups=2))
    flow.expect(BrewCup).answer(CupBrewed())
    flow.expect(BrewCup).answer(KettleEmpty())
    stopped = flow.assert_state(tea.states[-1], stopped_at="brew_cup", why="KettleEmpty")
    assert (stopped.brew_cup, stopped.refusal) == ((CupBrewed(),), KettleEmpty())


def test_a_round_that_is_given_up_stops_it_where_that_was_asked_for():
    once = pipeline("once", MakeTea).repeat(
        AddSugar,
        lambda asked, sugar: AddSugar(spoon=len(sugar)),
        until=lambda asked, sugar: len(sugar) == MOST,
        stop_on_failure=True,
    )
    machine = once.finish()
    explore(machine).assert_ok()
    flow = begin(machine, MakeTea(cups=0))
    flow.expect(AddSugar).answer(SugarAdded(enough=False))
    flow.expect(AddSugar).fail(FailureCause.EXHAUSTED)
    assert (flow.state.stopped_at, flow.state.add_sugar) == ("add_sugar", (SugarAdded(enough=False),))


class MakeSnack(Command):
    drink: bool
    bite: bool
    sweet: bool


def test_loops_without_a_round_and_steps_that_are_left_out_are_passed_over_together():
    snack = (
        pipeline("snack", MakeSnack)
        .repeat(BrewCup, expect=CupBrewed, while_=lambda asked, cups: asked.drink and len(cups) < MOST)
        .do(ServeTea, lambda asked, cups: ServeTea(cups=len(cups)), when=lambda asked, cups: asked.bite)
        .repeat(
            AddSugar,
            lambda asked, cups, served, sugar: AddSugar(spoon=len(sugar)),
            while_=lambda asked, cups, served, sugar: asked.sweet and len(sugar) < MOST,
        )
        .finish()
    )
    explore(snack).assert_ok()
    none = MakeSnack(drink=False, bite=False, sweet=False)
    assert begin(snack, none).state.results == (none, (), None, ())


# --- run ----------------------------------------------------------------------------------------


async def brew(intent, call):
    return CupBrewed()


async def add(intent, call):
    return SugarAdded(enough=intent.spoon == 2)


async def serve(intent, call):
    return TeaServed()


HANDLERS = Handlers(BrewCup.handled_by(brew), AddSugar.handled_by(add), ServeTea.handled_by(serve))


@pytest.mark.parametrize("place", PLACES)
async def test_its_rounds_are_kept_by_every_store(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, tea, tmp_path, url, anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=tea, store=store)
        await runtime.run_step(WorkflowId("t-1"), MakeTea(cups=2))
        await Worker(System(runtimes=[runtime], handlers=HANDLERS)).drain()
        snapshot = await runtime.load(WorkflowId("t-1"))
        rounds = (CupBrewed(),) * 2, (SugarAdded(enough=False), SugarAdded(enough=True))
        assert snapshot.state.results == (MakeTea(cups=2), *rounds, TeaServed())


# --- refused where it is defined ------------------------------------------------------------


def faults(builder):
    with pytest.raises(DefinitionError) as caught:
        builder.finish()
    return [str(one) for one in caught.value.faults]


def test_there_is_one_test_before_each_round_or_after_it():
    for tests, got in (({}, "none"), ({"while_": lambda *_: True, "until": lambda *_: True}, "both")):
        assert faults(pipeline("wrong", MakeTea).repeat(ServeTea, **tests)) == [
            f"serve_tea: expected a test before each round or after it, got {got}; do write while_= for a test before "
            "each, until= for one after each"
        ]


def test_a_test_takes_what_is_had_and_the_rounds_so_far():
    assert faults(pipeline("wrong", MakeTea).repeat(ServeTea, until=lambda asked: True)) == [
        "serve_tea until: expected a function of MakeTea, Rounds, got one that takes (asked); do write lambda "
        "make_tea, rounds: ..."
    ]
    assert faults(
        pipeline("wrong", MakeTea).repeat(ServeTea, lambda asked: ServeTea(cups=1), while_=lambda a, b: False)
    ) == [
        "serve_tea: expected a function of MakeTea, Rounds, got one that takes (asked); do write lambda make_tea, "
        "rounds: ..."
    ]


def test_no_field_is_filled_from_the_rounds():
    class TellEnough(Intent[TeaServed]):
        enough: bool

    repeated = pipeline("wrong", MakeTea).repeat(
        AddSugar, lambda asked, sugar: AddSugar(spoon=1), until=lambda asked, sugar: len(sugar) == MOST
    )
    (fault,) = faults(repeated.do(TellEnough))
    assert "TellEnough.enough: expected a value of this name before the step, got none" in fault


def test_a_loop_without_an_end_is_found():
    endless = pipeline("endless", MakeTea).repeat(ServeTea, while_=lambda asked, served: True).finish
    report = explore(endless(), domain=Domain().field(MakeTea, "cups", 0), bound=Bound(depth=30))
    assert (report.complete, report.check("unbounded growth").verdict) == (False, Verdict.UNDETERMINED)


def test_a_look_at_the_code_comes_upon_the_test():
    hasty = pipeline("hasty", MakeTea).repeat(ServeTea, until=lambda asked, served: time.time() > 0).finish()
    assert impurities(tea) == ()
    assert any("time" in one.text() for one in impurities(hasty))
