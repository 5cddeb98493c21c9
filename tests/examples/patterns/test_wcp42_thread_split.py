"""Thread Split: three threads in one branch, each at its own pace."""

from typing import Self

import pytest

from examples.patterns.wcp42_thread_split import (
    LABELS,
    DryLabel,
    GlueLabel,
    LabelDried,
    LabelGlued,
    Labelled,
    Labelling,
    OrderLabels,
    Printing,
    SheetPrinted,
    thread_split,
)
from telic import Machine, Many, NoIntent, transition
from telic.testing import suite
from telic.verify import always, ended, eventually, sometimes
from tests.examples.patterns.stories import in_order, stories

EVENT = OrderLabels | SheetPrinted | LabelDried | LabelGlued


def once_each(world):
    """Each label is at one place at most."""
    labels = [one.label for one in world.open if isinstance(one, DryLabel | GlueLabel)]
    return len(labels) == len({*labels})


TestThreadSplit = suite(
    thread_split,
    check=[
        always("each is at one place", once_each),
        sometimes("all are dried at once", lambda world: world.open == tuple(DryLabel(label=one) for one in LABELS)),
        eventually("all are glued on", ended),
    ],
    worlds=28,
)


def paces(told):
    """The orders in which the threads go on."""
    return {tuple(word for word in story if word.startswith(("LabelDried", "LabelGlued"))) for story in told}


def every_pace(labels):
    """All ways to shuffle the steps of these threads."""
    steps = [(f"LabelDried {one}", f"LabelGlued {one}") for one in labels]
    return {*shuffled(tuple(steps))}


def shuffled(threads):
    if not any(threads):
        yield ()
    for place, thread in enumerate(threads):
        if thread:
            for rest in shuffled((*threads[:place], thread[1:], *threads[place + 1 :])):
                yield (thread[0], *rest)


def test_all_threads_begin_in_one_step():
    begun = ("OrderLabels", "PrintSheet", "SheetPrinted", *(f"DryLabel {one}" for one in LABELS))
    assert {story[: len(begun)] for story in stories(thread_split)} == {begun}


def test_each_goes_through_the_same_branch_and_none_waits_for_another():
    told = stories(thread_split)
    for label in LABELS:
        steps = [f"{step} {label}" for step in ("DryLabel", "LabelDried", "GlueLabel", "LabelGlued")]
        assert all(in_order(story, *steps) for story in told)
    assert paces(told) == every_pace(LABELS)
    assert len(every_pace(LABELS)) == 90


class PrintingTwo(Printing):
    @transition
    def split(self, event: SheetPrinted) -> tuple["LabellingTwo", Many[DryLabel]]:
        return LabellingTwo(left=[*LABELS][:2]), Many.of(DryLabel(label=one) for one in [*LABELS][:2])


class LabellingTwo(Labelling): ...


class PrintingInTurn(Printing):
    @transition
    def split(self, event: SheetPrinted) -> tuple["LabellingInTurn", DryLabel]:
        return LabellingInTurn(), DryLabel(label=next(iter(LABELS)))


class LabellingInTurn(Labelling):
    @transition
    def finish(self, event: LabelGlued) -> tuple[Self, DryLabel] | tuple[Labelled, NoIntent]:
        left = self.left.without(event.label)
        return (self.evolve(left=left), DryLabel(label=next(iter(left)))) if left else (Labelled(), NoIntent())


@pytest.mark.parametrize(
    "states", [(PrintingTwo, LabellingTwo), (PrintingInTurn, LabellingInTurn)], ids=["two", "turns"]
)
def test_a_thread_that_is_missing_or_waits_for_another_is_noticed(states):
    wrong = Machine[states[0] | states[1] | Labelled, EVENT](name="wrong")
    assert paces(stories(wrong)) != every_pace(LABELS)
