"""The context of a step: everything in it derives from what the journal keeps."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from telic import Context, EventId, WorkflowId
from telic.kernel.context import derived_event_id, derived_revision

SCRIPT = """
from datetime import UTC, datetime
from telic import Context, WorkflowId
ctx = Context(datetime(2026, 1, 1, tzinfo=UTC), WorkflowId("w"), revision=3)
print(ctx.uuid("a"), ctx.random("a"), ctx.event_id)
"""


def test_ids_and_numbers_are_the_same_in_every_process():
    printed = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    ctx = Context(datetime(2026, 1, 1, tzinfo=UTC), WorkflowId("w"), revision=3)
    assert printed == {f"{ctx.uuid('a')} {ctx.random('a')} telic:w:3\n"}
    assert (ctx.uuid("a").version, ctx.uuid("a") == ctx.uuid("b"), 0 <= ctx.random("b") < 1) == (8, False, True)
    assert repr(ctx) == "Context(now=2026-01-01T00:00:00+00:00, workflow_id=WorkflowId('w'), revision=3)"


def test_the_id_of_an_event_is_the_callers_before_the_derived_one():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Context(now, WorkflowId("w"), event_id=EventId("mine")).event_id == "mine"
    assert Context(now, WorkflowId("w"), revision=2).event_id == derived_event_id("w", 2)


def test_the_context_of_a_record_has_the_moment_and_what_belongs_to_the_record():
    ctx = Context(datetime(2026, 1, 1, tzinfo=UTC), actor="ada").in_step(WorkflowId("w"), "t", "bob", 4, None)
    assert (ctx.now.year, ctx.workflow_id, ctx.tenant, ctx.actor, ctx.revision) == (2026, "w", "t", "bob", 4)
    assert (ctx.event_id, ctx.answers, ctx.task) == ("telic:w:4", None, None)


@pytest.mark.parametrize(
    ("event_id", "revision"),
    [
        ("telic:a:b:7", 7),
        ("telic:a:c:7", None),
        ("a:b:7", None),
        ("telic:a:b:x", None),
        ("telic:a:b:0", None),
        ("telic:a:b:07", None),
    ],
)
def test_a_derived_id_names_its_record_and_no_other_form_does(event_id, revision):
    assert derived_revision("a:b", event_id) == revision
