"""What a server tells to whoever observes it: seen from a transaction, and of older tables."""

from telic.runtime.observing import Counted
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres import PostgresDatabase
from telic.stores.postgres.schema import MIGRATIONS
from telic.stores.postgres.schema_traces import TRACES
from tests.stores.desk import DESK, NOON, Begin, Submit, desk
from tests.stores.test_saving import decided


async def test_figures_and_traces_within_a_transaction_are_those_of_the_transaction(sql, store):
    async with sql.transaction():
        inside = store.within(conn=sql)
        await WorkflowRuntime(machine=desk, store=inside).run_step(DESK, Begin())
        commit = decided(await inside.load(DESK), Submit())
        await inside.save(commit._replace(records=tuple(one._replace(trace="t") for one in commit.records)))
        (opened,) = (await inside.load(DESK)).open
        assert {one.counted for one in await inside.figures(NOON)} == {
            Counted.INSTANCES, Counted.INTENTS, Counted.TASKS
        }  # fmt: skip
        assert await inside.intent_trace(opened) == await inside.wait_trace(DESK, "Approve") == "t"
        assert await store.figures(NOON) == ()
        assert await store.intent_trace(opened) == ""


async def test_what_is_open_from_before_traces_has_none(url, schema, sql):
    await sql.execute(f'CREATE SCHEMA "{schema}_old"')
    try:
        older = MIGRATIONS[: MIGRATIONS.index(TRACES)]
        for statement in (one for version in older for one in version):
            await sql.execute(statement.format(s=f'"{schema}_old"'))
        await sql.execute(f'CREATE TABLE "{schema}_old".telic_schema (version integer PRIMARY KEY)')
        await sql.execute(f'INSERT INTO "{schema}_old".telic_schema VALUES ($1)', len(older))
        await sql.execute(
            f'INSERT INTO "{schema}_old".telic_outbox (tenant, machine, intent_id, id, tag, version, payload, '
            "emitted_us, due_us) VALUES ('', 'desk', 'd:1:0', 'd', 'check-it', 1, '{\"text\":\"x\"}', 0, 0)"
        )
        async with PostgresDatabase(url, schema=f"{schema}_old") as database:
            store = database.store(desk)
            assert await store.intent_trace("d:1:0") == ""
            (claim,) = await store.claim({"check-it": 1}, 1, now=NOON, until=NOON, worker="w")
            assert claim.id == "d:1:0"
    finally:
        await sql.execute(f'DROP SCHEMA "{schema}_old" CASCADE')
