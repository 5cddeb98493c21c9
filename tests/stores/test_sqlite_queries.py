"""Which index SQLite takes for what people ask: none of it reads a whole table."""

import sqlite3

import pytest

from telic.kernel.snapshot import Ancestor, Status
from telic.kernel.values import WorkflowId
from telic.runtime.queries import Query
from telic.stores.searching import searching
from telic.stores.sqlite.queries import DIALECT
from telic.stores.sqlite.retention import DUE_CUT, OVER
from telic.stores.sqlite.schema import migrate
from telic.stores.sqlite.tasks import DIALECT as TASKS
from telic.stores.tasking import listing

KEY = ("", "desk")


@pytest.fixture
def plan(path):
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, str(path))

    def plan(text, values):
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text.format(s='')}", values)]

    yield plan
    connection.close()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query(key="k"), "telic_instance_key (tenant=? AND machine=? AND key=?"),
        (Query(parent=WorkflowId("p")), "telic_instance_parent (tenant=? AND machine=? AND parent>? AND parent<?"),
        (
            Query(root=Ancestor("desk", WorkflowId("p"))),
            "telic_instance_root (tenant=? AND machine=? AND root_machine=? AND root=?",
        ),
        (Query(status=Status.PAUSED), "telic_instance_status (tenant=? AND machine=? AND status=?"),
        (Query(attributes={"a": 1}), "telic_attribute_value (tenant=? AND machine=? AND name=? AND value>?"),
        (Query(kind="draft", key="k", attributes={"a": "b"}), "telic_instance_key"),
    ],
)
def test_a_search_takes_the_index_of_its_narrowest_condition(plan, query, index):
    text, values = searching(DIALECT, KEY, query, None, 10)
    lines = plan(text, values)
    assert any(index in line for line in lines), lines
    assert not any("SEARCH i USING PRIMARY KEY (tenant=? AND machine=? AND id>?)" in line for line in lines)


def test_tasks_are_found_in_their_order(plan):
    text, values = listing(TASKS, KEY, (None, (), None), None, 10)
    assert plan(text, values) == ["SEARCH telic_wait USING INDEX telic_wait_task (tenant=? AND machine=?)"]
    text, values = listing(TASKS, KEY, ("ann", (), None), None, 10)
    (line,) = plan(text, values)
    assert "telic_wait_mine (tenant=? AND machine=? AND <expr>=?" in line


def test_what_can_be_cut_is_found_by_the_moment_of_its_checkpoint(plan):
    lines = plan(DUE_CUT, {"tenant": "", "machine": "desk", "before": 1, "keep": 1})
    assert "telic_checkpoint_cut (tenant=? AND machine=? AND at_us<?)" in lines[0]
    assert lines[1].startswith("SEARCH i USING PRIMARY KEY (tenant=? AND machine=? AND id=?)")


def test_what_is_over_is_found_by_its_moment(plan):
    lines = plan(OVER, {"tenant": "", "machine": "desk", "before": 1, "limit": 1})
    assert "telic_instance_over (tenant=? AND machine=? AND at_us<?)" in lines[0]
