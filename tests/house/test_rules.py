"""The rules in `.cursor/rules`: short, well-formed, and about files that exist.

Their links and listings are tested with those of the other pages, in `tests/docs`.
"""

import json
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT

RULES = sorted((ROOT / ".cursor" / "rules").glob("*.mdc"))
LINES_MAX = 80
HEADER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)

each_rule = pytest.mark.parametrize("path", [pytest.param(each, id=each.stem) for each in RULES])


def header_of(path: Path) -> dict[str, str]:
    found = HEADER.match(path.read_text(encoding="utf-8"))
    assert found, "the file begins with a header between two lines of `---`"
    pairs = (line.split(":", 1) for line in found[1].splitlines())
    return {key: value.strip() for key, value in pairs}


def test_there_are_rules():
    assert RULES


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
def test_a_rule_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < LINES_MAX


@each_rule
def test_a_rule_gives_reason_example_and_checklist(path):
    headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Rule", "Why", "Do", "Don't", "Checklist"]
