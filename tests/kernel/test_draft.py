"""One instance while a step is being decided: what a transition may return, and what a record does."""

from dataclasses import replace

import pytest

from telic import Cancel, EventId, Ignore, IntentFailed, IntentId, Machine, Reject
from telic.kernel.draft import check_shape
from telic.kernel.errors import BrokenClaim, TransitionError, UndeclaredResult
from telic.kernel.events import Pause, Terminate
from telic.kernel.orders import FailureCause
from telic.kernel.reminders import Remind, ReminderDue
from telic.kernel.results import (
    Rejected,
)
from telic.kernel.snapshot import Outcome, Status
from telic.kernel.table import Edge, Row
from tests.kernel import lamp
from tests.kernel import machines as m
from tests.kernel.machines import (
    BOSS,
    HOUR,
    ID,
    LAPSE,
    NOW,
    OPENED,
    ORDERING,
    QUOTED,
    failed,
    outcomes,
    part,
    shop,
    step,
    walk,
)
from tests.kernel.test_reminders import HOUR as AN_HOUR
from tests.kernel.test_reminders import NOW as THEN
from tests.kernel.test_reminders import Ask, Sign
from tests.kernel.test_reminders import asked as papers_asked
from tests.kernel.test_reminders import step as papers_step

NINE = THEN + 9 * AN_HOUR


def test_a_transition_sees_task_and_actor_in_its_context():
    assert step(walk(*QUOTED), m.Approve(), actor="thief", **BOSS) == Rejected(ID, ("not you, at boss",))


def test_a_taken_failure_closes_the_intent_and_its_late_success_still_counts():
    snapshot = step(walk(*ORDERING), failed(0)[0], **failed(0)[1]).after
    assert IntentId("bike:3:0") not in snapshot.open
    assert IntentId("bike:3:0") in snapshot.late
    late, how = part(1)
    after = step(step(snapshot, failed(1)[0], **failed(1)[1]).after, m.Collect()).after
    commit = step(after, late, **how)
    assert (outcomes(commit), commit.after.late.keys()) == ([Outcome.IGNORED], {"bike:3:0"})


def test_a_withdrawn_intent_stays_accounted_for():
    commit = step(walk(*ORDERING), part(0, m.PartMissing)[0], **part(0)[1])
    assert commit.withdrawn == ("bike:3:1",)
    assert commit.after.open[IntentId("bike:3:1")].withdrawn
    quiet = IntentFailed[m.Mail](intent=m.Mail(), cause=FailureCause.WITHDRAWN)
    closed = step(walk(m.Open()), quiet, answers=OPENED)
    assert (closed.closed, closed.records[0].why) == ((OPENED,), ("withdrawn, and no state asks to hear of it",))


def test_a_claim_that_does_not_hold_fails_loudly():
    snapshot = walk(*ORDERING)
    empty = snapshot._replace(state=m.Ordering(parts=m.FrozenMap()), waits=())
    with pytest.raises(BrokenClaim) as caught:
        step(empty, m.Collect())
    assert str(caught.value) == (
        "Done: expected no open OrderPart, as settles claims, got bike:3:0; "
        "do wait for its answer before this state, or withdraw the claim"
    )


def test_an_exception_names_the_transition_and_nothing_is_returned():
    with pytest.raises(ValueError, match="crash") as caught:
        step(walk(m.Open()), m.Poke(how="crash"))
    assert caught.value.__notes__ == ["raised in New.poke of machine 'shop'; the instance is untouched"]


def test_a_batch_and_a_single_intent_are_what_was_declared():
    commit = step(walk(m.Open()), m.Poke(how="both"))
    assert [one.id for one in commit.records[0].emitted] == ["bike:2:0", "bike:2:1"]
    assert commit.records[0].emitted[0].correlated


def test_a_result_that_is_not_declared_fails_loudly(monkeypatch):
    row = shop_row(m.New, m.Quote)
    for result, text in (
        (None, "New.quote: expected a pair of a state and an intent, got None; do return NewState(...), NoIntent()"),
        (
            (m.Done(), m.NoIntent()),
            "New.quote: expected (New, Reject) | (Quoted, NoIntent), got (Done, NoIntent()); do declare it in the return annotation",
        ),
    ):
        monkeypatch.setattr(m.shop, "infos", with_call(row, lambda *_, result=result: result))
        with pytest.raises(UndeclaredResult) as caught:
            step(walk_from(m.New()), m.Quote(price=1))
        assert str(caught.value) == text
        assert isinstance(caught.value, TransitionError)


def shop_row(state, event):
    return m.shop.infos[state].rows[event]


def with_call(row, call):

    info = m.shop.infos[row.state]
    return {**m.shop.infos, row.state: replace(info, rows={**info.rows, row.event: replace(row, call=call)})}


def walk_from(state):
    return step(None, m.Open()).after._replace(state=state)


def test_a_verdict_keeps_the_state_and_a_fact_is_never_rejected(monkeypatch):
    row = shop.infos[m.New].rows[m.Poke]

    def patched(result, event=m.Poke):

        broken = replace(
            row, call=lambda *_: result, event=event, shapes=frozenset({(type(result[0]), type(result[1]))})
        )
        info = shop.infos[m.New]
        monkeypatch.setattr(shop, "infos", {**shop.infos, m.New: replace(info, rows={**info.rows, event: broken})})

    patched((m.New(pokes=9), Ignore("x")))
    with pytest.raises(UndeclaredResult, match="expected a verdict beside self, got it beside"):
        step(walk(m.Open()), m.Poke())
    patched((m.New(), Reject("no")), m.Mailed)
    with pytest.raises(UndeclaredResult, match="expected a state for a fact, got"):
        step(walk(m.Open()), m.Mailed(), answers=IntentId("bike:1:0"))


def test_two_of_a_type_in_a_batch_and_undeclared_manys_fail_loudly(monkeypatch):

    row = Row(m.New, m.Poke, "poke", print, False, (Edge(m.New),))
    with pytest.raises(UndeclaredResult, match="expected at most one Log in a batch, got 2; do emit them with Many.of"):
        check_shape(row, m.New(), m.Log() & m.Log())
    for wrong in (m.Many.of([m.Log()]), 1, Ignore("x")):
        with pytest.raises(UndeclaredResult, match="do declare it in the return annotation"):
            check_shape(row, m.New(), wrong)


def test_a_fired_deadline_is_marked_and_others_are_not():
    after = step(walk(*QUOTED), m.Lapsed(), now=NOW + HOUR, **LAPSE).after
    assert [one.fired for one in after.waits] == [NOW + HOUR, None, None, None]


def test_what_several_open_intents_share_no_id_with_is_refused():
    dark = lamp.walk(lamp.Install(), lamp.Switch())._replace(state=lamp.Off())
    with pytest.raises(TransitionError) as caught:
        lamp.step(dark, lamp.Switch())
    assert str(caught.value) == (
        "machine 'lamp': expected Glow and Glowed to share a field of one TypedId type, since several Glow are open "
        "at once, got none; do give both the id that tells them apart"
    )


def test_an_unplaced_answer_keeps_its_intent_open():
    lost = walk(*ORDERING)._replace(state=m.Quoted(parts=2, price=5, until=NOW), waits=())
    after = step(lost, part(0)[0], **part(0)[1]).after
    assert IntentId("bike:3:0") in after.open
    assert after.parked[0].answers.id == "bike:3:0"


def test_a_known_event_id_is_kept_with_the_record_of_its_first_result():
    snapshot = step(walk(m.Open()), m.Poke(), event_id=EventId("e")).after
    after = step(snapshot, m.Collect(), event_id=EventId("f")).after
    assert {key: one.revision for key, one in after.seen.items()} == {"e": 2, "f": 3}


def test_one_that_ends_in_a_pause_is_not_paused_for_anything_any_more():
    paused = step(walk(*QUOTED), Pause(reason="audit")).after
    ended = step(paused, Cancel(reason="enough")).after
    assert (ended.status, ended.paused_for) == (Status.ENDED, "")


def test_a_termination_withdraws_what_is_open():
    assert all(one.withdrawn for one in step(walk(*ORDERING), Terminate()).after.open.values())


def test_the_end_of_a_child_opens_the_report_to_its_parent_and_no_other_end_does():
    alone = step(walk(*QUOTED), Terminate())
    assert [type(one.intent).__name__ for one in alone.after.open.values() if not one.withdrawn] == []
    spawned = walk(*QUOTED)
    spawned = spawned._replace(meta=spawned.meta._replace(parent=IntentId("p:1:0")))
    ended = step(spawned, Terminate()).after
    (report,) = [one for one in ended.open.values() if type(one.intent).__name__ == "Report"]
    assert (report.intent.parent, report.id) == ("p:1:0", f"{ID}:{ended.revision}:0")


def test_a_reminder_is_opened_beside_the_state_and_taken_back_with_its_task():
    opened = papers_step(papers_asked(), ReminderDue(at=NINE), NINE, wait="Sign").after
    assert [type(one.intent) for one in opened.open.values()] == [Remind]
    assert opened.waits[0].reminded == (NINE,)
    assert [one.withdrawn for one in papers_step(opened, Sign(), NINE).after.open.values()] == [True]
    assert [one.withdrawn for one in papers_step(opened, Ask(title="x"), NINE).after.open.values()] == [False]


@pytest.mark.parametrize(("every", "carrying"), [(1, [1, 2, 3, 5]), (2, [2, 5]), (3, [3]), (4, [5]), (6, [])])
def test_the_last_record_of_a_step_that_reaches_a_checkpoint_carries_the_whole_instance(every, carrying):
    machine = Machine[m.Shop, m.ShopEvent](name="shop", checkpoint_every=every)
    snapshot, records = None, []
    for event, how in ((m.Open(), {}), (m.Collect(), {}), (m.Quote(price=1), {}), (m.Approve(), BOSS)):
        commit = step(snapshot, event, machine=machine, event_id=EventId(f"e{len(records)}"), **how)
        snapshot, records = commit.after, [*records, *commit.records]
        if commit.records[-1].checkpoint is not None:
            assert commit.records[-1].checkpoint == snapshot._replace(seen={})
    assert [one.revision for one in records] == [1, 2, 3, 4, 5]  # the last two are of one step
    assert [one.revision for one in records if one.checkpoint is not None] == carrying
