"""What people do to the intents of one machine and tenant in a SQLite file, and its trace.

What may never be here: a rule about who may do what.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import WorkflowId
from telic.runtime.acts import Act, Happened
from telic.runtime.claims import IntentState
from telic.stores.rows import IntentRow
from telic.stores.writes import SqlValue

if TYPE_CHECKING:
    from telic.stores.rows import Decoder
    from telic.stores.sqlite.session import Session

__all__ = ["KEEP_ACT", "Halts", "act_values"]

KEEP_ACT: Final = """
    INSERT INTO telic_act (tenant, machine, id, operation, subject, act, actor, at_us, detail)
    VALUES (:tenant, :machine, :id, :operation, :subject, :act, :actor, :at, :detail) ON CONFLICT DO NOTHING
"""
_STANDS = """
    SELECT 1 FROM telic_outbox WHERE tenant = :tenant AND machine = :machine AND intent_id = :subject
        AND id = :id AND state = :state
"""
_KNOWN = """
    SELECT 1 FROM telic_act WHERE tenant = :tenant AND machine = :machine AND id = :id
        AND operation = :operation AND subject = :subject
"""
_LET_GO = """
    UPDATE telic_outbox SET due_us = :at, attempt = 0, crashes = 0, cause = NULL,
        state = CASE WHEN 'paused' = (
            SELECT status FROM telic_instance AS one
            WHERE one.tenant = telic_outbox.tenant AND one.machine = telic_outbox.machine AND one.id = telic_outbox.id
        ) THEN 3 ELSE 0 END
    WHERE tenant = :tenant AND machine = :machine AND intent_id = :subject
"""
# The ids of an instance's intents begin with its own id and a colon; a semicolon comes next.
_OF_INSTANCE = """
    tenant = :tenant AND machine = :machine AND intent_id > :id || ':' AND intent_id < :id || ';' AND id = :id
"""
_SET_ASIDE = f"UPDATE telic_outbox SET state = 5 WHERE {_OF_INSTANCE} AND state = 3"  # noqa: S608  (constant pieces)
_ASIDE = f"""
    SELECT intent_id, id, tag, version, payload, withdrawn, correlated FROM telic_outbox
    WHERE {_OF_INSTANCE} AND state = 5 ORDER BY intent_id
"""  # noqa: S608  (constant pieces)
_ACTS = """
    SELECT operation, subject, act, actor, at_us, detail FROM telic_act
    WHERE tenant = :tenant AND machine = :machine AND id = :id ORDER BY at_us, operation, subject
"""


def act_values(key: tuple[str, str], act: Act) -> dict[str, SqlValue]:
    """Return the parameters by which an act is kept.

    Args:
        key: Tenant and machine.
        act: The act.
    """
    tenant, machine = key
    return {
        "tenant": tenant, "machine": machine, "id": act.workflow_id, "operation": act.operation,
        "subject": act.subject, "act": act.name, "actor": act.actor, "at": microseconds(act.at), "detail": act.detail,
    }  # fmt: skip


class Halts:
    """What people can do to the intents of a store on SQLite; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]
    _plain_decoder: Decoder[BaseModel]

    async def let_go(self, acts: Sequence[Act], state: IntentState) -> tuple[Happened, ...]:
        """Have intents carried out that nobody carries out; see :class:`telic.runtime.acts.KeepsActs`."""
        given = [act_values(self._key, act) | {"state": int(state)} for act in acts]

        def work(connection: sqlite3.Connection) -> tuple[Happened, ...]:
            return tuple([_let_go(connection, values) for values in given])

        happened = await self.lane_key.carry_out("let_go", work)
        self.lane_key.hints.ring()
        return happened

    async def set_aside(self, id: WorkflowId) -> int:
        """Set aside each intent that a pause holds; return how many."""
        given = self._of(id)
        return await self.lane_key.carry_out(
            "set_aside", lambda connection: connection.execute(_SET_ASIDE, given).rowcount
        )

    async def aside(self, id: WorkflowId) -> tuple[OpenIntent, ...]:
        """Return the intents of an instance that are set aside, in the order of their ids."""
        rows = self.lane_key.rows("aside", _ASIDE, self._of(id))
        return tuple(self._plain_decoder.intent(IntentRow._make(row))[1] for row in rows)

    async def acts(self, id: WorkflowId) -> tuple[Act, ...]:
        """Return what was done to the rows of an instance, the oldest first."""
        rows = self.lane_key.rows("acts", _ACTS, self._of(id))
        return tuple(
            Act(id, operation, subject, name, actor, moment(at_us), detail)
            for operation, subject, name, actor, at_us, detail in cast(
                "list[tuple[str, str, str, str, int, str]]", rows
            )
        )

    def _of(self, id: WorkflowId) -> dict[str, SqlValue]:
        tenant, machine = self._key
        return {"tenant": tenant, "machine": machine, "id": id}


def _let_go(connection: sqlite3.Connection, values: dict[str, SqlValue]) -> Happened:
    if connection.execute(_KNOWN, values).fetchone() is not None:
        return Happened.KNOWN
    if connection.execute(_STANDS, values).fetchone() is None:
        return Happened.ABSENT
    connection.execute(KEEP_ACT, values)
    connection.execute(_LET_GO, values)
    return Happened.DONE
