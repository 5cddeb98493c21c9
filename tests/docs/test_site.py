"""The site of the manual: it is made without a warning, needs no network, and leaves nothing out."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest

from docs.building import llms
from docs.building.markdown import links, relinked, summary, title
from docs.building.names import PACKAGES, PUBLIC, pages
from docs.building.places import SITE
from docs.building.staging import collect
from tests.docs.test_pages import PAGES, ROOT, listings

REFERENCE = {page.module: page for page in pages()}
LAYERS = {"graph", "kernel", "patterns", "runtime", "shell", "testing", "verify"}
# What HTML and CSS fetch by themselves; a link that somebody clicks is another matter.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|audio|video)\b[^>]*\bsrc=["']?(?:https?:)?//
      | <link\b[^>]*\brel=["']?(?:stylesheet|preload|preconnect|icon|modulepreload)[^>]*\bhref=["']?(?:https?:)?//
      | @import\s+(?:url\()?["']?(?:https?:)?//
      | url\(["']?(?:https?:)?//""",
    re.VERBOSE,
)
needs_the_site = pytest.mark.timeout(900)  # the first one makes it, which takes a minute or two


@pytest.fixture(scope="module")
def site() -> Path:
    """The site, made anew if anything has changed; `make docs` makes the first one."""
    if not SITE.exists():
        pytest.skip("the manual is not made; `make docs` makes it, and runs this")
    done = subprocess.run(
        [sys.executable, "-m", "docs.building"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return SITE


def documents(site: Path) -> list[Path]:
    return sorted(site.glob("**/*.html"))


def imports() -> set[tuple[str, str]]:
    """What the listings of the pages, and the examples, import from telic."""
    shown = [page for page in PAGES if page.suffix == ".md"]  # a rule also shows what nobody is to write
    codes = [code for page in shown for _, words, code in listings(page) if words.split()[:1] == ["python"]]
    codes += [path.read_text(encoding="utf-8") for path in ROOT.glob("examples/**/*.py")]
    return {
        (node.module, each.name)
        for code in codes
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "telic"
        for each in node.names
    }


@needs_the_site
def test_the_site_shows_every_public_name(site):
    lost = []
    for module, page in REFERENCE.items():
        text = (site / f"reference/api/{module}.html").read_text(encoding="utf-8")
        lost += [f"{module}.{name}" for name in page.own if f'id="{module}.{name}"' not in text]
        lost += [f"{module}.{name}" for name, home in page.elsewhere if f'{home}.html#{home}.{name}"' not in text]
    assert lost == []


@needs_the_site
def test_every_link_of_the_site_leads_somewhere(site):
    lost = [
        f"{page.relative_to(site)}: {found}"
        for page in documents(site)
        for found in re.findall(r'<a\b[^>]*\bhref="([^"#?]+)', page.read_text(encoding="utf-8"))
        if not re.match(r"\w+:", found) and not (page.parent / unquote(found)).exists()
    ]
    assert lost == []


@needs_the_site
def test_nothing_is_fetched_from_a_network(site):
    looked_at = [*documents(site), *site.glob("**/*.css")]
    assert len(looked_at) > 100
    assert [str(path) for path in looked_at if FETCHED.search(path.read_text(encoding="utf-8"))] == []


@needs_the_site
def test_every_page_also_stands_there_as_text(site):
    manual = collect()
    short, full = ((site / name).read_text(encoding="utf-8") for name in ("llms.txt", "llms-full.txt"))
    named = set(re.findall(r"\]\(([^)]+)\): \S", short))
    assert named == {*manual.pages, *(f"reference/api/{module}.md" for module in REFERENCE)} - {"index.md"}
    assert [place for place in named if not (site / place).is_file() or f"<!-- {place} -->" not in full] == []


def test_the_contents_name_every_page_once():
    manual = collect()
    written = {page for page in PAGES if page.is_relative_to(ROOT / "docs") or page.is_relative_to(ROOT / "examples")}
    assert set(manual.origins.values()) == {*written, ROOT / "CHANGELOG.md"}
    assert sorted([place for section in manual.contents.values() for place in section] + ["index.md"]) == sorted(
        manual.pages
    )


def test_the_reference_is_what_the_packages_offer():
    for module, page in REFERENCE.items():
        offered = set(getattr(import_module(module), "__all__", ()))
        assert {*page.own, *(name for name, _ in page.elsewhere)} == offered, module
    assert {f"telic.{layer}" for layer in LAYERS} <= {*PACKAGES}
    assert {f"telic.stores.{path.parent.name}" for path in (ROOT / "src/telic/stores").glob("*/__init__.py")} <= {
        *PACKAGES
    }


def test_nothing_is_described_twice():
    described = [
        (name, id(getattr(import_module(page.module), name))) for page in REFERENCE.values() for name in page.own
    ]
    assert len(described) == len(set(described))


def test_what_the_manual_and_the_examples_import_is_in_the_reference():
    offered = {(module, name) for module, page in REFERENCE.items() for name in (*page.own, *dict(page.elsewhere))}
    whole = {tuple(module.rsplit(".", 1)) for module in REFERENCE if "." in module}
    assert imports() - offered - whole == set()


def test_every_public_module_says_what_may_never_be_in_it():
    modules = [f"{package}.{name}" for package, names in PUBLIC.items() for name in names]
    assert [each for each in modules if "never" not in " ".join((import_module(each).__doc__ or "").split())] == []


def test_links_are_turned_and_listings_are_left_alone():
    page = "# A\n\n[b](b.md#c) ![d](d.svg) [`e`](e.py) [f](https://f) `h[i](j)`\n\n```\n[g](g.md)\n```\n"
    turned = relinked(page, lambda path: f"x/{path}".replace(".py", ".html"), raw=True)
    assert turned == (
        '# A\n\n[b](x/b.md#c) ![d](x/d.svg) <a href="x/e.html">`e`</a> [f](https://f) `h[i](j)`\n\n```\n[g](g.md)\n```\n'
    )
    assert links(page) == ["b.md", "d.svg", "e.py"]


def test_a_link_to_a_mark_in_the_page_stays_a_link():
    page = '[a](#a) [b](#b) <a id="b"></a>'
    assert relinked(page, str, raw=True) == '[a](#a) <a href="#b">b</a> <a id="b"></a>'
    assert links(page) == []


def test_title_and_first_sentence_are_those_of_the_page():
    page = "```\n# no\n```\n\n# A *title*\n\n![x](x.svg)\n\nThe [first](a.md) sentence of\n`telic.x`. A second one.\n"
    assert (title(page), summary(page)) == ("A *title*", "The first sentence of `telic.x`.")


def test_the_list_for_machines_begins_with_what_the_manual_is_about():
    manual = collect()
    assert llms.short(manual, {}).startswith("# telic\n\n> Business processes that must be right,")
