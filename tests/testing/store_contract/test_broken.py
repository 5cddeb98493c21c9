"""Every store that is broken on purpose is caught, by the case that names what it breaks."""

import re

import pytest

from telic.testing import CASES, check_store
from tests.testing.store_contract.butchers import CutsAnywhere
from tests.testing.store_contract.careless import HearsEverybody
from tests.testing.store_contract.hasty import AnswersWithoutLooking
from tests.testing.store_contract.movers import PutsOneOverAnother
from tests.testing.store_contract.opaque import CountsWhatIsOver
from tests.testing.store_contract.tampering import CAUGHT_BY

each_broken_store = pytest.mark.parametrize(
    ("store", "cases"), [pytest.param(store, cases, id=store.__name__) for store, cases in CAUGHT_BY.items()]
)


async def checked(store, only=None, **more):
    """The report on a store; where it can be opened again, that is its own business."""
    opened = []

    def factory(machine):
        opened.append(store(machine))
        return opened[-1]

    reopen = (lambda machine: opened[-1].again()) if hasattr(store, "again") else None
    return await check_store(factory, reopen=reopen, only=only, **more)


@each_broken_store
async def test_a_broken_store_is_caught_by_the_rule_that_it_breaks(store, cases):
    report = await checked(store, cases, examples=200)
    assert [one.case for one in report.failed] == list(cases), report
    for one in report.failed:
        assert one.detail.startswith(f"{one.case}: {CASES[one.case].rule}; ")
        assert re.search("expected .*, got .*; do ", one.detail, re.DOTALL)


def test_there_are_enough_of_them_and_of_cases():
    assert len(CAUGHT_BY) >= 14
    assert len(CASES) >= 60


def test_books_that_are_kept_carelessly_are_among_them():
    assert HearsEverybody in CAUGHT_BY


def test_journals_that_are_cut_wrongly_are_among_them():
    assert CutsAnywhere in CAUGHT_BY


def test_answers_that_are_saved_without_a_look_at_their_task_are_among_them():
    assert AnswersWithoutLooking in CAUGHT_BY


def test_stores_that_tell_observers_what_is_not_so_are_among_them():
    assert CountsWhatIsOver in CAUGHT_BY


def test_stores_that_carry_instances_wrongly_are_among_them():
    assert PutsOneOverAnother in CAUGHT_BY
