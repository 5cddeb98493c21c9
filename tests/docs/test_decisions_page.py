"""The records of decisions say what was decided and why, and nothing else."""

import re

from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs/explanation/decisions.md").read_text(encoding="utf-8")
RECORD = re.compile(r"\*\*Decided\.\*\* .+\.\n\n\*\*Why\.\*\* .+\.", re.DOTALL)


def test_every_record_says_what_was_decided_and_why():
    _, *records = re.split(r"^### (?=.)", PAGE, flags=re.MULTILINE)
    texts = {one.split("\n", 1)[0]: one.split("\n", 1)[1].split("\n## ")[0].strip() for one in records}
    assert len(texts) == len(records) > 30
    assert [title for title, text in texts.items() if not RECORD.fullmatch(text)] == []
