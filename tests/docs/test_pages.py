"""The pages: every link leads somewhere, and every listing runs.

The Python listings of a page run in order, in one namespace, as a reader would type them. A piece
cut out of something is fenced as `python fragment`: it has to parse, and is not run. One that needs
a server is fenced as `python postgres`, and finds the URL of an empty database in DATABASE_URL. A page
that sets up its process for good, as Django does, says `python apart` and has a process of its own.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from tests.services import postgres_database

ROOT = Path(__file__).parents[2]
PLACES = ("*.md", "docs/**/*.md", "examples/**/*.md", ".cursor/rules/*.mdc")
PAGES = sorted(page for place in PLACES for page in ROOT.glob(place))
FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)|!\[[^\]]*\]\((?!\w+:)([^)\s]+)\)")

each_page = pytest.mark.parametrize(
    "page", [pytest.param(each, id=each.relative_to(ROOT).as_posix()) for each in PAGES]
)


def listings(page: Path) -> Iterator[tuple[int, str, str]]:
    """The fenced blocks of a page: the line above the code, the words after the fence, the code."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        indent, words, code = found.groups()
        yield text[: found.start(3)].count("\n"), words.strip(), re.sub(f"(?m)^{indent}", "", code)


def anchors(page: Path) -> set[str]:
    """What `page.md#...` may name: its headings, lowered, without punctuation, with hyphens; and what HTML names."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    named = re.findall(r'<a id="([^"]+)"></a>', text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}.union(named)


@each_page
def test_every_link_leads_somewhere(page):
    lost = []
    for target, anchor, image in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        path = (page.parent / (target or image)) if target or image else page
        if not path.exists() or (anchor and anchor[1:] not in anchors(path)):
            lost.append(f"{target or image}{anchor}")
    assert lost == []


def run(page: Path) -> None:
    """Run the listings of a page in order, in the module that they are to find themselves in."""
    for line, words, text in listings(page):
        if not re.match(r"python\b|py\b", words):
            continue
        # The empty lines above make the numbers in a traceback those of the page.
        tree = ast.parse("\n" * line + text, filename=str(page))
        if "fragment" not in words.split():
            exec(compile(tree, str(page), "exec", dont_inherit=True), vars(sys.modules["page"]))


@each_page
def test_every_listing_runs(page, monkeypatch):
    said = {word for _, words, _ in listings(page) for word in words.split()}
    with ExitStack() as stack:
        if "postgres" in said:
            monkeypatch.setenv("DATABASE_URL", stack.enter_context(postgres_database()))
        if "apart" in said:
            command = [sys.executable, "-W", "error", "-m", "tests.docs.alone", str(page)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)
            assert done.returncode == 0, done.stderr
        else:
            monkeypatch.setitem(sys.modules, "page", ModuleType("page"))
            run(page)
