"""Patterns: processes that come up again and again, as machines, parts and mixins ready to use.

Each is built of the kernel's own words, so what is proved, drawn or stored of a machine
written by hand is proved, drawn and stored of these. What may never be here: I/O, a clock,
chance, or a rule by which an instance moves; those stand in ``telic.kernel.advance``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.patterns.approval import Approval as Approval
    from telic.patterns.approval import Approved as Approved
    from telic.patterns.approval import Choice as Choice
    from telic.patterns.approval import Declined as Declined
    from telic.patterns.approval import Lapsed as Lapsed
    from telic.patterns.approval import Returned as Returned
    from telic.patterns.approval import Seat as Seat
    from telic.patterns.approving import ApprovalAsked as ApprovalAsked
    from telic.patterns.approving import ApprovalDenied as ApprovalDenied
    from telic.patterns.approving import ApprovalGiven as ApprovalGiven
    from telic.patterns.approving import ApprovalGranted as ApprovalGranted
    from telic.patterns.approving import ApprovalRefused as ApprovalRefused
    from telic.patterns.approving import ApprovalReturned as ApprovalReturned
    from telic.patterns.approving import Approver as Approver
    from telic.patterns.approving import DecideApproval as DecideApproval
    from telic.patterns.approving import DelegateApproval as DelegateApproval
    from telic.patterns.approving import ReassignApproval as ReassignApproval
    from telic.patterns.approving import RequestApproval as RequestApproval
    from telic.patterns.approving import ResubmitApproval as ResubmitApproval
    from telic.patterns.approving import approvals as approvals
    from telic.patterns.claim import Claim as Claim
    from telic.patterns.claim import NobodyLeft as NobodyLeft
    from telic.patterns.claim import Taken as Taken
    from telic.patterns.history import History as History
    from telic.patterns.join import Join as Join
    from telic.patterns.join import Joined as Joined
    from telic.patterns.join import Unjoinable as Unjoinable
    from telic.patterns.making import Progress as Progress
    from telic.patterns.meter import Meter as Meter
    from telic.patterns.moments import Debounce as Debounce
    from telic.patterns.moments import Poll as Poll
    from telic.patterns.moments import PollGaveUp as PollGaveUp
    from telic.patterns.moments import Reminder as Reminder
    from telic.patterns.panels import Ladder as Ladder
    from telic.patterns.panels import Panel as Panel
    from telic.patterns.panels import Rung as Rung
    from telic.patterns.pipeline_states import PipelineFinished as PipelineFinished
    from telic.patterns.pipeline_states import PipelineRunning as PipelineRunning
    from telic.patterns.pipeline_states import PipelineStopped as PipelineStopped
    from telic.patterns.pipeline_states import StoppedAtStep as StoppedAtStep
    from telic.patterns.pipelines import Pipeline as Pipeline
    from telic.patterns.pipelines import pipeline as pipeline
    from telic.patterns.refusing import AnsweredAlready as AnsweredAlready
    from telic.patterns.refusing import BadDefinition as BadDefinition
    from telic.patterns.refusing import DoneAlready as DoneAlready
    from telic.patterns.refusing import HeldAlready as HeldAlready
    from telic.patterns.refusing import NobodyToAsk as NobodyToAsk
    from telic.patterns.refusing import NoReason as NoReason
    from telic.patterns.refusing import NotAsked as NotAsked
    from telic.patterns.refusing import NotGrowing as NotGrowing
    from telic.patterns.refusing import NotYet as NotYet
    from telic.patterns.refusing import Refusal as Refusal
    from telic.patterns.refusing import TooSoon as TooSoon
    from telic.patterns.saga_states import SagaCancelling as SagaCancelling
    from telic.patterns.saga_states import SagaCompleted as SagaCompleted
    from telic.patterns.saga_states import SagaHandedOver as SagaHandedOver
    from telic.patterns.saga_states import SagaRunning as SagaRunning
    from telic.patterns.saga_states import SagaUndoing as SagaUndoing
    from telic.patterns.saga_states import SagaUndone as SagaUndone
    from telic.patterns.saga_states import SettleUndo as SettleUndo
    from telic.patterns.sagas import Saga as Saga
    from telic.patterns.sagas import saga as saga
    from telic.patterns.turns import AllDone as AllDone
    from telic.patterns.turns import Turns as Turns

# A module is not named like a function that it exports: the one would hide the other.
_HOMES: dict[str, tuple[str, ...]] = {
    "approval": ("Approval", "Approved", "Choice", "Declined", "Lapsed", "Returned", "Seat"),
    "approving": (
        "ApprovalAsked",
        "ApprovalDenied",
        "ApprovalGiven",
        "ApprovalGranted",
        "ApprovalRefused",
        "ApprovalReturned",
        "Approver",
        "DecideApproval",
        "DelegateApproval",
        "ReassignApproval",
        "RequestApproval",
        "ResubmitApproval",
        "approvals",
    ),
    "claim": ("Claim", "NobodyLeft", "Taken"),
    "history": ("History",),
    "join": ("Join", "Joined", "Unjoinable"),
    "making": ("Progress",),
    "meter": ("Meter",),
    "moments": ("Debounce", "Poll", "PollGaveUp", "Reminder"),
    "panels": ("Ladder", "Panel", "Rung"),
    "pipeline_states": ("PipelineFinished", "PipelineRunning", "PipelineStopped", "StoppedAtStep"),
    "pipelines": ("Pipeline", "pipeline"),
    "refusing": (
        "AnsweredAlready",
        "BadDefinition",
        "DoneAlready",
        "NoReason",
        "NobodyToAsk",
        "NotAsked",
        "NotGrowing",
        "NotYet",
        "HeldAlready",
        "Refusal",
        "TooSoon",
    ),
    "saga_states": (
        "SagaCancelling",
        "SagaCompleted",
        "SagaHandedOver",
        "SagaRunning",
        "SagaUndoing",
        "SagaUndone",
        "SettleUndo",
    ),
    "sagas": ("Saga", "saga"),
    "turns": ("AllDone", "Turns"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__: list[str] = [
    "AllDone",
    "AnsweredAlready",
    "Approval",
    "ApprovalAsked",
    "ApprovalDenied",
    "ApprovalGiven",
    "ApprovalGranted",
    "ApprovalRefused",
    "ApprovalReturned",
    "Approved",
    "Approver",
    "BadDefinition",
    "Choice",
    "Claim",
    "Debounce",
    "DecideApproval",
    "Declined",
    "DelegateApproval",
    "DoneAlready",
    "HeldAlready",
    "History",
    "Join",
    "Joined",
    "Ladder",
    "Lapsed",
    "Meter",
    "NoReason",
    "NobodyLeft",
    "NobodyToAsk",
    "NotAsked",
    "NotGrowing",
    "NotYet",
    "Panel",
    "Pipeline",
    "PipelineFinished",
    "PipelineRunning",
    "PipelineStopped",
    "Poll",
    "PollGaveUp",
    "Progress",
    "ReassignApproval",
    "Refusal",
    "Reminder",
    "RequestApproval",
    "ResubmitApproval",
    "Returned",
    "Rung",
    "Saga",
    "SagaCancelling",
    "SagaCompleted",
    "SagaHandedOver",
    "SagaRunning",
    "SagaUndoing",
    "SagaUndone",
    "Seat",
    "SettleUndo",
    "StoppedAtStep",
    "Taken",
    "TooSoon",
    "Turns",
    "Unjoinable",
    "approvals",
    "pipeline",
    "saga",
]


def __getattr__(name: str) -> object:
    """Load a name from its module when it is first used."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
