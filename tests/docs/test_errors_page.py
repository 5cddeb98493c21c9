"""The page of errors names every exception that a program may meet, and no other."""

import re
from importlib import import_module

from docs.building.names import pages
from telic.kernel.errors import TelicError
from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
# Bases that are never raised themselves.
BASES = {"StoreError", "TelicError", "TransitionError"}


def exceptions():
    """Every public exception, by its name."""
    offered = {name: getattr(import_module(page.module), name) for page in pages() for name in page.own}
    return {
        name: value for name, value in offered.items() if isinstance(value, type) and issubclass(value, BaseException)
    }


def test_every_error_has_its_row_with_who_and_when():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(set(exceptions()) - BASES)


def test_what_the_page_says_of_their_tree_is_so():
    others = {name for name, value in exceptions().items() if not issubclass(value, TelicError)}
    (told,) = re.findall(r"^All derive from `TelicError`, but for (.+?):", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", told)) == others
