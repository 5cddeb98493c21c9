"""A row that is read again is decoded once, as long as it is the same."""

import pytest

from telic.kernel.values import WorkflowId
from telic.stores.encoding import Encoder
from telic.stores.recollection import Recollection
from telic.stores.rows import Decoder
from tests.stores.desk import Begin, desk
from tests.stores.test_saving import decided


@pytest.fixture
def decoder():
    return Decoder(desk, "", Recollection())


def written(name):
    commit = decided(None, Begin(), WorkflowId(name))
    row, _ = Encoder(desk, "").written(commit)
    return commit.after, row


def test_a_row_that_is_the_same_is_decoded_once(decoder):
    after, row = written("a")
    first = decoder.snapshot(after.id, row)
    assert decoder.snapshot(after.id, row) is first
    other = decoder.snapshot(after.id, row._replace(revision=2))
    assert (first.revision, other.revision) == (1, 2)
