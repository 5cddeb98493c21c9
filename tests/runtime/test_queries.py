"""Queries are plain values that leave everything open unless they say otherwise."""

from telic.runtime.queries import Between, Page, Query


def test_a_query_that_says_nothing_means_every_instance():
    assert Query() == (None, None, None, None, {}, None)


def test_a_range_has_open_ends_where_none_is_named():
    assert (Between(low=1).high, Between(high=1).low) == (None, None)


def test_a_page_says_where_the_next_one_begins():
    assert Page((1, 2), "b").next == "b"
