"""The transition table as plain data."""

from dataclasses import FrozenInstanceError

import pytest

from telic.kernel.intents import NoIntent
from telic.kernel.table import Edge, Row
from tests.kernel import machines as m


def test_a_row_names_its_place_in_the_code():
    row = Row(m.New, m.Poke, "poke", print, False, ())
    assert row.where == "New.poke"
    assert row.noted("shop") == "raised in New.poke of machine 'shop'; the instance is untouched"


def test_the_table_compares_by_content_and_cannot_be_changed():
    assert Edge(m.New) == Edge(m.New) != Edge(m.Done)
    with pytest.raises(FrozenInstanceError):
        Edge(m.New).withdraws = True


def test_a_row_tells_what_leads_where():
    row = m.shop.infos[m.New].rows[m.Quote]
    assert (row.state, row.takes_context, row.coarse, row.is_fact) == (m.New, True, False, False)
    assert [edge.target for edge in row.edges] == [m.Quoted, m.New]
    assert (m.Quoted, NoIntent) in row.shapes
    assert m.shop.infos[m.Done].final
