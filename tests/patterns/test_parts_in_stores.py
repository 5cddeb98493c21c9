"""Parts in every store: people find what they are asked in the inbox, answer it there, and time runs on."""

from datetime import timedelta

import pytest

from telic import Handlers, System, WorkflowId, WorkflowRuntime
from telic.kernel.results import Rejected, Stepped
from telic.patterns import (
    ApprovalGranted,
    Approver,
    Choice,
    DecideApproval,
    DelegateApproval,
    NotAsked,
    Panel,
    RequestApproval,
    approvals,
)
from telic.shell.deadlines import Deadlines
from telic.shell.tasks import Inbox
from telic.shell.timing import Timing
from tests.patterns import quotes as q
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.till import HandClock

ID = WorkflowId("w")
LEAD, HEAD, ADA, BEN = map(Approver, ("lead", "head", "ada", "ben"))
DAY = timedelta(days=1)
REQUEST = RequestApproval(
    about="A lamp",
    panels=(
        Panel[Approver].of(LEAD, within=DAY, escalate_to=(HEAD,)),
        Panel[Approver].of(ADA, BEN, need=2),
    ),
)
YES = {"choice": "approve"}


@pytest.fixture
def url(request):
    return postgres_url() if request.node.callspec.params.get("place") == "postgres" else ""


async def asked(inbox, *people):
    """Whom of these people the inbox has something for."""
    return [who for who in people if (await inbox.tasks(assignee=who)).items]


async def answer(inbox, who, form):
    (task,) = (await inbox.tasks(assignee=who)).items
    assert task.title == "A lamp"
    return await inbox.complete(task, form, actor=who)


@pytest.mark.parametrize("place", PLACES)
async def test_an_approval_goes_through_the_inbox_of_every_store(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, approvals, tmp_path, url, anyio_backend_name) as store:
        clock = HandClock()
        runtime = WorkflowRuntime(machine=approvals, store=store, clock=clock)
        system = System(runtimes=[runtime], handlers=Handlers())
        inbox = Inbox(system)
        await runtime.run_step(ID, REQUEST)
        assert await asked(inbox, "lead", "head", "ada") == ["lead"]

        clock.move(DAY.total_seconds())
        assert await Deadlines(system, Timing(clock)).fire() == 1
        assert await asked(inbox, "lead", "head", "ada") == ["head"]
        assert isinstance(await answer(inbox, "head", YES), Stepped)
        assert await asked(inbox, "head", "ada", "ben", "cyd") == ["ada", "ben"]

        refused = await runtime.run_step(ID, DelegateApproval(to=Approver("cyd")), actor="eve")
        assert refused == Rejected(ID, (NotAsked(who="eve", asked=("ada", "ben")),))
        assert isinstance(await runtime.run_step(ID, DelegateApproval(to=Approver("cyd")), actor="ben"), Stepped)
        assert await asked(inbox, "ada", "ben", "cyd") == ["ada", "cyd"]
        await answer(inbox, "cyd", YES)
        await answer(inbox, "ada", DecideApproval(choice=Choice.APPROVE, comment="gladly"))
        assert (await runtime.load(ID)).state == ApprovalGranted(by=(HEAD, ADA, Approver("cyd")))


@pytest.mark.parametrize("place", PLACES)
async def test_enough_answers_call_off_the_rest_in_every_store(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, q.quotes, tmp_path, url, anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=q.quotes, store=store)
        begun = await runtime.run_step(ID, q.RequestQuotes(suppliers=tuple(map(q.SupplierId, "abc"))))
        by_name = {one.intent.supplier: one.id for one in begun.intents}
        for name, price in (("c", 9), ("a", 7)):
            fact = q.QuoteGiven(supplier=q.SupplierId(name), price=price)
            assert isinstance(await runtime.answer(by_name[name], fact), Stepped)
        snapshot = await runtime.load(ID)
        assert [(one.intent.supplier, one.withdrawn) for one in snapshot.open.values()] == [("b", True)]
        assert (snapshot.state.best, list(snapshot.state.rest)) == (7, ["b"])

        late = q.QuoteGiven(supplier=q.SupplierId("b"), price=1)
        assert isinstance(await runtime.answer(by_name["b"], late), Stepped)
        assert (await runtime.load(ID)).state == q.QuotesClosed(best=7)
