"""From the log's words to the machine's: which command each line of the log stands for.

Here is a plain translation, word for word. It looks at no state and guesses nothing: whether
a command fits where the application stands is for the machine to say.
"""

from collections.abc import Mapping
from typing import assert_never

from examples.loan.log import (
    ApplicationLine,
    ApplicationStep,
    Case,
    Lifecycle,
    LogLine,
    OfferLine,
    OfferStep,
    Work,
    WorkLine,
)
from examples.loan.machine import (
    AcceptApplication,
    ActivateLoan,
    AnyOfferCommand,
    ApplicationCommand,
    ApproveLoan,
    CancelApplication,
    DeclineApplication,
    FinalizeApplication,
    LoanEvent,
    PreacceptApplication,
    RegisterLoan,
    SubmitApplication,
    SubmitPartly,
    WorkCommand,
)
from examples.loan.offers import (
    AcceptOffer,
    CancelOffer,
    CreateOffer,
    DeclineOffer,
    ReturnOffer,
    SelectOffer,
    SendOffer,
)
from examples.loan.work import CompleteWork, ScheduleWork, TakeUpWork, WorkKind

WORK: Mapping[Work, WorkKind] = {
    Work.HANDLE_LEAD: WorkKind.HANDLE_LEAD,
    Work.COMPLETE_APPLICATION: WorkKind.COMPLETE_APPLICATION,
    Work.CALL_ABOUT_OFFER: WorkKind.CALL_ABOUT_OFFER,
    Work.VALIDATE: WorkKind.VALIDATE,
    Work.CALL_ABOUT_FILE: WorkKind.CALL_ABOUT_FILE,
    Work.ASSESS_FRAUD: WorkKind.ASSESS_FRAUD,
    Work.CHANGE_CONTRACT: WorkKind.CHANGE_CONTRACT,
}
OFFER: Mapping[OfferStep, AnyOfferCommand] = {
    OfferStep.SELECTED: SelectOffer(),
    OfferStep.CREATED: CreateOffer(),
    OfferStep.SENT: SendOffer(),
    OfferStep.SENT_BACK: ReturnOffer(),
    OfferStep.ACCEPTED: AcceptOffer(),
    OfferStep.DECLINED: DeclineOffer(),
    OfferStep.CANCELLED: CancelOffer(),
}
APPLICATION: Mapping[ApplicationStep, ApplicationCommand] = {
    ApplicationStep.PARTLY_SUBMITTED: SubmitPartly(),
    ApplicationStep.PREACCEPTED: PreacceptApplication(),
    ApplicationStep.ACCEPTED: AcceptApplication(),
    ApplicationStep.FINALIZED: FinalizeApplication(),
    ApplicationStep.APPROVED: ApproveLoan(),
    ApplicationStep.REGISTERED: RegisterLoan(),
    ApplicationStep.ACTIVATED: ActivateLoan(),
    ApplicationStep.DECLINED: DeclineApplication(),
    ApplicationStep.CANCELLED: CancelApplication(),
}
"""All but the first step, which brings the amount along."""


def command_of(case: Case, line: LogLine) -> LoanEvent:
    """What a line asks of the machine."""
    match line:
        case ApplicationLine(activity=ApplicationStep.SUBMITTED):
            return SubmitApplication(amount=case.amount)
        case ApplicationLine():
            return APPLICATION[line.activity]
        case OfferLine():
            return OFFER[line.activity]
        case WorkLine():
            return _work_command(line.lifecycle, WORK[line.activity])
        case _:
            assert_never(line)


def _work_command(lifecycle: Lifecycle, work: WorkKind) -> WorkCommand:
    match lifecycle:
        case Lifecycle.SCHEDULE:
            return ScheduleWork(work=work)
        case Lifecycle.START:
            return TakeUpWork(work=work)
        case Lifecycle.COMPLETE:
            return CompleteWork(work=work)
        case _:
            assert_never(lifecycle)
