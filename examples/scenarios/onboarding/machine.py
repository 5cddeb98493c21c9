"""Onboarding: welcome a new user, ask for the profile every day, and have somebody call in the end.

Read it from top to bottom. What may never be here: the sending of mail; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never, Self, TypeAlias

from pydantic import Field

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    HumanTask,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)
from telic.patterns import Reminder

PAUSE = timedelta(hours=24)
REMINDERS = 3


class UserId(TypedId):
    """Names one user."""


class OnboardingKind(StrEnum):
    WELCOMING = "welcoming"
    AWAITING_PROFILE = "awaiting_profile"
    ESCALATED = "escalated"
    COMPLETED = "completed"
    FAILED = "failed"


class BeginOnboarding(Command):
    user_id: UserId


class CompleteProfile(Command):
    """The user has filled in the profile."""


class GiveUpOnboarding(Command):
    """Somebody has called, and the user does not want to go on."""

    reason: str


class WelcomeSent(Fact):
    """The mail is on its way."""


class WelcomeBounced(Fact):
    """There is no such address."""


class ProfileMissed(Fact):
    """A day has passed, and there is no profile."""


class SendWelcome(Intent[WelcomeSent | WelcomeBounced]):
    user_id: UserId


class RemindUser(Intent[Never]):
    user_id: UserId
    number: int


class Onboarding(State):
    user_id: UserId

    @transition
    def complete(self, event: CompleteProfile) -> tuple[OnboardingCompleted, NoIntent]:
        return OnboardingCompleted(user_id=self.user_id), NoIntent()

    def attributes(self) -> dict[str, str]:
        return {"user_id": self.user_id}


class OnboardingWelcoming(Onboarding):
    kind: Literal[OnboardingKind.WELCOMING] = OnboardingKind.WELCOMING

    @classmethod
    @start
    def begin(cls, event: BeginOnboarding) -> tuple[OnboardingWelcoming, SendWelcome]:
        return cls(user_id=event.user_id), SendWelcome(user_id=event.user_id)

    @transition
    def ask(self, event: WelcomeSent, ctx: Context) -> tuple[OnboardingAwaitingProfile, NoIntent]:
        reminder = Reminder.every(PAUSE, start=ctx.now, times=REMINDERS)
        return OnboardingAwaitingProfile(user_id=self.user_id, reminder=reminder), NoIntent()

    @transition
    def fail(self, event: WelcomeBounced) -> tuple[OnboardingFailed, NoIntent]:
        return OnboardingFailed(reason="there is no such address"), NoIntent()


class OnboardingAwaitingProfile(Onboarding):
    kind: Literal[OnboardingKind.AWAITING_PROFILE] = OnboardingKind.AWAITING_PROFILE
    reminder: Reminder

    @transition
    def remind(
        self, event: ProfileMissed, ctx: Context
    ) -> tuple[Self, RemindUser] | tuple[OnboardingEscalated, RemindUser]:
        left = self.reminder.after(ctx.now)
        mail = RemindUser(user_id=self.user_id, number=REMINDERS - len(left.moments))
        if left.at is None:
            return OnboardingEscalated(user_id=self.user_id), mail
        return self.evolve(reminder=left), mail

    def waits(self) -> tuple[Deadline[ProfileMissed], ...]:
        return self.reminder.deadline(ProfileMissed())


class OnboardingEscalated(Onboarding):
    kind: Literal[OnboardingKind.ESCALATED] = OnboardingKind.ESCALATED

    @transition
    def give_up(self, event: GiveUpOnboarding) -> tuple[OnboardingFailed, NoIntent]:
        return OnboardingFailed(reason=event.reason), NoIntent()

    def waits(self) -> tuple[HumanTask[GiveUpOnboarding]]:
        return (HumanTask(answer=GiveUpOnboarding, title=f"Call {self.user_id}", groups=("customer care",)),)


class OnboardingCompleted(FinalState):
    kind: Literal[OnboardingKind.COMPLETED] = OnboardingKind.COMPLETED
    ignores = (Ignores(WelcomeSent, WelcomeBounced, why="the profile came before the news of the mail"),)
    user_id: UserId


class OnboardingFailed(FinalState):
    kind: Literal[OnboardingKind.FAILED] = OnboardingKind.FAILED
    reason: str


OnboardingState: TypeAlias = Annotated[
    OnboardingWelcoming | OnboardingAwaitingProfile | OnboardingEscalated | OnboardingCompleted | OnboardingFailed,
    Field(discriminator="kind"),
]
OnboardingEvent: TypeAlias = (
    BeginOnboarding | CompleteProfile | GiveUpOnboarding | WelcomeSent | WelcomeBounced | ProfileMissed
)
onboarding = Machine[OnboardingState, OnboardingEvent](name="onboarding", version=1)
