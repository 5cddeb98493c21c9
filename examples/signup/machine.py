"""A sign-up, in the derived form: transitions are marked, telic finds them.

Read it from top to bottom. What may never be here: the sending of mail; see ``__main__``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class UserId(TypedId):
    """Names one user."""


class Email(TypedId):
    """An address that mail can be sent to."""


class TemplateName(StrEnum):
    WELCOME = "welcome"
    ADMIN_NOTICE = "admin_notice"


class SignupKind(StrEnum):
    PENDING = "pending"
    VERIFIED = "verified"
    COMPLETED = "completed"
    EXPIRED = "expired"


class BeginSignup(Command):
    email: Email


class VerifyEmail(Command):
    user_id: UserId


class CompleteSignup(Command):
    """The user has filled in the rest."""


class SignupLapsed(Fact):
    """Two days have passed without a verification."""


class EmailSent(Fact):
    to: Email


class EmailBounced(Fact):
    to: Email


class SendEmail(Intent[EmailSent | EmailBounced]):
    to: Email
    template: TemplateName


class SignupBase(State):
    ignores = (Ignores(EmailSent, EmailBounced, why="the mail is best effort"),)


class SignupPending(SignupBase):
    kind: Literal[SignupKind.PENDING] = SignupKind.PENDING
    email: Email
    expires_at: AwareDatetime

    @classmethod
    @start
    def begin(cls, event: BeginSignup, ctx: Context) -> tuple[SignupPending, NoIntent]:
        return cls(email=event.email, expires_at=ctx.now + timedelta(days=2)), NoIntent()

    @transition
    def verify(self, event: VerifyEmail) -> tuple[SignupVerified, SendEmail]:
        verified = SignupVerified(user_id=event.user_id, email=self.email)
        return verified, SendEmail(to=self.email, template=TemplateName.WELCOME)

    @transition
    def expire(self, event: SignupLapsed) -> tuple[SignupExpired, NoIntent]:
        return SignupExpired(email=self.email), NoIntent()

    def waits(self) -> tuple[Deadline[SignupLapsed]]:
        return (Deadline(at=self.expires_at, event=SignupLapsed()),)


class SignupVerified(SignupBase):
    kind: Literal[SignupKind.VERIFIED] = SignupKind.VERIFIED
    user_id: UserId
    email: Email

    @transition
    def complete(self, event: CompleteSignup) -> tuple[SignupCompleted, NoIntent]:
        return SignupCompleted(user_id=self.user_id), NoIntent()


class SignupCompleted(SignupBase, FinalState):
    kind: Literal[SignupKind.COMPLETED] = SignupKind.COMPLETED
    user_id: UserId


class SignupExpired(SignupBase, FinalState):
    kind: Literal[SignupKind.EXPIRED] = SignupKind.EXPIRED
    email: Email


SignupState: TypeAlias = Annotated[
    SignupPending | SignupVerified | SignupCompleted | SignupExpired, Field(discriminator="kind")
]
SignupEvent: TypeAlias = BeginSignup | VerifyEmail | CompleteSignup | SignupLapsed | EmailSent | EmailBounced
signup = Machine[SignupState, SignupEvent](name="signup", version=1)
