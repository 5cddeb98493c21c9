"""Histories that one order explains, and such that none does."""

from telic.testing.store_contract.histories import ABSENT, Called, Instance, explained, told


def load(client, found, invoked, returned):
    return Called(client, None, 0, found, False, invoked, returned)


def save(client, mark, expected, saved, invoked, returned):
    return Called(client, mark, expected, None, saved, invoked, returned)


ONE = Instance(1, 0)


def test_what_comes_one_after_the_other_is_explained():
    history = [load(0, ONE, 0, 1), save(0, 7, 1, True, 2, 3), load(1, Instance(2, 7), 4, 5)]
    assert explained(history, ONE)
    assert explained([], ABSENT)


def test_a_load_that_lags_behind_a_save_that_has_ended_is_not():
    assert not explained([save(0, 7, 1, True, 0, 1), load(1, ONE, 2, 3)], ONE)


def test_a_load_that_overlaps_a_save_may_see_either():
    assert explained([save(0, 7, 1, True, 0, 3), load(1, ONE, 1, 2)], ONE)
    assert explained([save(0, 7, 1, True, 0, 3), load(1, Instance(2, 7), 1, 2)], ONE)


def test_two_saves_on_one_revision_cannot_both_be_taken():
    assert not explained([save(0, 7, 1, True, 0, 3), save(1, 8, 1, True, 1, 2)], ONE)
    assert explained([save(0, 7, 1, True, 0, 3), save(1, 8, 1, False, 1, 2)], ONE)


def test_two_saves_on_one_revision_cannot_both_be_refused():
    assert not explained([save(0, 7, 1, False, 0, 3), save(1, 8, 1, False, 1, 2)], ONE)


def test_two_loads_cannot_go_back():
    history = [save(0, 7, 1, True, 0, 9), load(1, Instance(2, 7), 1, 2), load(1, ONE, 3, 4)]
    assert not explained(history, ONE)


def test_a_start_is_a_save_on_nothing():
    assert explained([load(1, ABSENT, 0, 1), save(0, 7, 0, True, 2, 3), load(1, Instance(1, 7), 4, 5)], ABSENT)
    assert not explained([save(0, 7, 0, True, 0, 1), save(1, 8, 0, True, 2, 3)], ABSENT)


def test_a_history_is_told_in_the_order_of_its_ends():
    history = [load(0, ONE, 0, 5), save(1, 7, 1, True, 1, 2), save(1, 8, 1, False, 3, 4)]
    assert told(history) == (
        "client 1 saves mark 7 on revision 1 and is taken; "
        "client 1 saves mark 8 on revision 1 and is refused; "
        "client 0 loads revision 1 with mark 0"
    )
