"""``llms.txt`` and ``llms-full.txt``: the manual for programs that read text.

The first names every page with its first sentence, as llmstxt.org has it; the second is the
whole manual in one file. Each page also stands as Markdown beside its HTML. What may never
be here: text of its own, beyond headings.
"""

from docs.building import reference
from docs.building.markdown import summary, title
from docs.building.names import pages
from docs.building.places import SITE
from docs.building.staging import SECTIONS, Manual

__all__ = ["full", "short", "write"]


def _api() -> dict[str, str]:
    """The reference of the API as Markdown, by its place in the site."""
    return {f"reference/api/{page.module}.md": reference.as_markdown(page) for page in pages()}


def _entry(place: str, text: str) -> str:
    return f"- [{title(text)}]({place}): {summary(text)}"


def short(manual: Manual, api: dict[str, str]) -> str:
    """Return the list of all pages."""
    front = manual.pages["index.md"]
    lines = [f"# {title(front)}", "", f"> {summary(front)}", ""]
    for section, caption in SECTIONS.items():
        lines += [f"## {caption}", "", *(_entry(place, manual.pages[place]) for place in manual.contents[section]), ""]
    lines += ["## API", "", *(_entry(place, text) for place, text in api.items()), ""]
    return "\n".join(lines)


def full(manual: Manual, api: dict[str, str]) -> str:
    """Return the text of all pages, each under the place that it has in the site."""
    places = ["index.md", *(place for section in SECTIONS for place in manual.contents[section])]
    texts = {place: manual.pages[place] for place in places} | api
    return "\n\n".join(f"<!-- {place} -->\n\n{text.strip()}" for place, text in texts.items()) + "\n"


def write(manual: Manual) -> None:
    """Write both files, and each page as Markdown, into the site."""
    api = _api()
    for place, text in (manual.pages | api).items():
        path = SITE / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (SITE / "llms.txt").write_text(short(manual, api), encoding="utf-8")
    (SITE / "llms-full.txt").write_text(full(manual, api), encoding="utf-8")
