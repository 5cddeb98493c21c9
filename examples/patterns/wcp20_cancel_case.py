"""WCP20 Cancel Case: the whole instance is called off, wherever it stands, with everything that runs for it.

A study asks a panel and experts, then evaluates the answers; it may be stopped at any time. The kernel knows
``Cancel`` in every machine; here one inherited transition gives it a state of its own. What may never be here: a
state that forgets to take it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Cancel,
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    State,
    Withdraw,
    start,
    transition,
)


class StudyKind(StrEnum):
    ASKING = "asking"
    EVALUATING = "evaluating"
    PUBLISHED = "published"
    STOPPED = "stopped"


class Source(StrEnum):
    PANEL = "panel"
    EXPERTS = "experts"


class BeginStudy(Command): ...


class PanelAnswered(Fact): ...


class ExpertsAnswered(Fact): ...


class AnswersEvaluated(Fact): ...


class AskPanel(Intent[PanelAnswered]): ...


class AskExperts(Intent[ExpertsAnswered]): ...


class EvaluateAnswers(Intent[AnswersEvaluated]): ...


class Running(State):
    @transition
    def stop(self, event: Cancel) -> tuple[Stopped, Batch[Withdraw]]:
        everything = Withdraw(every=AskPanel) & Withdraw(every=AskExperts) & Withdraw(every=EvaluateAnswers)
        return Stopped(), everything


class Asking(Running):
    kind: Literal[StudyKind.ASKING] = StudyKind.ASKING
    missing: FrozenSet[Source] = FrozenSet(Source)

    @classmethod
    @start
    def begin(cls, event: BeginStudy) -> tuple[Self, Batch[AskPanel | AskExperts]]:
        return cls(), AskPanel() & AskExperts()

    @transition
    def collect(
        self, event: PanelAnswered | ExpertsAnswered
    ) -> tuple[Self, NoIntent] | tuple[Evaluating, EvaluateAnswers]:
        missing = self.missing.without(Source.PANEL if isinstance(event, PanelAnswered) else Source.EXPERTS)
        return (self.evolve(missing=missing), NoIntent()) if missing else (Evaluating(), EvaluateAnswers())


class Evaluating(Running):
    kind: Literal[StudyKind.EVALUATING] = StudyKind.EVALUATING
    settles = (AskPanel, AskExperts)

    @transition
    def publish(self, event: AnswersEvaluated) -> tuple[Published, NoIntent]:
        return Published(), NoIntent()


class Published(FinalState):
    kind: Literal[StudyKind.PUBLISHED] = StudyKind.PUBLISHED


class Stopped(FinalState):
    kind: Literal[StudyKind.STOPPED] = StudyKind.STOPPED
    ignores = (Ignores(PanelAnswered, ExpertsAnswered, AnswersEvaluated, why="the study has been stopped"),)


cancel_case = Machine[
    Asking | Evaluating | Published | Stopped,
    BeginStudy | PanelAnswered | ExpertsAnswered | AnswersEvaluated,
](name="cancel_case", version=1)
