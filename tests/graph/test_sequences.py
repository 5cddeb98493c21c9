"""Sequence diagrams: the same parts as Mermaid, text and SVG."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from telic.graph.sequences import Loop, Message, Note, Sequence

STORY = Sequence(
    "order",
    (
        Message("People", "M", "PlaceOrder"),
        Note("M", "AwaitingPayment"),
        Loop("again and again"),
        Message("M", "ChargeCard", "ChargeCard(amount=12)"),
        Message("ChargeCard", "M", "CardDeclined", reply=True),
        Loop(),
    ),
)


def test_the_machine_comes_first_and_everybody_once():
    assert STORY.people() == ("M", "People", "ChargeCard")


def test_mermaid_says_who_answers_and_what_is_repeated():
    assert STORY.mermaid().splitlines() == [
        "sequenceDiagram",
        "    participant M as order",
        "    People->>M: PlaceOrder",
        "    Note over M: AwaitingPayment",
        "    loop again and again",
        "    M->>ChargeCard: ChargeCard(amount=12)",
        "    ChargeCard-->>M: CardDeclined",
        "    end",
    ]


def test_text_is_a_line_for_each_part():
    assert STORY.text().splitlines() == [
        "order",
        "  People -> order: PlaceOrder",
        "  (AwaitingPayment)",
        "  again and again: again and again",
        "  order -> ChargeCard: ChargeCard(amount=12)",
        "  ChargeCard --> order: CardDeclined",
        "  until here",
    ]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1), min_size=1, max_size=4))
def test_any_words_give_a_document_that_can_be_read(words):
    parts = tuple(Message("People", "M", word) for word in words)
    root = ET.fromstring(Sequence(words[0], parts).svg())
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [one for one in texts if one in words][-len(words) :] == words


def test_an_arrow_points_at_who_is_told():
    picture = STORY.svg()
    heads = [
        one.get("d", "")
        for one in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}path")
        if one.get("class") == "head"
    ]
    assert ["l-8" in one for one in heads] == [False, True, False]
