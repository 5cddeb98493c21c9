"""The pages of the reference: for Sphinx, which reads the docstrings, and as Markdown, for machines that read.

What may never be here: a description; those stand in the docstrings.
"""

import inspect
from collections.abc import Iterator
from importlib import import_module
from textwrap import indent

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.building.data import datum
from docs.building.names import PACKAGES, Page

__all__ = ["as_markdown", "as_rst", "index", "signature"]


def _object(module: str, name: str) -> str:
    """The directive that describes an object, with its content."""
    value = getattr(import_module(module), name)
    if isinstance(value, type):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        bases = "" if value.__bases__ == (object,) else "   :show-inheritance:\n"
        return f".. {kind}:: {module}.{name}\n   :members:\n{bases}"
    if inspect.isroutine(value):
        return f".. autofunction:: {module}.{name}\n"
    found = datum(module, name)
    body = f"{found.text}\n\n.. code-block:: python\n\n{indent(found.code, '   ')}\n"
    return f".. py:data:: {name}\n   :module: {module}\n\n{indent(body, '   ')}\n"


def _headline(module: str) -> str:
    """The first line of a module's docstring, without the names of what it holds."""
    return (inspect.getdoc(import_module(module)) or "").splitlines()[0]


def as_rst(page: Page) -> str:
    """Return a page for Sphinx, with a directive for each object that is described on it."""
    above = page.module.rpartition(".")[0] if page.module not in PACKAGES else "index"
    lines = [
        page.module,
        "=" * len(page.module),
        "",
        f":doc:`{above}` / {page.module}",
        "",
        f".. automodule:: {page.module}",
        "",
    ]
    if page.elsewhere:
        lines += ["Also offered here, and described where it is imported from most:", ""]
        lines += [f"* :py:obj:`{name} <{home}.{name}>`" for name, home in page.elsewhere] + [""]
    if page.own and page.parts:
        lines += ["Names", "-----", ""]
    lines += [_object(page.module, name) for name in page.own]
    if page.parts:
        lines += ["Modules", "-------", "", *(f"* :doc:`{part}`: {_headline(part)}" for part in page.parts)]
    # None is in the contents: seventy modules at the side of every page would help nobody, and take Sphinx minutes.
    return "\n".join([":orphan:", "", *lines]) + "\n"


def index() -> str:
    """Return the page that lists the packages."""
    rows = [f"* :doc:`{name}`: {what[0].lower()}{what[1:]}" for name, what in PACKAGES.items()]
    head = ["API", "===", "", "Every public name with its signature and its contract, made from the docstrings.", ""]
    note = ["", "What of this stays as it is between releases is told in :doc:`/project/compatibility`.", ""]
    return "\n".join([*head, *rows, *note]) + "\n"


def _fields(model: type[BaseModel]) -> str:
    """The fields of a model, as a signature."""

    def field(name: str, found: FieldInfo) -> str:
        default = "" if found.is_required() else f" = {found.default!r}"
        return f"{name}: {inspect.formatannotation(found.annotation)}{default}"

    fields = [field(*each) for each in model.model_fields.items()]
    return f"(*, {', '.join(fields)})" if fields else "()"


def signature(value: object) -> str:
    """Return how something is called; of a model that takes ``**data``, its fields.

    Args:
        value: A class or a function.
    """
    try:
        found = str(inspect.signature(value)) if callable(value) else ""
    except (TypeError, ValueError):  # built in C, or a type that is made of others
        return ""
    is_model = isinstance(value, type) and issubclass(value, BaseModel)
    return _fields(value) if is_model and found.startswith("(**data") else found


def _methods(value: object, name: str) -> Iterator[str]:
    """The methods and properties of a class that it has itself, as Markdown."""
    for key, member in vars(value).items() if isinstance(value, type) else ():
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        text = inspect.getdoc(plain) if inspect.isfunction(plain) or isinstance(plain, property) else None
        if text and not key.startswith("_") and key != "model_post_init":
            yield f"### {name}.{key}\n\n```python\n{key}{signature(plain)}\n```\n\n{text}"


def as_markdown(page: Page) -> str:
    """Return a page as plain Markdown: each name with its signature and its docstring."""
    module = import_module(page.module)
    parts = [f"# {page.module}", inspect.getdoc(module) or ""]
    for name in page.own:
        value = getattr(module, name)
        told = isinstance(value, type) or inspect.isroutine(value)
        text = inspect.getdoc(value) if told else datum(page.module, name).text
        code = f"{name}{signature(value)}" if told else datum(page.module, name).code
        parts += [f"## {page.module}.{name}", f"```python\n{code}\n```", text or "", *_methods(value, name)]
    return "\n\n".join(part for part in parts if part) + "\n"
