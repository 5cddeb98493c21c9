"""Second deliveries and reloads."""

from telic.verify import Domain, Faults, ProblemKind, Verdict, explore, faults
from telic.verify.search import Bound
from tests.verify.orders_and_payments import bell, order, payment, sleeper


def test_the_step_takes_nothing_twice():
    for machine in (order, bell, sleeper):
        report = explore(machine, faults=Faults(twice=True, reload=True))
        assert report.check(ProblemKind.TWICE).verdict is Verdict.PROVED


def test_what_was_not_tried_is_not_claimed():
    assert ProblemKind.TWICE not in {one.name for one in explore(order).checks}
    assert ProblemKind.TWICE not in {one.name for one in explore(order, faults=Faults(reload=True)).checks}


def test_a_second_result_for_one_event_is_told(monkeypatch):
    real = faults.advance

    def forgetful(machine, snapshot, delivery, ctx):
        return real(machine, snapshot._replace(seen={}), delivery, ctx)

    monkeypatch.setattr(faults, "advance", forgetful)
    report = explore(payment, domain=Domain().of(*given()), faults=Faults(twice=True))
    found = report.check(ProblemKind.TWICE)
    assert found.verdict is Verdict.REFUTED
    assert found.text.startswith("expected nothing to change when it comes twice, got Unasked(")


def test_a_second_answer_that_is_taken_is_told(monkeypatch):
    real = faults.advance

    def careless(machine, snapshot, delivery, ctx):
        kept = real(machine, snapshot, delivery, ctx)
        return kept if delivery.event_id is not None else real(machine, first[0], delivery, ctx)

    report = explore(payment, domain=Domain().of(*given()))
    first = [report.graph.stepper.space.snapshot(report.graph.worlds[0])]
    monkeypatch.setattr(faults, "advance", careless)
    found = faults.faults_in(report.graph, Faults(twice=True), Domain())
    assert [one.problem.kind for one in found][:1] == [ProblemKind.TWICE]
    assert "expected a second answer to be refused, got Commit(" in found[0].problem.text


def test_a_snapshot_that_comes_back_otherwise_is_told(monkeypatch):
    report = explore(payment, domain=Domain().of(*given()), bound=Bound(worlds=10))
    codec = type(payment.codec)
    real = codec.decode_snapshot

    def lossy(self, stored, **rest):
        return real(self, stored, **rest)._replace(open={})

    monkeypatch.setattr(codec, "decode_snapshot", lossy)
    found = faults.faults_in(report.graph, Faults(reload=True), Domain())
    assert [str(one.problem) for one in found] == [
        "not storable: Asking: expected the instance to come back from a store as it was, got another one"
    ]


def given():
    from tests.verify.orders_and_payments import BeginPayment, PayId

    return BeginPayment, [BeginPayment(pay_id=PayId("p-1"))]
