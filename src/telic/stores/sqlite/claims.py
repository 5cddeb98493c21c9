"""Claims on the outbox of one machine and tenant: what is due, under leases and epochs.

A claim is one transaction of the one writer, whatever it finds; whether there is anything
due is asked beforehand of the reader, so that an idle worker writes nothing. What may never
be here: a handler, or a rule about retries.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.errors import DecodeError
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import Status
from telic.kernel.values import IntentId
from telic.runtime.claims import Claim, DeadLetter, IntentState, Settlement
from telic.stores.rows import IntentRow
from telic.stores.writes import Row

if TYPE_CHECKING:
    from telic.stores.rows import Decoder
    from telic.stores.sqlite.session import Session

__all__ = ["ANY_DUE", "CLAIM", "DEAD", "DUE", "HEAD", "Claims"]

# A row that is due, and what has to be known before it is claimed. The condition on the state
# stands here word for word as in the index, and the index is named: no statistics may lead
# SQLite to read the whole table.
DUE = """
    SELECT due_us, intent_id, state, CASE WHEN state < 2 AND withdrawn = 0 AND cause IS NULL THEN (
        SELECT status FROM telic_instance AS one
        WHERE one.tenant = telic_outbox.tenant AND one.machine = telic_outbox.machine AND one.id = telic_outbox.id
    ) END
    FROM telic_outbox INDEXED BY telic_outbox_due
    WHERE tenant = :tenant AND machine = :machine AND tag = :tag AND state < 3 AND due_us <= :by
        AND (state = 0 OR due_us <= :now)
    ORDER BY due_us LIMIT :limit
"""
ANY_DUE = """
    SELECT 1 FROM json_each(:tags) AS wanted WHERE EXISTS (
        SELECT 1 FROM telic_outbox INDEXED BY telic_outbox_due
        WHERE tenant = :tenant AND machine = :machine AND tag = wanted.value
            AND state < 3 AND due_us <= :by)
    LIMIT 1
"""
HEAD = """
    SELECT min((
        SELECT due_us FROM telic_outbox INDEXED BY telic_outbox_due
        WHERE tenant = :tenant AND machine = :machine AND tag = wanted.value
            AND state < 3 ORDER BY due_us LIMIT 1
    )) FROM json_each(:tags) AS wanted
"""
CLAIM = """
    UPDATE telic_outbox SET state = 1, due_us = :until, attempt = attempt + 1, epoch = epoch + 1,
        crashes = crashes + (state = 1 AND cause IS NULL), worker = :worker
    WHERE tenant = :tenant AND machine = :machine AND intent_id IN (SELECT value FROM json_each(:ids))
    RETURNING intent_id, id, tag, version, payload, withdrawn, correlated, attempt, crashes, epoch, cause, problem
"""
_HOLD = """
    UPDATE telic_outbox SET state = 3
    WHERE tenant = :tenant AND machine = :machine AND intent_id IN (SELECT value FROM json_each(:ids))
"""
_RENEW = """
    UPDATE telic_outbox SET due_us = :until
    WHERE tenant = :tenant AND machine = :machine AND intent_id = :id AND epoch = :epoch AND state = 1
    RETURNING withdrawn
"""
# A withdrawn intent has nobody to wait for: it becomes due at once, to end as withdrawn. A dead
# letter stays one where something may have happened: in doubt, or with an answer not taken.
_SETTLE = """
    UPDATE telic_outbox SET
        state = CASE
            WHEN withdrawn = 1 AND (:state IN (0, 2) OR (:state = 4 AND :cause <> 'in_doubt')) THEN 0
            WHEN :state = 0 AND :cause IS NULL AND 'paused' = (
                SELECT status FROM telic_instance AS one WHERE one.tenant = telic_outbox.tenant
                AND one.machine = telic_outbox.machine AND one.id = telic_outbox.id
            ) THEN 3
            ELSE :state END,
        due_us = CASE
            WHEN withdrawn = 1 AND (:state IN (0, 2) OR (:state = 4 AND :cause <> 'in_doubt')) THEN 0
            ELSE :due END,
        cause = CASE WHEN withdrawn = 1 AND :state = 4 AND :cause <> 'in_doubt' THEN NULL ELSE :cause END,
        attempt = attempt - :uncounted, problem = :problem
    WHERE tenant = :tenant AND machine = :machine AND intent_id = :id AND epoch = :epoch AND state = 1
"""
DEAD = """
    SELECT intent_id, id, tag, version, payload, withdrawn, correlated, attempt, crashes, epoch, cause, problem
    FROM telic_outbox INDEXED BY telic_outbox_dead
    WHERE tenant = :tenant AND machine = :machine AND state = 4 AND intent_id > :after
    ORDER BY intent_id LIMIT :limit
"""
_REDRIVE = """
    UPDATE telic_outbox INDEXED BY telic_outbox_dead SET due_us = :now, attempt = 0, crashes = 0, cause = NULL,
        state = CASE WHEN 'paused' = (
            SELECT status FROM telic_instance AS one
            WHERE one.tenant = telic_outbox.tenant AND one.machine = telic_outbox.machine AND one.id = telic_outbox.id
        ) THEN 3 ELSE 0 END
    WHERE tenant = :tenant AND machine = :machine AND state = 4
        AND (:ids IS NULL OR intent_id IN (SELECT value FROM json_each(:ids)))
"""
_NEVER_US = 2**63 - 1
_UNREADABLE = timedelta(minutes=1)
"""How long a row that today's code cannot read is left alone: perhaps other code comes."""

_Values: TypeAlias = dict[str, str | int | None]


class _Candidate(NamedTuple):
    due_us: int
    intent_id: str
    state: int
    status: str | None


class _ClaimedRow(NamedTuple):
    intent: IntentRow
    attempt: int
    crashes: int
    epoch: int
    cause: str | None
    problem: str | None


class Claims:
    """The claims on the outbox of one machine and tenant."""

    def __init__(self, database: Session, decoder: Decoder[BaseModel], tenant: str, machine: str) -> None:
        """Keep whose outbox it is."""
        self._database = database
        self._decoder = decoder
        self._key: _Values = {"tenant": tenant, "machine": machine}

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool
    ) -> tuple[Claim, ...]:
        """Claim intents that are due; see :class:`telic.runtime.protocols.DurableStore`."""
        wanted = {tag: min(most, limit) for tag, most in wanted.items() if min(most, limit) > 0}
        now_us = microseconds(now)
        by = _NEVER_US - 1 if early else now_us
        asked = self._key | {"tags": _json(list(wanted)), "by": by}
        if not wanted or not self._database.rows("claim", ANY_DUE, asked):
            return ()
        given = self._key | {"now": now_us, "by": by, "until": microseconds(until), "worker": worker}

        def work(connection: sqlite3.Connection) -> dict[str, tuple[_Candidate, _ClaimedRow]]:
            return _claimed(connection, given, wanted, limit)

        found = await self._database.carry_out("claim", work)
        return await self._decoded(found, now, until)

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases; return those still held, and whether the intent was withdrawn."""
        given = [self._key | {"until": microseconds(until), "id": one.id, "epoch": one.epoch} for one in claims]

        def work(connection: sqlite3.Connection) -> dict[IntentId, bool]:
            held: dict[IntentId, bool] = {}
            for claim, values in zip(claims, given, strict=True):
                row: tuple[int] | None = connection.execute(_RENEW, values).fetchone()
                if row is not None:
                    held[claim.id] = bool(row[0])
            return held

        return await self._database.carry_out("renew", work) if given else {}

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents that stay open; return whether each was heard."""
        given = [self._key | _settled(one) for one in settlements]

        def work(connection: sqlite3.Connection) -> tuple[bool, ...]:
            return tuple([connection.execute(_SETTLE, values).rowcount == 1 for values in given])

        return await self._database.carry_out("settle", work)

    def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent of these types is due."""
        ((due_us,),) = self._database.rows("next_due", HEAD, self._key | {"tags": _json(list(tags))})
        return moment(cast("int", due_us)) if due_us is not None and due_us != _NEVER_US else None

    def dead_letters(self, after: IntentId | None, limit: int) -> tuple[DeadLetter, ...]:
        """Return the intents that wait for a redrive, in the order of their ids."""
        rows = self._database.rows("dead_letters", DEAD, self._key | {"after": after or "", "limit": limit})
        found: list[DeadLetter] = []
        for row in map(_claimed_row, rows):
            id, opened = self._decoder.listed(row.intent)
            cause = FailureCause(row.cause) if row.cause is not None else None
            found.append(DeadLetter(id, opened, row.attempt, row.crashes, cause, row.problem or ""))
        return tuple(found)

    async def redrive(self, ids: Collection[IntentId] | None, now: datetime) -> int:
        """Have dead letters carried out again; return how many."""
        given = self._key | {"now": microseconds(now), "ids": _json(list(ids)) if ids is not None else None}
        redriven = await self._database.carry_out(
            "redrive", lambda connection: connection.execute(_REDRIVE, given).rowcount
        )
        self._database.hints.ring()
        return redriven

    async def _decoded(
        self, found: Mapping[str, tuple[_Candidate, _ClaimedRow]], now: datetime, until: datetime
    ) -> tuple[Claim, ...]:
        """Return the claims; give back what today's code cannot read."""
        claims: list[Claim] = []
        unread: list[_Values] = []
        for candidate, row in found.values():
            try:
                id, opened = self._decoder.intent(row.intent)
            except DecodeError as error:
                due_us = microseconds(now + _UNREADABLE)
                told: _Values = {
                    "state": int(IntentState.READY), "due": due_us, "uncounted": 1, "problem": str(error),
                    "cause": row.cause, "id": row.intent.intent_id, "epoch": row.epoch,
                }  # fmt: skip
                unread.append(self._key | told)
                continue
            overdue = candidate.state == IntentState.LATER
            cause = FailureCause(row.cause) if row.cause is not None else None
            claims.append(
                Claim(id, opened, row.attempt, row.crashes, row.epoch, until, overdue, cause, row.problem or "")
            )
        if unread:
            await self._database.carry_out("claim", lambda connection: connection.executemany(_SETTLE, unread))
        return tuple(claims)


def _claimed(
    connection: sqlite3.Connection, given: _Values, wanted: Mapping[str, int], limit: int
) -> dict[str, tuple[_Candidate, _ClaimedRow]]:
    """Claim what is due within the transaction of the writer; hold what is of a paused instance."""
    found: list[_Candidate] = []
    for tag, most in wanted.items():
        rows = connection.execute(DUE, given | {"tag": tag, "limit": most}).fetchall()
        found += map(_Candidate._make, rows)
    paused = [one.intent_id for one in found if one.status == Status.PAUSED]
    if paused:
        connection.execute(_HOLD, given | {"ids": _json(paused)})
    found = [one for one in found if one.status != Status.PAUSED]
    found.sort(key=attrgetter("due_us"))
    chosen = {one.intent_id: one for one in found[:limit]}
    rows = connection.execute(CLAIM, given | {"ids": _json(list(chosen))}).fetchall()
    claimed = {row.intent.intent_id: row for row in map(_claimed_row, rows)}
    return {id: (one, claimed[id]) for id, one in chosen.items()}


def _claimed_row(row: Row) -> _ClaimedRow:
    told = cast("tuple[int, int, int, str | None, str | None]", row[7:])
    return _ClaimedRow(IntentRow._make(row[:7]), *told)


def _settled(one: Settlement) -> _Values:
    return {
        "state": int(one.state),
        "due": microseconds(one.due) if one.due is not None else _NEVER_US,
        "uncounted": 0 if one.counts else 1,
        "problem": one.problem or None,
        "cause": one.cause,
        "id": one.claim.id,
        "epoch": one.claim.epoch,
    }


def _json(value: list[str] | list[IntentId]) -> str:
    return pydantic_core.to_json(value).decode()
