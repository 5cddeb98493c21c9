"""Text that UTF-8 cannot write: every store refuses it alike, and writes nothing of its commit."""

import pytest

from telic.kernel.errors import EncodeError
from telic.kernel.snapshot import Begin as BeginWith
from telic.kernel.values import WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.kernel.machines import step
from tests.kernel.test_storable import Classic, Label, Labelled, classic
from tests.stores.desk import DESK, Add, Begin
from tests.stores.test_saving import decided

LONE = "a\ud800"
OTHER = WorkflowId("other")
TEXT = "expected text that UTF-8 can write, got 'a\\ud800'; do replace its lone surrogates"


async def test_an_actor_and_a_key_that_cannot_be_written_are_refused_whole(durable):
    await durable.save(decided(None, Begin()))
    held = await durable.load(DESK)
    for commit, what in (
        (decided(held, Add(), actor=LONE), "the actor"),
        (decided(None, Begin(), OTHER, actor=LONE), "the actor"),
        (decided(None, Begin(), OTHER, key=LONE), "the key"),
    ):
        with pytest.raises(EncodeError) as caught:
            await durable.save(commit)
        assert str(caught.value) == f"cannot store {what}: {TEXT}"
    assert (await durable.load(DESK), await durable.load(OTHER)) == (held, None)
    assert [one.revision for one in await durable.journal(DESK)] == [1]
    assert (await durable.ids(), await durable.journal(OTHER)) == ((DESK,), ())


@pytest.fixture(params=["memory", "thread", "inline"])
async def keeps_classic(request, path):
    if request.param == "memory":
        yield MemoryStore(classic)
        return
    async with SqliteDatabase(path, commit=request.param) as db:
        yield db.store(classic)


async def test_a_value_that_cannot_be_written_is_refused_whole(keeps_classic):
    store = keeps_classic
    begun = step(None, BeginWith(Classic()), machine=classic)
    await store.save(begun)
    held = await store.load(begun.id)
    for event, what in (
        (BeginWith(Classic(text=LONE)), "'new'"),
        (Labelled(label=Label(LONE)), "'(Labelled|Print)'"),
    ):
        commit = step(None if isinstance(event, BeginWith) else held, event, machine=classic)
        with pytest.raises(EncodeError, match=f"^cannot store {what}: expected values that JSON can hold, got "):
            await store.save(commit)
    assert await store.load(begun.id) == held
    assert [one.revision for one in await store.journal(begun.id)] == [1]
    result = await WorkflowRuntime(machine=classic, store=store).run_step(begun.id, Labelled(label=Label("fine")))
    assert (result.kind, len(await store.journal(begun.id))) == ("stepped", 2)
