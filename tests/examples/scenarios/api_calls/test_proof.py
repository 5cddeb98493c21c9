"""What is proved of the calls: whatever the API does, it comes to an end."""

from examples.scenarios.api_calls.machine import (
    ImportDone,
    ImportFailed,
    ImportRecovering,
    RecordFetched,
    RecordFound,
    RecordId,
    RecordRefused,
    StoreRecord,
    api_calls,
)
from telic.testing import suite
from telic.verify import Domain, ended, eventually, is_, leads_to, sometimes

RECORDS = (
    Domain()
    .each(RecordId, RecordId("r-1"))
    .field(RecordFetched, "content", "new")
    .field(RecordFound, "content", "old")
    .field(RecordRefused, "status", 404)
)


def is_storing_or_over(world):
    return ended(world) or any(isinstance(one, StoreRecord) for one in world.open)


TestApiCalls = suite(
    api_calls,
    domain=RECORDS,
    check=[
        sometimes("a record is imported", is_(ImportDone)),
        sometimes("an import fails", is_(ImportFailed)),
        leads_to("a refusal has a way on", is_(ImportRecovering), is_storing_or_over),
        eventually("every import ends", ended),
    ],
    graph="api_calls.graph.json",
    worlds=7,
)
