"""Implicit Termination: the end comes with the last of what is to be done, whichever that is."""

from typing import Self

import pytest

from examples.patterns.wcp11_implicit_termination import (
    FlatEmptied,
    FlatPainted,
    MailForwarded,
    Moved,
    MoveOut,
    Moving,
    PaintFlat,
    implicit_termination,
)
from telic import Machine, NoIntent, transition
from telic.testing import suite
from telic.verify import Domain, Verdict, always, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = MoveOut | FlatEmptied | FlatPainted | MailForwarded

OVER = always("it is over when, and only when, nothing is left", lambda world: ended(world) == (not world.open))

TestImplicitTermination = suite(
    implicit_termination, check=[OVER, eventually("everybody has moved in the end", ended)], worlds=6
)


def test_any_branch_may_be_the_last():
    assert {story[-2] for story in stories(implicit_termination)} == {"FlatEmptied", "FlatPainted", "MailForwarded"}


@pytest.mark.parametrize(("marked", "last"), [(True, {"FlatPainted"}), (False, {"FlatEmptied"})])
def test_what_has_to_be_done_may_depend_on_what_was_found(marked, last):
    told = stories(implicit_termination, domain=Domain().field(FlatEmptied, "walls_marked", marked))
    assert {story[-2] for story in told} == {"MailForwarded", *last}


class MovingUntilEmpty(Moving):
    @transition
    def inspect(self, event: FlatEmptied) -> tuple[Self, PaintFlat] | tuple[Moved, NoIntent]:
        return (self, PaintFlat()) if event.walls_marked else (Moved(), NoIntent())


def test_an_end_that_comes_with_one_branch_is_noticed():
    early = Machine[MovingUntilEmpty | Moved, EVENT](name="early")
    assert explore(early).check("false claim").verdict is Verdict.REFUTED


class MovingForgetfully(Moving):
    @transition
    def hand_over(self, event: FlatPainted) -> tuple[Self, NoIntent]:
        return self, NoIntent()


def test_an_end_that_never_comes_is_noticed():
    forgetful = Machine[MovingForgetfully | Moved, EVENT](name="forgetful")
    assert {one.name for one in explore(forgetful, check=[OVER]).failures} == {"stuck", OVER.name}
