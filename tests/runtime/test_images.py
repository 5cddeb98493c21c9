"""Images are plain rows: the instance and the journal are read from them as they were stored."""

import pytest

from telic import WorkflowId, WorkflowRuntime
from telic.kernel.errors import DecodeError
from telic.runtime.images import CheckpointRow, KeepsImages, KnownRow, intent_ids, journal_in, snapshot_in
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop
from tests.shell.test_forking import lived
from tests.shell.till import ID, till


@pytest.fixture
async def store():
    kept = MemoryStore(till)
    await lived(WorkflowRuntime(machine=till, store=kept))
    return kept


async def test_the_rows_of_an_image_hold_the_instance_and_its_journal(store):
    image = await store.image(ID)
    assert snapshot_in(till.codec, ID, "", image.instance) == await store.load(ID)
    assert journal_in(till.codec, ID, "", image) == await store.journal(ID)
    assert image.known == (KnownRow("first-ask", 2),)
    assert [one.intent_id for one in image.intents] == ["till:4:0", "till:5:0"]


async def test_it_is_told_whose_the_instance_is(store):
    image = await store.image(ID)
    assert snapshot_in(till.codec, WorkflowId("other"), "blue", image.instance).meta[:2] == ("other", "blue")


async def test_a_checkpoint_that_is_not_that_of_its_line_is_refused(store):
    image = await store.image(ID)
    wrong = CheckpointRow(image.instance._replace(revision=2), 0)
    with pytest.raises(DecodeError, match="of line 2 of instance .*till.*, got"):
        journal_in(till.codec, ID, "", image._replace(checkpoints=(wrong,)))


async def test_a_checkpoint_comes_with_its_line(store):
    image = await store.image(ID)
    last = journal_in(till.codec, ID, "", image._replace(checkpoints=(CheckpointRow(image.instance, 0),)))[-1]
    assert last.checkpoint == await store.load(ID)


async def test_there_is_no_image_of_nobody(store):
    assert await store.image(WorkflowId("nobody")) is None


def test_the_intents_of_a_line_are_named_first():
    assert intent_ids('[["a:2:0","Charge",1,{}],["a:2:1","Note",1,{}]]') == ("a:2:0", "a:2:1")
    assert intent_ids(None) == ()


def test_a_store_without_the_methods_keeps_none():
    assert (isinstance(MemoryStore(shop), KeepsImages), isinstance(object(), KeepsImages)) == (True, False)
