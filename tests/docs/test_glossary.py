"""The glossary names things that there are, each once, and explains the words that the API is made of."""

import re
from importlib import import_module

import pytest

import telic
from docs.building.names import pages
from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs/reference/glossary.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\*\*([^*]+)\*\*: `([\w.]+)`\. (.+)$", re.MULTILINE)
TERMS = ENTRY.findall(PAGE)
# Names of the root that are values or machinery, and no ideas of their own.
PLAIN = {"Batch", "Cancel", "FrozenMap", "FrozenSet", "Ignores", "Many", "NoIntent", "TelicError", "TypedId", "Value"}


def named(path):
    """What a dotted name leads to, through modules and classes."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            value = getattr(value, part)
        return value
    raise LookupError(path)


@pytest.mark.parametrize(("term", "name", "text"), [pytest.param(*each, id=each[0]) for each in TERMS])
def test_a_term_names_something_public_and_says_what_it_is(term, name, text):
    public = {f"{page.module}.{each}" for page in pages() for each in (*page.own, *dict(page.elsewhere))}
    assert named(name) is not None
    assert any(name == each or name.startswith(f"{each}.") for each in public)
    assert text.endswith(".")


def test_every_paragraph_is_an_entry():
    paragraphs = [part for part in PAGE.split("\n\n")[2:] if not part.startswith("## ")]
    assert [part for part in paragraphs if not ENTRY.fullmatch(part.strip())] == []


def test_a_term_stands_once():
    terms = [term for term, _, _ in TERMS]
    assert len(terms) == len(set(terms))


def test_each_idea_of_the_root_is_explained():
    explained = {name.split(".")[1] for _, name, _ in TERMS if name.startswith("telic.")}
    assert set(telic.__all__) - PLAIN - explained == set()
