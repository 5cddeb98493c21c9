"""The onboarding of ``onboarding``, written the long way, state by state."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from telic import FinalState, Ignores, IntentFailed, Machine, NoIntent, State, start, transition
from telic.kernel.states import Attribute, Keeps
from tests.patterns.onboarding import (
    AccountCreated,
    CardCharged,
    CardDeclined,
    ChargeCard,
    CreateAccount,
    Onboard,
    SendWelcome,
    Subscribe,
    Subscribed,
    WelcomeBounced,
    WelcomeSent,
)


class OnboardingKind(StrEnum):
    AWAITING_CREATE_ACCOUNT = "awaiting_create_account"
    AWAITING_CHARGE_CARD = "awaiting_charge_card"
    AWAITING_SEND_WELCOME = "awaiting_send_welcome"
    AWAITING_SUBSCRIBE = "awaiting_subscribe"
    FINISHED = "finished"
    STOPPED = "stopped"


class Greeted(State):
    ignores = (
        Ignores(WelcomeSent, WelcomeBounced, why="send_welcome was given up, and the process has gone on without it"),
    )


def passed(percent: int, done: int, step: str = "") -> Mapping[str, Attribute]:
    found: dict[str, Attribute] = {"percent_done": percent, "steps_done": done, "steps_total": 4}
    return {**found, "step": step} if step else found


class AwaitingCreateAccount(State):
    kind: Literal[OnboardingKind.AWAITING_CREATE_ACCOUNT] = OnboardingKind.AWAITING_CREATE_ACCOUNT
    begun: Onboard

    @classmethod
    @start
    def begin(cls, event: Onboard) -> tuple["AwaitingCreateAccount", CreateAccount]:
        return cls(begun=event), CreateAccount(email=event.email)

    @transition
    def charge(self, event: AccountCreated) -> tuple["AwaitingChargeCard", ChargeCard]:
        charging = AwaitingChargeCard(begun=self.begun, create_account=event)
        return charging, ChargeCard(account_id=event.account_id)

    def attributes(self) -> Mapping[str, Attribute]:
        return passed(0, 0, "create_account")


class AwaitingChargeCard(State):
    kind: Literal[OnboardingKind.AWAITING_CHARGE_CARD] = OnboardingKind.AWAITING_CHARGE_CARD
    begun: Onboard
    create_account: AccountCreated

    @transition
    def greet(self, event: CardCharged) -> tuple["AwaitingSendWelcome", SendWelcome]:
        greeting = AwaitingSendWelcome(begun=self.begun, create_account=self.create_account, charge_card=event)
        return greeting, SendWelcome(text=f"{self.begun.email} is {self.create_account.account_id}")

    @transition
    def decline(self, event: CardDeclined) -> tuple["OnboardingStopped", NoIntent]:
        return self.stopped("CardDeclined", event), NoIntent()

    @transition
    def give_up(self, event: IntentFailed[ChargeCard]) -> tuple["OnboardingStopped", NoIntent]:
        return self.stopped(event.cause.value), NoIntent()

    def stopped(self, why: str, declined: CardDeclined | None = None) -> "OnboardingStopped":
        return OnboardingStopped(
            begun=self.begun, create_account=self.create_account, stopped_at="charge_card", why=why,
            got_card_declined=declined,
        )  # fmt: skip

    def attributes(self) -> Mapping[str, Attribute]:
        return passed(25, 1, "charge_card")


class AwaitingSendWelcome(State):
    kind: Literal[OnboardingKind.AWAITING_SEND_WELCOME] = OnboardingKind.AWAITING_SEND_WELCOME
    begun: Onboard
    create_account: AccountCreated
    charge_card: CardCharged

    @transition
    def greet(
        self, event: WelcomeSent
    ) -> tuple["AwaitingSubscribe", Subscribe] | tuple["OnboardingFinished", NoIntent]:
        return self.greeted(event)

    @transition
    def go_without(
        self, event: WelcomeBounced | IntentFailed[SendWelcome]
    ) -> tuple["AwaitingSubscribe", Subscribe] | tuple["OnboardingFinished", NoIntent]:
        return self.greeted(None)

    def greeted(
        self, sent: WelcomeSent | None
    ) -> tuple["AwaitingSubscribe", Subscribe] | tuple["OnboardingFinished", NoIntent]:
        if not self.begun.newsletter:
            finished = OnboardingFinished(
                begun=self.begun, create_account=self.create_account, charge_card=self.charge_card, send_welcome=sent
            )
            return finished, NoIntent()
        subscribing = AwaitingSubscribe(
            begun=self.begun, create_account=self.create_account, charge_card=self.charge_card, send_welcome=sent
        )
        return subscribing, Subscribe(email=self.begun.email, account_id=self.create_account.account_id)

    def attributes(self) -> Mapping[str, Attribute]:
        return passed(50, 2, "send_welcome")


class AwaitingSubscribe(Greeted):
    kind: Literal[OnboardingKind.AWAITING_SUBSCRIBE] = OnboardingKind.AWAITING_SUBSCRIBE
    begun: Onboard
    create_account: AccountCreated
    charge_card: CardCharged
    send_welcome: WelcomeSent | None = None

    @transition
    def finish(self, event: Subscribed) -> tuple["OnboardingFinished", NoIntent]:
        finished = OnboardingFinished(
            begun=self.begun, create_account=self.create_account, charge_card=self.charge_card,
            send_welcome=self.send_welcome, subscribe=event,
        )  # fmt: skip
        return finished, NoIntent()

    def attributes(self) -> Mapping[str, Attribute]:
        return passed(75, 3, "subscribe")


class OnboardingFinished(Greeted, FinalState):
    kind: Literal[OnboardingKind.FINISHED] = OnboardingKind.FINISHED
    begun: Onboard
    create_account: AccountCreated
    charge_card: CardCharged
    send_welcome: WelcomeSent | None = None
    subscribe: Subscribed | None = None

    def attributes(self) -> Mapping[str, Attribute]:
        return passed(100, 4)


class OnboardingStopped(Greeted, FinalState):
    kind: Literal[OnboardingKind.STOPPED] = OnboardingKind.STOPPED
    ignores = (
        Keeps(
            CardCharged, CardDeclined, why="charge_card was given up, and the process has stopped; people have to look"
        ),
    )
    begun: Onboard
    create_account: AccountCreated | None = None
    charge_card: CardCharged | None = None
    send_welcome: WelcomeSent | None = None
    subscribe: Subscribed | None = None
    stopped_at: str
    why: str
    got_card_declined: CardDeclined | None = None

    def attributes(self) -> Mapping[str, Attribute]:
        return passed(25, 1, "charge_card")


by_hand = Machine[
    AwaitingCreateAccount
    | AwaitingChargeCard
    | AwaitingSendWelcome
    | AwaitingSubscribe
    | OnboardingFinished
    | OnboardingStopped,
    Onboard | AccountCreated | CardCharged | CardDeclined | WelcomeSent | WelcomeBounced | Subscribed,
](name="onboarding")
