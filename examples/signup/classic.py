"""The same sign-up in the classic form: plain frozen models, ``handle`` written by hand.

The states derive from nothing of telic's. ``handle`` takes exactly the events of its
annotation and proves with ``assert_never`` that it takes them all. What a plain model cannot
say, such as a deadline, this form leaves out.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, assert_never

from pydantic import BaseModel, Field

from examples.signup.machine import (
    CompleteSignup,
    Email,
    EmailBounced,
    EmailSent,
    SendEmail,
    SignupKind,
    TemplateName,
    UserId,
    VerifyEmail,
)
from telic import Ignore, Machine, NoIntent

Mailed: TypeAlias = EmailSent | EmailBounced


class PendingSignup(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[SignupKind.PENDING]
    email: Email

    def verify(self, user_id: UserId) -> tuple[VerifiedSignup, SendEmail]:
        verified = VerifiedSignup(kind=SignupKind.VERIFIED, user_id=user_id)
        return verified, SendEmail(to=self.email, template=TemplateName.WELCOME)

    def handle(self, event: VerifyEmail) -> tuple[VerifiedSignup, SendEmail]:
        return self.verify(event.user_id)


class VerifiedSignup(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[SignupKind.VERIFIED]
    user_id: UserId

    def complete(self) -> tuple[CompletedSignup, NoIntent]:
        return CompletedSignup(kind=SignupKind.COMPLETED, user_id=self.user_id), NoIntent()

    def handle(
        self, event: CompleteSignup | Mailed
    ) -> tuple[CompletedSignup, NoIntent] | tuple[VerifiedSignup, Ignore]:
        match event:
            case CompleteSignup():
                return self.complete()
            case EmailSent() | EmailBounced():
                return self, Ignore("the mail is best effort")
            case _:
                assert_never(event)


class CompletedSignup(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[SignupKind.COMPLETED]
    user_id: UserId

    def handle(self, event: Mailed) -> tuple[CompletedSignup, Ignore]:
        return self, Ignore("the mail is best effort")


ClassicState: TypeAlias = Annotated[PendingSignup | VerifiedSignup | CompletedSignup, Field(discriminator="kind")]
ClassicEvent: TypeAlias = VerifyEmail | CompleteSignup | EmailSent | EmailBounced
classic_signup = Machine[ClassicState, ClassicEvent](name="classic_signup", starts=(PendingSignup,))
