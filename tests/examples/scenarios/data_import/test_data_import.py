"""The import, run on stores of both kinds: approved, rejected, rolled back, gone on with after a stop."""

from examples.scenarios.data_import.handlers import announcing, handlers
from examples.scenarios.data_import.machine import announcement, data_import
from examples.scenarios.data_import.vocabulary import (
    AnnounceImport,
    BatchId,
    DiscardCopy,
    DropTable,
    ImportData,
    MailBounced,
    PostMessage,
    ProcessData,
    ProcessingFailed,
    PublishingFailed,
    PublishTable,
    SendMail,
    TableDropped,
    TableId,
    ValidateData,
)
from telic import Cancel, Handlers
from telic.kernel.handling import NonRetryable
from telic.kernel.snapshot import Status
from telic.kernel.values import WaitKey
from telic.patterns import Choice, DecideApproval, SettleUndo, approvals
from telic.shell import Simulation
from telic.shell.hooks import Happened, Hook, Hooks
from telic.shell.operators import Operators
from telic.stores.sqlite import SqliteDatabase
from tests.examples.scenarios.stage import DAY, HOUR, Stage

WHOLE = (data_import, approvals)
UNASKED = ImportData(batch_id=BatchId("b-1"), needs_approval=False)
ASKED = ImportData(batch_id=BatchId("b-1"))
YES = {"choice": "approve", "comment": "looks right"}
NO = {"choice": "decline", "comment": "last year's data"}
STEPS = ["awaiting_validate_data", "awaiting_process_data", "awaiting_ask_stewards", "awaiting_publish_table"]


def simulated(**answers_by_name):
    """A world in which some intents, by the name of their class, are answered otherwise."""
    named = {one.__name__: one for one in (ValidateData, ProcessData, PublishTable, DropTable, DiscardCopy)}
    answers = {named[name]: answer for name, answer in answers_by_name.items()}
    return Simulation(*WHOLE, handlers=handlers, answers=answers)


def ran(world):
    """What was carried out, by name, in order."""
    return [type(one.intent).__name__ for one in world.attempts]


def decided(world, choice, *, actor="ada"):
    """Have a steward decide, and do what follows."""
    (child,) = world.instances(approvals)
    said = DecideApproval(choice=choice, comment="last year's data")
    result = child.send(said, wait=WaitKey(f"0-0-{actor}"), actor=actor)
    world.run_until_idle()
    return result


# Steps, and their results.


async def test_steps_are_done_in_their_order_and_each_has_its_result(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, UNASKED)
    state = await world.state(data_import, id)
    begun, valid, table, approval, published = state.results
    assert (begun, valid.rows, approval) == (UNASKED, 3, None)
    assert table.table_id == published.table_id == "table of copy of b-1"
    assert await world.kinds(data_import, id) == [STEPS[0], STEPS[1], STEPS[3], "completed"]


async def test_data_that_is_not_valid_is_not_processed(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ImportData(batch_id=BatchId("empty")))
    state = await world.state(data_import, id)
    assert (state.stopped_at, state.why) == ("validate_data", "DataInvalid")
    assert await world.kinds(data_import, id) == [STEPS[0], "undone"]


async def test_the_journal_says_what_each_step_came_to_and_when(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED)
    await world.skip(HOUR)
    await world.complete(YES, actor="ada")
    told = [
        (type(one.event).__name__, one.at - world.now) for one in await world.runtime(data_import).store.journal(id)
    ]
    assert told == [
        ("ImportData", -HOUR),
        ("DataValidated", -HOUR),
        ("DataProcessed", -HOUR),
        ("ApprovalGiven", 0 * HOUR),
        ("TablePublished", 0 * HOUR),
    ]


# Approval.


async def test_an_import_waits_until_a_steward_has_approved(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED)
    await world.skip(DAY)
    assert (await world.state(data_import, id)).step == "ask_stewards"
    (task,) = (await world.inbox.tasks(assignee="ada")).items
    assert task.title == "Import b-1"
    await world.complete(YES, actor="ada")
    assert await world.kinds(data_import, id) == [*STEPS, "completed"]


def test_the_step_after_an_approval_knows_who_has_approved():
    with simulated() as world:
        world.start(data_import, ASKED, key="b-1")
        world.run_until_idle()
        decided(world, Choice.APPROVE, actor="ben")
        (published,) = [one.intent for one in world.attempts if isinstance(one.intent, PublishTable)]
        assert published.approved_by == ("ben",)


async def test_a_rejected_import_is_rolled_back_and_the_reason_is_kept(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED)
    await world.complete(NO, actor="ben")
    state = await world.state(data_import, id)
    assert (state.stopped_at, state.why) == ("ask_stewards", "ApprovalDenied")
    kinds = await world.kinds(data_import, id)
    assert kinds == [*STEPS[:3], "undoing_process_data", "undoing_validate_data", "undone"]
    (denied,) = [
        one.event
        for one in await world.runtime(data_import).store.journal(id)
        if type(one.event).__name__ == "ApprovalDenied"
    ]
    assert denied.reason == "last year's data"


async def test_who_is_not_asked_can_neither_approve_nor_reject(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED)
    (task,) = (await world.inbox.tasks(assignee="ada")).items
    assert (await world.inbox.complete(task, YES, actor="eve")).kind == "not_entitled"
    assert (await world.state(data_import, id)).step == "ask_stewards"


async def test_an_approval_that_nobody_gives_lapses_and_is_rolled_back(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED)
    await world.skip(2 * DAY)
    assert [one.assignee for one in (await world.inbox.tasks(assignee="head")).items] == ["head"]
    await world.skip(2 * DAY)
    assert (await world.state(data_import, id)).stopped_at == "ask_stewards"


# Rolling back.


def test_what_was_done_is_rolled_back_the_last_first():
    with simulated(PublishTable=PublishingFailed(reason="no space")) as world:
        begun = world.start(data_import, UNASKED, key="b-1")
        world.run_until_idle()
        assert ran(world) == ["ValidateData", "ProcessData", "PublishTable", "DropTable", "DiscardCopy"]
        assert (begun.state.kind, begun.state.why) == ("undone", "PublishingFailed")


def test_only_what_was_done_is_rolled_back():
    with simulated(ProcessData=ProcessingFailed(reason="no space")) as world:
        world.start(data_import, UNASKED, key="b-1")
        world.run_until_idle()
        assert ran(world) == ["ValidateData", "ProcessData", "DiscardCopy"]


def test_an_error_is_rolled_back_like_a_refusal():
    with simulated(ProcessData=NonRetryable("no such column")) as world:
        begun = world.start(data_import, UNASKED, key="b-1")
        world.run_until_idle()
        assert ran(world) == ["ValidateData", "ProcessData", "DiscardCopy"]
        assert begun.state.why == "non_retryable: NonRetryable: no such column"


def test_a_roll_back_that_fails_is_tried_again_and_then_handed_to_people():
    answers = {"PublishTable": PublishingFailed(reason="no space"), "DropTable": ConnectionError("down")}
    with simulated(**answers) as world:
        begun = world.start(data_import, UNASKED, key="b-1")
        world.skip(HOUR)
        assert ran(world).count("DropTable") == 3
        (task,) = begun.state.waits()
        assert (task.title, task.groups) == ("Undo process_data by hand", ("data operators",))
        begun.send(SettleUndo(), actor="otto")
        world.run_until_idle()
        assert (ran(world)[-1], begun.state.kind) == ("DiscardCopy", "undone")


def test_a_roll_back_that_succeeds_late_takes_the_task_back():
    answers = {"PublishTable": PublishingFailed(reason="no space"), "DropTable": ConnectionError("down")}
    with simulated(**answers) as world:
        begun = world.start(data_import, UNASKED, key="b-1")
        world.skip(HOUR)
        (key,) = [one.intent_ids[0] for one in begun.journal if one.kind == "undoing_process_data"]
        begun.answer(TableDropped(table_id=TableId("table of copy of b-1")), key=key)
        world.run_until_idle()
        assert begun.state.kind == "undone"


def test_a_cancelled_import_is_rolled_back_once_the_step_that_is_being_done_has_ended():
    with simulated() as world:
        begun = world.start(data_import, ASKED, key="b-1")
        world.run_until_idle()
        begun.send(Cancel(reason="wrong file"))
        world.run_until_idle()
        assert begun.state.kind == "cancelling_ask_stewards"
        decided(world, Choice.APPROVE)
        assert ran(world) == ["ValidateData", "ProcessData", "DropTable", "DiscardCopy"]
        assert (begun.state.kind, begun.state.why) == ("undone", "cancelled: wrong file")


# Going on in spite of a failure.


def test_where_each_step_may_fail_the_others_are_done_all_the_same():
    answers = {SendMail: MailBounced()}
    with Simulation(announcement, handlers=announcing, answers=answers) as world:
        told = world.start(announcement, AnnounceImport(batch_id=BatchId("b-1")), key="b-1")
        world.run_until_idle()
        _, mail, message = told.state.results
        assert (mail, type(message).__name__) == (None, "MessagePosted")


async def test_an_announcement_runs_on_every_store(stage):
    world = stage(announcement, handlers=announcing)
    id = await world.start(announcement, AnnounceImport(batch_id=BatchId("b-1")))
    assert await world.kinds(announcement, id) == ["awaiting_send_mail", "awaiting_post_message", "finished"]


# Callbacks.


async def test_callbacks_hear_of_each_step_of_the_approval_and_of_the_end(stage):
    heard = []

    async def tell(batch):
        heard.extend((str(one.kind), one.state) for one in batch)

    world = stage(*WHOLE, handlers=handlers)
    hooks = Hooks(world.system, [Hook("callbacks", tell)])
    await hooks.drain()
    await world.start(data_import, ASKED)
    await hooks.drain()
    assert heard == [
        ("started", "awaiting_validate_data"),
        ("stepped", "awaiting_process_data"),
        ("stepped", "awaiting_ask_stewards"),
        ("started", "asked"),
        ("task_opened", "asked"),
        ("task_opened", "asked"),
    ]
    heard.clear()
    await world.complete(NO, actor="ben")
    await hooks.drain()
    assert ("stepped", "undoing_process_data") in heard
    assert ("finished", "undone") in heard


async def test_a_callback_that_raises_holds_up_nothing_and_is_told_again(stage):
    heard = []

    async def tell(batch):
        heard.append([one.state for one in batch])
        if len(heard) == 1:
            raise ConnectionError("down")

    world = stage(*WHOLE, handlers=handlers)
    ends = Hook("ends", tell, kinds={Happened.FINISHED}, machines={"data_import"})
    await Hooks(world.system, [ends]).drain()
    id = await world.start(data_import, UNASKED)
    try:
        await Hooks(world.system, [ends]).drain()
    except ConnectionError:
        heard.append("raised")
    await Hooks(world.system, [ends]).drain()
    assert heard == [["completed"], "raised", ["completed"]]
    assert (await world.state(data_import, id)).kind == "completed"


# Status, pause, resume.


async def test_how_far_an_import_has_come_is_told_and_searched(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED, key="b-1")
    state = await world.state(data_import, id)
    assert (state.step, state.progress.done, state.progress.total) == ("ask_stewards", 2, 4)
    (found,) = (await world.runtime(data_import).store.find(attributes={"step": "ask_stewards"})).items
    assert (found.id, found.key) == (id, "b-1")


async def test_an_import_that_is_paused_keeps_its_answers_and_goes_on_with_them(stage):
    world = stage(*WHOLE, handlers=handlers)
    id = await world.start(data_import, ASKED)
    operators = Operators(world.system, actor="otto")
    assert [one.effect async for one in operators.pause("data_import", id, reason="audit")] == ["done"]
    await world.complete(YES, actor="ada")
    snapshot = await world.runtime(data_import).load(id)
    assert (snapshot.status, snapshot.state.kind) == (Status.PAUSED, "awaiting_ask_stewards")
    assert [one.effect async for one in operators.resume("data_import", id)] == ["done"]
    await world.settle()
    assert (await world.state(data_import, id)).kind == "completed"


async def test_an_import_goes_on_in_another_process_with_the_same_file(tmp_path):
    path, done = tmp_path / "imports.db", []

    def counted(binding):
        async def handler(intent, call):
            done.append(type(intent).__name__)
            return await binding.handler(intent, call)

        return binding.intent.handled_by(handler)

    counting = Handlers(*(counted(one) for one in handlers))
    async with SqliteDatabase(path) as database:
        id = await Stage(database.store, WHOLE, handlers=counting).start(data_import, ASKED)
    async with SqliteDatabase(path) as database:
        world = Stage(database.store, WHOLE, handlers=counting)
        await world.complete(YES, actor="ada")
        assert (await world.state(data_import, id)).kind == "completed"
    assert done == ["ValidateData", "ProcessData", "PublishTable"]


def test_a_message_is_posted_though_the_mail_is_given_up():
    with Simulation(announcement, handlers=announcing, answers={SendMail: NonRetryable("no such host")}) as world:
        told = world.start(announcement, AnnounceImport(batch_id=BatchId("b-1")), key="b-1")
        world.run_until_idle()
        assert told.state.kind == "finished"
        assert ran(world) == [SendMail.__name__, PostMessage.__name__]
