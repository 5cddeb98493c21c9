"""Archives: instances as lines of JSON, as ``telic export`` writes and ``telic import`` reads them.

A line holds one instance with all its rows. What is JSON in the store is a text here, so that
it stays the same byte by byte. What may never be here: a file, or a store.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast

import pydantic_core
from pydantic import TypeAdapter, ValidationError

from telic.kernel.values import WorkflowId
from telic.runtime.images import Image

__all__ = ["FORMAT", "Archived", "archived_in", "line_of"]

FORMAT = 1
"""The version of the lines; a reader refuses another one."""
_HEXADECIMAL = "state_hash"


class Archived(NamedTuple):
    """One instance on its way.

    Attributes:
        machine: The name of its machine.
        tenant: Whose it is.
        id: Its id.
        image: All that was kept of it.
    """

    machine: str
    tenant: str
    id: WorkflowId
    image: Image


class _Line(NamedTuple):
    machine: str
    tenant: str
    id: str
    image: Image


@cache
def _reader() -> TypeAdapter[_Line]:
    return TypeAdapter(_Line)


def line_of(archived: Archived) -> str:
    """Return an instance as one line of JSON, without its end.

    Args:
        archived: The instance.
    """
    return pydantic_core.to_json(_named(archived)).decode()


def archived_in(line: str) -> Archived:
    """Return the instance that a line holds.

    Args:
        line: The line.

    Raises:
        ValueError: When it holds none.
    """
    try:
        machine, tenant, id, image = _reader().validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        raise ValueError(f"expected an instance, got at {place}: {first['msg']}") from error
    try:
        journal = tuple(one._replace(state_hash=bytes.fromhex(one.state_hash.decode())) for one in image.journal)
    except ValueError as error:
        raise ValueError("expected an instance, got at image.journal: a state_hash that is no such number") from error
    return Archived(machine, tenant, WorkflowId(id), image._replace(journal=journal))


def _named(value: object) -> object:
    """Return rows as objects with the names of their cells."""
    if hasattr(value, "_asdict"):
        fields = cast("Archived", value)._asdict()
        return {name: _cell(name, one) for name, one in fields.items()}
    return [_named(one) for one in value] if isinstance(value, tuple) else value


def _cell(name: str, cell: object) -> object:
    if isinstance(cell, bytes):
        return cell.hex() if name == _HEXADECIMAL else cell.decode()
    return _named(cell)
