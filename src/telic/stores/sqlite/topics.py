"""The publications of one tenant in a SQLite file, and the waits of one machine for them.

What may never be here: the delivery of a fact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from telic.kernel.codec import microseconds
from telic.kernel.messages import Reach
from telic.runtime.topics import Feed, Publication, Taken
from telic.stores.feeding import Free, HungryRow, PublishedRow, feed_of

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine
    from telic.stores.sqlite.session import Session

__all__ = ["HUNGRY", "LONGEST", "NEW", "UNMATCHED", "SqliteTopics"]

_PUBLISH = """
    INSERT INTO telic_publication (tenant, topic, topic_key, event_id, tag, version, data, at_us, expires_us,
        spread, turn)
    VALUES (:tenant, :topic, :topic_key, :event_id, :tag, :version, :data, :at, :expires, :spread, :turn)
    ON CONFLICT DO NOTHING
"""
NEW = """
    SELECT topic, topic_key, event_id, at_machine, at_id, at_key
    FROM telic_publication INDEXED BY telic_publication_new WHERE tenant = :tenant AND spread = 0 LIMIT 1
"""
_PAGE = """
    SELECT machine, id, key FROM telic_wait
    WHERE tenant = ? AND topic = ? AND topic_key = ? AND type = 'topic' AND (machine, id, key) > (?, ?, ?)
    ORDER BY machine, id, key LIMIT ?
"""
_STIR = "UPDATE telic_wait SET stirred = stirred + 1 WHERE tenant = ? AND machine = ? AND id = ? AND key = ?"
_SPREAD = """
    UPDATE telic_publication SET spread = ?, at_machine = ?, at_id = ?, at_key = ?
    WHERE tenant = ? AND topic = ? AND topic_key = ? AND event_id = ?
"""
UNMATCHED = """
    SELECT topic, topic_key, tag, count(*) FROM telic_publication INDEXED BY telic_publication_turn
    WHERE tenant = :tenant AND turn = 0 AND expires_us > :now GROUP BY topic, topic_key, tag LIMIT :limit
"""
# Those that are hungry look for what is free by themselves.
LONGEST = """
    SELECT machine, id, key FROM telic_wait INDEXED BY telic_wait_first
    WHERE tenant = :tenant AND topic = :topic AND topic_key = :topic_key AND event = :tag AND type = 'topic'
        AND fed = stirred ORDER BY opened_us, machine, id, key LIMIT :limit
"""
_ANYBODY = """
    SELECT 1 FROM telic_wait
    WHERE tenant = :tenant AND topic = :topic AND topic_key = :topic_key AND event = :tag AND type = 'topic' LIMIT 1
"""
_LEAVE = """
    UPDATE telic_publication SET turn = 1
    WHERE tenant = :tenant AND topic = :topic AND topic_key = :topic_key AND tag = :tag AND turn = 0
"""
_FREE = """
    SELECT event_id, tag, version, data FROM telic_publication INDEXED BY telic_publication_free
    WHERE tenant = :tenant AND topic = :topic AND topic_key = :topic_key AND tag = :tag AND turn < 2
        AND expires_us > :now
    ORDER BY at_us, event_id LIMIT :limit
"""
_IS_FREE = """
    SELECT 1 FROM telic_publication WHERE tenant = ? AND topic = ? AND topic_key = ? AND event_id = ? AND turn < 2
"""
HUNGRY = """
    SELECT id, key, since, stirred, topic, topic_key, event
    FROM telic_wait INDEXED BY telic_wait_hungry
    WHERE tenant = :tenant AND machine = :machine AND type = 'topic' AND fed <> stirred
        AND coalesce(postponed_us, 0) <= :now
    ORDER BY coalesce(postponed_us, 0) LIMIT :limit
"""
_FACTS = """
    SELECT event_id, tag, version, data FROM telic_publication AS one
    WHERE tenant = :tenant AND topic = :topic AND topic_key = :topic_key AND expires_us > :now
    AND turn IS NULL AND NOT EXISTS (
        SELECT 1 FROM telic_event_id AS known WHERE known.tenant = :tenant AND known.machine = :machine
        AND known.id = :id AND known.event_id = one.event_id)
    ORDER BY at_us, event_id LIMIT :limit
"""
_FED = """
    UPDATE telic_wait SET fed = :stirred, postponed_us = NULL
    WHERE tenant = :tenant AND machine = :machine AND id = :id AND key = :key AND since = :since AND type = 'topic'
"""
_POSTPONE = """
    UPDATE telic_wait SET postponed_us = :until WHERE tenant = :tenant AND machine = :machine AND id = :id
        AND key = :key AND since = :since AND stirred = :stirred AND type = 'topic'
"""
_PURGE = """
    DELETE FROM telic_publication WHERE (tenant, topic, topic_key, event_id) IN (
        SELECT tenant, topic, topic_key, event_id FROM telic_publication
        WHERE tenant = :tenant AND expires_us <= :now LIMIT :limit)
"""
_ANY_OVER = "SELECT 1 FROM telic_publication WHERE tenant = :tenant AND expires_us <= :now LIMIT 1"


class SqliteTopics:
    """Publications and waits; see :class:`telic.runtime.topics.Topics`."""

    def __init__(self, database: Session, machine: AnyMachine, tenant: str) -> None:
        """Keep whose waits these are."""
        self._database = database
        self._machine = machine
        self._tenant: dict[str, str | int | bytes | float | None] = {"tenant": tenant}
        self._key = self._tenant | {"machine": machine.name}

    async def publish(self, publication: Publication) -> bool:
        """Keep a publication; return whether it is new."""
        event_id, name, key, (tag, version, data), at, expires, reach = publication
        first = reach is Reach.FIRST_WAITER
        given = self._tenant | {
            "topic": name, "topic_key": key, "event_id": event_id, "tag": tag, "version": version, "data": data,
            "at": microseconds(at), "expires": microseconds(expires), "spread": int(first),
            "turn": 0 if first else None,
        }  # fmt: skip
        new = await self._database.carry_out(
            "publish", lambda connection: connection.execute(_PUBLISH, given).rowcount == 1
        )
        self._database.hints.ring()
        return new

    async def spread(self, limit: int) -> bool:
        """Stir some waits for a publication that is not spread yet; return whether there was one."""
        if not self._database.rows("spread", NEW, self._tenant):
            return False

        def work(connection: sqlite3.Connection) -> bool:
            found: tuple[str, ...] | None = connection.execute(NEW, self._tenant).fetchone()
            if found is None:
                return False
            tenant, topic = str(self._tenant["tenant"]), found[:3]
            page = connection.execute(_PAGE, (tenant, *topic[:2], *found[3:], limit)).fetchall()
            connection.executemany(_STIR, [(tenant, *one) for one in page])
            last = page[-1] if page else found[3:]
            connection.execute(_SPREAD, (len(page) < limit, *last, tenant, *topic))
            return True

        return await self._database.carry_out("spread", work)

    async def feeds(self, now: datetime, limit: int) -> tuple[Feed, ...]:
        """Return what is to be delivered to waits that are hungry."""
        asked = self._key | {"now": microseconds(now), "limit": limit}
        rows = self._database.rows("feeds", HUNGRY, asked)
        free: Free[tuple[str, str, str]] = Free()
        return tuple(
            self._feed(HungryRow._make(cast("tuple[str, str, int, int, str, str, str]", row)), asked, free)
            for row in rows
        )

    async def match(self, now: datetime, limit: int) -> None:
        """Stir an idle wait for each fact that is for the first."""
        all_of_them = self._tenant | {"now": microseconds(now), "limit": limit}
        if not self._database.rows("match", UNMATCHED, all_of_them | {"limit": 1}):
            return

        def work(connection: sqlite3.Connection) -> None:
            for topic, key, tag, count in connection.execute(UNMATCHED, all_of_them).fetchall():
                asked = self._tenant | {"topic": topic, "topic_key": key, "tag": tag, "limit": min(count, limit)}
                idle = connection.execute(LONGEST, asked).fetchall()
                connection.executemany(_STIR, [(str(self._tenant["tenant"]), *one) for one in idle])
                if not idle and connection.execute(_ANYBODY, asked).fetchone() is None:
                    connection.execute(_LEAVE, asked)

        await self._database.carry_out("match", work)

    async def is_free(self, taken: Taken) -> bool:
        """Say whether nobody has taken a fact that is for the first."""
        return bool(self._database.rows("is_free", _IS_FREE, (str(self._tenant["tenant"]), *taken)))

    async def fed(self, feeds: Sequence[Feed]) -> None:
        """Note that waits were fed."""
        given = [self._key | _named(one) for one in feeds]
        if given:
            await self._database.carry_out("fed", lambda connection: connection.executemany(_FED, given))

    async def postpone(self, feed: Feed, until: datetime) -> None:
        """Leave a wait alone until a moment."""
        given = self._key | _named(feed) | {"until": microseconds(until)}
        await self._database.carry_out("postpone", lambda connection: connection.execute(_POSTPONE, given))

    async def purge(self, now: datetime, limit: int) -> int:
        """Delete publications that have expired; return how many."""
        given = self._tenant | {"now": microseconds(now), "limit": limit}
        if not self._database.rows("purge", _ANY_OVER, given):
            return 0
        return await self._database.carry_out("purge", lambda connection: connection.execute(_PURGE, given).rowcount)

    def _feed(
        self, wait: HungryRow, asked: dict[str, str | int | bytes | float | None], free: Free[tuple[str, str, str]]
    ) -> Feed:
        limit = cast("int", asked["limit"])
        given = asked | {"topic": wait.topic, "topic_key": wait.topic_key, "id": wait.id, "limit": limit + 1}
        rows = cast("list[tuple[str, str, int, bytes]]", self._database.rows("feeds", _FACTS, given))
        found = [PublishedRow._make(row) for row in rows]
        first = self._database.rows("feeds", _FREE, given | {"tag": wait.event, "limit": limit})
        chosen = free.choose(
            (wait.topic, wait.topic_key, wait.event),
            [PublishedRow._make(row) for row in cast("list[tuple[str, str, int, bytes]]", first)],
        )
        return feed_of(self._machine, wait, found[:limit], all_of_it=len(found) <= limit, contested=chosen)


def _named(one: Feed) -> dict[str, str | int | bytes | float | None]:
    return {"id": one.workflow_id, "key": one.key, "since": one.since, "stirred": one.stirred}
