"""People list, claim, hand on, draft and complete tasks; the state only says which are open."""

from datetime import timedelta

import anyio
import pytest

from telic import Handlers, System, WorkflowId, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Pause
from telic.kernel.results import Duplicate, Ended, Invalid, Rejected, ResultKind, Stepped
from telic.kernel.values import EventId, WaitKey
from telic.runtime.acts import Act
from telic.runtime.tasks import KeepsTasks, TaskChange
from telic.shell.task_results import (
    Changed,
    ClaimedByOther,
    NotEntitled,
    NotOpen,
    Outdated,
    TaskRef,
    TaskResultKind,
)
from telic.shell.tasks import Inbox
from tests.shell.chores import Begin, Chore, Close, Drop, Finish, Post, chores, errands
from tests.shell.test_worker import OnlyLists
from tests.shell.till import NOW, HandClock

A = WorkflowId("a")
SWEEP = TaskRef("chores", A, WaitKey("sweep"))
HOUR = timedelta(hours=1)


@pytest.fixture
def stores(chore_stores):
    return chore_stores(chores), chore_stores(errands)


@pytest.fixture
def system(stores):
    first, second = stores
    runtimes = [
        WorkflowRuntime(machine=chores, store=first, clock=HandClock()),
        WorkflowRuntime(machine=errands, store=second, clock=HandClock()),
    ]
    return System(runtimes=runtimes, handlers=Handlers())


@pytest.fixture
def inbox(system):
    return Inbox(system)


@pytest.fixture
def board(system):
    return system.runtimes["chores"]


async def post(runtime, key, id=A, **chore):
    if await runtime.load(id) is None:
        await runtime.run_step(id, Begin())
    await runtime.run_step(id, Post(chore=Chore(key=key, **chore)))


async def listed(inbox, **asked):
    return [f"{one.ref.id}/{one.ref.key}" for one in (await inbox.tasks(**asked)).items]


async def test_stores_keep_tasks(board):
    assert isinstance(board.store, KeepsTasks)


async def test_a_task_is_seen_as_its_state_declares_it(inbox, board):
    await post(board, "sweep", title="sweep the hall", assignee="ann", groups=("hall", "yard"), due=NOW + HOUR)
    task = await inbox.task(SWEEP)
    assert task == (await inbox.tasks()).items[0]
    assert task[:9] == (
        SWEEP._replace(since=2),
        "Finish",
        "sweep the hall",
        "",
        "ann",
        ("hall", "yard"),
        NOW + HOUR,
        0,
        NOW,
    )
    assert task[9:] == (None, None, 0, False)


async def test_a_task_that_is_done_or_dropped_is_not_open(inbox, board):
    await post(board, "sweep")
    await board.run_step(A, Drop(key="sweep"))
    assert await inbox.task(SWEEP) is None
    assert await listed(inbox) == []
    for outcome in (
        await inbox.claim(SWEEP, actor="ann"),
        await inbox.unclaim(SWEEP, actor="ann"),
        await inbox.assign(SWEEP, "bob", actor="ann"),
        await inbox.delegate(SWEEP, "bob", actor="ann"),
        await inbox.complete(SWEEP, {"note": "x"}, actor="ann"),
    ):
        assert outcome == NotOpen(SWEEP)


async def test_the_form_is_the_schema_of_the_answer(inbox, board):
    await post(board, "sweep")
    form = inbox.form(await inbox.task(SWEEP))
    assert (form["title"], form["required"]) == ("Finish", ["note"])
    assert form["properties"]["minutes"]["type"] == "integer"


async def test_tasks_are_listed_by_due_date_over_all_machines(inbox, board, system):
    await post(board, "late", due=NOW + 3 * HOUR)
    await post(board, "whenever")
    await post(board, "soon", due=NOW + HOUR)
    await post(system.runtimes["errands"], "between", due=NOW + 2 * HOUR)
    assert await listed(inbox) == ["a/soon", "a/between", "a/late", "a/whenever"]
    assert await listed(inbox, machine="errands") == ["a/between"]
    assert await listed(inbox, due_by=NOW + 2 * HOUR) == ["a/soon", "a/between"]


async def test_pages_follow_each_other_over_all_machines(inbox, board, system):
    for id in ("a", "b"):
        for key in ("x", "y"):
            for due in (NOW, None):
                name = f"{key}{'!' if due else '?'}"
                await post(board, name, WorkflowId(id), due=due)
                await post(system.runtimes["errands"], name, WorkflowId(id), due=due)
    whole = (await inbox.tasks()).items
    assert len(whole) == 16
    assert [one.ref.machine for one in whole[:8]] == ["chores"] * 4 + ["errands"] * 4
    for limit in (1, 3, 8, 16):
        found, after = [], None
        while True:
            page = await inbox.tasks(after=after, limit=limit)
            found += page.items
            after = page.next
            if after is None:
                break
        assert found == list(whole), limit


async def test_tasks_are_listed_by_assignee_and_by_group(inbox, board):
    await post(board, "1", assignee="ann")
    await post(board, "2", assignee="bob")
    await post(board, "3", groups=("hall",))
    await post(board, "4", groups=("yard", "hall\"[]'ß"))
    await post(board, "5")
    assert await listed(inbox, assignee="ann") == ["a/1"]
    assert await listed(inbox, groups=("hall", "cellar")) == ["a/3"]
    assert await listed(inbox, groups=("hall\"[]'ß",)) == ["a/4"]
    assert await listed(inbox, assignee="bob", groups=("yard",)) == ["a/2", "a/4"]
    assert await listed(inbox, groups=("none",)) == []
    await inbox.claim(TaskRef("chores", A, WaitKey("3")), actor="ann", groups=("hall",))
    assert await listed(inbox, groups=("hall",)) == []
    assert await listed(inbox, assignee="ann") == ["a/1", "a/3"]


async def test_a_claimed_task_is_its_claimants(inbox, board):
    await post(board, "sweep", groups=("hall",))
    claimed = await inbox.claim(SWEEP, actor="ann", groups=("hall",))
    assert isinstance(claimed, Changed)
    assert (claimed.task.claimant, claimed.task.edition) == ("ann", 1)
    assert await inbox.claim(SWEEP, actor="ann") == claimed
    assert await inbox.claim(SWEEP, actor="bob", groups=("hall",)) == ClaimedByOther(claimed.task)
    assert await inbox.unclaim(SWEEP, actor="bob") == ClaimedByOther(claimed.task)
    given = await inbox.unclaim(SWEEP, actor="ann")
    assert (given.task.claimant, given.task.edition) == (None, 2)
    assert await inbox.unclaim(SWEEP, actor="ann") == NotEntitled(given.task, "ann")
    assert (await inbox.claim(SWEEP, actor="bob", groups=("hall",))).kind is TaskResultKind.CHANGED


async def test_only_who_is_asked_may_claim(inbox, board):
    await post(board, "sweep", assignee="ann", groups=("hall",))
    task = await inbox.task(SWEEP)
    assert await inbox.claim(SWEEP, actor="eve", groups=("yard",)) == NotEntitled(task, "eve")
    assert await inbox.claim(SWEEP, actor="eve") == NotEntitled(task, "eve")
    assert (await inbox.claim(SWEEP, actor="ann")).kind is TaskResultKind.CHANGED


async def test_a_task_that_asks_nobody_in_particular_is_open_to_all(inbox, board):
    await post(board, "sweep")
    assert (await inbox.claim(SWEEP, actor="eve")).kind is TaskResultKind.CHANGED


async def test_an_assignment_asks_another_and_ends_a_claim(inbox, board):
    await post(board, "sweep", assignee="ann")
    await inbox.claim(SWEEP, actor="ann")
    assigned = await inbox.assign(SWEEP, "bob", actor="boss")
    assert (assigned.task.assignee, assigned.task.claimant) == ("bob", None)
    assert await listed(inbox, assignee="bob") == ["a/sweep"]
    assert await listed(inbox, assignee="ann") == []
    assert (await inbox.claim(SWEEP, actor="ann")).kind is TaskResultKind.NOT_ENTITLED
    again = await inbox.assign(SWEEP, None, actor="boss")
    assert again.task.assignee == "ann"


async def test_a_delegated_task_is_the_other_persons(inbox, board):
    await post(board, "sweep", groups=("hall",))
    assert (await inbox.delegate(SWEEP, "eve", actor="eve")).kind is TaskResultKind.NOT_ENTITLED
    handed = await inbox.delegate(SWEEP, "bob", actor="ann", groups=("hall",))
    assert handed.task.claimant == "bob"
    assert (await inbox.delegate(SWEEP, "ann", actor="ann", groups=("hall",))).kind is TaskResultKind.CLAIMED_BY_OTHER
    assert (await inbox.delegate(SWEEP, "cid", actor="bob")).task.claimant == "cid"


async def test_a_draft_is_kept_and_takes_no_revision(inbox, board):
    await post(board, "sweep")
    before = (await board.load(A)).revision
    drafted = await inbox.draft(await inbox.task(SWEEP), {"note": "hälf"}, actor="ann")
    assert (await inbox.task(SWEEP)).draft == drafted.task.draft == {"note": "hälf"}
    assert (await inbox.draft(drafted.task, None, actor="ann")).task.draft is None
    assert (await board.load(A)).revision == before


async def test_a_draft_over_a_newer_one_is_refused_with_the_newer_one(inbox, board):
    await post(board, "sweep")
    read = await inbox.task(SWEEP)
    newer = await inbox.draft(read, {"note": "bob's"}, actor="bob")
    assert await inbox.draft(read, {"note": "ann's"}, actor="ann") == Outdated(newer.task)
    await inbox.claim(SWEEP, actor="bob")
    assert (await inbox.draft(read, {"note": "ann's"}, actor="ann")).kind is TaskResultKind.CLAIMED_BY_OTHER
    assert (await inbox.task(SWEEP)).draft == {"note": "bob's"}


async def test_a_wait_that_is_declared_again_keeps_claim_and_draft(inbox, board):
    await post(board, "sweep", title="sweep")
    claimed = await inbox.claim(SWEEP, actor="ann")
    await inbox.draft(claimed.task, {"note": "half"}, actor="ann")
    await post(board, "sweep", title="sweep well")
    task = await inbox.task(SWEEP)
    assert (task.title, task.claimant, task.draft, task.edition) == ("sweep well", "ann", {"note": "half"}, 2)
    await board.run_step(A, Pause())
    assert (await inbox.task(SWEEP)) == task


async def test_a_wait_that_is_declared_after_a_gap_is_a_new_task(inbox, board):
    await post(board, "sweep")
    old = await inbox.claim(SWEEP, actor="ann")
    await board.run_step(A, Drop(key="sweep"))
    await post(board, "sweep")
    task = await inbox.task(SWEEP)
    assert (task.claimant, task.edition, task.ref.since) == (None, 0, 4)
    assert await inbox.task(old.task.ref) is None
    assert await inbox.complete(old.task, {"note": "done"}, actor="ann") == NotOpen(old.task.ref)
    assert (await inbox.claim(SWEEP, actor="bob")).task.claimant == "bob"


async def test_what_people_do_leaves_a_trace(inbox, board):
    await post(board, "sweep")
    await post(board, "other")
    claimed = await inbox.claim(SWEEP, actor="ann")
    await inbox.draft(claimed.task, {"note": "x"}, actor="ann")
    await inbox.delegate(SWEEP, "bob", actor="ann")
    await inbox.assign(SWEEP, "cid", actor="boss")
    await inbox.claim(TaskRef("chores", A, WaitKey("other")), actor="eve")
    acts = await inbox.history(SWEEP)
    assert [(one.name, one.actor, one.detail, one.at) for one in acts] == [
        ("claim", "ann", "", NOW),
        ("draft", "ann", "", NOW),
        ("delegate", "ann", "bob", NOW),
        ("assign", "boss", "cid", NOW),
    ]


async def test_an_answer_completes_the_task_with_its_actor(inbox, board):
    await post(board, "sweep", groups=("hall",))
    done = await inbox.complete(SWEEP, {"note": "clean", "minutes": 5}, actor="ann", groups=("hall",))
    assert isinstance(done, Stepped)
    assert done.state.done == ("sweep by ann: clean",)
    assert (done.record.actor, done.record.event) == ("ann", Finish(note="clean", minutes=5))
    assert await inbox.task(SWEEP) is None


async def test_an_answer_names_its_task_among_several(inbox, board):
    for key in ("sweep", "mop"):
        await post(board, key)
    done = await inbox.complete(TaskRef("chores", A, WaitKey("mop")), Finish(note="wet"), actor="ann")
    assert (done.state.done, await listed(inbox)) == (("mop by ann: wet",), ["a/sweep"])


async def test_only_claimant_or_who_is_asked_completes(inbox, board):
    await post(board, "sweep", assignee="ann", groups=("hall",))
    form = {"note": "clean"}
    assert (await inbox.complete(SWEEP, form, actor="eve")).kind is TaskResultKind.NOT_ENTITLED
    await inbox.claim(SWEEP, actor="ann")
    refused = await inbox.complete(SWEEP, form, actor="bob", groups=("hall",))
    assert refused == ClaimedByOther(await inbox.task(SWEEP))
    assert (await inbox.complete(SWEEP, form, actor="ann")).kind is ResultKind.STEPPED


async def test_a_form_that_is_filled_in_wrongly_is_told_and_leaves_the_task(inbox, board):
    await post(board, "sweep")
    wrong = await inbox.complete(SWEEP, {"minutes": "many"}, actor="ann")
    assert isinstance(wrong, Invalid)
    assert len(wrong.errors) == 2
    other = await inbox.complete(SWEEP, Close(), actor="ann")
    assert other == Invalid(A, ("expected Finish for task sweep, got Close",))
    forged = await inbox.complete(SWEEP, {"type": "Close", "note": "x"}, actor="ann")
    assert forged.record.event == Finish(note="x")


async def test_a_rejected_answer_leaves_the_task_as_it_was(inbox, board):
    await post(board, "sweep")
    result = await inbox.complete(SWEEP, {"note": "bad"}, actor="ann")
    assert result == Rejected(A, ("not clean yet",))
    assert (await inbox.task(SWEEP)).claimant is None
    await inbox.claim(SWEEP, actor="ann")
    await inbox.complete(SWEEP, {"note": "bad"}, actor="ann")
    assert (await inbox.task(SWEEP)).claimant == "ann"


async def test_an_answer_that_is_sent_again_is_a_duplicate(inbox, board):
    await post(board, "sweep")
    sent = {"actor": "ann", "event_id": EventId("form-1")}
    assert (await inbox.complete(SWEEP, Finish(note="x"), **sent)).kind is ResultKind.STEPPED
    assert isinstance(await inbox.complete(SWEEP, Finish(note="x"), **sent), Duplicate)
    assert isinstance(await inbox.complete(SWEEP, {"note": "x"}, **sent), Duplicate)


async def test_an_instance_that_ends_closes_its_tasks(inbox, board):
    await post(board, "sweep")
    task = await inbox.task(SWEEP)
    await board.run_step(A, Close())
    assert await inbox.complete(task, {"note": "x"}, actor="ann") == NotOpen(task.ref)
    assert isinstance(await board.run_step(A, Drop(key="sweep")), Ended)


async def test_a_row_that_was_changed_since_is_not_written(inbox, board):
    await post(board, "sweep")
    row = await board.store.task(A, SWEEP.key)
    act = Act(A, "op-1", SWEEP.key, "claim", "ann", NOW)
    assert await board.store.change_task(TaskChange(row, "ann", None, None, act)) is True
    assert await board.store.change_task(TaskChange(row, "bob", None, None, act._replace(operation="op-2"))) is False
    assert (await inbox.task(SWEEP)).claimant == "ann"
    assert await board.store.acts(A) == (act,)


async def test_of_many_answers_at_once_one_counts(inbox, board):
    await post(board, "sweep")
    results = []

    async def answer(actor):
        results.append(await inbox.complete(SWEEP, {"note": "x"}, actor=actor))

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(answer, f"person-{number}")
    told = [one.kind for one in results]
    assert told.count(ResultKind.STEPPED) == 1
    assert set(told) <= {ResultKind.STEPPED, TaskResultKind.CLAIMED_BY_OTHER, TaskResultKind.NOT_OPEN}
    assert len((await board.load(A)).state.done) == 1


async def test_a_machine_without_tasks_is_refused(inbox):
    with pytest.raises(ConfigurationError) as refused:
        await inbox.tasks(machine="chore")
    assert refused.value.findings == (
        "expected a machine of the system with tasks, got 'chore' (did you mean 'chores'?); do name one",
    )


async def test_a_text_that_is_no_cursor_is_refused(inbox):
    for text in ("", "[]", "x", "[1,2,3]"):
        with pytest.raises(ValueError, match=r"^expected the next= of a page of tasks, got"):
            await inbox.tasks(after=text)
    with pytest.raises(ValueError, match="expected limit of at least 1, got 0"):
        await inbox.tasks(limit=0)


def test_a_store_that_lists_no_tasks_is_refused():
    runtime = WorkflowRuntime(machine=chores, store=OnlyLists(chores))
    with pytest.raises(ConfigurationError, match="expected a store that lists the tasks of machine 'chores', got Only"):
        Inbox(System(runtimes=[runtime], handlers=Handlers()))
