"""The pages about proof: complete, and what they show is what is printed."""

import re
import sys
from types import ModuleType

import pytest

import telic.testing
import telic.verify
from telic.verify import ProblemKind
from tests.docs.test_pages import FENCE, ROOT, listings

REFERENCE = ROOT / "docs/reference/proof.md"
EXPLAINED = ROOT / "docs/explanation/proof.md"
SHOWING = [
    ROOT / "README.md",
    ROOT / "docs/how-to/prove-a-machine.md",
    ROOT / "docs/how-to/change-a-machine-in-production.md",
]
# Lines that are typed into a shell, and no output.
SHELL = ("pip ", "make ")


def section(name: str) -> str:
    return REFERENCE.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]


def rows(name: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", section(name), re.MULTILINE)


def shown(page) -> list[str]:
    """The indented blocks of a page, each in one line, hashes left out."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    blocks = re.findall(r"(?m)(?:^ {4}.*\n?)+", text)
    return [" ".join(one.split()) for one in blocks if not one.strip().startswith(SHELL)]


@pytest.mark.parametrize("package", [telic.verify, telic.testing])
def test_the_reference_names_what_is_public_and_nothing_else(package):
    assert sorted(rows(package.__name__)) == sorted(package.__all__)


def test_the_reference_names_each_option_of_pytest():
    written = (ROOT / "src/telic/testing/plugin.py").read_text(encoding="utf-8")
    assert rows("Options of pytest") == re.findall(r'"(--telic-[a-z-]+)"', written)


def test_the_reference_names_each_default_check():
    assert re.findall(r"`([^`]+)`", section("Default checks").split("[")[0]) == [str(one) for one in ProblemKind]


def test_the_page_explains_each_default_check():
    text = EXPLAINED.read_text(encoding="utf-8").split("## The default checks")[1].split("\n## ")[0]
    assert re.findall(r"^\*\*([^*]+)\*\*:", text, re.MULTILINE) == [str(one) for one in ProblemKind]


@pytest.mark.parametrize("page", [pytest.param(one, id=one.stem) for one in SHOWING])
def test_what_a_page_shows_is_what_its_listings_print(page, monkeypatch, capsys):
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for line, words, text in listings(page):
        if words == "python":
            exec(compile("\n" * line + text, str(page), "exec", dont_inherit=True), vars(module))
    printed = " ".join(capsys.readouterr().out.split())
    assert shown(page)
    for block in shown(page):
        pattern = re.escape(block).replace("…", "[0-9a-f]+")  # a hash, which nobody reads
        assert re.search(pattern, printed), block
