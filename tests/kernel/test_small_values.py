"""Values, containers, intents, verdicts, waits, retries, contexts: what they hold to."""

import pickle
import subprocess
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Never

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, ValidationError

from telic import (
    Batch,
    Call,
    Command,
    Context,
    Deadline,
    Defer,
    Fact,
    FrozenMap,
    FrozenSet,
    HumanTask,
    Ignore,
    Ignores,
    Intent,
    Later,
    Many,
    NoIntent,
    Reject,
    Retry,
    Topic,
    TypedId,
    Value,
    Withdraw,
    WorkflowId,
    upcast,
)
from telic.kernel import errors
from telic.kernel.errors import DecodeError, MissingExtra, TelicError
from telic.kernel.handling import Binding
from telic.kernel.intents import AtLeastOnce, AtMostOnce
from telic.kernel.upcasters import Upcasters
from telic.kernel.waits import Wait

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class BoxId(TypedId): ...


class SmallBoxId(BoxId): ...


class LidId(TypedId): ...


class Box(Value):
    box_id: BoxId = BoxId("b")
    amount: Decimal = Decimal(0)
    at: AwareDatetime = NOW
    tags: FrozenSet[str] = FrozenSet()
    inner: FrozenMap[BoxId, Decimal] = FrozenMap()
    type: Decimal | None = None
    default: tuple[AwareDatetime, ...] = ()


class Crate(Value):
    boxes: tuple[Box, ...] = ()


# --- values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [("1.50", "1.5"), ("100", "100"), ("1E+3", "1000"), ("-0.00", "0"), ("-2.0", "-2"), ("0.0", "0"), ("7", "7"), ("-3", "-3")],
)  # fmt: skip
def test_a_decimal_is_kept_in_one_form(given_text, kept):
    assert str(Box(amount=Decimal(given_text)).amount) == kept


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.integers(0, 5))
def test_equal_decimals_give_equal_bytes(number, zeros):
    padded = number.quantize(Decimal(1).scaleb(-6 - zeros)) if abs(number) < 10**9 else number
    assert Box(amount=number).amount == number
    assert Box(amount=number).model_dump_json() == Box(amount=padded).model_dump_json()


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 12))
def test_an_instant_is_kept_in_utc(naive, hours):
    here = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    box = Box(at=here, default=(here,))
    assert (box.at, box.at.tzinfo) == (here, UTC)
    assert Box.model_validate_json(box.model_dump_json()) == box == Box(at=here.astimezone(UTC), default=(here,))


def test_values_are_canonical_inside_other_values_and_under_any_field_name():
    crate = Crate(boxes=(Box(amount=Decimal("1.0"), type=Decimal("2.0")),))
    assert crate.model_dump_json(include={"boxes": {0: {"amount", "type"}}}) == '{"boxes":[{"amount":"1","type":"2"}]}'


def test_values_refuse_nan_unknown_fields_and_change():
    for wrong in ({"amount": "NaN"}, {"colour": 1}):
        with pytest.raises(ValidationError):
            Box(**wrong)
    with pytest.raises(ValidationError, match="frozen"):
        Box().amount = Decimal(1)
    with pytest.raises(ValidationError, match="colour"):
        Box().evolve(colour="red")
    assert Box().evolve(amount=Decimal("2.0")) == Box(amount=Decimal(2))


def test_a_typed_id_is_not_empty_and_of_its_own_kind():
    assert (repr(BoxId("b")), Box(box_id="x").box_id) == ("BoxId('b')", BoxId("x"))
    assert type(Box(box_id=SmallBoxId("x")).box_id) is BoxId
    with pytest.raises(ValueError, match="expected BoxId to have at least one character, got ''"):
        BoxId("")
    with pytest.raises(ValidationError, match="expected BoxId, got LidId"):
        Box(box_id=LidId("l"))
    with pytest.raises(ValidationError, match="at least 1 character"):
        Box(box_id="")


# --- containers -----------------------------------------------------------------------------


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(), max_size=6), st.randoms())
def test_maps_of_equal_content_have_one_order_and_hash(content, random):
    shuffled = list(content.items())
    random.shuffle(shuffled)
    one, other = FrozenMap(content), FrozenMap(shuffled)
    assert (one, hash(one), list(one)) == (other, hash(other), sorted(content))
    assert dict(one) == content
    assert hash(one) == hash(one)


@given(st.lists(st.text(max_size=3), max_size=6))
def test_sets_keep_each_item_once_in_one_order(items):
    one = FrozenSet(items)
    assert (list(one), len(one), hash(one)) == (sorted(set(items)), len(set(items)), hash(FrozenSet(reversed(items))))
    assert hash(one) == hash(one)


def test_containers_change_by_making_new_ones():
    stock = FrozenMap({"b": 2, "a": 1})
    assert (stock.put("c", 3), stock.without("a", "z")) == (FrozenMap({"a": 1, "b": 2, "c": 3}), FrozenMap({"b": 2}))
    assert (stock["a"], len(stock), stock == {"a": 1}, repr(stock)) == (1, 2, False, "FrozenMap({'a': 1, 'b': 2})")
    names = FrozenSet(["b", "a"])
    assert (names.put("c").without("a"), names == {"a"}, repr(names)) == (
        FrozenSet("bc"),
        False,
        "FrozenSet(['a', 'b'])",
    )
    assert (names & FrozenSet("a"), names | FrozenSet("c")) == (FrozenSet("a"), FrozenSet("abc"))
    assert list(FrozenMap({2: "x", 1.5: "y"})) == [1.5, 2]
    assert list(FrozenMap({AtMostOnce: 1})) == [AtMostOnce]


def test_containers_come_from_json_and_from_plain_ones():
    box = Box(tags={"b", "a"}, inner={"y": "1.0", "x": 2})
    assert box.model_dump(include={"tags", "inner"}, mode="json") == {"tags": ["a", "b"], "inner": {"x": "2", "y": "1"}}
    assert Box(tags=box.tags, inner=box.inner) == Box.model_validate_json(box.model_dump_json()) == box
    assert Box(tags=["a", "b"]).tags == box.tags


# --- intents --------------------------------------------------------------------------------


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
    with pytest.raises(TypeError):
        Beep() & 1  # type: ignore[operator]


def test_many_are_of_one_type():
    with pytest.raises(TypeError, match=r"expected intents of one type, got Beep and Blink; do one Many.of"):
        Many.of([Beep(), Blink()])


def test_class_options_are_kept_and_inherited():
    class Flash(Blink): ...

    assert (Blink.__tag__, Flash.__tag__, Beep.__tag__) == ("blink", "Flash", "Beep")
    assert (Flash.__delivery__, Beep.__delivery__, Flash.__retry__) == (AtMostOnce, AtLeastOnce, Retry(max_attempts=1))


def test_a_withdrawal_names_an_intent_or_a_type():
    one, every = Withdraw(intent=Beep()), Withdraw(every=Beep)
    assert (one.takes(Beep()), one.takes(Beep(times=2)), every.takes(Beep(times=2)), every.takes(Blink())) == (
        True,
        False,
        True,
        False,
    )
    assert (repr(one), repr(every), one == every, hash(one) == hash(Withdraw(intent=Beep()))) == (
        "Withdraw(intent=Beep(times=1))", "Withdraw(every=Beep)", False, True,
    )  # fmt: skip
    for wrong in ({}, {"intent": Beep(), "every": Beep}):
        with pytest.raises(ValueError, match="expected either intent= or every="):
            Withdraw(**wrong)


def test_a_binding_takes_the_policy_of_the_handler_before_that_of_the_intent():
    async def blink(intent: Blink, call: Call) -> Sent:
        return Sent()

    def awaiting(intent: Blink, call: Call) -> Awaitable[Sent]:
        return blink(intent, call)

    assert Blink.handled_by(blink).retry == Retry(max_attempts=1)
    assert Blink.handled_by(awaiting, retry=Retry(max_attempts=9)).retry == Retry(max_attempts=9)
    assert repr(Binding(Beep, print)) == "Binding(Beep, print)"
    assert repr(Call(key="k", workflow_id="w", attempt=2)) == "Call(key='k', attempt=2)"
    assert repr(Later()) == "Later(until=None)"


# --- verdicts and waits ---------------------------------------------------------------------


def test_verdicts_compare_by_content_and_carry_reasons():
    assert (Reject("a", "b"), Ignore("x"), Defer()) == (Reject("a", "b"), Ignore("x"), Defer())
    assert len({Reject("a"), Reject("a"), Ignore("a"), Ignore("b"), Defer(), Defer(), NoIntent()}) == 5
    assert [repr(one) for one in (Reject("a", "b"), Ignore("x"), Defer())] == [
        "Reject('a', 'b')",
        "Ignore('x')",
        "Defer()",
    ]
    with pytest.raises(ValueError, match=r"expected a reason, got none; do Reject\('why not'\)"):
        Reject()
    with pytest.raises(ValueError, match="expected a reason, got ''"):
        Ignore("")
    with pytest.raises(ValueError, match="expected event types and a reason"):
        Ignores(Sent, why="")
    assert repr(Ignores(Sent, why="w")) == "Ignores(Sent, why='w')"


class Approve(Command): ...


def test_waits_compare_by_content_and_have_a_key():
    here = NOW.astimezone(timezone(timedelta(hours=2)))
    deadline = Deadline(at=here, event=Sent())
    assert (deadline, deadline.at.tzinfo, deadline.key) == (Deadline(at=NOW, event=Sent()), UTC, "Sent")
    task = HumanTask(answer=Approve, due=NOW, remind=(timedelta(hours=1),))
    topic = Topic(fact=Sent, name="news", key="7", wait_key="mine")
    assert (task.title, task.key, topic.key, topic.topic_key) == ("Approve", "Approve", "mine", "7")
    assert [one.event_type for one in (deadline, task, topic)] == [Sent, Approve, Sent]
    assert (repr(topic), hash(topic), topic == task) == ("Topic(Sent, key='mine')", hash(topic), False)
    with pytest.raises(NotImplementedError):
        _ = Wait().event_type


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Deadline(at=datetime(2026, 1, 1), event=Sent()), "expected an aware datetime, got datetime"),
        (lambda: HumanTask(answer=Approve, due=datetime(2026, 1, 1)), "expected an aware datetime as due"),
        (lambda: HumanTask(answer=Approve, remind=(timedelta(1),)), "expected due beside remind, got None"),
    ],
)
def test_waits_refuse_what_has_no_meaning(make, text):
    with pytest.raises(ValueError, match=text):
        make()


# --- retries and contexts -------------------------------------------------------------------


@given(st.integers(1, 60), st.floats(1, 10), st.floats(0, 1), st.text(min_size=1))
def test_delays_stay_below_the_longest_and_depend_on_the_key_alone(attempt, factor, jitter, key):
    policy = Retry(max_attempts=100, factor=factor, jitter=jitter)
    delay = policy.delay(attempt, key)
    assert timedelta(0) <= delay <= policy.max_delay
    assert delay == policy.delay(attempt, key)


def test_the_last_attempt_has_no_delay():
    assert Retry(max_attempts=1).delay(1, "k") is None


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"max_attempts": 0}, "expected max_attempts of at least 1, got 0"),
        ({"base_delay": timedelta(seconds=-1)}, "expected base_delay of at least 0 s"),
        ({"factor": 0.5}, "expected factor of at least 1, got 0.5"),
        ({"max_delay": timedelta(0)}, "expected max_delay not below base_delay, got 0:00:00"),
        ({"jitter": 2}, "expected jitter between 0 and 1, got 2.0"),
    ],
)
def test_a_policy_that_could_never_act_is_refused(wrong, text):
    with pytest.raises(ValidationError, match=text):
        Retry(**wrong)


SCRIPT = """
from datetime import UTC, datetime
from telic import Context, WorkflowId
ctx = Context(datetime(2026, 1, 1, tzinfo=UTC), WorkflowId("w"), revision=3)
print(ctx.uuid("a"), ctx.random("a"), ctx.event_id)
"""


def test_ids_and_numbers_are_the_same_in_every_process():
    printed = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    ctx = Context(datetime(2026, 1, 1, tzinfo=UTC), WorkflowId("w"), revision=3)
    assert printed == {f"{ctx.uuid('a')} {ctx.random('a')} telic:w:3\n"}
    assert (ctx.uuid("a").version, ctx.uuid("a") == ctx.uuid("b"), 0 <= ctx.random("b") < 1) == (8, False, True)
    assert repr(ctx) == "Context(now=2026-01-01T00:00:00+00:00, workflow_id=WorkflowId('w'), revision=3)"


# --- upcasters and errors -------------------------------------------------------------------


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
        ("charge", 5, "expected version 2 at most, got 5, which a newer code has stored; do deploy that code"),
        ("charge", 1, "expected the upcaster from 'charge' version 1 to map it, got KeyError('amount')"),
    ],
)
def test_what_no_upcaster_reads_is_named(tag, version, text):
    upcasters = Upcasters([upcast("charge", 1)(lambda data: {"cents": data["amount"]})])
    with pytest.raises(DecodeError) as caught:
        upcasters.raised(tag, version, {}, ["charge"])
    assert str(caught.value) == f"cannot read {tag!r} version {version}: {text}"


def test_upcasters_are_refused_when_they_cannot_be_meant():
    with pytest.raises(ValueError, match="expected from_version of at least 1, got 0"):
        upcast("x", 0)
    with pytest.raises(ValueError, match="expected one upcaster for 'x' version 1, got two; do keep one"):
        Upcasters([upcast("x", 1)(dict), upcast("x", 1)(dict)])


EXAMPLES = [
    (errors.DefinitionError("m", (errors.Fault("A.b", "expected x, got y", "write x"),)), "machine 'm' has 1 fault:\n  1. A.b: expected x, got y; do write x"),
    (errors.ConfigurationError("System", ("expected x, got y",)), "System cannot be built:\n  1. expected x, got y"),
    (errors.UndeclaredResult("A.b", "expected x"), "A.b: expected x"),
    (errors.DecodeError("t", 2, "why"), "cannot read 't' version 2: why"),
    (errors.RevisionConflict("w", 1, 2), "instance 'w': expected revision 1, got 2; do load again and decide again"),
    (errors.RevisionConflict("w", 1), "instance 'w': expected revision 1, got another one; do load again and decide again"),
    (errors.StoreFailed("save", "disk full"), "save failed: disk full"),
    (errors.StoreClosed("db"), "expected an open database, got db closed; do open a new one"),
    (MissingExtra("PostgresDatabase", "postgres"), "PostgresDatabase needs an extra that is not installed; do pip install 'telic[postgres]'"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "text"), EXAMPLES, ids=[type(error).__name__ for error, _ in EXAMPLES])
def test_errors_say_what_to_do_and_pickle(error, text):
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), type(again), again.args) == (text, type(error), error.args)
    assert isinstance(error, TelicError)


def test_the_base_of_the_errors_is_never_raised():
    with pytest.raises(TypeError, match="expected a subclass, got TelicError itself"):
        TelicError()
    assert repr(errors.Fault("a", "b", "c")) == "Fault('a', 'b', 'c')"
    assert errors.nearest("zzz", ["abc"]) == ""
