"""The pieces of statements by which images are installed, and instances are left behind.

What may never be here: a value within a text.
"""

from __future__ import annotations

from typing import Final

from telic.stores.writes import Step

__all__ = ["ADMITTED_PIECES", "ADMITTED_ROWS"]

_INSTANCE: Final = "tenant text, machine text, id text"

ADMITTED_ROWS: Final[dict[int, str]] = {
    Step.ADMIT_EVENT_ID: f"{_INSTANCE}, event_id text, revision bigint, outcome text, kind text, intents text",
    Step.ADMIT_INTENT: (
        "tenant text, machine text, intent_id text, id text, tag text, version bigint, payload bytea, "
        "withdrawn bigint, correlated bigint, emitted_us bigint, state bigint, due_us bigint, attempt bigint, "
        "crashes bigint, cause text, problem text, trace text"
    ),
    Step.ADMIT_WAIT: (
        f"{_INSTANCE}, key text, type text, event text, since bigint, opened_us bigint, due_us bigint, "
        "fired_us bigint, title text, description text, assignee text, groups text, priority bigint, "
        "remind text, topic text, topic_key text, held bigint, remind_us bigint, "
        "claimed_by text, assigned_to text, draft bytea, edition bigint, trace text"
    ),
    Step.KEEP_ACT: (f"{_INSTANCE}, operation text, subject text, act text, actor text, at_us bigint, detail text"),
    Step.LEAVE: f"{_INSTANCE}, at_us bigint",
}
"""The columns of the rows of each step, as the encoder makes them."""

ADMITTED_PIECES: Final[dict[int, str]] = {
    # What another store has kept, with all that stood beside it there.
    Step.ADMIT_EVENT_ID: """
        admitted_ids AS (
            INSERT INTO {s}.telic_event_id (tenant, machine, id, event_id, revision, outcome, kind, intents)
            SELECT r.tenant, r.machine, r.id, r.event_id, r.revision, r.outcome, r.kind, r.intents
            FROM {rows} WHERE {saved}
        )""",
    Step.ADMIT_INTENT: """
        admitted_intents AS (
            INSERT INTO {s}.telic_outbox (tenant, machine, intent_id, id, tag, version, payload, withdrawn,
                correlated, emitted_us, state, due_us, attempt, crashes, cause, problem, trace)
            SELECT r.tenant, r.machine, r.intent_id, r.id, r.tag, r.version, r.payload, r.withdrawn = 1,
                r.correlated = 1, r.emitted_us, r.state, r.due_us, r.attempt, r.crashes, r.cause, r.problem, r.trace
            FROM {rows} WHERE {saved}
        )""",
    Step.ADMIT_WAIT: """
        admitted_waits AS (
            INSERT INTO {s}.telic_wait (tenant, machine, id, key, type, event, since, opened_us, due_us, fired_us,
                title, description, assignee, groups, priority, remind, topic, topic_key, held, remind_us,
                claimed_by, assigned_to, draft, edition, trace)
            SELECT r.tenant, r.machine, r.id, r.key, r.type, r.event, r.since, r.opened_us, r.due_us, r.fired_us,
                r.title, r.description, r.assignee, r.groups, r.priority, r.remind, r.topic, r.topic_key, r.held = 1,
                r.remind_us, r.claimed_by, r.assigned_to, r.draft, r.edition, r.trace
            FROM {rows} WHERE {saved}
        )""",
    Step.KEEP_ACT: """
        kept_acts AS (
            INSERT INTO {s}.telic_act (tenant, machine, id, operation, subject, act, actor, at_us, detail)
            SELECT r.tenant, r.machine, r.id, r.operation, r.subject, r.act, r.actor, r.at_us, r.detail
            FROM {rows} WHERE {saved} ON CONFLICT DO NOTHING
        )""",
    # Of an instance that goes elsewhere: what nobody carries out yet is set aside.
    Step.LEAVE: """
        left_behind AS (
            UPDATE {s}.telic_outbox o SET state = 5 FROM {rows}
            WHERE o.tenant = r.tenant AND o.machine = r.machine AND o.intent_id > r.id || ':'
            AND o.intent_id < r.id || ';' AND o.id = r.id AND NOT o.withdrawn AND o.cause IS NULL
            AND (o.state IN (0, 3) OR (o.state = 1 AND o.due_us <= r.at_us)) AND {saved}
        )""",
}
"""What each step adds to the statement; see :mod:`telic.stores.postgres.statements`."""
