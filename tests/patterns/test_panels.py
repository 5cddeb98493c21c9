"""Panels and ladders: who has to agree, and what cannot be."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic import TypedId
from telic.patterns import BadDefinition, Ladder, Panel, Rung


class PersonId(TypedId): ...


ADA, BEN, CYD = map(PersonId, ("ada", "ben", "cyd"))
DAY = timedelta(days=1)


def test_all_have_to_agree_unless_said():
    assert (Panel.of(ADA).needed, Panel.of(ADA, BEN).needed, Panel.of(ADA, BEN, need=1).needed) == (1, 2, 1)


@pytest.mark.parametrize(
    ("members", "more", "problem"),
    [
        ((), {}, "expected at least one person, got none; do ask somebody, or decide without a panel"),
        ((ADA, BEN, ADA), {}, "expected each person once, got ada twice; do name each once"),
        ((ADA,), {"need": 2}, "expected a need from 1 to 1, got 2; do ask for as many as there are people"),
        ((ADA,), {"need": 0}, "expected a need from 1 to 1, got 0; do ask for as many as there are people"),
        (
            (ADA,),
            {"escalate_to": (BEN,)},
            "expected within= beside escalate_to=, got none; do say after how long somebody else is asked",
        ),
        (
            (ADA,),
            {"escalate_to": (BEN, BEN), "within": DAY},
            "expected each person once, got ben twice; do name each once",
        ),
    ],
)
def test_a_panel_that_cannot_agree_is_refused(members, more, problem):
    with pytest.raises(ValueError, match="^panel: ") as caught:
        Panel[PersonId].of(*members, **more)
    assert str(caught.value) == f"panel: {problem}"
    assert Panel[PersonId].over(members, **more) == BadDefinition(what="panel", problem=problem)
    with pytest.raises(ValidationError):
        Panel[PersonId](members=members, **more)


def test_people_may_come_with_an_event():
    assert Panel[PersonId].over(iter([ADA, BEN]), need=1, within=DAY, escalate_to=(CYD,), veto=True) == Panel.of(
        ADA, BEN, need=1, within=DAY, escalate_to=(CYD,), veto=True
    )


def test_a_ladder_leads_up_and_ends_without_a_limit():
    one = [Panel.of(ADA)]
    for rungs, problem in (
        ((), "expected a last rung without a limit, got none; do say who is asked for any larger amount"),
        (((5, one),), "expected a last rung without a limit, got none; do say who is asked for any larger amount"),
        (((5, one), (5, one), (None, one)), "expected larger amounts from rung to rung, got 5 after 5"),
        (((None, one), (None, one)), "expected larger amounts from rung to rung, got None after None"),
    ):
        with pytest.raises(ValidationError) as caught:
            Ladder[PersonId].of(*rungs)
        assert problem in str(caught.value)
    with pytest.raises(ValidationError, match="at least 1 item"):
        Rung[PersonId](up_to=None, panels=())


@given(st.lists(st.integers(1, 50), unique=True, max_size=4), st.integers(0, 60))
def test_the_smallest_rung_that_is_enough_is_asked(tops, amount):
    names = [PersonId(f"up-to-{top}") for top in sorted(tops)]
    rungs = [(top, [Panel.of(name)]) for top, name in zip(sorted(tops), names, strict=True)]
    (panel,) = Ladder[PersonId].of(*rungs, (None, [Panel.of(CYD)])).panels_for(Decimal(amount))
    above = [top for top in sorted(tops) if top >= amount]
    assert panel == Panel.of(PersonId(f"up-to-{above[0]}") if above else CYD)
