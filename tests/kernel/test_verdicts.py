"""The three verdicts: why a transition keeps its state."""

import pytest

from telic import Defer, Ignore, NoIntent, Reject


def test_verdicts_compare_by_content():
    assert (Reject("a", "b"), Ignore("x"), Defer()) == (Reject("a", "b"), Ignore("x"), Defer())
    assert len({Reject("a"), Reject("a"), Ignore("a"), Ignore("b"), Defer(), Defer(), NoIntent()}) == 5


def test_verdicts_read_as_they_are_written():
    assert [repr(one) for one in (Reject("a", "b"), Ignore("x"), Defer())] == [
        "Reject('a', 'b')",
        "Ignore('x')",
        "Defer()",
    ]


def test_a_verdict_says_why():
    assert (Reject("a", "b").reasons, Ignore("x").why) == (("a", "b"), "x")
    with pytest.raises(ValueError, match=r"expected a reason, got none; do Reject\('why not'\)"):
        Reject()
    with pytest.raises(ValueError, match="expected a reason, got ''"):
        Ignore("")
