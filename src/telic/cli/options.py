"""Options that several commands share: the machine, who acts, data as JSON, and a filter.

What may never be here: a command.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click

from telic.cli.exits import Exit, Stopped
from telic.kernel.snapshot import Status
from telic.kernel.values import WorkflowId
from telic.runtime.queries import Criterion, Query

__all__ = [
    "actor_option",
    "data_option",
    "filter_options",
    "limit_option",
    "machine_option",
    "needed_actor_option",
    "read_data",
]

T = TypeVar("T")

machine_option = click.option("-m", "--machine", help="The machine, where the application has several.")
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most."
)
actor_option = click.option("--actor", default="", envvar="TELIC_ACTOR", help="Who does it; kept in the journal.")
data_option = click.option(
    "-d", "--data", default="{}", help="The fields as JSON; @file.json reads a file, @- standard input."
)


def _needed(ctx: click.Context, _: click.Parameter, value: str) -> str:
    del ctx
    if not value:
        raise Stopped(Exit.USAGE, "expected the name of who acts, got none; do add --actor NAME, or set TELIC_ACTOR")
    return value


needed_actor_option = click.option(
    "--actor",
    default="",
    envvar="TELIC_ACTOR",
    callback=_needed,
    help="Who does it; kept with what was done.  [env: TELIC_ACTOR]",
)


def read_data(data: str) -> dict[str, object]:
    """Return the fields that ``--data`` gives.

    Raises:
        Stopped: When they cannot be read.
    """
    text = data
    if data.startswith("@"):
        try:
            text = sys.stdin.read() if data == "@-" else Path(data[1:]).read_text(encoding="utf-8")
        except OSError as error:
            raise Stopped(Exit.USAGE, f"expected a file of JSON, got {data[1:]}: {error.strerror}") from error
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Stopped(Exit.INVALID, f"expected JSON in --data, got {text[:60]!r}: {error}") from error
    if not isinstance(found, dict):
        raise Stopped(Exit.INVALID, f"expected an object in --data, got {text[:60]!r}")
    return found


def filter_options(command: Callable[..., T]) -> Callable[..., T]:
    """Add the options of a filter; the command gets what they say as ``query``."""

    @wraps(command)
    def collected(
        *arguments: object,
        kind: str | None,
        status: str | None,
        key: str | None,
        parent: str | None,
        attributes: tuple[str, ...],
        **options: object,
    ) -> T:
        query = Query(
            kind=kind,
            status=None if status is None else Status(status),
            key=key,
            parent=None if parent is None else WorkflowId(parent),
            attributes=dict(_attribute(one) for one in attributes),
        )
        return command(*arguments, query=query, **options)

    for option in (
        click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="By what states declare."),
        click.option("--parent", metavar="ID", help="Those that an instance has spawned."),
        click.option("-k", "--key", help="The one with a business key."),
        click.option(
            "--status", type=click.Choice([one.value for one in Status]), help="Those that stand so as a whole."
        ),
        click.option("--kind", help="Those in a state, by its stored name."),
    ):
        collected = option(collected)
    return collected


def _attribute(text: str) -> tuple[str, Criterion]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Stopped(Exit.USAGE, f"expected --attribute NAME=VALUE, got {text!r}")
    try:
        found = json.loads(value, parse_float=Decimal)
    except ValueError:
        found = value
    return name, found if isinstance(found, str | int | Decimal) else value
