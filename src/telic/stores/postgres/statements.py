"""The statements: one text saves any number of commits at once, and one loads them.

A text is put together once for each set of steps, from the constant pieces below. The rows of a
step are one parameter, a JSON array: for the driver that is less work by a third than an array
for each column. What may never be here: a value within a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import pydantic_core

from telic.stores.postgres.statements_of_images import ADMITTED_PIECES, ADMITTED_ROWS
from telic.stores.writes import Row, Step, Write

__all__ = ["Repair", "Saving", "Statements", "holdable"]

_INSTANCE: Final = "tenant text, machine text, id text"
_SNAPSHOT: Final = (
    "revision bigint, kind text, version bigint, status text, state bytea, rest bytea, "
    "key text, parent text, started_us bigint, at_us bigint"
)

_ROOT: Final = "root_machine text, root text"

# The columns of the rows of each step, as the encoder makes them.
_STILL: Final = -1
_ROWS: Final[dict[int, str]] = {
    _STILL: f"{_INSTANCE}, revision bigint",
    Step.ANSWER: f"{_INSTANCE}, key text, since bigint, edition bigint",
    Step.TAKE: "tenant text, topic text, topic_key text, event_id text",
    Step.START: f"{_INSTANCE}, {_SNAPSHOT}, {_ROOT}",
    Step.MOVE: (
        "revision bigint, kind text, version bigint, status text, state bytea, rest bytea, at_us bigint, "
        f"{_INSTANCE}, expected bigint, known_us bigint"
    ),
    Step.LEARN: f"{_INSTANCE}, event_id text, revision bigint",
    Step.RECORD: (
        f"{_INSTANCE}, revision bigint, outcome text, at_us bigint, tag text, version bigint, data bytea, "
        "event_id text, answers text, wait text, actor text, first bigint, why text, kind text, "
        "intents text, state_hash bytea, code bigint"
    ),
    Step.CLOSE: "tenant text, machine text, intent_id text",
    Step.WITHDRAW: "tenant text, machine text, intent_id text",
    Step.OPEN: (
        "tenant text, machine text, intent_id text, id text, tag text, version bigint, payload bytea, "
        "withdrawn bigint, correlated bigint, emitted_us bigint, due_us bigint, state bigint, trace text"
    ),
    Step.END_WAIT: f"{_INSTANCE}, key text, since bigint",
    Step.DECLARE_WAIT: (
        f"{_INSTANCE}, key text, type text, event text, since bigint, opened_us bigint, due_us bigint, "
        "fired_us bigint, title text, description text, assignee text, groups text, priority bigint, "
        "remind text, topic text, topic_key text, held bigint, remind_us bigint, trace text"
    ),
    Step.FORGET: f"{_INSTANCE}, name text",
    Step.DESCRIBE: f"{_INSTANCE}, name text, type text, text text, number numeric",
    Step.HOLD_INTENT: "tenant text, machine text, intent_id text",
    Step.LET_INTENT_GO: "tenant text, machine text, intent_id text",
    Step.HOLD_DEADLINES: _INSTANCE,
    Step.LET_DEADLINES_GO: _INSTANCE,
    Step.CHECKPOINT: f"{_INSTANCE}, {_SNAPSHOT}, {_ROOT}, base bigint",
    **ADMITTED_ROWS,
}

# The pieces. `{s}` is the schema and `{rows}` the rows of the step, `r`, numbered by their
# commit, `r.n`. `{free}` holds where no event id of that commit is known, `{stands}` where the task
# that it answers is as it was read, `{first}` where nobody has taken the fact that it takes, and
# `{saved}` where its instance was moved or started. They ask hashed lists: `IN` under `IS TRUE` is
# never made into a join. The reading of `known` is exact although it is older than the lock that
# the move may wait for: an id is learnt only together with a new revision.
_PIECES: Final[dict[int, str]] = {
    # For repairs: an instance that has not moved since it was read.
    _STILL: """
        moved AS MATERIALIZED (
            SELECT r.n FROM {rows}
            JOIN {s}.telic_instance i ON i.tenant = r.tenant AND i.machine = r.machine AND i.id = r.id
            AND i.revision = r.revision FOR NO KEY UPDATE OF i SKIP LOCKED
        )""",
    # The tasks that commits answer, as they were read. Whoever changes one at this moment is waited
    # for; the instance is locked first, as everywhere.
    Step.ANSWER: """
        answers AS MATERIALIZED (SELECT * FROM {rows}),
        held AS MATERIALIZED (
            SELECT r.n FROM answers r JOIN {s}.telic_instance i
            ON i.tenant = r.tenant AND i.machine = r.machine AND i.id = r.id AND {hurry} FOR NO KEY UPDATE OF i
        ),
        standing AS MATERIALIZED (
            SELECT r.n FROM answers r JOIN {s}.telic_wait w
            ON w.tenant = r.tenant AND w.machine = r.machine AND w.id = r.id AND w.key = r.key AND w.type = 'task'
            AND w.since = r.since AND w.edition = r.edition AND (r.n IN (SELECT n FROM held)) IS TRUE
            FOR UPDATE OF w
        )""",
    # The facts that commits take, of which each is for one wait. Whoever takes one at this moment is
    # waited for.
    Step.TAKE: """
        takes AS MATERIALIZED (SELECT * FROM {rows}),
        untaken AS MATERIALIZED (
            SELECT r.* FROM takes r JOIN {s}.telic_publication p
            ON p.tenant = r.tenant AND p.topic = r.topic AND p.topic_key = r.topic_key AND p.event_id = r.event_id
            AND p.turn < 2 AND {hurry} FOR UPDATE OF p
        ),
        free AS MATERIALIZED (
            SELECT min(r.n) AS n FROM untaken r GROUP BY r.tenant, r.topic, r.topic_key, r.event_id
        )""",
    Step.LEARN: """
        asked AS MATERIALIZED (SELECT * FROM {rows}),
        known AS MATERIALIZED (
            SELECT r.n FROM asked r JOIN {s}.telic_event_id e
            ON e.tenant = r.tenant AND e.machine = r.machine AND e.id = r.id AND e.event_id = r.event_id
        )""",
    Step.MOVE: """
        moved AS (
            UPDATE {s}.telic_instance i SET revision = r.revision, kind = r.kind, version = r.version,
                status = r.status, state = r.state, rest = r.rest, at_us = r.at_us
            FROM {rows}
            WHERE i.tenant = r.tenant AND i.machine = r.machine AND i.id = r.id AND i.revision = r.expected
            AND i.at_us = r.known_us AND {free} AND {stands} AND {first} AND {hurry}
            RETURNING r.n
        )""",
    Step.START: """
        fresh AS MATERIALIZED (SELECT * FROM {rows}),
        started AS (
            INSERT INTO {s}.telic_instance (tenant, machine, id, revision, kind, version, status, state,
                rest, key, parent, started_us, at_us, root_machine, root)
            SELECT r.tenant, r.machine, r.id, r.revision, r.kind, r.version, r.status, r.state,
                r.rest, r.key, r.parent, r.started_us, r.at_us, r.root_machine, r.root
            FROM fresh r WHERE {free} AND {hurry}
            ON CONFLICT DO NOTHING RETURNING tenant, machine, id
        )""",
    Step.RECORD: """
        recorded AS (
            INSERT INTO {s}.telic_journal (tenant, machine, id, revision, outcome, at_us, tag, version,
                data, event_id, answers, wait, actor, first, why, kind, intents, state_hash, code)
            SELECT r.tenant, r.machine, r.id, r.revision, r.outcome, r.at_us, r.tag, r.version,
                r.data, r.event_id, r.answers, r.wait, r.actor, r.first, r.why, r.kind, r.intents,
                r.state_hash, r.code
            FROM {rows} WHERE {saved}
        )""",
    Step.CLOSE: """
        closed AS (
            DELETE FROM {s}.telic_outbox o USING {rows}
            WHERE o.tenant = r.tenant AND o.machine = r.machine AND o.intent_id = r.intent_id AND {saved}
        )""",
    # It ends as withdrawn at once, but for what may have happened: what runs, what is in doubt,
    # and an answer that could not be taken.
    Step.WITHDRAW: """
        withdrawn AS (
            UPDATE {s}.telic_outbox o SET withdrawn = true, cause = CASE o.cause WHEN 'in_doubt' THEN o.cause END,
                state = CASE WHEN o.state = 1 OR (o.state = 4 AND o.cause IS NULL) THEN o.state ELSE 0 END,
                due_us = CASE WHEN o.state = 1 OR (o.state = 4 AND o.cause IS NULL) THEN o.due_us ELSE 0 END
            FROM {rows}
            WHERE o.tenant = r.tenant AND o.machine = r.machine AND o.intent_id = r.intent_id AND {saved}
        )""",
    Step.OPEN: """
        opened AS (
            INSERT INTO {s}.telic_outbox (tenant, machine, intent_id, id, tag, version, payload,
                withdrawn, correlated, emitted_us, due_us, state, trace)
            SELECT r.tenant, r.machine, r.intent_id, r.id, r.tag, r.version, r.payload,
                r.withdrawn = 1, r.correlated = 1, r.emitted_us, r.due_us, r.state, r.trace
            FROM {rows} WHERE {saved}
        )""",
    Step.END_WAIT: """
        ended AS (
            DELETE FROM {s}.telic_wait w USING {rows}
            WHERE w.tenant = r.tenant AND w.machine = r.machine AND w.id = r.id AND w.key = r.key
            AND w.since = r.since AND {saved}
        )""",
    # Declared again, a wait keeps its row, and with it what others have written there; but a
    # deadline that was postponed is tried at once.
    Step.DECLARE_WAIT: """
        declared AS (
            INSERT INTO {s}.telic_wait AS w (tenant, machine, id, key, type, event, since, opened_us, due_us,
                fired_us, title, description, assignee, groups, priority, remind, topic, topic_key, held, remind_us,
                trace)
            SELECT r.tenant, r.machine, r.id, r.key, r.type, r.event, r.since, r.opened_us, r.due_us,
                r.fired_us, r.title, r.description, r.assignee, r.groups, r.priority,
                r.remind, r.topic, r.topic_key, r.held = 1, r.remind_us, r.trace
            FROM {rows} WHERE {saved}
            ON CONFLICT (tenant, machine, id, key, since) DO UPDATE SET
                type = excluded.type, event = excluded.event, opened_us = excluded.opened_us,
                due_us = excluded.due_us, fired_us = excluded.fired_us, title = excluded.title,
                description = excluded.description, assignee = excluded.assignee,
                groups = excluded.groups, priority = excluded.priority, remind = excluded.remind,
                topic = excluded.topic, topic_key = excluded.topic_key, held = excluded.held,
                remind_us = excluded.remind_us,
                postponed_us = NULL, stirred = w.stirred + CASE WHEN (w.topic, w.topic_key, w.event)
                    IS DISTINCT FROM (excluded.topic, excluded.topic_key, excluded.event) THEN 1 ELSE 0 END
            WHERE (w.type, w.event, w.due_us, w.fired_us, w.title, w.description, w.assignee, w.groups,
                w.priority, w.remind, w.topic, w.topic_key, w.held, w.remind_us, w.postponed_us)
            IS DISTINCT FROM (excluded.type, excluded.event, excluded.due_us, excluded.fired_us,
                excluded.title, excluded.description, excluded.assignee, excluded.groups,
                excluded.priority, excluded.remind, excluded.topic, excluded.topic_key, excluded.held,
                excluded.remind_us, NULL)
        )""",
    Step.FORGET: """
        forgotten AS (
            DELETE FROM {s}.telic_attribute a USING {rows}
            WHERE a.tenant = r.tenant AND a.machine = r.machine AND a.id = r.id AND a.name = r.name AND {saved}
        )""",
    Step.DESCRIBE: """
        described AS (
            INSERT INTO {s}.telic_attribute (tenant, machine, id, name, type, text, number)
            SELECT r.tenant, r.machine, r.id, r.name, r.type, r.text, r.number FROM {rows} WHERE {saved}
            ON CONFLICT (tenant, machine, id, name) DO UPDATE SET
                type = excluded.type, text = excluded.text, number = excluded.number
        )""",
    # What is claimed goes on; it is held when it comes back unanswered.
    Step.HOLD_INTENT: """
        halted AS (
            UPDATE {s}.telic_outbox o SET state = 3 FROM {rows}
            WHERE o.tenant = r.tenant AND o.machine = r.machine AND o.intent_id = r.intent_id
            AND o.state = 0 AND NOT o.withdrawn AND o.cause IS NULL AND {saved}
        )""",
    Step.LET_INTENT_GO: """
        let_go AS (
            UPDATE {s}.telic_outbox o SET state = 0 FROM {rows}
            WHERE o.tenant = r.tenant AND o.machine = r.machine AND o.intent_id = r.intent_id
            AND o.state = 3 AND {saved}
        )""",
    Step.HOLD_DEADLINES: """
        stopped AS (
            UPDATE {s}.telic_wait w SET held = true FROM {rows}
            WHERE w.tenant = r.tenant AND w.machine = r.machine AND w.id = r.id AND {saved}
        )""",
    Step.LET_DEADLINES_GO: """
        running AS (
            UPDATE {s}.telic_wait w SET held = false FROM {rows}
            WHERE w.tenant = r.tenant AND w.machine = r.machine AND w.id = r.id AND {saved}
        )""",
    Step.CHECKPOINT: """
        carried AS (
            INSERT INTO {s}.telic_checkpoint (tenant, machine, id, revision, kind, version, status, state,
                rest, key, parent, started_us, at_us, root_machine, root, base)
            SELECT r.tenant, r.machine, r.id, r.revision, r.kind, r.version, r.status, r.state,
                r.rest, r.key, r.parent, r.started_us, r.at_us, r.root_machine, r.root, r.base = 1
            FROM {rows} WHERE {saved}
        )""",
    **ADMITTED_PIECES,
}
_LEARNT: Final = """
        learnt AS (
            INSERT INTO {s}.telic_event_id (tenant, machine, id, event_id, revision)
            SELECT r.tenant, r.machine, r.id, r.event_id, r.revision FROM asked r WHERE {saved}
        )"""
_TAKEN: Final = """
        taken AS (
            UPDATE {s}.telic_publication p SET turn = 2 FROM takes r
            WHERE p.tenant = r.tenant AND p.topic = r.topic AND p.topic_key = r.topic_key AND p.event_id = r.event_id
            AND {saved}
        )"""
_MOVED: Final = "SELECT n FROM moved"
_STARTED: Final = """
            SELECT r.n FROM fresh r
            WHERE ((r.tenant, r.machine, r.id) IN (SELECT tenant, machine, id FROM started)) IS TRUE"""
# Of one commit, then of all: first what is asked, then whether an instance goes along, then the rest.
_ORDER: Final = (Step.TAKE, Step.LEARN, Step.ANSWER, Step.MOVE, _STILL, Step.START)
_SAVED: Final = "(r.n IN (SELECT n FROM saved)) IS TRUE"
_FREE: Final = "(r.n IN (SELECT n FROM known)) IS NOT TRUE"
_STANDS: Final = "((r.n IN (SELECT n FROM answers)) IS NOT TRUE OR (r.n IN (SELECT n FROM standing)) IS TRUE)"
_FIRST: Final = "((r.n IN (SELECT n FROM takes)) IS NOT TRUE OR (r.n IN (SELECT n FROM free)) IS TRUE)"
# For this transaction only, and thus fit for a pooler: whoever meets a lock goes apart from
# the others, and comes again.
_HURRY: Final = "(SELECT set_config('lock_timeout', '200ms', true)) IS NOT NULL"

_KEYS: Final = "unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS r(tenant, machine, id, n)"
_LOAD: Final = """
    SELECT r.n, i.revision, i.kind, i.version, i.status, i.state, i.rest, i.key, i.parent,
        i.started_us, i.at_us, i.root_machine, i.root
    FROM {keys} JOIN {s}.telic_instance i ON i.tenant = r.tenant AND i.machine = r.machine AND i.id = r.id"""
# The records of known event ids come as rows of the same shape, without a version. Texts are
# numbered with their instance. What an event whose record was cut has come to stands beside its id.
_SEEN: Final = """
    UNION ALL
    SELECT r.n, e.revision, coalesce(j.kind, e.kind), NULL, coalesce(j.outcome, e.outcome), NULL, NULL, e.event_id,
        CASE WHEN j.revision IS NULL THEN e.intents ELSE j.intents END, NULL, NULL, NULL, NULL
    FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
        AS r(n, tenant, machine, id, event_id)
    JOIN {s}.telic_event_id e ON e.tenant = r.tenant AND e.machine = r.machine AND e.id = r.id
        AND e.event_id = r.event_id
    LEFT JOIN {s}.telic_journal j ON j.tenant = e.tenant AND j.machine = e.machine AND j.id = e.id
        AND j.revision = e.revision
    UNION ALL
    SELECT r.n, j.revision, j.kind, NULL, j.outcome, NULL, NULL, j.event_id, j.intents, NULL, NULL, NULL, NULL
    FROM unnest($9::bigint[], $10::text[], $11::text[], $12::text[], $13::bigint[])
        AS r(n, tenant, machine, id, revision)
    JOIN {s}.telic_journal j ON j.tenant = r.tenant AND j.machine = r.machine AND j.id = r.id
        AND j.revision = r.revision"""
_FOUND: Final = """
    SELECT r.n, i.revision
    FROM {keys} JOIN {s}.telic_instance i ON i.tenant = r.tenant AND i.machine = r.machine AND i.id = r.id"""
_JOURNAL: Final = """
    SELECT j.revision, j.outcome, j.at_us, j.tag, j.version, j.data, j.event_id, j.answers, j.wait, j.actor, j.first,
        j.why, j.kind, j.intents, j.state_hash, j.code,
        c.revision, c.kind, c.version, c.status, c.state, c.rest, c.key, c.parent, c.started_us, c.at_us,
        c.root_machine, c.root
    FROM {s}.telic_journal j LEFT JOIN {s}.telic_checkpoint c
        ON c.tenant = j.tenant AND c.machine = j.machine AND c.id = j.id AND c.revision = j.revision
    WHERE j.tenant = $1 AND j.machine = $2 AND j.id = $3 ORDER BY j.revision"""
_IDS: Final = """
    SELECT id FROM {s}.telic_instance
    WHERE tenant = $1 AND machine = $2 AND id > $3 ORDER BY id LIMIT $4"""
_INSTANCES: Final = """
    SELECT id, revision, kind, version, status, state, rest, key, parent, started_us, at_us, root_machine, root
    FROM {s}.telic_instance WHERE tenant = $1 AND machine = $2 AND id > $3 ORDER BY id LIMIT $4"""
_OUTBOX: Final = """
    SELECT intent_id, id, tag, version, payload, withdrawn, correlated FROM {s}.telic_outbox
    WHERE tenant = $1 AND machine = $2 ORDER BY due_us, intent_id LIMIT $3"""


class Repair(NamedTuple):
    """What the rows of waits of one instance lack, or have too many of, at a revision."""

    instance: tuple[str, str, str]
    revision: int
    gone: list[Row]
    lacking: list[Row]


class Saving(NamedTuple):
    """One statement that saves commits, with its parameters.

    Attributes:
        text: Its SQL; it returns the number of each commit that was saved.
        values: The rows of each step, as JSON.
    """

    text: str
    values: list[str]


class Statements:
    """The texts for one schema.

    Attributes:
        load: Reads instances.
        load_and_seen: Reads instances, and the records of event ids.
        found: Reads the revisions of instances.
        journal: Reads a journal.
        ids: Reads a page of ids.
        instances: Reads a page of instances.
        outbox: Reads open intents.
    """

    def __init__(self, schema: str) -> None:
        """Put the schema's quoted name into the texts."""
        self._schema = schema
        self._texts: dict[tuple[frozenset[int], bool], str] = {}
        self._others: dict[tuple[str, bool], str] = {}
        self.load, self.load_and_seen, self.found, self.journal, self.ids, self.instances, self.outbox = (
            text.format(s=schema, keys=_KEYS)
            for text in (_LOAD, _LOAD + _SEEN, _FOUND, _JOURNAL, _IDS, _INSTANCES, _OUTBOX)
        )

    def saving(self, writes: Sequence[Write], *, hurry: bool) -> Saving:
        """Return the statement that saves commits: each whole, or nothing of it.

        Args:
            writes: What to save, ordered by instance, and each instance once.
            hurry: Whether to give up soon where somebody else holds a lock.
        """
        return self._saving([one.rows for one in writes], hurry=hurry)

    def repairing(self, repairs: Sequence[Repair], *, hurry: bool) -> Saving:
        """Return the statement that puts waits right; it gives the number of each that was.

        Args:
            repairs: What to write and delete, where the instance has not moved since.
            hurry: Whether to give up soon where somebody else holds a lock.
        """
        groups: list[list[tuple[int, list[Row]]]] = [
            [(_STILL, [(*one.instance, one.revision)]), (Step.END_WAIT, one.gone), (Step.DECLARE_WAIT, one.lacking)]
            for one in repairs
        ]
        return self._saving(groups, hurry=hurry)

    def of(self, text: str, *, hurry: bool = False) -> str:
        """Return another text with the schema in it.

        Args:
            text: A constant text with ``{s}`` for the schema, and ``{hurry}`` among its conditions.
            hurry: Whether to give up soon where somebody else holds a lock.
        """
        found = self._others.get((text, hurry))
        if found is None:
            found = self._others[text, hurry] = text.format(s=self._schema, hurry=_HURRY if hurry else "true")
        return found

    def of_tables(self, text: str) -> str:
        """Return a text with the schema before the names of its tables.

        Args:
            text: A constant text with ``{s}`` where the schema and a dot go.
        """
        return text.format(s=f"{self._schema}.")

    def _saving(self, groups: Iterable[Iterable[tuple[int, list[Row]]]], *, hurry: bool) -> Saving:
        rows: dict[int, list[Row]] = {}
        numbers: dict[int, list[int]] = {}
        for number, group in enumerate(groups):
            for step, some in group:
                rows.setdefault(step, []).extend(some)
                numbers.setdefault(step, []).extend([number] * len(some))
        steps = [step for step in sorted(rows) if rows[step]]
        values = [_sent(step, numbers[step], rows[step]) for step in steps]
        return Saving(self._text(frozenset(steps), hurry), values)

    def _text(self, steps: frozenset[int], hurry: bool) -> str:  # noqa: FBT001  (part of a key)
        text = self._texts.get((steps, hurry))
        if text is None:
            text = self._texts[steps, hurry] = _composed(steps, self._schema, hurry=hurry)
        return text


def _composed(steps: frozenset[int], schema: str, *, hurry: bool) -> str:
    sources = {
        step: f"json_to_recordset(${number}::text::json) AS r(n bigint, {_ROWS[step]})"
        for number, step in enumerate(sorted(steps), 1)
    }

    def piece(step: int, text: str) -> str:
        return text.format(
            s=schema,
            rows=sources[step],
            saved=_SAVED,
            free=_FREE if Step.LEARN in steps else "true",
            stands=_STANDS if Step.ANSWER in steps else "true",
            first=_FIRST if Step.TAKE in steps else "true",
            hurry=_HURRY if hurry else "true",
        )

    pieces = [piece(step, _PIECES[step]) for step in _ORDER if step in steps]
    went = [text for step, text in ((Step.MOVE, _MOVED), (_STILL, _MOVED), (Step.START, _STARTED)) if step in steps]
    pieces.append(f"\n        saved AS MATERIALIZED ({' UNION ALL '.join(went)})")
    if Step.LEARN in steps:
        pieces.append(piece(Step.LEARN, _LEARNT))
    if Step.TAKE in steps:
        pieces.append(piece(Step.TAKE, _TAKEN))
    pieces += [piece(step, _PIECES[step]) for step in sorted(steps - set(_ORDER))]
    return f"WITH {','.join(pieces)}\nSELECT n FROM saved"


def holdable(row: Row) -> Row:
    """Return a row that is made from a state, with texts that PostgreSQL can hold.

    It knows no NUL in a text. Here the texts are for people and for the search; the exact
    ones stand in the state.
    """
    return tuple(cell.replace("\0", "\ufffd") if isinstance(cell, str) else cell for cell in row)


def _sent(step: int, numbers: Sequence[int], rows: list[Row]) -> str:
    """Return the rows of a step, each with the number of its commit; bytes as the server reads them in a text."""
    names = _NAMES[step]
    found = [
        dict(zip(names, (number, *[f"\\x{cell.hex()}" if type(cell) is bytes else cell for cell in row]), strict=True))
        for number, row in zip(numbers, _SENT.get(step, _as_they_are)(rows), strict=True)
    ]
    return pydantic_core.to_json(found).decode()


def _as_they_are(rows: list[Row]) -> Iterable[Row]:
    return rows


def _declared(rows: list[Row]) -> Iterable[Row]:
    return map(holdable, rows)


def _described(rows: list[Row]) -> Iterable[tuple[object, ...]]:
    """Put the value of an attribute into one of two columns: texts, and numbers."""
    for *head, value in map(holdable, rows):
        if isinstance(value, str):
            yield (*head, value, None)
        else:
            yield (*head, None, Decimal(str(value)))


_SENT: Final[dict[int, Callable[[list[Row]], Iterable[tuple[object, ...]]]]] = {
    Step.DECLARE_WAIT: _declared,
    Step.ADMIT_WAIT: _declared,
    Step.DESCRIBE: _described,
}
_NAMES: Final = {step: ("n", *(column.split()[0] for column in columns.split(", "))) for step, columns in _ROWS.items()}
