"""What people do to the intents of one machine and tenant on a PostgreSQL server, and its trace.

What may never be here: a rule about who may do what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import WorkflowId
from telic.runtime.acts import Act, Happened
from telic.runtime.claims import IntentState
from telic.stores.rows import IntentRow

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session
    from telic.stores.rows import Decoder

__all__ = ["Halts"]

# The acts come as arrays. What was known before is read by the statement's own snapshot; of two
# operations at once one meets the other's row, and does nothing.
_LET_GO: Final = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
            $11::text[]) AS r(n, id, operation, subject, act, actor, at_us, detail)
        WHERE {hurry}
    ), known AS (
        SELECT r.n FROM asked r JOIN {s}.telic_act a ON a.tenant = $1 AND a.machine = $2 AND a.id = r.id
            AND a.operation = r.operation AND a.subject = r.subject
    ), standing AS MATERIALIZED (
        SELECT r.* FROM asked r JOIN {s}.telic_outbox o ON o.tenant = $1 AND o.machine = $2
            AND o.intent_id = r.subject AND o.id = r.id AND o.state = $3::smallint
        FOR UPDATE OF o
    ), kept AS (
        INSERT INTO {s}.telic_act (tenant, machine, id, operation, subject, act, actor, at_us, detail)
        SELECT $1, $2, r.id, r.operation, r.subject, r.act, r.actor, r.at_us, r.detail FROM standing r
        ON CONFLICT DO NOTHING RETURNING id, operation, subject
    ), going AS (
        SELECT r.n, r.subject, r.at_us FROM standing r
        JOIN kept k ON k.id = r.id AND k.operation = r.operation AND k.subject = r.subject
    ), gone AS (
        UPDATE {s}.telic_outbox o SET due_us = r.at_us, attempt = 0, crashes = 0, cause = NULL,
            state = CASE WHEN (
                SELECT i.status FROM {s}.telic_instance i
                WHERE i.tenant = o.tenant AND i.machine = o.machine AND i.id = o.id) = 'paused' THEN 3 ELSE 0 END
        FROM going r WHERE o.tenant = $1 AND o.machine = $2 AND o.intent_id = r.subject
    )
    SELECT n, true FROM going UNION ALL SELECT n, false FROM known"""
# The ids of an instance's intents begin with its own id and a colon; a semicolon comes next.
_OF_INSTANCE: Final = """
    tenant = $1 AND machine = $2 AND intent_id > $3::text || ':' AND intent_id < $3::text || ';' AND id = $3"""
_SET_ASIDE: Final = f"""
    WITH changed AS (
        UPDATE {{s}}.telic_outbox SET state = 5 WHERE {_OF_INSTANCE} AND state = 3 AND {{hurry}} RETURNING 1
    )
    SELECT count(*) FROM changed"""  # noqa: S608  (constant pieces)
_ASIDE: Final = f"""
    SELECT intent_id, id, tag, version, payload, withdrawn, correlated FROM {{s}}.telic_outbox
    WHERE {_OF_INSTANCE} AND state = 5 ORDER BY intent_id"""  # noqa: S608  (constant pieces)
_ACTS: Final = """
    SELECT operation, subject, act, actor, at_us, detail FROM {s}.telic_act
    WHERE tenant = $1 AND machine = $2 AND id = $3 ORDER BY at_us, operation, subject"""


class Halts:
    """What people can do to the intents of a store on PostgreSQL; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]
    _plain_decoder: Decoder[BaseModel]

    def _ring(self) -> None:
        raise NotImplementedError

    async def let_go(self, acts: Sequence[Act], state: IntentState) -> tuple[Happened, ...]:
        """Have intents carried out that nobody carries out; see :class:`telic.runtime.acts.KeepsActs`."""
        if not acts:
            return ()
        # In one order everywhere, so that two operations never wait for each other.
        order = sorted(range(len(acts)), key=lambda number: acts[number].subject)
        columns = zip(*(_cells(acts[number]) for number in order), strict=True)
        text = self.lane_key.statements.of(_LET_GO, hurry=self.lane_key.hurries)
        rows = await self.lane_key.change("let_go", text, *self._key, int(state), order, *columns)
        told = {cast("int", n): Happened.DONE if done else Happened.KNOWN for n, done in rows}
        self._ring()
        return tuple(told.get(number, Happened.ABSENT) for number in range(len(acts)))

    async def set_aside(self, id: WorkflowId) -> int:
        """Set aside each intent that a pause holds; return how many."""
        text = self.lane_key.statements.of(_SET_ASIDE, hurry=self.lane_key.hurries)
        ((count,),) = await self.lane_key.change("set_aside", text, *self._key, id)
        return cast("int", count)

    async def aside(self, id: WorkflowId) -> tuple[OpenIntent, ...]:
        """Return the intents of an instance that are set aside, in the order of their ids."""
        rows = await self.lane_key.rows("aside", self.lane_key.statements.of(_ASIDE), *self._key, id)
        return tuple(self._plain_decoder.intent(IntentRow._make(row))[1] for row in rows)

    async def acts(self, id: WorkflowId) -> tuple[Act, ...]:
        """Return what was done to the rows of an instance, the oldest first."""
        rows = await self.lane_key.rows("acts", self.lane_key.statements.of(_ACTS), *self._key, id)
        return tuple(
            Act(id, operation, subject, name, actor, moment(at_us), detail)
            for operation, subject, name, actor, at_us, detail in cast(
                "Sequence[tuple[str, str, str, str, int, str]]", rows
            )
        )


def _cells(act: Act) -> tuple[object, ...]:
    return (
        act.workflow_id, act.operation, act.subject, act.name, act.actor, microseconds(act.at), act.detail,
    )  # fmt: skip
