"""Puts together what Sphinx reads: the pages, the examples and the reference.

Each link is made to lead to a page of the site: one to ``../../tests/kernel/test_waits.py``
leads to a page with that source, so the manual is whole without a network and without a
checkout. What may never be here: text; a page is taken as it is written.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from docs.building import reference
from docs.building.markdown import links, relinked, title
from docs.building.names import pages
from docs.building.places import DOCS, ROOT, STAGED
from docs.building.sources import place_of_source

__all__ = ["SECTIONS", "Manual", "collect", "stage"]

# The folders of the manual, in the order of the contents, and what they are called there.
SECTIONS = {
    "tutorial": "Tutorial",
    "how-to": "How-to guides",
    "explanation": "Explanation",
    "reference": "Reference",
    "examples": "Examples",
    "project": "Project",
}
BEGIN = "<!-- releases begin -->"  # as `pyproject.toml` has it


@dataclass
class Manual:
    """The pages of the site by their path in it, and the sources that they link to.

    Attributes:
        pages: The text of each page, ``tutorial/first-machine.md``, links as they are written.
        origins: Where each page lies in the checkout.
        sources: Other files and folders that pages link to.
        contents: The pages of each section, in order.
    """

    pages: dict[str, str] = field(default_factory=dict)
    origins: dict[str, Path] = field(default_factory=dict)
    sources: set[Path] = field(default_factory=set)
    contents: dict[str, list[str]] = field(default_factory=dict)

    def add(self, path: str, origin: Path) -> None:
        """Take a page in."""
        self.pages[path] = origin.read_text(encoding="utf-8")
        self.origins[path] = origin


def collect() -> Manual:
    """Read every page there is; a new one needs no line anywhere."""
    manual = Manual()
    for page in sorted(DOCS.glob("**/*.md")):
        manual.add(page.relative_to(DOCS).as_posix(), page)
    for page in sorted(ROOT.glob("examples/**/*.md")):
        manual.add(page.relative_to(ROOT).as_posix(), page)
    manual.add("project/changelog.md", ROOT / "CHANGELOG.md")
    manual.pages["project/changelog.md"] = _with_fragments(manual.pages["project/changelog.md"])
    for section in SECTIONS:
        manual.contents[section] = _in_order(manual, section)
    return manual


def _with_fragments(changelog: str) -> str:
    """The changelog, with what has changed since the last release on top."""
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "Since then"]
    draft = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603  (our own words)
    news = re.sub(r"^## .*$", "## Not yet in a release", draft, count=1, flags=re.MULTILINE)
    return changelog.replace(BEGIN, f"{BEGIN}\n\n{news}", 1) if "### " in news else changelog


def _in_order(manual: Manual, section: str) -> list[str]:
    """The pages of a section: first those that the index names, as it names them, then the others by title."""
    places = {origin: place for place, origin in manual.origins.items()}
    linked = (Path(os.path.normpath(DOCS / path)) for path in links(manual.pages["index.md"]))
    named = [places[path] for path in linked if path in places]
    found = [path for path in manual.pages if path.startswith(f"{section}/")]
    others = sorted((path for path in found if path not in named), key=lambda path: title(manual.pages[path]).lower())
    return [*dict.fromkeys(path for path in named if path in found), *others]


def _place_of(path: Path, manual: Manual) -> str:
    """Where in the site a file or folder of the checkout is shown."""
    pages = {origin: place for place, origin in manual.origins.items()}
    if path in pages:
        return pages[path]
    if path == ROOT / "README.md":
        return "index.md"
    if path.is_relative_to(DOCS) and path.suffix != ".py":
        return path.relative_to(DOCS).as_posix()
    manual.sources.add(path)
    return place_of_source(path)


def _led(manual: Manual, place: str, *, raw: bool) -> str:
    """The text of a page, its links turned to where their targets stand in the site."""
    folder = manual.origins[place].parent

    def target(path: str) -> str:
        found = _place_of(Path(os.path.normpath(folder / path)), manual)
        return Path(os.path.relpath(found, Path(place).parent)).as_posix()

    return relinked(manual.pages[place], target, raw=raw)


def _contents(manual: Manual) -> str:
    """The tables of contents, for the side of each page."""
    trees = []
    for section, caption in SECTIONS.items():
        entries = [path.removesuffix(".md") for path in manual.contents[section]]
        entries += ["reference/api/index"] if section == "reference" else []
        trees.append(f"```{{toctree}}\n:caption: {caption}\n:hidden:\n\n" + "\n".join(entries) + "\n```\n")
    return "\n" + "\n".join(trees)


def _write(written: dict[str, str]) -> None:
    """Write what has changed and remove what is gone, so that Sphinx reads again only what it must."""
    for place, text in written.items():
        path = STAGED / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in STAGED.rglob("*"):
        if path.suffix in {".md", ".rst"} and path.relative_to(STAGED).as_posix() not in written:
            path.unlink()


def _copy() -> None:
    """Copy what pages show or link to beside other pages: pictures, and data."""
    for path in DOCS.rglob("*"):
        place = STAGED / path.relative_to(DOCS)
        if path.is_file() and path.suffix not in {".md", ".py", ".pyc"} and DOCS / "building" not in path.parents:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)


def stage() -> Manual:
    """Make ``build/manual``, and return what is in it, with the links as they lead within the site."""
    manual = collect()
    written = {place: _led(manual, place, raw=True) for place in manual.pages}
    written["index.md"] += _contents(manual)
    written |= {f"reference/api/{page.module}.rst": reference.as_rst(page) for page in pages()}
    written["reference/api/index.rst"] = reference.index()
    _write(written)
    _copy()
    manual.pages = {place: _led(manual, place, raw=False) for place in manual.pages}
    return manual
