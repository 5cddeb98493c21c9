# ruff: noqa: INP001  (Sphinx runs this file by its path)
"""How Sphinx makes the site of the manual. It reads ``build/manual``, which ``docs.building`` puts together.

What may never be here: an address; nothing is fetched, neither while the site is built nor
when it is read.
"""

from importlib.metadata import version as version_of

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject

from docs.building.reference import signature

project = "telic"
author = "The telic authors"
release = version = version_of("telic")
html_title = f"telic {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
smartquotes = False  # the pages mean what they write: `--app` is an option
highlight_language = "text"
nitpicky = False  # signatures name types of Pydantic and AnyIO, whose manuals are not at hand
# An annotation that can only be read as text names a class without its module; two modules may have one of that name.
suppress_warnings = ["ref.python"]

myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_default_options = {"exclude-members": "model_post_init, model_config"}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # a field is told once, in the list of its class
napoleon_use_rtype = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_static_path = ["building/static"]
html_css_files = ["manual.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
copybutton_exclude = ".linenos, .gp, .go"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"
pygments_dark_style = "monokai"


def _signature(_app: Sphinx, what: str, _name: str, value: object, *found: object) -> tuple[str, None] | None:
    """Show the fields of a model where its signature says nothing but ``**data``."""
    return (signature(value), None) if what in {"class", "exception"} and "**data" in str(found[1]) else None


def _dashes(_app: Sphinx, page: nodes.document, _name: str) -> None:
    """Write the dash between a parameter and its text as one."""
    for found in [text for text in page.findall(nodes.Text) if text == " -- "]:
        found.parent.replace(found, nodes.Text(" \N{EN DASH} "))


def setup(app: Sphinx) -> None:
    """Adapt what Sphinx says: called by it."""
    app.connect("autodoc-process-signature", _signature)
    app.connect("doctree-resolved", _dashes)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as the docstrings call them
