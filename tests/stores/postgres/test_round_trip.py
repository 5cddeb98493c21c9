"""What is saved is what is loaded: the PostgreSQL store against the memory store as its model."""

from datetime import timedelta
from decimal import Decimal

from telic.kernel.errors import DecodeError
from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.journal import fold
from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from tests.stores.desk import DESK, NOON, Begin, Lapsed, desk
from tests.stores.test_round_trip import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    LIFE,
    SUBMITTED,
    TICK,
    live,
    test_a_journal_that_was_changed_does_not,
    test_event_ids_are_found_given_and_derived,
    test_ids_come_in_pages,
    test_nothing_is_found_where_nothing_is,
    test_tenants_do_not_see_each_other,
    test_the_journal_leads_to_the_state,
    test_the_store_keeps_what_memory_keeps_at_every_revision,
    us,
)
from tests.stores.test_saving import decided, gathered


async def rows(sql, text):
    return [tuple(row) for row in await sql.fetch(text)]


async def test_another_database_object_reads_the_same(opened, store, runtime):
    for number in range(len(LIFE)):
        await live(runtime, number, number + 1)
        async with opened() as again:
            assert await again.store(desk).load(DESK) == await store.load(DESK)


async def test_many_loads_at_once_find_each_its_own(opened, store, runtime):
    model = MemoryStore(desk)
    for each in (runtime, WorkflowRuntime(machine=desk, store=model)):
        for number in range(30):
            id = WorkflowId(f"w-{number}")
            await each.run_step(id, Begin(text=str(number)), event_id=EventId(f"e-{number}"), now=NOON)
    asked = (EventId("e-1"), EventId("telic:w-2:1"), EventId("e-3"), EventId("telic:w-3:1"))

    async def both(number):
        id = WorkflowId(f"w-{number}")
        event_ids = asked if number % 2 else ()
        async with opened() as cold:  # it remembers nothing
            assert await cold.store(desk).load(id, event_ids) == await model.load(id, event_ids)
        return await store.load(id, event_ids)

    found = await gathered(31, both)
    assert found.pop() is None
    assert [one.state.text for one in found] == [str(number) for number in range(30)]
    assert [number for number, one in enumerate(found) if one.seen] == [1, 3]


async def test_waits_are_rows_and_follow_the_state(sql, runtime):
    await live(runtime, stop=SUBMITTED)
    text = """
        SELECT key, type, event, since, due_us, fired_us, title, groups::jsonb ->> 1, remind::jsonb ->> 0, topic, held
        FROM telic_wait ORDER BY key
    """
    day, hours = timedelta(days=1), timedelta(hours=2)
    since = NOON + SUBMITTED * TICK
    assert await rows(sql, text) == [
        ("Approve", "task", "Approve", 6, us(since + hours), None, "approve", "büro", None, None, False),
        ("Lapsed", "deadline", "Lapsed", 6, us(since + day), None, None, None, None, None, False),
        ("Paid", "topic", "Paid", 6, None, None, None, None, None, "payments", False),
    ]
    await live(runtime, SUBMITTED)
    assert await rows(sql, text) == []


async def test_a_wait_that_stays_keeps_its_row(sql, runtime):
    await live(runtime, stop=SUBMITTED)
    await sql.execute("ALTER TABLE telic_wait ADD COLUMN claimant text; UPDATE telic_wait SET claimant = 'ann'")
    await live(runtime, SUBMITTED, SUBMITTED + 3)
    assert await rows(sql, "SELECT title, claimant FROM telic_wait WHERE type = 'task'") == [("approve 0.1", "ann")]


async def test_a_wait_that_does_not_change_is_not_written_again(sql, runtime):
    await live(runtime, stop=SUBMITTED)
    await live(runtime, SUBMITTED + 1, SUBMITTED + 2)
    text = "SELECT key, xmin = (SELECT xmin FROM telic_journal WHERE revision = 6) FROM telic_wait ORDER BY key"
    before = dict(await rows(sql, text))
    assert before["Paid"]
    assert not before["Approve"]  # its title names the score


async def test_a_wait_that_is_closed_and_opened_again_in_one_commit_is_a_new_row(sql, store):
    commit = decided(None, Begin())
    for event in (LIFE[5][0],):
        commit = commit.followed_by(decided(commit.after, event))
    await store.save(commit)
    await sql.execute("ALTER TABLE telic_wait ADD COLUMN claimant text; UPDATE telic_wait SET claimant = 'ann'")
    held = await store.load(DESK)
    reopened = tuple(one._replace(since=9) if one.key == "Approve" else one for one in held.waits)
    step = decided(held, Pause(reason="x"))
    await store.save(step._replace(after=step.after._replace(waits=reopened)))
    assert await rows(sql, "SELECT key, since, claimant FROM telic_wait ORDER BY key") == [
        ("Approve", 9, None),
        ("Lapsed", 2, "ann"),
        ("Paid", 2, "ann"),
    ]


async def test_a_fired_deadline_is_marked(sql, store, runtime):
    await live(runtime, stop=SUBMITTED)
    await runtime.run_step(DESK, Lapsed(), wait=WaitKey("Lapsed"), now=NOON + timedelta(days=2))
    assert (await store.load(DESK)).status == "ended"
    assert await rows(sql, "SELECT * FROM telic_wait") == []


async def test_a_pause_holds_intents_and_deadlines_and_its_end_lets_them_go(sql, runtime):
    await live(runtime, stop=SUBMITTED)
    text = "SELECT o.state, bool_and(w.held), bool_or(w.held) FROM telic_outbox o, telic_wait w GROUP BY 1"
    assert await rows(sql, text) == [(0, False, False)]
    await runtime.run_step(DESK, Pause(reason="lunch"))
    assert await rows(sql, text) == [(3, True, True)]
    await runtime.run_step(DESK, Resume())
    assert await rows(sql, text) == [(0, False, False)]


async def test_attributes_are_rows_and_follow_the_state(sql, runtime):
    await live(runtime, stop=SUBMITTED)
    text = "SELECT name, type, text, number FROM telic_attribute ORDER BY name"
    since = NOON + SUBMITTED * TICK
    assert await rows(sql, text) == [
        ("count", "int", None, 207),
        ("day", "date", "2026-03-01", None),
        ("open", "bool", None, 1),
        ("score", "decimal", None, 0),
        ("since", "datetime", None, us(since)),
        ("text", "str", Begin().text, None),
    ]
    await live(runtime, SUBMITTED, SUBMITTED + 3)
    assert (await rows(sql, text))[3] == ("score", "decimal", None, Decimal("0.1"))
    await live(runtime, SUBMITTED + 3)
    assert await rows(sql, text) == []


async def test_an_attribute_of_any_length_is_kept(sql, runtime):
    long = "x" * 100_000
    await runtime.run_step(DESK, Begin(text=long))
    await runtime.run_step(DESK, LIFE[5][0])
    assert await rows(sql, "SELECT text FROM telic_attribute WHERE name = 'text'") == [(long,)]


async def test_texts_that_people_and_searches_read_are_free_of_nul(sql, store, runtime):
    text = "a\x00b"
    await runtime.run_step(DESK, Begin(text=text))
    await runtime.run_step(DESK, LIFE[5][0])
    assert (await store.load(DESK)).state.text == text
    assert await rows(sql, "SELECT topic_key FROM telic_wait WHERE type = 'topic'") == [("a\ufffdb",)]
    assert await rows(sql, "SELECT text FROM telic_attribute WHERE name = 'text'") == [("a\ufffdb",)]
    assert (await store.sweep()).repaired == ()


async def test_a_cancelled_instance_has_no_waits_and_its_intents_are_withdrawn(sql, store, runtime):
    await live(runtime, stop=SUBMITTED)
    await runtime.run_step(DESK, Cancel(reason="no"))
    assert await rows(sql, "SELECT * FROM telic_wait") == []
    assert [one.withdrawn for _, one in await store.outbox()] == [True]


async def test_what_cannot_be_decoded_is_listed(sql, store, runtime):
    for number in range(3):
        await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
    await sql.execute("UPDATE telic_instance SET kind = 'gone' WHERE id = 'w-1'")
    await sql.execute("UPDATE telic_instance SET state = '\\x00' WHERE id = 'w-2'")
    assert [one.id for one in await store.undecodable()] == ["w-1", "w-2"]
    assert [one.error.tag for one in await store.undecodable()] == ["gone", "draft"]
    assert await store.ids() == ("w-0", "w-1", "w-2")
    outcomes = await gathered(3, lambda number: store.load(WorkflowId(f"w-{number}")))
    assert [type(one) for one in outcomes[1:]] == [DecodeError, DecodeError]
    assert outcomes[0].id == "w-0"


async def test_ids_sort_as_in_python_whatever_the_locale(store, runtime):
    ids = [WorkflowId(text) for text in ("a", "B", "ä", "_", "Z", "😀", "ꟃ")]
    for id in ids:
        await runtime.run_step(id, Begin())
    assert await store.ids() == tuple(sorted(ids))


async def test_a_journal_can_be_folded_that_was_written_by_folds(store):
    commit = decided(None, Begin())
    for event, _ in LIFE[1:3]:
        commit = commit.followed_by(decided(commit.after, event))
    await store.save(commit)
    snapshot = await store.load(DESK)
    assert fold(desk, snapshot.meta, await store.journal(DESK)) == snapshot


async def test_objects_show_what_they_are(db, store, schema):
    assert repr(db) == f"PostgresDatabase({db.name!r}, schema={schema!r})"
    assert repr(store) == f"PostgresStore('desk', {db.name!r})"
    assert repr(store.within(tenant="t")) == f"PostgresStore('desk', {db.name!r}, tenant='t')"
    assert "@" not in db.name
