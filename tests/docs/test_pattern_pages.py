"""The pages about patterns: the reference names what is public, and nothing else."""

import re

import telic.patterns
from tests.docs.test_pages import ROOT

REFERENCE = ROOT / "docs/reference/patterns.md"


def test_the_reference_names_every_pattern_and_nothing_else():
    rows = re.findall(r"^\| `([^`]+)` \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(telic.patterns.__all__)
