"""The pages about patterns: the reference names what is public, and what they show is what is printed."""

import re
import sys
from types import ModuleType

import telic.patterns
from tests.docs.test_pages import ROOT, listings
from tests.docs.test_proof_pages import shown

REFERENCE = ROOT / "docs/reference/patterns.md"


def test_the_reference_names_every_pattern_and_nothing_else():
    rows = re.findall(r"^\| `([^`]+)` \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(telic.patterns.__all__)


def test_a_package_of_patterns_lists_what_is_public():
    assert dir(telic.patterns) == telic.patterns.__all__


def test_what_the_page_shows_is_what_its_listings_print(monkeypatch, capsys):
    page = ROOT / "docs/how-to/use-patterns.md"
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for _, words, text in listings(page):
        if words == "python":
            exec(compile(text, str(page), "exec", dont_inherit=True), vars(module))
    printed = " ".join(capsys.readouterr().out.split())
    assert shown(page)
    assert [block for block in shown(page) if block not in printed] == []
