"""The report of `check_store`: counts, findings, and what was skipped and why."""

import pickle

import pytest

from telic.stores.memory import MemoryStore
from telic.testing import Capability, ContractBroken, StoreContract, Verdict, check_store
from tests.testing.store_contract.broken import SortsTheOutboxById, SwallowsConflicts
from tests.testing.store_contract.plain import PlainStore

SOME = ("a_stale_save_is_refused", "the_outbox_gives_the_longest_waiting_first", "tenants_are_apart")


async def test_a_store_that_keeps_the_rules_passes():
    report = await check_store(PlainStore, only=SOME)
    assert [one.verdict for one in report.findings] == [Verdict.PASSED, Verdict.PASSED, Verdict.SKIPPED]
    assert report.passed
    assert report.passed_base
    assert str(report) == (
        "2 passed, 0 failed, 1 skipped\nskipped tenants_are_apart: no capability TENANTS: there is no PlainStore.within"
    )


async def test_a_broken_base_is_told_from_a_broken_capability():
    report = await check_store(SwallowsConflicts, only=SOME)
    assert (report.passed, report.passed_base) == (False, False)
    assert str(report).splitlines()[1] == (
        "failed  a_stale_save_is_refused: A save on an older revision raises RevisionConflict; "
        "expected RevisionConflict for a save on revision 1 of an instance at revision 2, got no error; "
        "do compare the revision in the very statement that writes, and raise RevisionConflict where no row was found"
    )
    report = await check_store(SortsTheOutboxById, only=SOME)
    assert (report.passed, report.passed_base) == (False, True)
    assert [one.needs for one in report.failed] == [(Capability.OUTBOX,)]


async def test_what_was_not_tried_in_full_is_said():
    only = ("two_clients_in_any_order_are_explained_by_one",)
    assert str(await check_store(MemoryStore, only=only)) == "1 passed, 0 failed, 0 skipped"
    report = await check_store(MemoryStore, only=only, schedules=4)
    assert report.passed
    assert str(report).splitlines()[1] == (
        "passed  two_clients_in_any_order_are_explained_by_one: "
        "there are more orders of turns than 4: a sample was tried"
    )


async def test_a_contract_object_is_a_factory_too():
    class Contract(StoreContract):
        def open(self, machine):
            return MemoryStore(machine)

    assert (await check_store(Contract(), only=SOME)).passed


async def test_another_store_over_the_data_is_a_capability():
    held = []

    def factory(machine):
        held[:] = [MemoryStore(machine)]
        return held[0]

    report = await check_store(factory, reopen=lambda machine: held[0], only=("another_store_loads_the_same",))
    assert [one.verdict for one in report.findings] == [Verdict.PASSED]


async def test_a_name_that_is_no_case_is_refused():
    with pytest.raises(ValueError, match="expected names of cases, got no_case; do choose from telic.testing.CASES"):
        await check_store(MemoryStore, only=("no_case",))


async def test_what_is_not_declared_is_skipped_and_what_is_declared_must_be_there():
    only = ("an_outbox_begins_empty", "tenants_are_apart")
    report = await check_store(MemoryStore, only=only, capabilities=frozenset())
    assert {one.verdict for one in report.findings} == {Verdict.SKIPPED}
    report = await check_store(PlainStore, only=only, capabilities=frozenset({Capability.TENANTS}))
    assert [one.verdict for one in report.findings] == [Verdict.SKIPPED, Verdict.FAILED]
    assert "expected no error, got AttributeError(" in report.failed[0].detail


def test_a_broken_rule_is_an_error_that_pickles():
    error = ContractBroken("a_case", "It is so", "expected a, got b; do c")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "a_case: It is so; expected a, got b; do c"
    assert (again.case, again.rule, again.found) == ("a_case", "It is so", "expected a, got b; do c")
