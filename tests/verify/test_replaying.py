"""New code against old journals."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from telic import Machine, NoIntent, State, WorkflowId, start, transition
from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.journal import entry_of
from telic.kernel.snapshot import Delivery, Meta
from telic.verify import Agreement, Journal, replay
from tests.verify.orders_and_payments import (
    BeginPayment,
    Charge,
    Charged,
    Declined,
    Failed,
    Paid,
    PayId,
    PaymentKind,
    payment,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
PAY = PayId("p-1")


def journal(machine, *facts, id="w-1"):
    """Return the journal of a payment that gets these answers."""
    ctx = Context(AT, WorkflowId(id))
    commit = advance(machine, None, Delivery(BeginPayment(pay_id=PAY)), ctx)
    records = list(commit.records)
    for fact in facts:
        answers = next(iter(commit.after.open))
        commit = advance(machine, commit.after, Delivery(fact, answers=answers), ctx)
        records += commit.records
    return Journal(Meta(WorkflowId(id), started_at=AT), [entry_of(one, machine) for one in records])


class AskingTwice(State):
    kind: Literal[PaymentKind.ASKING] = PaymentKind.ASKING
    pay_id: PayId
    tries: int = 0

    @classmethod
    @start
    def begin(cls, event: BeginPayment) -> tuple["AskingTwice", Charge]:
        return cls(pay_id=event.pay_id), Charge(pay_id=event.pay_id)

    @transition
    def settle(self, event: Charged) -> tuple["Paid", NoIntent]:
        return Paid(pay_id=self.pay_id), NoIntent()

    @transition
    def fail(self, event: Declined) -> tuple["AskingTwice", Charge] | tuple["Failed", NoIntent]:
        if self.tries:
            return Failed(pay_id=self.pay_id), NoIntent()
        return self.evolve(tries=1), Charge(pay_id=self.pay_id)


patient = Machine[AskingTwice | Paid | Failed, BeginPayment | Charged | Declined](name="payment", version=2)


class Raising(State):
    kind: Literal[PaymentKind.ASKING] = PaymentKind.ASKING
    pay_id: PayId

    @classmethod
    @start
    def begin(cls, event: BeginPayment) -> tuple["Raising", Charge]:
        return cls(pay_id=event.pay_id), Charge(pay_id=event.pay_id)

    @transition
    def settle(self, event: Charged) -> tuple["Paid", NoIntent]:
        raise ValueError("no such account")

    @transition
    def fail(self, event: Declined) -> tuple["Failed", NoIntent]:
        return Failed(pay_id=self.pay_id), NoIntent()


raising = Machine[Raising | Paid | Failed, BeginPayment | Charged | Declined](name="payment", version=3)


def test_the_same_code_follows_every_journal():
    report = replay(payment, [journal(payment), journal(payment, Charged(pay_id=PAY), id="w-2")])
    assert [one.agreement for one in report.replayed] == [Agreement.SAME, Agreement.SAME]
    assert report.text() == "payment: 2 same"
    report.assert_ok()


def test_it_leads_to_where_the_instance_is():
    report = replay(payment, [journal(payment, Declined(pay_id=PAY))])
    assert [one.state for one in report.snapshots] == [Failed(pay_id=PAY)]


def test_another_result_is_told_at_its_line_with_old_and_new_named():
    report = replay(patient, [journal(payment, Declined(pay_id=PAY))])
    (found,) = report.divergences
    assert (found.agreement, found.revision) == (Agreement.DIVERGED, 2)
    assert found.text().startswith(
        "w-1: diverged at revision 2\n  OLD: Declined(pay_id=PayId('p-1')) stepped to 'failed' (state "
    )
    assert "\n  NEW: Declined(pay_id=PayId('p-1')) stepped to 'asking', emits w-1:2:0 (state " in found.text()
    with pytest.raises(AssertionError, match="1 diverged"):
        report.assert_ok()


def test_another_content_with_the_same_results_is_no_divergence():
    report = replay(patient, [journal(payment, Charged(pay_id=PAY))])
    (found,) = report.replayed
    assert (found.agreement, found.revision) == (Agreement.CONTENT, 1)
    assert found.new.endswith("tries=0)")
    assert report.snapshots[0].state == Paid(pay_id=PAY)
    report.assert_ok()


def test_code_that_raises_is_told_at_its_line():
    report = replay(raising, [journal(payment, Charged(pay_id=PAY))])
    (found,) = report.divergences
    assert (found.agreement, found.revision, found.new) == (Agreement.FAILED, 2, "ValueError: no such account")


def test_an_event_that_is_refused_now_is_told():
    whole = journal(payment, Charged(pay_id=PAY))
    (found,) = replay(payment, [whole._replace(entries=[whole.entries[1]._replace(revision=1)])]).divergences
    assert found.new.startswith("NotFound(")


noting = Machine[AskingTwice | Paid | Failed, BeginPayment | Charged | Declined](name="payment", checkpoint_every=2)


def test_a_journal_that_was_cut_is_replayed_from_its_checkpoint_on():
    whole = journal(noting, Declined(pay_id=PAY), Charged(pay_id=PAY))
    assert [one.checkpoint is not None for one in whole.entries] == [False, True, False]
    report = replay(noting, [whole._replace(entries=whole.entries[1:])])
    report.assert_ok()
    assert report.snapshots == replay(noting, [whole]).snapshots
    assert replay(noting, [whole._replace(entries=whole.entries[1:2])]).snapshots == (whole.entries[1].checkpoint,)


def test_a_journal_that_lacks_its_beginning_is_told():
    whole = journal(payment, Charged(pay_id=PAY))
    (found,) = replay(payment, [whole._replace(entries=whole.entries[1:])]).divergences
    assert (found.agreement, found.revision, found.old, found.new) == (
        Agreement.DIVERGED, 2, "a journal that begins with revision 1 or with a checkpoint", "neither",
    )  # fmt: skip


def test_a_line_that_today_leaves_out_an_offer_is_told():
    whole = journal(payment, Charged(pay_id=PAY))
    offered = whole.entries[1]._replace(first=1)
    (found,) = replay(payment, [whole._replace(entries=[whole.entries[0], offered])]).divergences
    assert found.new == "no offer of the event that revision 1 keeps"


def test_a_journal_without_lines_is_the_same():
    assert replay(payment, [Journal(Meta(WorkflowId("w")), [])]).text() == "payment: 1 same"


def test_no_journal_is_said():
    assert replay(payment, []).text() == "payment: no journal"


def test_many_divergences_are_counted_not_listed():
    journals = [journal(payment, Declined(pay_id=PAY), id=f"w-{number}") for number in range(60)]
    assert replay(patient, journals).text().endswith("… and 10 more")
