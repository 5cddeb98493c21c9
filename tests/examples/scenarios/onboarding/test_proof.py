"""What is proved of the onboarding: three reminders at most, then somebody calls."""

from examples.scenarios.onboarding.machine import (
    GiveUpOnboarding,
    OnboardingAwaitingProfile,
    OnboardingCompleted,
    OnboardingEscalated,
    OnboardingFailed,
    RemindUser,
    UserId,
    onboarding,
)
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, is_, leads_to, sometimes, weak

USERS = Domain().each(UserId, UserId("u-1")).field(GiveUpOnboarding, "reason", "no time")


def is_escalated_after_three(world):
    """The last reminder goes out with the escalation, and none is numbered beyond it."""
    numbers = {one.number for one in world.open if isinstance(one, RemindUser)}
    return numbers <= {1, 2, 3} and (3 not in numbers or not isinstance(world.state, OnboardingAwaitingProfile))


TestOnboarding = suite(
    onboarding,
    domain=USERS,
    check=[
        always("there are three reminders at most", is_escalated_after_three),
        sometimes("a user completes the profile after the escalation", is_(OnboardingCompleted)),
        leads_to(
            "who does not answer is called",
            is_(OnboardingAwaitingProfile),
            is_(OnboardingEscalated, OnboardingCompleted, OnboardingFailed),
        ),
        eventually("every onboarding ends once somebody has called", ended, fair=weak(GiveUpOnboarding)),
    ],
    graph="onboarding.graph.json",
    worlds=8,
)
