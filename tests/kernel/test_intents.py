"""Intents and how they are joined: a monoid with ``NoIntent`` as its unit."""

from collections.abc import Awaitable
from typing import Never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telic import Batch, Call, Fact, Intent, Many, NoIntent, Retry, Withdraw
from telic.kernel.intents import AtLeastOnce, AtMostOnce, parts_of


class Sent(Fact): ...


class Beep(Intent[Never]):
    times: int = 1


class Blink(Intent[Sent], tag="blink", delivery=AtMostOnce, retry=Retry(max_attempts=1)): ...


emissions = st.recursive(
    st.one_of(
        st.just(NoIntent()),
        st.builds(Beep, times=st.integers(0, 3)),
        st.just(Blink()),
        st.lists(st.builds(Beep), max_size=2).map(Many.of),
        st.just(Withdraw(every=Beep)),
    ),
    lambda inner: st.builds(lambda one, other: one & other, inner, inner),
    max_leaves=6,
)


@given(emissions, emissions, emissions)
def test_emissions_are_a_monoid(one, two, three):
    assert (one & two) & three == one & (two & three)
    assert NoIntent() & one == one == one & NoIntent()
    assert hash(one & two) == hash(one & two)


def test_emissions_read_as_they_are_written():
    batch = Beep() & Blink() & Many.of([Beep()])
    assert repr(batch) == "Beep(times=1) & Blink() & Many.of([Beep(times=1)])"
    assert (list(batch), repr(NoIntent())) == ([Beep(), Blink(), Many.of([Beep()])], "NoIntent()")
    assert (list(Many.of([Beep()])), Many.of([]) == Many.of([])) == ([Beep()], True)
    assert isinstance(batch, Batch)
    assert isinstance(Many.of([Beep()]) & Beep(), Batch)
    with pytest.raises(TypeError):
        Beep() & 1  # type: ignore[operator]


def test_emissions_of_equal_content_are_one_in_a_set():
    same = [NoIntent(), Many.of([Beep()]), Beep() & Blink()] * 2
    assert len({*same, NoIntent(), Many.of([Beep()]), Beep() & Blink()}) == 3


def test_the_parts_of_an_emission_are_flat_and_nothing_has_none():
    assert parts_of(Beep() & (Blink() & Beep())) == (Beep(), Blink(), Beep())
    assert (parts_of(Beep()), parts_of(NoIntent())) == ((Beep(),), ())


def test_many_are_of_one_type():
    with pytest.raises(TypeError, match=r"expected intents of one type, got Beep and Blink; do one Many.of"):
        Many.of([Beep(), Blink()])


def test_class_options_are_kept_and_inherited():
    class Flash(Blink): ...

    class Gleam(Flash, delivery=AtLeastOnce, retry=Retry(max_attempts=2), priority=3): ...

    class Glow(Gleam): ...

    assert (Blink.__tag__, Flash.__tag__, Beep.__tag__) == ("blink", "Flash", "Beep")
    assert (Flash.__delivery__, Beep.__delivery__, Flash.__retry__) == (AtMostOnce, AtLeastOnce, Retry(max_attempts=1))
    assert (Gleam.__delivery__, Gleam.__retry__) == (AtLeastOnce, Retry(max_attempts=2))
    assert (Flash.__priority__, Gleam.__priority__, Glow.__priority__) == (0, 3, 3)


def test_a_binding_takes_the_policy_of_the_handler_before_that_of_the_intent():
    async def blink(intent: Blink, call: Call) -> Sent:
        return Sent()

    def awaiting(intent: Blink, call: Call) -> Awaitable[Sent]:
        return blink(intent, call)

    assert Blink.handled_by(blink).retry == Retry(max_attempts=1)
    assert Blink.handled_by(awaiting, retry=Retry(max_attempts=9)).retry == Retry(max_attempts=9)
    assert (Blink.handled_by(blink).priority, Blink.handled_by(blink, priority=-1).priority) == (0, -1)
