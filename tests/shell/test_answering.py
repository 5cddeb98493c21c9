"""An answer is saved only while its task stands as whoever answers has read it: in one transaction."""

import pytest

from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Pause
from telic.kernel.results import Paused, Rejected, ResultKind
from telic.runtime.tasks import TaskChange
from telic.shell.answering import AnsweringStore, TaskChanged
from telic.shell.task_results import Changed, ClaimedByOther, NotOpen, TaskResultKind
from tests.shell.chores import Close, Drop, Finish, Post
from tests.shell.test_tasks import SWEEP, A, board, inbox, post, stores, system  # noqa: F401  (fixtures)


class Elsewhere:
    """The same store as another process has it: its calls do not queue up behind those of this one."""

    def __init__(self, store):
        self.load, self.save = store.load, store.save


def elsewhere(board):  # noqa: F811
    return board.through(Elsewhere(board.store))


@pytest.fixture
def between(board, monkeypatch):  # noqa: F811
    """Have something happen once, after an answer is decided and before it is saved."""

    def put(act):
        whole, left = board.store.save_answer, [act]

        async def overtaken(commit, row):
            while left:
                await left.pop()()
            await whole(commit, row)

        monkeypatch.setattr(board.store, "save_answer", overtaken)

    return put


async def test_a_claim_between_check_and_save_wins(inbox, board, between):  # noqa: F811
    await post(board, "sweep", groups=("hall",))
    claimed = []

    async def claim():
        claimed.append(await inbox.claim(SWEEP, actor="bob", groups=("hall",)))

    between(claim)
    result = await inbox.complete(SWEEP, {"note": "x"}, actor="ann", groups=("hall",))
    assert isinstance(claimed[0], Changed)
    assert result == ClaimedByOther(claimed[0].task)
    assert (await board.load(A)).state.done == ()
    assert (await inbox.complete(SWEEP, {"note": "x"}, actor="bob")).state.done == ("sweep by bob: x",)


async def test_an_assignment_between_check_and_save_ends_a_claim(inbox, board, between):  # noqa: F811
    await post(board, "sweep", assignee="ann")
    await inbox.claim(SWEEP, actor="ann")
    between(lambda: inbox.assign(SWEEP, "bob", actor="boss"))
    assert (await inbox.complete(SWEEP, {"note": "x"}, actor="ann")).kind is TaskResultKind.NOT_ENTITLED
    assert (await board.load(A)).state.done == ()


async def test_ones_own_draft_between_check_and_save_loses_no_answer(inbox, board, between):  # noqa: F811
    await post(board, "sweep")
    task = await inbox.task(SWEEP)
    between(lambda: inbox.draft(task, {"note": "half"}, actor="ann"))
    assert (await inbox.complete(SWEEP, {"note": "x"}, actor="ann")).state.done == ("sweep by ann: x",)


async def test_another_step_between_check_and_save_loses_no_answer(inbox, board, between):  # noqa: F811
    await post(board, "sweep")
    between(lambda: post(elsewhere(board), "mop"))
    assert (await inbox.complete(SWEEP, {"note": "x"}, actor="ann")).state.done == ("sweep by ann: x",)


async def test_an_answer_does_not_complete_a_task_of_its_name_that_was_opened_meanwhile(
    inbox,  # noqa: F811
    board,  # noqa: F811
    between,
):
    await post(board, "sweep")

    async def anew():
        await elsewhere(board).run_step(A, Drop(key="sweep"))
        await post(elsewhere(board), "sweep")

    between(anew)
    assert (await inbox.complete(SWEEP, {"note": "x"}, actor="ann")).kind is TaskResultKind.NOT_OPEN
    assert (await board.load(A)).state.done == ()
    assert (await inbox.task(SWEEP)).ref.since == 4


@pytest.mark.parametrize("event", [Drop(key="sweep"), Close()])
async def test_a_task_that_was_closed_between_look_and_step_is_not_open(inbox, board, event, monkeypatch):  # noqa: F811
    await post(board, "sweep")
    whole, left, other = board.store.load, [event], elsewhere(board)

    async def overtaken(id, event_ids=()):
        if left:
            await other.run_step(A, left.pop())
        return await whole(id, event_ids)

    monkeypatch.setattr(board.store, "load", overtaken)
    result = await inbox.complete(SWEEP, {"note": "x"}, actor="ann")
    assert isinstance(result, NotOpen)
    assert result.ref.since == 2


async def test_whoever_answers_need_not_have_claimed_and_leaves_the_answer_as_the_trace(inbox, board):  # noqa: F811
    await post(board, "sweep", groups=("hall",))
    done = await inbox.complete(SWEEP, {"note": "x"}, actor="ann", groups=("hall",))
    assert (done.kind, done.record.actor, done.record.wait) == (ResultKind.STEPPED, "ann", "sweep")
    assert await board.store.acts(A) == ()


async def test_a_task_of_a_paused_instance_waits_for_its_resumption(inbox, board):  # noqa: F811
    await post(board, "sweep")
    await board.run_step(A, Pause())
    assert await inbox.complete(SWEEP, {"note": "x"}, actor="ann") == Rejected(A, (Paused(),))
    assert (await inbox.task(SWEEP)).claimant is None


async def test_a_store_refuses_an_answer_to_a_task_that_was_changed_and_saves_nothing_of_it(inbox, board):  # noqa: F811
    await post(board, "sweep")
    row = await board.store.task(A, SWEEP.key)
    kept = []

    class Keeping:
        """Takes the commit of an answer down, and saves nothing."""

        async def load(self, id, event_ids=()):
            return await board.store.load(id, event_ids)

        async def save(self, commit):
            kept.append(commit)

    await board.through(Keeping()).run_step(A, Finish(note="x"), wait=SWEEP.key, actor="ann")
    await inbox.claim(SWEEP, actor="bob")
    before = await board.store.journal(A)
    with pytest.raises(RevisionConflict):
        await board.store.save_answer(kept[0], row)
    assert (await board.store.journal(A), (await inbox.task(SWEEP)).claimant) == (before, "bob")
    await board.store.save_answer(kept[0], await board.store.task(A, SWEEP.key))
    assert (await board.load(A)).state.done == ("sweep by ann: x",)


async def test_a_store_for_one_answer_says_what_was_changed(inbox, board):  # noqa: F811
    await post(board, "sweep")
    row = await board.store.task(A, SWEEP.key)
    await inbox.claim(SWEEP, actor="bob")
    answering = AnsweringStore(board.store, row)
    with pytest.raises(TaskChanged) as refused:
        await board.through(answering).run_step(A, Finish(note="x"), wait=SWEEP.key)
    assert str(refused.value) == (
        "task sweep of a: expected it as it was read, at edition 0, got another one; do read it again and decide again"
    )
    assert repr(answering) == f"AnsweringStore({board.store!r}, 'sweep')"


async def test_other_steps_are_saved_through_it_while_the_task_stands(board):  # noqa: F811
    await post(board, "sweep")
    row = await board.store.task(A, SWEEP.key)
    runtime = board.through(AnsweringStore(board.store, row))
    chore = (await board.load(A)).state.chores[0]
    assert (await runtime.run_step(A, Post(chore=chore.evolve(title="well")))).kind is ResultKind.STEPPED
    assert isinstance(TaskChange(row, None, None, None, None), TaskChange)
