"""Layers: arrows lead downwards, labels have rows of their own."""

from hypothesis import given
from hypothesis import strategies as st

from telic.graph.crossings import crossings, ordered
from telic.graph.layering import Link, layers_of


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 10))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1])
    return count, [Link(one, other, (30.0, 10.0)) for one, other in draw(st.lists(ends, max_size=20, unique=True))]


@given(graphs())
def test_each_piece_of_an_arrow_leads_to_the_next_row(graph):
    count, links = graph
    layers = layers_of([(40.0, 20.0)] * count, links)
    for chain in layers.chains:
        rows = [layers.row_of[one] for one in chain]
        assert rows == list(range(rows[0], rows[0] + len(rows)))


@given(graphs())
def test_an_arrow_joins_what_it_says_turned_round_or_not(graph):
    count, links = graph
    layers = layers_of([(40.0, 20.0)] * count, links)
    for link, chain, turned in zip(links, layers.chains, layers.turned, strict=True):
        assert (chain[0], chain[-1]) == ((link.target, link.source) if turned else (link.source, link.target))


@given(graphs())
def test_boxes_and_labels_never_share_a_row(graph):
    count, links = graph
    layers = layers_of([(40.0, 20.0)] * count, links)
    assert all(layers.row_of[box] % 2 == 0 for box in range(count))
    for chain in layers.chains:
        labelled = [one for one in chain[1:-1] if layers.sizes[one] != (0.0, 0.0)]
        assert len(labelled) == 1
        assert layers.row_of[labelled[0]] % 2 == 1


@given(graphs())
def test_ordering_keeps_every_number_in_its_row_and_never_crosses_more(graph):
    count, links = graph
    layers = layers_of([(40.0, 20.0)] * count, links)
    rows = ordered(layers)
    assert [sorted(row) for row in rows] == [sorted(row) for row in layers.rows]


def test_a_graph_without_cycles_has_nothing_turned_round():
    links = [Link(0, 1), Link(0, 2), Link(1, 3), Link(2, 3), Link(0, 3)]
    assert layers_of([(1.0, 1.0)] * 4, links, [0]).turned == [False] * 5


def test_the_arrow_that_leads_back_is_the_one_that_is_turned_round():
    assert layers_of([(1.0, 1.0)] * 3, [Link(0, 1), Link(1, 2), Link(2, 0)], [0]).turned == [False, False, True]


def test_crossings_are_counted_and_taken_away():
    layers = layers_of([(1.0, 1.0)] * 4, [Link(0, 3), Link(1, 2)])
    crossed = [[0, 1], layers.rows[1], [2, 3]]
    assert crossings(layers, crossed) == 1
    assert crossings(layers, ordered(layers)) == 0


def test_a_picture_of_nothing_has_no_rows():
    assert layers_of([], []).rows == []
