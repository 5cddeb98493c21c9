"""The rules in `.cursor/rules`: few, short, well-formed, and about files that exist.

Their listings run with those of the other pages, in `tests/docs`.
"""

import json
import re
from pathlib import Path

import pytest

from docs.building.markdown import links
from tests.house.tree import ROOT

RULES = sorted((ROOT / ".cursor" / "rules").glob("*.mdc"))
RULES_MAX = 13
LINES_MAX = 80
HEADER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)

each_rule = pytest.mark.parametrize("path", [pytest.param(each, id=each.stem) for each in RULES])


def header_of(path: Path) -> dict[str, str]:
    found = HEADER.match(path.read_text(encoding="utf-8"))
    assert found, "the file begins with a header between two lines of `---`"
    pairs = (line.split(":", 1) for line in found[1].splitlines())
    return {key: value.strip() for key, value in pairs}


def sections_of(path: Path) -> dict[str, str]:
    """What stands under each heading of the second level."""
    _, *parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}


def lost_links(path: Path) -> list[str]:
    """The files that a rule links to and that are not there."""
    return [target for target in links(path.read_text(encoding="utf-8")) if not (path.parent / target).exists()]


def test_there_are_rules_and_not_too_many_to_read():
    assert 0 < len(RULES) <= RULES_MAX


@each_rule
def test_the_header_has_its_three_keys_and_no_other(path):
    header = header_of(path)
    assert list(header) == ["description", "globs", "alwaysApply"]
    assert header["description"]
    assert header["alwaysApply"] in {"true", "false"}


@each_rule
def test_every_glob_matches_a_file(path):
    for pattern in json.loads(header_of(path)["globs"]):
        assert any(each.is_file() for each in ROOT.glob(pattern)), pattern


@each_rule
def test_every_link_of_a_rule_leads_to_a_file(path):
    assert lost_links(path) == []


def test_a_link_to_nothing_is_seen(tmp_path):
    rule = tmp_path / "rule.mdc"
    rule.write_text("[here](rule.mdc#why) [there](../gone.py) [out](https://example.org)", encoding="utf-8")
    assert lost_links(rule) == ["../gone.py"]


@each_rule
def test_a_rule_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < LINES_MAX


@each_rule
def test_a_rule_gives_reason_example_and_checklist(path):
    sections = sections_of(path)
    assert [*sections] == ["Rule", "Why", "Do", "Don't", "Checklist"]
    assert [name for name, text in sections.items() if len(text) < 40] == []
    assert "```" in sections["Do"] or "\n- " in sections["Do"]
    assert sections["Checklist"].startswith("- ")
