"""Lists over a hundred thousand rows fetch a page of them, and no more."""

import pytest

from telic.shell.acted import Acted, Effect
from telic.stores.sqlite.database import SqliteDatabase

MANY = 100_000


@pytest.fixture
def fetched(monkeypatch):
    """How many rows each query has returned."""
    counts, rows = [], SqliteDatabase.rows

    def counted(self, *arguments):
        found = rows(self, *arguments)
        counts.append(len(found))
        return found

    monkeypatch.setattr(SqliteDatabase, "rows", counted)
    return counts


@pytest.fixture
def many(request, shop, copied):
    """Copies of one instance that waits for its card, or for a person."""
    shop("start", "Sell", "-d", '{"price": 5}', "--id", "s")
    if request.param == "reviewed":
        assert shop("worker", "--burst").code == 0
    copied(MANY)


@pytest.mark.parametrize(
    ("many", "arguments", "most"),
    [
        ("charging", ("ls",), 102),
        ("charging", ("outbox", "ls"), 100),
        ("reviewed", ("tasks", "ls"), 101),
        ("reviewed", ("deadlines", "ls"), 100),
    ],
    indirect=["many"],
)
@pytest.mark.usefixtures("many")
def test_a_list_fetches_no_more_than_it_shows(shop, fetched, arguments, most):
    ended = shop(*arguments, "-o", "plain")
    assert (ended.code, ended.out.count("\n")) == (0, 100)
    assert max(fetched) <= most
    assert sum(fetched) <= 4 * most


@pytest.mark.parametrize("many", ["charging"], indirect=True)
@pytest.mark.usefixtures("many")
def test_an_act_on_many_reads_them_page_by_page(shop, fetched, monkeypatch):
    seen = []
    monkeypatch.setattr("telic.shell.operators.Operators._one_stepped", _stopping(seen))
    with pytest.raises(_Enough):
        shop("pause", "--all", "--actor", "ann")
    assert len(seen) == 250
    assert (max(fetched), sum(fetched)) == (101, 303)


class _Enough(Exception):
    pass


def _stopping(seen):
    async def stepped(self, runtime, id, delivery, *, dry_run):
        seen.append(id)
        if len(seen) == 250:
            raise _Enough
        return Acted(id, Effect.DONE)

    return stepped
