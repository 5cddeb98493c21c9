"""The tutorial is true: every file is written, every command typed, and what is printed compared."""

from contextlib import closing

import pytest

from tests.docs.sessions import Said, said_in
from tests.docs.tutorial import PAGES, Reader, changed, compared, steps
from tests.services import postgres_database


def read(reader, pages, *, taken):
    """Do the steps of some pages; return what they say, and what came of it."""
    told, came = [], []
    for page in pages:
        for step in filter(taken, steps(page)):
            told += [(page.name, one.command, compared(one.output)) for one in said_in(step.text) if _typed(step)]
            came += [(page.name, one.command, compared(one.output)) for one in reader.do(step)]
    return told, came


def _typed(step):
    return "console" in step.words


@pytest.mark.timeout(300)  # eighty commands, some of them processes, on a machine that has more to do
def test_the_pages_say_what_happens_when_their_commands_are_typed(tmp_path):
    with closing(Reader(tmp_path)) as reader:
        told, came = read(reader, PAGES, taken=lambda step: "postgres" not in step.words)
    assert came == told


def test_the_last_page_says_what_happens_on_postgres(tmp_path):
    with postgres_database() as url, closing(Reader(tmp_path, DATABASE_URL=url)) as reader:
        read(reader, PAGES[:-1], taken=lambda step: not _typed(step))
        told, came = read(reader, PAGES[-1:], taken=lambda step: "postgres" in step.words)
    assert told
    assert came == told


def test_there_are_five_pages_and_each_types_something():
    assert len(PAGES) == 5
    assert [page.name for page in PAGES if not any(_typed(step) for step in steps(page))] == []


def test_every_file_that_is_written_has_its_name_in_the_line_above():
    assert [step.text for page in PAGES for step in steps(page) if not _typed(step) and not step.path] == []


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("class B: x = 1", "import a\n\nclass A: ...\n\nclass B: x = 1\n"),
        ("class A: ...\nclass C: ...", "import a\n\nclass A: ...\n\nclass C: ...\n\nclass B: ...\n"),
        ("import z\nimport a", "import z\n\nimport a\n\nclass A: ...\n\nclass B: ...\n"),
        ("b = 2", "import a\n\nclass A: ...\n\nclass B: ...\n\nb = 2\n"),
    ],
    ids=["in the place of its name", "below the one above it", "above the one below it", "at the end"],
)
def test_a_change_goes_where_a_reader_puts_it(change, after):
    assert changed("import a\nclass A: ...\nclass B: ...\n", change) == after


def test_only_what_differs_between_readers_is_left_out():
    shown = "ann  ready  running  7  2026-11-21 17:15:23  \n3 passed in 0.52s\nbash: line 15: 9284 Killed  telic\nsaved"
    assert compared(shown) == "ann  ready  running  7  DATE\n3 passed in SECONDS\nsaved"
    assert compared("price: 40") != compared("price: 41")
    assert Said("a", "b") != Said("a", "c")
