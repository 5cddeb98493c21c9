"""The examples in docstrings run, and print what they say."""

import doctest
import importlib

import pytest

from tests.house.tree import SOURCE, modules

NAMES = [
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__") for path in modules("src")
]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_module_hold(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0
