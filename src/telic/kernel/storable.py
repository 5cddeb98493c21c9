"""What no store can hold: text that UTF-8 cannot write. A store asks here before it writes anything.

Python has such texts: a byte of a file name that is no text becomes a lone surrogate. Values
and typed ids refuse them when they are made, and the codec cannot write them; here is the
rest of what a commit holds. What may never be here: I/O, or a text that is mended; whoever
made it knows what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel

from telic.kernel.codec import Codec
from telic.kernel.errors import EncodeError
from telic.kernel.snapshot import Commit
from telic.kernel.values import Value, is_writable
from telic.kernel.waits import HumanTask, Topic, Wait

__all__ = ["refuse_unencodable", "refuse_unwritable", "refuses_by_itself"]

S = TypeVar("S", bound=BaseModel)


def refuse_unwritable(commit: Commit[S]) -> None:
    """Refuse a commit with text that no store can write, outside of its values.

    Args:
        commit: What is about to be saved.

    Raises:
        EncodeError: For a lone surrogate in id, tenant, key, actor, reason or wait.
    """
    before, after, records = commit
    if before is None:
        meta = after.meta
        _look("the id", meta.id)
        _look("the tenant", meta.tenant)
        _look("the key", meta.key or "")
    for one in records:
        if one.actor:
            _look("the actor", one.actor)
        for reason in one.why:
            _look("a reason", str(reason))
    if after.waits and commit.waits_changed:
        for wait in after.waits:
            for text in _texts_of(wait.wait):
                _look(f"wait {wait.key!s}", text)


def refuse_unencodable(commit: Commit[S], codec: Codec[S]) -> None:
    """Refuse a commit with values that have no JSON; for a store that keeps the values themselves.

    Args:
        commit: What is about to be saved.
        codec: That of its machine.

    Raises:
        EncodeError: For the first value that cannot be written.
    """
    for one in commit.records:
        codec.encode_event(one.event)
        codec.encode_state(one.state)
        for emitted in one.emitted:
            codec.encode_intent(emitted.intent)


def refuses_by_itself(model: type[BaseModel]) -> bool:
    """Say whether each text in a model was looked at when it was made.

    A plain Pydantic model or a dataclass takes any text, wherever it stands; all else in a
    :class:`Value` has been looked at.

    Args:
        model: A class whose schema has been built.
    """
    return _looks(model.__pydantic_core_schema__)


_NO_SCHEMA = frozenset({"metadata", "serialization", "default", "config"})


def _looks(schema: object) -> bool:
    if isinstance(schema, (list, tuple)):
        return all(_looks(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    cls = schema.get("cls")
    if schema.get("type") in ("model", "dataclass") and not (isinstance(cls, type) and issubclass(cls, Value)):
        return False
    return all(_looks(part) for name, part in schema.items() if name not in _NO_SCHEMA)


def _look(what: str, text: str) -> None:
    if not text.isascii() and not is_writable(text):
        raise EncodeError(
            what, f"expected text that UTF-8 can write, got {str.__repr__(text)}; do replace its lone surrogates"
        )


def _texts_of(wait: Wait) -> Iterator[str]:
    yield wait.key
    if isinstance(wait, HumanTask):
        yield from (wait.title, wait.description, wait.assignee or "", *wait.groups)
    elif isinstance(wait, Topic):
        yield from (wait.name, wait.topic_key)
