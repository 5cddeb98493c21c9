"""The publication, run on stores of both kinds: people in the inbox, a service that calls back, timers, a child."""

import pytest

from examples.scenarios.publication.handlers import handlers
from examples.scenarios.publication.machine import document
from examples.scenarios.publication.publishing import publishing
from examples.scenarios.publication.vocabulary import (
    Address,
    Audience,
    CheckSources,
    CheckSpelling,
    DocumentId,
    DocumentSigned,
    PagesUploaded,
    PersonId,
    ReassignReview,
    RequestSignature,
    SettlePublishing,
    SignatureRefused,
    SourcesChecked,
    SpellingChecked,
    SubmitDocument,
    TellReaders,
    UploadPages,
    WriteSummary,
)
from telic.graph import marks_of, mermaid
from telic.kernel.handling import NonRetryable
from telic.kernel.snapshot import Status
from telic.runtime.queries import Query
from telic.shell import After, Simulation
from telic.shell.hooks import Happened, Hook, Hooks
from telic.shell.operators import Operators
from tests.examples.scenarios.stage import DAY, HOUR

ID, ANN = DocumentId("d-1"), PersonId("ann")
YES, NO, CHANGES = ({"choice": choice, "comment": "see page 2"} for choice in ("approve", "decline", "ask_for_changes"))


def paper(audience=Audience.PUBLIC, *, id=ID, hold=None):
    return SubmitDocument(document_id=id, author=ANN, audience=audience, hold=hold)


@pytest.fixture
def world(stage):
    return stage(document, publishing, handlers=handlers)


async def asked(world, *people):
    """Whom of these people the inbox has something for."""
    return [who for who in people if (await world.inbox.tasks(assignee=who)).items]


async def key_of(world, id, intent):
    """The key of the one open intent of a type, which whoever is to call back holds."""
    snapshot = await world.runtime(document).load(id)
    (key,) = (one.id for one in snapshot.open.values() if isinstance(one.intent, intent))
    return key


# Groups.


def test_checks_are_open_at_the_same_time_and_what_follows_waits_for_both():
    slow = {CheckSpelling: After(HOUR, SpellingChecked(faults=0)), CheckSources: After(HOUR, SourcesChecked(faults=0))}
    with Simulation(document, publishing, handlers=handlers, answers=slow) as world:
        placed = world.start(document, paper(Audience.INTERNAL), key="d-1")
        world.run_until_idle()
        assert [type(one.intent) for one in placed.open] == [CheckSpelling, CheckSources]
        world.skip(HOUR)
        ran = [type(one.intent) for one in world.attempts]
        assert ran[:3] == [CheckSpelling, CheckSources, WriteSummary]
        assert placed.state.kind == "published"


async def test_what_follows_gets_what_both_checks_have_found(world):
    id = await world.start(document, paper(id=DocumentId("draft")))
    (task,) = (await world.inbox.tasks(assignee="ann")).items
    assert task.description == "2 misspelt, 0 without source"
    assert await world.kinds(document, id) == ["checking", "summarising", "returned"]


@pytest.mark.parametrize(
    ("audience", "state", "people"),
    [
        (Audience.INTERNAL, "published", []),
        (Audience.PUBLIC, "in_review", ["ada", "ben"]),
        (Audience.CONFIDENTIAL, "in_review", ["lex"]),
    ],
)
async def test_a_gateway_sends_a_document_to_those_who_have_to_agree(world, audience, state, people):
    id = await world.start(document, paper(audience))
    assert (await world.state(document, id)).kind == state
    assert await asked(world, "lex", "ada", "ben", "chief") == people


async def test_steps_in_sequence_hand_on_what_they_have_come_to(world):
    await world.start(document, paper(Audience.INTERNAL))
    (child,) = await world.instances(publishing)
    begun, pages, uploaded, told = (await world.state(publishing, child)).results
    assert (begun.document_id, pages.pages) == (ID, 3)
    assert uploaded.address == "https://example.org/d-1"
    assert type(told).__name__ == "ReadersTold"


async def test_a_step_is_left_out_where_its_condition_does_not_hold(world):
    id = await world.start(document, paper(Audience.CONFIDENTIAL))
    await world.complete(YES, actor="lex")
    await world.complete(YES, actor="ada")
    await world.runtime(document).answer(await key_of(world, id, RequestSignature), DocumentSigned(document_id=ID))
    await world.settle()
    (child,) = await world.instances(publishing)
    assert (await world.state(publishing, child)).results[-1] is None
    assert (await world.state(document, id)).kind == "published"


def test_a_step_that_may_fail_does_not_hold_up_the_others():
    with Simulation(document, publishing, handlers=handlers, answers={TellReaders: NonRetryable("no list")}) as world:
        placed = world.start(document, paper(Audience.INTERNAL), key="d-1")
        world.run_until_idle()
        assert placed.state.kind == "published"
        (child,) = world.instances(publishing)
        assert child.state.results[-1] is None


# People.


async def test_a_document_waits_for_its_reviewer_and_goes_on_with_the_answer(world):
    id = await world.start(document, paper())
    (task,) = (await world.inbox.tasks(assignee="ada")).items
    assert (task.title, task.due) == ("Review d-1", world.now + 3 * DAY)
    assert set(world.inbox.form(task)["properties"]) == {"choice", "comment"}
    done = await world.complete(YES, actor="ada")
    assert done.kind == "stepped"
    assert await world.kinds(document, id) == ["checking", "summarising", "in_review", "publishing", "published"]
    (entry,) = [one for one in await world.runtime(document).store.journal(id) if one.actor]
    assert (entry.actor, entry.event.comment) == ("ada", "see page 2")


async def test_a_form_that_is_filled_in_wrongly_leaves_the_task_open(world):
    await world.start(document, paper())
    wrong = await world.complete({"choice": "perhaps"}, actor="ada")
    assert wrong.kind == "invalid"
    assert await asked(world, "ada") == ["ada"]


async def test_lawyers_review_before_editors(world):
    await world.start(document, paper(Audience.CONFIDENTIAL))
    await world.complete(YES, actor="lex")
    assert await asked(world, "lex", "ada", "ben") == ["ada", "ben"]


async def test_who_declines_ends_it_with_the_reason(world):
    id = await world.start(document, paper())
    await world.complete(NO, actor="ben")
    state = await world.state(document, id)
    assert (state.kind, state.reason) == ("rejected", "see page 2")


async def test_who_asks_for_changes_gives_it_back_to_its_author_who_brings_it_back(world):
    id = await world.start(document, paper())
    await world.complete(CHANGES, actor="ben")
    assert await asked(world, "ann", "ada", "ben") == ["ann"]
    await world.complete({"note": "done"}, actor="ann")
    assert await asked(world, "ann", "ada", "ben") == ["ada", "ben"]
    kinds = await world.kinds(document, id)
    assert kinds[2:] == ["in_review", "returned", "checking", "summarising", "in_review"]


async def test_the_chief_asks_somebody_else_and_nobody_but_the_chief_may(world):
    id = await world.start(document, paper())
    other = ReassignReview(holder=PersonId("ada"), to=PersonId("cyd"))
    refused = await world.send(document, id, other, actor="eve")
    assert refused.reasons[0].who == "eve"
    await world.send(document, id, other, actor="chief")
    assert await asked(world, "ada", "ben", "cyd") == ["ben", "cyd"]


# Timers.


async def test_a_review_that_nobody_writes_goes_to_the_chief_and_lapses(world):
    id = await world.start(document, paper())
    await world.skip(3 * DAY - HOUR)
    assert await asked(world, "ada", "chief") == ["ada"]
    await world.skip(HOUR)
    assert await asked(world, "ada", "chief") == ["chief"]
    await world.skip(3 * DAY)
    assert (await world.state(document, id)).reason == "nobody has reviewed it"


async def test_a_document_is_held_back_until_its_moment(world):
    id = await world.start(document, paper(Audience.INTERNAL, hold=30 * DAY))
    assert (await world.state(document, id)).publish_at == world.now + 30 * DAY
    await world.skip(30 * DAY - HOUR)
    assert (await world.state(document, id)).kind == "embargoed"
    await world.skip(HOUR)
    assert (await world.state(document, id)).kind == "published"


# Webhooks.


async def signing(world):
    """A document that waits for a signature, and the key that its service has."""
    id = await world.start(document, paper(Audience.CONFIDENTIAL))
    await world.complete(YES, actor="lex")
    await world.complete(YES, actor="ben")
    return id, await key_of(world, id, RequestSignature)


async def test_a_service_calls_back_with_its_key_whenever_it_is_done(world):
    id, key = await signing(world)
    await world.skip(2 * DAY)
    assert (await world.state(document, id)).kind == "signing"
    assert (await world.runtime(document).answer(key, DocumentSigned(document_id=ID))).kind == "stepped"
    await world.settle()
    assert (await world.state(document, id)).kind == "published"


async def test_a_service_that_calls_twice_is_heard_once(world):
    _, key = await signing(world)
    signed = DocumentSigned(document_id=ID)
    first = await world.runtime(document).answer(key, signed)
    again = await world.runtime(document).answer(key, signed)
    assert (first.kind, again.kind) == ("stepped", "duplicate")


async def test_what_nobody_asked_for_is_not_heard(world):
    id = await world.start(document, paper())
    before = await world.runtime(document).load(id)
    forged = await world.send(document, id, DocumentSigned(document_id=ID))
    assert forged.kind == "unasked"
    assert await world.runtime(document).load(id) == before


async def test_a_signature_that_is_refused_ends_it(world):
    id, key = await signing(world)
    await world.runtime(document).answer(key, SignatureRefused(document_id=ID, reason="not by me"))
    assert (await world.state(document, id)).reason == "not by me"


async def test_a_signature_that_comes_too_late_is_recorded_and_changes_nothing(world):
    id, key = await signing(world)
    await world.skip(7 * DAY)
    late = await world.runtime(document).answer(key, DocumentSigned(document_id=ID))
    state = await world.state(document, id)
    assert (late.kind, state.kind, state.reason) == ("ignored", "rejected", "nobody has signed it")


# What goes wrong, and operators.


def test_what_a_machine_cannot_do_is_handed_to_people_who_have_it_tried_again():
    uploaded = PagesUploaded(address=Address("https://example.org"))
    uploads = iter([NonRetryable("the site is down"), uploaded])
    answers = {UploadPages: lambda intent: next(uploads)}
    with Simulation(document, publishing, handlers=handlers, answers=answers) as world:
        placed = world.start(document, paper(Audience.INTERNAL), key="d-1")
        world.run_until_idle()
        (task,) = placed.state.waits()
        assert (task.title, task.groups) == ("Publishing of d-1 stopped at upload_pages", ("operators",))
        assert task.description == "non_retryable: NonRetryable: the site is down"
        placed.send(SettlePublishing(again=True), actor="otto")
        world.run_until_idle()
        assert (placed.state.kind, len(world.instances(publishing))) == ("published", 2)


def test_a_check_that_is_given_up_is_a_dead_letter_that_operators_redrive():
    down = [ConnectionError("down")]
    answers = {CheckSources: lambda intent: down[0] if down else SourcesChecked(faults=0)}
    with Simulation(document, publishing, handlers=handlers, answers=answers) as world:
        placed = world.start(document, paper(Audience.INTERNAL), key="d-1")
        world.skip(HOUR)
        (letter,) = world.dead_letters(document)
        assert (type(letter.opened.intent), placed.state.kind) == (CheckSources, "checking")
        down.clear()
        world.settle()  # redrives what is dead
        assert placed.state.kind == "published"


async def test_a_document_is_cancelled_with_a_reason_and_nobody_is_asked_any_more(world):
    id = await world.start(document, paper())
    operators = Operators(world.system, actor="otto")
    assert [one.effect async for one in operators.cancel("document", id, reason="a hoax")] == ["done"]
    snapshot = await world.runtime(document).load(id)
    assert (snapshot.status, snapshot.waits) == (Status.CANCELLED, ())
    assert await asked(world, "ada", "ben") == []
    (entry,) = [one for one in await world.runtime(document).store.journal(id) if one.actor == "otto"]
    assert entry.event.reason == "a hoax"


async def test_all_that_a_query_finds_is_paused_and_goes_on_later(world):
    ids = [await world.start(document, paper(), key=key) for key in ("one", "other")]
    operators = Operators(world.system, actor="otto")
    paused = [one.effect async for one in operators.pause("document", Query(kind="in_review"), reason="audit")]
    assert paused == ["done", "done"]
    (task, *_) = (await world.inbox.tasks(assignee="ada")).items
    refused = await world.inbox.complete(task, YES, actor="ada")
    assert refused.kind == "rejected"
    assert [one.effect async for one in operators.resume("document", ids)] == ["done", "done"]
    assert (await world.inbox.complete(task, YES, actor="ada")).kind == "stepped"


# What is told.


async def test_hooks_hear_of_starts_tasks_and_ends_and_may_assign_what_is_open(world):
    heard = []

    async def told(batch):
        for one in batch:
            heard.append((one.machine, str(one.kind), one.detail or one.subject))
            if one.kind is Happened.TASK_OPENED and one.subject.endswith("-ada"):
                (task,) = (await world.inbox.tasks(assignee="ada")).items
                await world.inbox.assign(task, "cyd", actor="rota")

    kinds = {Happened.STARTED, Happened.TASK_OPENED, Happened.FINISHED}
    hooks = Hooks(world.system, [Hook("news", told, kinds=kinds, machines={"document"})])
    await hooks.drain()
    await world.start(document, paper())
    await hooks.drain()
    assert await asked(world, "ada", "ben", "cyd") == ["ben", "cyd"]
    await world.complete(YES, actor="ben")
    await hooks.drain()
    assert heard == [
        ("document", "started", ""),
        ("document", "task_opened", "Review d-1"),
        ("document", "task_opened", "Review d-1"),
        ("document", "finished", "ended"),
    ]


async def test_a_picture_of_the_machine_shows_where_a_document_stands(world):
    id = await world.start(document, paper())
    store = world.runtime(document).store
    snapshot, journal = await store.load(id), await store.journal(id)
    drawn = mermaid(document, marks=marks_of(document, snapshot, journal))
    assert "[*] --> DocumentChecking: SubmitDocument / CheckSpelling, CheckSources" in mermaid(document)
    assert "note right of DocumentInReview" in drawn
