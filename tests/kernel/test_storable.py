"""What no store can hold is refused by name, wherever in a commit it stands."""

import dataclasses
from typing import Literal

import pytest
from pydantic import BaseModel

from telic import HumanTask, Intent, Machine, NoIntent, Topic, Value
from telic.kernel.errors import EncodeError
from telic.kernel.snapshot import Begin, Commit
from telic.kernel.storable import refuse_unencodable, refuse_unwritable, refuses_by_itself
from tests.kernel import machines as m
from tests.kernel.lives import lived
from tests.kernel.machines import ORDERING, QUOTED, part, shop, step, walk

LONE = "a\ud800"


def refusal_of(commit):
    with pytest.raises(EncodeError) as caught:
        refuse_unwritable(commit)
    return str(caught.value)


def test_a_text_is_refused_with_what_it_is_to_the_commit():
    first = step(None, m.Open(), key="k\u00e4")
    refuse_unwritable(first)
    after = first.after
    for what, meta in (
        ("the id", after.meta._replace(id=LONE)),
        ("the tenant", after.meta._replace(tenant=LONE)),
        ("the key", after.meta._replace(key=LONE)),
    ):
        assert refusal_of(first._replace(after=after._replace(meta=meta))) == (
            f"cannot store {what}: expected text that UTF-8 can write, got 'a\\ud800'; do replace its lone surrogates"
        )
    assert refusal_of(step(after, m.Poke(), actor=LONE)).startswith("cannot store the actor: expected text")
    hushed = step(after, m.Poke(how="hush"))
    odd = hushed.records[0]._replace(why=(LONE,))
    assert refusal_of(hushed._replace(records=(odd,))).startswith("cannot store a reason: expected text")


@pytest.mark.parametrize(
    "wait",
    [
        HumanTask(answer=m.Approve, title=LONE),
        HumanTask(answer=m.Approve, description=LONE),
        HumanTask(answer=m.Approve, assignee=LONE),
        HumanTask(answer=m.Approve, groups=("ok", LONE)),
        Topic(fact=m.Recalled, name=LONE),
        Topic(fact=m.Recalled, name="recalls", key=LONE),
        Topic(fact=m.Recalled, name="recalls", wait_key=LONE),
    ],
)
def test_a_wait_is_refused_by_its_key(wait):
    commit = step(walk(m.Open()), m.Quote(price=1))
    refuse_unwritable(commit)
    first, *others = commit.after.waits
    odd = commit._replace(after=commit.after._replace(waits=(first._replace(wait=wait), *others)))
    assert refusal_of(odd).startswith(f"cannot store wait {first.key!s}: expected text that UTF-8 can write, got ")
    refuse_unwritable(commit._replace(before=odd.after, after=odd.after))  # looked at when they were declared


def test_what_instances_live_through_can_be_stored():
    for commit in (*lived([0, 1, m.Quote(price=1), m.Collect(), 3, 1, 2]), step(walk(*ORDERING), *part(0)[:1], **part(0)[1])):  # fmt: skip
        refuse_unwritable(commit)
        refuse_unencodable(commit, shop.codec)


@dataclasses.dataclass(frozen=True)
class Label:
    text: str


class Plain(BaseModel):
    model_config = {"frozen": True}
    text: str


class Print(Intent[m.Mailed]):
    mail_id: m.MailId = m.MailId("opened")
    label: Label


class Labelled(m.Command):
    label: Label = Label("")


class Holder(Value):
    plains: tuple[Plain, ...]


class Nested(Value):
    texts: tuple[str, ...] = ()
    inner: "Nested | None" = None
    state: m.Part | None = None


class Classic(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[m.K.NEW] = m.K.NEW
    text: str = ""

    def handle(self, event: Labelled | m.Mailed) -> tuple["Classic", Print | NoIntent]:
        if isinstance(event, m.Mailed) or not event.label.text:
            return self, NoIntent()
        return self.model_copy(update={"text": "labelled"}), Print(label=event.label)


classic = Machine[Classic, Labelled | m.Mailed](name="classic", starts=(Classic,), perpetual=True)


def test_a_class_refuses_by_itself_where_all_in_it_are_values():
    for model in (Nested, Holder):
        model.model_rebuild()
    assert [refuses_by_itself(one) for one in (Nested, *shop.states, *shop.events, *shop.intents)] == [True] * (
        1 + len(shop.states) + len(shop.events) + len(shop.intents)
    )
    assert [refuses_by_itself(one) for one in (Holder, Plain, Print, Labelled, Classic)] == [False] * 5


def test_a_value_that_was_not_looked_at_is_refused_by_its_stored_name():
    begun = step(None, Begin(Classic()), machine=classic)
    assert isinstance(begun, Commit)
    refuse_unencodable(begun, classic.codec)
    labelled = step(begun.after, Labelled(label=Label("ok")), machine=classic)
    refuse_unencodable(labelled, classic.codec)
    record = labelled.records[0]
    emitted = record.emitted[0]._replace(intent=Print(label=Label(LONE)))
    for what, odd in (
        ("'Labelled'", record._replace(event=Labelled(label=Label(LONE)))),
        ("'new'", record._replace(state=Classic(text=LONE))),
        ("'Print'", record._replace(emitted=(emitted,))),
    ):
        with pytest.raises(EncodeError) as caught:
            refuse_unencodable(labelled._replace(records=(odd,)), classic.codec)
        assert str(caught.value).startswith(f"cannot store {what}: expected values that JSON can hold, got ")
        assert str(caught.value).endswith("surrogates not allowed; do refuse it where it comes in")
        assert isinstance(caught.value.__cause__, ValueError)


def test_a_machine_whose_values_all_refuse_needs_no_second_look():
    assert (shop.codec.refuses_by_itself, classic.codec.refuses_by_itself) == (True, False)
    assert walk(*QUOTED).waits
