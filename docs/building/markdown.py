"""What has to be known of a Markdown page: its title, its first sentence, and its links.

What may never be here: a file; these are functions from text to text.
"""

import re
from collections.abc import Callable

__all__ = ["links", "relinked", "summary", "title"]

FENCE = re.compile(r"^( *)```[^\n]*\n.*?^\1```$", re.DOTALL | re.MULTILINE)
CODE_OR_LINK = re.compile(r"`[^`]*`|(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)")


def _prose(text: str, change: Callable[[str], str]) -> str:
    """Change what stands between the listings of a page, and leave those alone."""
    done, at = [], 0
    for fence in FENCE.finditer(text):
        done += [change(text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*done, change(text[at:])])


def relinked(text: str, target: Callable[[str], str], *, raw: bool = False) -> str:
    """Return a page whose links lead where ``target`` says, anchors kept.

    Args:
        text: The page.
        target: From the path that a link has to the path that it gets.
        raw: Whether links to HTML are written as HTML.
    """

    def change(found: re.Match[str]) -> str:
        image, words, path, anchor = found.groups()
        if not path:  # code, or a place on the same page; one that is marked in HTML is unknown to Sphinx
            marked = raw and anchor is not None and f'id="{anchor[1:]}"' in text
            return f'<a href="{anchor}">{words}</a>' if marked else found[0]
        to = target(path)
        if raw and to.endswith(".html"):  # Sphinx knows nothing of that page, and would call the link lost
            return f'<a href="{to}">{words}</a>'
        return f"{image}[{words}]({to}{(anchor or '') if to.endswith('.md') else ''})"

    return _prose(text, lambda prose: CODE_OR_LINK.sub(change, prose))


def links(text: str) -> list[str]:
    """Return the paths that a page links to, in their order."""
    return [found[3] for found in CODE_OR_LINK.finditer(FENCE.sub("", text)) if found[3]]


def title(text: str) -> str:
    """Return the first heading of a page; nothing where it has none, and then Sphinx says so."""
    found = re.search(r"^# +(.+?) *$", FENCE.sub("", text), re.MULTILINE)
    return found[1] if found else ""


def summary(text: str) -> str:
    """Return the first sentence of the first paragraph of a page, without its links."""
    blocks = FENCE.sub("", text).split("\n\n")
    prose = next((block for block in blocks if re.match(r"[\w`*\[>\"]", block.strip())), "")
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(prose.split())).lstrip("> ")
    sentence = re.match(r".+?[.?!](?=\s+[A-Z`*]|$)", line)
    return sentence[0] if sentence else line
