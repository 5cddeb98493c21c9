"""What is proved of the sign-up, in both of its forms."""

from examples.signup.classic import PendingSignup, classic_signup
from examples.signup.machine import Email, SignupKind, UserId, signup
from telic.testing import suite
from telic.verify import Domain

PEOPLE = Domain().each(Email, Email("ada@example.org")).each(UserId, UserId("u-1"))
PENDING = PendingSignup(kind=SignupKind.PENDING, email=Email("ada@example.org"))

TestSignup = suite(signup, domain=PEOPLE, graph="signup.graph.json", worlds=5)
TestClassicSignup = suite(classic_signup, domain=PEOPLE, starts=[PENDING], graph="classic_signup.graph.json", worlds=4)
