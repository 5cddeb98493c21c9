"""The public names of `telic.testing`: each loads on its first use."""

import pytest

import telic.testing


@pytest.mark.parametrize("name", telic.testing.__all__)
def test_each_name_loads_and_says_what_it_is(name):
    assert getattr(telic.testing, name) is not None
    assert name in dir(telic.testing)


def test_a_name_that_is_not_there_is_missing():
    with pytest.raises(AttributeError, match=r"module 'telic\.testing' has no attribute 'Nothing'"):
        _ = telic.testing.Nothing
