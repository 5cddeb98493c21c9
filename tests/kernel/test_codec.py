"""Bytes in and out: what is stored is what was, and what cannot be read is named."""

from datetime import timedelta
from typing import Annotated, Literal

import pytest
from hypothesis import given
from pydantic import BaseModel, PlainSerializer

from telic import Machine, NoIntent
from telic.kernel.codec import microseconds, moment, state_hash
from telic.kernel.errors import DecodeError, EncodeError
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.snapshot import Begin
from telic.kernel.upcasters import upcast
from telic.kernel.values import WaitKey
from tests.kernel import machines as m
from tests.kernel.lives import MOVES, lived
from tests.kernel.machines import HOUR, LAPSE, NOW, ORDERING, QUOTED, failed, part, shop, step, walk


@given(MOVES)
def test_what_is_stored_is_what_was(moves):
    for commit in lived(moves):
        after = commit.after._replace(seen={})
        stored = shop.codec.encode_snapshot(after)
        again = shop.codec.decode_snapshot(
            stored, meta=after.meta, revision=after.revision, status=after.status, at=after.at
        )
        assert again._replace(seen={}) == after
        for record in commit.records:
            assert shop.codec.decode_event(*shop.codec.encode_event(record.event)) == record.event


def test_values_of_older_versions_are_read_and_unknown_ones_named():
    @upcast("new", 1)
    def with_pokes(data):
        return {"kind": data["kind"], "pokes": data["nudges"]}

    newer = Machine[m.Shop, m.ShopEvent](name="shop", upcasters=(with_pokes,))
    assert newer.codec.decode_state("new", 1, b'{"kind":"new","nudges":3}') == m.New(pokes=3)
    assert newer.codec.encode_state(m.New()).version == 2
    for tag, version, data, text in (
        ("new", 2, b'{"kind":"new","pokes":"x"}', "New.pokes: Input should be a valid integer"),
        ("old", 1, b"{}", "expected a name that the machine knows, got 'old' version 1"),
        ("old", 1, b"[]", "expected a JSON object, got list; do restore the row"),
        ("old", 1, b"{", "expected JSON, got EOF while parsing"),
    ):
        with pytest.raises(DecodeError) as caught:
            newer.codec.decode_state(tag, version, data)
        assert text in str(caught.value)


@pytest.mark.parametrize("rest", [b'{"open": 1}', b'{"open": [[1, 2]]}', b'{"waits": [[1]]}', b'{"parked": [["Poke", "x", {}, null, "e", 1, "deferred", null, ""]]}', b'{"paused": 7}'])  # fmt: skip
def test_a_row_that_is_damaged_is_named_and_left_alone(rest):
    snapshot = walk(m.Open(), m.Quote(price=1))
    stored = shop.codec.encode_snapshot(snapshot)._replace(rest=rest)
    with pytest.raises(DecodeError, match="expected open intents, waits and kept events"):
        shop.codec.decode_snapshot(stored, meta=snapshot.meta, revision=2, status=snapshot.status, at=snapshot.at)


def test_a_wait_that_the_code_has_come_to_declare_is_open_from_now():
    snapshot = walk(m.Open(), m.Quote(price=1))
    stored = shop.codec.encode_snapshot(snapshot)._replace(rest=None)
    again = shop.codec.decode_snapshot(stored, meta=snapshot.meta, revision=2, status=snapshot.status, at=NOW)
    assert [one.since for one in again.waits] == [2, 2, 2, 2]


def read(snapshot, stored, **changes):
    how = {"meta": snapshot.meta, "revision": snapshot.revision, "status": snapshot.status, "at": snapshot.at}
    return shop.codec.decode_snapshot(stored, **{**how, **changes})


@pytest.mark.parametrize("moves", [(m.Open(),), QUOTED])
def test_the_reason_of_a_pause_is_written_with_it_and_nothing_of_it_where_there_is_none(moves):
    running = walk(*moves)
    for reason in ("", 'the "audit"'):
        paused = step(running, Pause(reason=reason)).after
        stored = shop.codec.encode_snapshot(paused)
        assert (b'"paused":' in (stored.rest or b"")) is bool(reason)
        assert read(paused, stored).paused_for == reason
    assert shop.codec.encode_snapshot(running).rest == shop.codec.encode_snapshot(step(paused, Resume()).after).rest


def test_an_instance_comes_back_with_its_intents_waits_and_kept_events():
    fired = step(walk(*QUOTED, (m.Collect(), {"actor": "ada"})), m.Lapsed(), now=NOW + HOUR, **LAPSE).after
    late = step(walk(*ORDERING), failed(0)[0], **failed(0)[1]).after
    unplaced = step(walk(*ORDERING)._replace(state=m.New(), waits=()), part(0)[0], **part(0)[1]).after
    deferred = walk(*QUOTED, (m.Recalled(), {"wait": WaitKey("Recalled")}))
    over = step(walk(*QUOTED), Terminate()).after
    for snapshot in (fired, late, unplaced, deferred, over):
        plain = snapshot._replace(seen={})
        assert read(plain, shop.codec.encode_snapshot(plain), seen={}) == plain
    assert shop.codec.encode_snapshot(over._replace(open={})).rest is None


def test_a_deadline_that_has_moved_since_it_fired_may_fire_again():
    fired = step(walk(*QUOTED), m.Lapsed(), now=NOW + HOUR, **LAPSE).after
    assert read(fired, shop.codec.encode_snapshot(fired)).waits[0].fired == NOW + HOUR
    moved = fired._replace(state=fired.state.evolve(until=NOW + 2 * HOUR))
    assert read(moved, shop.codec.encode_snapshot(moved)).waits[0].fired is None


def test_the_beginning_with_a_state_is_stored_under_its_kind():
    stored = shop.codec.encode_event(Begin(m.New(parts=3)))
    assert (stored.tag, stored.version) == ("telic.begin:new", 1)
    assert shop.codec.decode_event(*stored) == Begin(m.New(parts=3))


def test_intents_and_their_failures_are_stored_under_their_tag():
    intent = m.OrderPart(part_id=m.PartId("p"))
    stored = shop.codec.encode_intent(intent)
    assert (stored.tag, shop.codec.decode_intent(*stored)) == ("OrderPart", intent)
    failure = shop.failures[m.OrderPart](intent=intent, cause="exhausted")
    assert shop.codec.encode_event(failure).tag == "telic.intent_failed:OrderPart"
    assert shop.codec.decode_event(*shop.codec.encode_event(failure)) == failure


def test_an_instant_is_stored_as_whole_microseconds():
    assert moment(microseconds(NOW + timedelta(microseconds=1))) == NOW + timedelta(microseconds=1)
    assert microseconds(NOW + timedelta(microseconds=1)) - microseconds(NOW) == 1


def test_a_state_is_recognised_by_sixteen_bytes():
    assert (len(state_hash(b"x")), state_hash(b"x") == state_hash(b"y")) == (16, False)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{", "expected a JSON object, got text that is not JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", 'expected a JSON object with a "type", got list'),
        ({"type": "Opne"}, "expected \"type\" to be one of Approve, Collect, Lapsed, Mailed, Open, PartCame, PartMissing, Poke, Quote, Recalled, got 'Opne' (did you mean 'Open'?)"),
        ({"type": "telic.cancel"}, "expected \"type\" to be one of Approve, Collect, Lapsed, Mailed, Open, PartCame, PartMissing, Poke, Quote, Recalled, got 'telic.cancel'"),
        ({"type": "Quote", "price": "x"}, "Quote.price: Input should be a valid integer, unable to parse string as an integer, got 'x'"),
    ],
)  # fmt: skip
def test_what_somebody_sent_is_told_where_it_is_no_event(data, text):
    assert shop.codec.parse_event(data) == (text,)


def test_what_somebody_sent_is_told_where_it_has_no_json():
    (text,) = shop.codec.parse_event({"type": "Approve", "by": "a\ud800"})
    assert text.startswith("expected values that JSON can hold, got ")
    assert text.endswith("surrogates not allowed")


class Sealed(m.Command):
    number: Annotated[int, PlainSerializer(lambda number: 1 // number)] = 1


class Bare(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[m.K.NEW] = m.K.NEW
    text: str = ""

    def handle(self, event: Sealed) -> tuple["Bare", NoIntent]:
        return self, NoIntent()


def test_a_value_without_json_is_named_and_the_cause_is_kept():
    codec = Machine[Bare, Sealed](name="bare", starts=(Bare,), perpetual=True).codec
    for encode, value, text in (
        (codec.encode_event, Sealed(number=0), "cannot store 'Sealed': expected values that JSON can hold, got "),
        (codec.encode_state, Bare(text="\ud800"), "cannot store 'new': expected values that JSON can hold, got "),
        (
            codec.encode_event,
            Begin(Bare(text="\ud800")),
            "cannot store 'new': expected values that JSON can hold, got ",
        ),
    ):
        with pytest.raises(EncodeError) as caught:
            encode(value)
        assert str(caught.value).startswith(text)
        assert str(caught.value).endswith("; do refuse it where it comes in")
        assert str(caught.value.__cause__) in str(caught.value)
    assert (codec.refuses_by_itself, shop.codec.refuses_by_itself) == (False, True)


class Weighty(m.Fact):
    number: Annotated[int, PlainSerializer(lambda number: 1 // number)] = 1


def test_an_outcome_without_json_is_named_and_the_cause_is_kept():
    assert shop.codec.encode_outcome(Weighty()).tag == "Weighty"
    with pytest.raises(EncodeError) as caught:
        shop.codec.encode_outcome(Weighty(number=0))
    assert str(caught.value).startswith("cannot store 'Weighty': expected values that JSON can hold, got ")


def test_an_event_may_be_sent_as_json():
    assert shop.codec.parse_event(b'{"type": "Open", "parts": 1}') == m.Open(parts=1)
    assert shop.codec.parse_event({"type": "Quote", "price": 3}) == m.Quote(price=3)
