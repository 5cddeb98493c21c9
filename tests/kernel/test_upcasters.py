"""Upcasters: a chain from every version that was stored to today's."""

import pytest

from telic import upcast
from telic.kernel.errors import DecodeError
from telic.kernel.upcasters import Upcasters


def test_upcasters_chain_and_rename():
    steps = (
        upcast("pay", 1)(lambda data: {**data, "currency": "EUR"}),
        upcast("pay", 2, to="charge")(lambda data: {**data, "cents": 1}),
    )
    upcasters = Upcasters(steps)
    assert (upcasters.version("charge"), upcasters.version("other")) == (3, 1)
    assert upcasters.raised("pay", 1, {}, ["charge"]) == ("charge", {"currency": "EUR", "cents": 1})
    assert steps[0]({}) == {"currency": "EUR"}


@pytest.mark.parametrize(
    ("tag", "version", "text"),
    [
        (
            "chrage",
            1,
            "expected a name that the machine knows (did you mean 'charge'?), got 'chrage' version 1 and no upcaster from it; do add @upcast('chrage', from_version=1, ...)",
        ),
        (
            "chrage",
            5,
            "expected a name that the machine knows (did you mean 'charge'?), got 'chrage' version 5 and no upcaster from it; do add @upcast('chrage', from_version=5, ...)",
        ),
        ("charge", 5, "expected version 2 at most, got 5, which a newer code has stored; do deploy that code"),
        (
            "refund",
            1,
            "expected an upcaster from every version below 3, got none from version 1; do add @upcast('refund', from_version=1)",
        ),
        ("charge", 1, "expected the upcaster from 'charge' version 1 to map it, got KeyError('amount')"),
    ],
)
def test_what_no_upcaster_reads_is_named(tag, version, text):
    steps = [upcast("charge", 1)(lambda data: {"cents": data["amount"]}), upcast("refund", 2)(dict)]
    upcasters = Upcasters(steps)
    with pytest.raises(DecodeError) as caught:
        upcasters.raised(tag, version, {}, ["charge", "refund"])
    assert str(caught.value) == f"cannot read {tag!r} version {version}: {text}"


def test_upcasters_are_refused_when_they_cannot_be_meant():
    with pytest.raises(ValueError, match="expected from_version of at least 1, got 0"):
        upcast("x", 0)
    with pytest.raises(ValueError, match="expected one upcaster for 'x' version 1, got two; do keep one"):
        Upcasters([upcast("x", 1)(dict), upcast("x", 1)(dict)])
