"""An onboarding in four steps, written the short way; ``onboarding_by_hand`` is the long way."""

from telic import Command, Fact, Intent, TypedId
from telic.patterns import pipeline
from telic.verify import Domain


class AccountId(TypedId): ...


class Onboard(Command):
    email: str
    newsletter: bool


class AccountCreated(Fact):
    account_id: AccountId


class CardCharged(Fact): ...


class CardDeclined(Fact):
    retry: bool


class Subscribed(Fact): ...


class WelcomeSent(Fact): ...


class WelcomeBounced(Fact): ...


class CreateAccount(Intent[AccountCreated]):
    email: str


class ChargeCard(Intent[CardCharged | CardDeclined]):
    account_id: AccountId


class Subscribe(Intent[Subscribed]):
    email: str
    account_id: AccountId


class SendWelcome(Intent[WelcomeSent | WelcomeBounced]):
    text: str


class Onboarded(Fact):
    account_id: AccountId


steps = (
    pipeline("onboarding", Onboard)
    .do(CreateAccount)
    .do(ChargeCard, expect=CardCharged, stop_on_failure=True)
    .attempt(
        SendWelcome,
        lambda asked, account, charged: SendWelcome(text=f"{asked.email} is {account.account_id}"),
        expect=WelcomeSent,
    )
    .do(Subscribe, when=lambda asked, account, charged, welcome: asked.newsletter)
)
onboarding = steps.finish()
PEOPLE = Domain().field(Onboard, "email", "ada@example.org").each(AccountId, AccountId("a-1"))
