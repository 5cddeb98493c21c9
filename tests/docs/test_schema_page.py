"""The page of the tables in SQL says what the migrations of both databases come to, and what each column is for."""

import re

import pytest

from tests.docs import tables
from tests.docs.tables import PAGE


@pytest.fixture(scope="module")
def databases():
    return tables.in_sqlite(), tables.in_postgres()


def test_the_page_has_the_tables_columns_and_indexes_of_both_databases(databases):
    page = PAGE.read_text(encoding="utf-8")
    assert tables.filled(page, *databases) == page, "do python -m tests.docs.tables, then say what each new column is"


def test_every_table_and_every_column_is_explained(databases):
    said = tables.told(PAGE.read_text(encoding="utf-8"))
    columns = {(name, column) for each in databases for name, table in each.items() for column in ("", *table.columns)}
    assert {one for one in columns if not said.get(one)} == set()


def test_both_databases_have_the_same_tables(databases):
    sqlite, postgres = databases
    assert set(sqlite) == set(postgres)


def test_what_is_public_are_tables_that_there_are():
    page = PAGE.read_text(encoding="utf-8")
    public = re.findall(r"`(telic_\w+)`", page.split("## What is public")[1].split("## How tables change")[0])
    assert set(public) <= set(tables.in_sqlite())


def test_a_new_column_stands_on_the_page_with_nothing_said(databases):
    sqlite, postgres = tables.in_sqlite(), databases[1]
    sqlite["telic_limit"].columns["fresh"] = "TEXT null"
    changed = tables.filled(PAGE.read_text(encoding="utf-8"), sqlite, postgres)
    assert "| `fresh` | TEXT null |  |  |" in changed
    assert tables.told(changed)["telic_limit", "fresh"] == ""
