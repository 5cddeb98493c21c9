"""Claims on the outbox of one machine and tenant: what is due, under leases and epochs.

A claim is one statement, whatever it finds, and passes over rows that another worker is
claiming. What may never be here: a handler, or a rule about retries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.errors import DecodeError
from telic.kernel.orders import FailureCause
from telic.kernel.values import IntentId
from telic.runtime.claims import Claim, DeadLetter, IntentState, Settlement
from telic.stores.rows import IntentRow

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session
    from telic.stores.rows import Decoder

__all__ = ["CLAIM", "DEAD", "HEAD", "Claims"]

_STATUS: Final = """
    SELECT i.status FROM {s}.telic_instance i
    WHERE i.tenant = o.tenant AND i.machine = o.machine AND i.id = o.id"""
# What is due is locked as it is found, so that two workers never find the same. The condition
# on the state stands here word for word as in the index.
CLAIM: Final = f"""
    WITH due AS MATERIALIZED (
        SELECT o.* FROM unnest($3::text[], $4::bigint[]) AS wanted(tag, most)
        CROSS JOIN LATERAL (
            SELECT o.intent_id, o.due_us, o.state,
                CASE WHEN o.state < 2 AND NOT o.withdrawn AND o.cause IS NULL THEN ({_STATUS}) END AS status
            FROM {{s}}.telic_outbox o
            WHERE o.tenant = $1 AND o.machine = $2 AND o.tag = wanted.tag AND o.state < 3
                AND o.due_us <= $5 AND (o.state = 0 OR o.due_us <= $6)
            ORDER BY o.due_us LIMIT wanted.most FOR UPDATE SKIP LOCKED
        ) o
    ), held AS (
        UPDATE {{s}}.telic_outbox o SET state = 3 FROM due
        WHERE o.tenant = $1 AND o.machine = $2 AND o.intent_id = due.intent_id AND due.status = 'paused'
    ), chosen AS MATERIALIZED (
        SELECT * FROM due WHERE status IS DISTINCT FROM 'paused' ORDER BY due_us LIMIT $7
    ), claimed AS (
        UPDATE {{s}}.telic_outbox o SET state = 1, due_us = $8, attempt = attempt + 1, epoch = epoch + 1,
            crashes = crashes + CASE WHEN o.state = 1 AND o.cause IS NULL THEN 1 ELSE 0 END, worker = $9
        FROM chosen
        WHERE o.tenant = $1 AND o.machine = $2 AND o.intent_id = chosen.intent_id
        RETURNING o.intent_id, o.id, o.tag, o.version, o.payload, o.withdrawn, o.correlated,
            o.attempt, o.crashes, o.epoch, o.cause, o.problem, chosen.state AS was, chosen.due_us AS was_due
    )
    SELECT * FROM claimed ORDER BY was_due, intent_id"""  # noqa: S608  (constant pieces)
HEAD: Final = """
    SELECT min(head.due_us) FROM unnest($3::text[]) AS wanted(tag)
    CROSS JOIN LATERAL (
        SELECT o.due_us FROM {s}.telic_outbox o
        WHERE o.tenant = $1 AND o.machine = $2 AND o.tag = wanted.tag AND o.state < 3
        ORDER BY o.due_us LIMIT 1
    ) head"""
DEAD: Final = """
    SELECT intent_id, id, tag, version, payload, withdrawn, correlated, attempt, crashes, epoch, cause, problem
    FROM {s}.telic_outbox
    WHERE tenant = $1 AND machine = $2 AND state = 4 AND intent_id > $3
    ORDER BY intent_id LIMIT $4"""
_RENEW: Final = """
    UPDATE {s}.telic_outbox o SET due_us = $3 FROM unnest($4::text[], $5::bigint[]) AS r(intent_id, epoch)
    WHERE o.tenant = $1 AND o.machine = $2 AND o.intent_id = r.intent_id AND o.epoch = r.epoch AND o.state = 1
        AND {hurry}
    RETURNING o.intent_id, o.withdrawn"""
# A withdrawn intent has nobody to wait for: it becomes due at once, to end as withdrawn. A dead
# letter stays one where something may have happened: in doubt, or with an answer not taken.
_ENDS: Final = "o.withdrawn AND r.state = 4 AND r.cause <> 'in_doubt'"
_SETTLE: Final = f"""
    UPDATE {{s}}.telic_outbox o SET
        state = CASE WHEN (o.withdrawn AND r.state IN (0, 2)) OR ({_ENDS}) THEN 0
            WHEN r.state = 0 AND r.cause IS NULL AND ({_STATUS}) = 'paused' THEN 3 ELSE r.state END,
        due_us = CASE WHEN (o.withdrawn AND r.state IN (0, 2)) OR ({_ENDS}) THEN 0 ELSE r.due_us END,
        cause = CASE WHEN {_ENDS} THEN NULL ELSE r.cause END,
        attempt = o.attempt - r.uncounted, problem = r.problem
    FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[],
        $10::text[]) AS r(n, intent_id, epoch, state, due_us, uncounted, problem, cause)
    WHERE o.tenant = $1 AND o.machine = $2 AND o.intent_id = r.intent_id AND o.epoch = r.epoch AND o.state = 1
        AND {{hurry}}
    RETURNING r.n"""  # noqa: S608  (constant pieces)
_REDRIVE: Final = f"""
    WITH redriven AS (
        UPDATE {{s}}.telic_outbox o SET due_us = $3, attempt = 0, crashes = 0, cause = NULL,
            state = CASE WHEN ({_STATUS}) = 'paused' THEN 3 ELSE 0 END
        WHERE o.tenant = $1 AND o.machine = $2 AND o.state = 4 AND ($4::text[] IS NULL OR o.intent_id = ANY ($4))
            AND {{hurry}}
        RETURNING 1
    )
    SELECT count(*) FROM redriven"""  # noqa: S608  (constant pieces)
_NEVER_US: Final = 2**63 - 1
_UNREADABLE: Final = timedelta(minutes=1)
"""How long a row that today's code cannot read is left alone: perhaps other code comes."""

_Values: TypeAlias = tuple[str, int, int, int, int, str | None, str | None]


class _ClaimedRow(NamedTuple):
    intent: IntentRow
    attempt: int
    crashes: int
    epoch: int
    cause: str | None
    problem: str | None

    @classmethod
    def of(cls, row: Sequence[object]) -> _ClaimedRow:
        told = cast("tuple[int, int, int, str | None, str | None]", row[7:12])
        return cls(IntentRow._make(row[:7]), *told)

    @property
    def failure(self) -> FailureCause | None:
        return FailureCause(self.cause) if self.cause is not None else None


class Claims:
    """The claims on the outbox of one machine and tenant."""

    def __init__(
        self,
        session: Session,
        decoder: Decoder[BaseModel],
        key: tuple[str, str],
        ring: Callable[[], None],
    ) -> None:
        """Keep whose outbox it is.

        Args:
            session: What to work through.
            decoder: Reads intents.
            key: Tenant and machine.
            ring: Says that there may be work.
        """
        self._session = session
        self._decoder = decoder
        self._key = key
        self._ring = ring

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool
    ) -> tuple[Claim, ...]:
        """Claim intents that are due; see :class:`telic.runtime.protocols.DurableStore`."""
        most = {tag: min(count, limit) for tag, count in wanted.items() if min(count, limit) > 0}
        if not most:
            return ()
        now_us = microseconds(now)
        by_us = _NEVER_US - 1 if early else now_us
        rows = await self._session.change(
            "claim", self._text(CLAIM), *self._key, list(most), list(most.values()), by_us, now_us, limit,
            microseconds(until), worker,
        )  # fmt: skip
        claims: list[Claim] = []
        unread: list[_Values] = []
        for row in rows:
            one = _ClaimedRow.of(row)
            try:
                id, opened = self._decoder.intent(one.intent)
            except DecodeError as error:
                due_us = microseconds(now + _UNREADABLE)
                unread.append((
                    one.intent.intent_id, one.epoch, IntentState.READY, due_us, 1, str(error), one.cause,
                ))  # fmt: skip
                continue
            overdue = row[12] == IntentState.LATER
            claims.append(
                Claim(id, opened, one.attempt, one.crashes, one.epoch, until, overdue, one.failure, one.problem or "")
            )
        if unread:
            await self._settle("claim", unread)
        return tuple(claims)

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases; return those still held, and whether the intent was withdrawn."""
        if not claims:
            return {}
        held = sorted((one.id, one.epoch) for one in claims)
        rows = await self._session.change(
            "renew", self._text(_RENEW), *self._key, microseconds(until), *zip(*held, strict=True)
        )
        return {IntentId(str(id)): bool(withdrawn) for id, withdrawn in rows}

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents that stay open; return whether each was heard."""
        heard = await self._settle("settle", [_settled(one) for one in settlements])
        return tuple(number in heard for number in range(len(settlements)))

    async def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent of these types is due."""
        ((due_us,),) = await self._session.rows("next_due", self._text(HEAD), *self._key, list(tags))
        return moment(cast("int", due_us)) if due_us is not None and due_us != _NEVER_US else None

    async def dead_letters(self, after: IntentId | None, limit: int) -> tuple[DeadLetter, ...]:
        """Return the intents that wait for a redrive, in the order of their ids."""
        rows = await self._session.rows("dead_letters", self._text(DEAD), *self._key, after or "", limit)
        found: list[DeadLetter] = []
        for one in map(_ClaimedRow.of, rows):
            id, opened = self._decoder.listed(one.intent)
            found.append(DeadLetter(id, opened, one.attempt, one.crashes, one.failure, one.problem or ""))
        return tuple(found)

    async def redrive(self, ids: Collection[IntentId] | None, now: datetime) -> int:
        """Have dead letters carried out again; return how many."""
        which = list(ids) if ids is not None else None
        ((count,),) = await self._session.change("redrive", self._text(_REDRIVE), *self._key, microseconds(now), which)
        self._ring()
        return cast("int", count)

    async def _settle(self, operation: str, told: Sequence[_Values]) -> set[int]:
        if not told:
            return set()
        # In one order everywhere, so that two workers never wait for each other.
        order = sorted(range(len(told)), key=lambda number: told[number][:2])
        columns = zip(*(told[number] for number in order), strict=True)
        rows = await self._session.change(operation, self._text(_SETTLE), *self._key, order, *columns)
        return {cast("int", row[0]) for row in rows}

    def _text(self, text: str) -> str:
        return self._session.statements.of(text, hurry=self._session.hurries)


def _settled(one: Settlement) -> _Values:
    due_us = microseconds(one.due) if one.due is not None else _NEVER_US
    return (
        one.claim.id, one.claim.epoch, int(one.state), due_us, 0 if one.counts else 1,
        one.problem or None, one.cause,
    )  # fmt: skip
