"""The sources that pages link to, as pages of their own.

They are made without Sphinx: there are many, and nobody looks for them in the contents. What
may never be here: a source that no page links to.
"""

from html import escape
from os.path import relpath
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

from docs.building.places import ROOT, SITE

__all__ = ["place_of_source", "write"]

LIGHT = HtmlFormatter(style="friendly", linenos="inline", lineanchors="line")
DARK = HtmlFormatter(style="monokai")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>
body {{ margin: 1.5rem; font-family: system-ui, sans-serif; background: #fff; color: #111; }}
pre {{ overflow-x: auto; line-height: 1.4; }}
.linenos {{ padding-right: 1em; opacity: 0.6; user-select: none; }}
{light}
@media (prefers-color-scheme: dark) {{
body {{ background: #131416; color: #ddd; }}
a {{ color: #3d94ff; }}
{dark}
.highlight {{ background: #131416; }}
}}
</style>
</head>
<body>
<p><a href="{home}">telic</a> / {name}</p>
{content}
</body>
</html>
"""


def place_of_source(path: Path) -> str:
    """Return where in the site a file or folder of the checkout is shown."""
    return f"code/{path.relative_to(ROOT).as_posix()}.html"


def _content(path: Path) -> str:
    if path.is_dir():
        names = sorted(each.name for each in path.iterdir() if not each.name.startswith("__"))
        return "<ul>" + "".join(f"<li>{escape(name)}</li>" for name in names) + "</ul>"
    text = path.read_text(encoding="utf-8")
    try:
        lexer = get_lexer_for_filename(path.name)
    except ClassNotFound:
        lexer = TextLexer()
    return highlight(text, lexer, LIGHT)


def write(paths: set[Path]) -> None:
    """Write the pages of these files and folders into the site."""
    light, dark = LIGHT.get_style_defs(".highlight"), DARK.get_style_defs(".highlight")
    for path in paths:
        place = SITE / place_of_source(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        name = escape(path.relative_to(ROOT).as_posix())
        home = relpath(SITE / "index.html", place.parent)
        page = PAGE.format(name=name, home=home, light=light, dark=dark, content=_content(path))
        place.write_text(page, encoding="utf-8")
