"""The publications of one tenant on a PostgreSQL server, and the waits of one machine for them.

What may never be here: the delivery of a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from telic.kernel.codec import microseconds
from telic.kernel.messages import Reach
from telic.runtime.topics import Feed, Publication, Taken
from telic.stores.feeding import Free, HungryRow, PublishedRow, feed_of

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine
    from telic.stores.postgres.store import Session

__all__ = ["FACTS", "HUNGRY", "MATCH", "SPREAD", "UNMATCHED", "PostgresTopics"]

_PUBLISH: Final = """
    INSERT INTO {s}.telic_publication (tenant, topic, topic_key, event_id, tag, version, data, at_us, expires_us,
        spread, turn)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::integer, $7::bytea, $8::bigint, $9::bigint,
        $10::boolean, CASE WHEN $10 THEN 0 END
    WHERE {hurry}
    ON CONFLICT DO NOTHING RETURNING 1"""
# Waits that this statement does not see are saved after it has begun, and are fed with what
# is published by then.
SPREAD: Final = """
    WITH one AS MATERIALIZED (
        SELECT topic, topic_key, event_id, at_machine, at_id, at_key FROM {s}.telic_publication
        WHERE tenant = $1 AND NOT spread AND {hurry} LIMIT 1 FOR UPDATE SKIP LOCKED
    ), page AS MATERIALIZED (
        SELECT w.* FROM one CROSS JOIN LATERAL (
            SELECT w.machine, w.id, w.key, w.since FROM {s}.telic_wait w
            WHERE w.tenant = $1 AND w.topic = one.topic AND w.topic_key = one.topic_key AND w.type = 'topic'
                AND (w.machine, w.id, w.key) > (one.at_machine, one.at_id, one.at_key)
            ORDER BY w.machine, w.id, w.key LIMIT $2
        ) w
    ), stirred AS (
        UPDATE {s}.telic_wait w SET stirred = w.stirred + 1 FROM page
        WHERE w.tenant = $1 AND w.machine = page.machine AND w.id = page.id AND w.key = page.key
            AND w.since = page.since
    ), last AS (
        SELECT machine, id, key FROM page ORDER BY machine DESC, id DESC, key DESC LIMIT 1
    )
    UPDATE {s}.telic_publication p SET spread = (SELECT count(*) FROM page) < $2,
        at_machine = coalesce((SELECT machine FROM last), p.at_machine),
        at_id = coalesce((SELECT id FROM last), p.at_id), at_key = coalesce((SELECT key FROM last), p.at_key)
    FROM one
    WHERE p.tenant = $1 AND p.topic = one.topic AND p.topic_key = one.topic_key AND p.event_id = one.event_id
    RETURNING 1"""
_NEW: Final = "SELECT 1 FROM {s}.telic_publication WHERE tenant = $1 AND NOT spread LIMIT 1"
UNMATCHED: Final = """
    SELECT topic, topic_key, tag, count(*) FROM {s}.telic_publication
    WHERE tenant = $1 AND turn = 0 AND expires_us > $2 GROUP BY topic, topic_key, tag LIMIT $3"""
# Those that are hungry look for what is free by themselves. A wait that this statement does not see is
# saved after it has begun, is hungry, and finds what is left here.
MATCH: Final = """
    WITH idle AS MATERIALIZED (
        SELECT machine, id, key, since FROM {s}.telic_wait
        WHERE tenant = $1 AND topic = $2 AND topic_key = $3 AND event = $4 AND type = 'topic' AND fed = stirred
        ORDER BY opened_us, machine, id, key LIMIT $5
    ), stirred AS (
        UPDATE {s}.telic_wait w SET stirred = w.stirred + 1 FROM idle
        WHERE w.tenant = $1 AND w.machine = idle.machine AND w.id = idle.id AND w.key = idle.key
            AND w.since = idle.since AND {hurry}
    )
    UPDATE {s}.telic_publication SET turn = 1
    WHERE tenant = $1 AND topic = $2 AND topic_key = $3 AND tag = $4 AND turn = 0 AND {hurry}
        AND NOT EXISTS (
            SELECT FROM {s}.telic_wait
            WHERE tenant = $1 AND topic = $2 AND topic_key = $3 AND event = $4 AND type = 'topic')"""
_FREE: Final = """
    SELECT r.n, p.event_id, p.tag, p.version, p.data
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS r(n, topic, topic_key, tag)
    CROSS JOIN LATERAL (
        SELECT p.event_id, p.tag, p.version, p.data, p.at_us FROM {s}.telic_publication p
        WHERE p.tenant = $1 AND p.topic = r.topic AND p.topic_key = r.topic_key AND p.tag = r.tag AND p.turn < 2
            AND p.expires_us > $6
        ORDER BY p.at_us, p.event_id LIMIT $7
    ) p ORDER BY r.n, p.at_us, p.event_id"""
_IS_FREE: Final = """
    SELECT 1 FROM {s}.telic_publication
    WHERE tenant = $1 AND topic = $2 AND topic_key = $3 AND event_id = $4 AND turn < 2"""
HUNGRY: Final = """
    SELECT id, key, since, stirred, topic, topic_key, event FROM {s}.telic_wait
    WHERE tenant = $1 AND machine = $2 AND type = 'topic' AND fed <> stirred AND coalesce(postponed_us, 0) <= $3
    ORDER BY coalesce(postponed_us, 0) LIMIT $4"""
FACTS: Final = """
    SELECT r.n, p.event_id, p.tag, p.version, p.data
    FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[]) AS r(n, id, topic, topic_key)
    CROSS JOIN LATERAL (
        SELECT p.event_id, p.tag, p.version, p.data, p.at_us FROM {s}.telic_publication p
        WHERE p.tenant = $1 AND p.topic = r.topic AND p.topic_key = r.topic_key AND p.expires_us > $7
            AND p.turn IS NULL AND NOT EXISTS (
                SELECT FROM {s}.telic_event_id e WHERE e.tenant = $1 AND e.machine = $2 AND e.id = r.id
                AND e.event_id = p.event_id)
        ORDER BY p.at_us, p.event_id LIMIT $8
    ) p ORDER BY r.n, p.at_us, p.event_id"""
_FED: Final = """
    UPDATE {s}.telic_wait w SET fed = r.stirred, postponed_us = NULL
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS r(id, key, since, stirred)
    WHERE w.tenant = $1 AND w.machine = $2 AND w.id = r.id AND w.key = r.key AND w.since = r.since
        AND w.type = 'topic' AND {hurry}"""
_POSTPONE: Final = """
    UPDATE {s}.telic_wait SET postponed_us = $7
    WHERE tenant = $1 AND machine = $2 AND id = $3 AND key = $4 AND since = $5 AND stirred = $6 AND type = 'topic'
        AND {hurry}"""
_PURGE: Final = """
    WITH over AS (
        SELECT topic, topic_key, event_id FROM {s}.telic_publication
        WHERE tenant = $1 AND expires_us <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {s}.telic_publication p USING over
    WHERE p.tenant = $1 AND p.topic = over.topic AND p.topic_key = over.topic_key AND p.event_id = over.event_id
        AND {hurry}
    RETURNING 1"""


class PostgresTopics:
    """Publications and waits; see :class:`telic.runtime.topics.Topics`."""

    def __init__(self, session: Session, machine: AnyMachine, tenant: str, ring: Callable[[], None]) -> None:
        """Keep whose waits these are.

        Args:
            session: What to work through.
            machine: The machine.
            tenant: Whose instances.
            ring: Says that there may be work.
        """
        self._session = session
        self._machine = machine
        self._tenant = tenant
        self._key = (tenant, machine.name)
        self._ring = ring

    async def publish(self, publication: Publication) -> bool:
        """Keep a publication; return whether it is new."""
        event_id, name, key, stored, at, expires, reach = publication
        rows = await self._session.change(
            "publish", self._text(_PUBLISH), self._tenant, name, key, event_id, *stored,
            microseconds(at), microseconds(expires), reach is Reach.FIRST_WAITER,
        )  # fmt: skip
        self._ring()
        return bool(rows)

    async def spread(self, limit: int) -> bool:
        """Stir some waits for a publication that is not spread yet; return whether there was one."""
        if not await self._session.rows("spread", self._session.statements.of(_NEW), self._tenant):
            return False
        return bool(await self._session.change("spread", self._text(SPREAD), self._tenant, limit))

    async def match(self, now: datetime, limit: int) -> None:
        """Stir an idle wait for each fact that is for the first."""
        for topic, key, tag, count in await self._session.rows(
            "match", self._session.statements.of(UNMATCHED), self._tenant, microseconds(now), limit
        ):
            most = min(cast("int", count), limit)
            await self._session.change("match", self._text(MATCH), self._tenant, topic, key, tag, most)

    async def is_free(self, taken: Taken) -> bool:
        """Say whether nobody has taken a fact that is for the first."""
        return bool(await self._session.rows("is_free", self._session.statements.of(_IS_FREE), self._tenant, *taken))

    async def feeds(self, now: datetime, limit: int) -> tuple[Feed, ...]:
        """Return what is to be delivered to waits that are hungry."""
        now_us, of = microseconds(now), self._session.statements.of
        rows = await self._session.rows("feeds", of(HUNGRY), *self._key, now_us, limit)
        waits = [HungryRow._make(cast("tuple[str, str, int, int, str, str, str]", tuple(row))) for row in rows]
        if not waits:
            return ()
        asked = ([one.id for one in waits], [one.topic for one in waits], [one.topic_key for one in waits])
        found: list[list[PublishedRow]] = [[] for _ in waits]
        for number, *row in await self._session.rows(
            "feeds", of(FACTS), *self._key, list(range(len(waits))), *asked, now_us, limit + 1
        ):
            published = PublishedRow._make(cast("tuple[str, str, int, bytes]", tuple(row)))
            found[cast("int", number)].append(published)
        first = await self._free(waits, now_us, limit)
        return tuple(
            feed_of(self._machine, wait, some[:limit], all_of_it=len(some) <= limit, contested=one)
            for wait, some, one in zip(waits, found, first, strict=True)
        )

    async def _free(self, waits: Sequence[HungryRow], now_us: int, limit: int) -> list[PublishedRow | None]:
        """Return, for each wait, what it tries of the facts that are for the first."""
        topics = list(dict.fromkeys((one.topic, one.topic_key, one.event) for one in waits))
        found: dict[tuple[str, str, str], list[PublishedRow]] = {one: [] for one in topics}
        asked = (list(range(len(topics))), *(list(column) for column in zip(*topics, strict=True)))
        rows = await self._session.rows(
            "feeds", self._session.statements.of(_FREE), self._tenant, *asked, now_us, limit
        )
        for number, *row in rows:
            published = PublishedRow._make(cast("tuple[str, str, int, bytes]", tuple(row)))
            found[topics[cast("int", number)]].append(published)
        free: Free[tuple[str, str, str]] = Free()
        places = ((one.topic, one.topic_key, one.event) for one in waits)
        return [free.choose(place, found[place]) for place in places]

    async def fed(self, feeds: Sequence[Feed]) -> None:
        """Note that waits were fed."""
        rows = sorted((one.workflow_id, one.key, one.since, one.stirred) for one in feeds)
        if rows:
            await self._session.change("fed", self._text(_FED), *self._key, *zip(*rows, strict=True))

    async def postpone(self, feed: Feed, until: datetime) -> None:
        """Leave a wait alone until a moment."""
        await self._session.change(
            "postpone", self._text(_POSTPONE), *self._key, feed.workflow_id, feed.key, feed.since, feed.stirred,
            microseconds(until),
        )  # fmt: skip

    async def purge(self, now: datetime, limit: int) -> int:
        """Delete publications that have expired; return how many."""
        return len(await self._session.change("purge", self._text(_PURGE), self._tenant, microseconds(now), limit))

    def _text(self, text: str) -> str:
        return self._session.statements.of(text, hurry=self._session.hurries)
