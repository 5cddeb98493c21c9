"""``assert_graph``: holds a machine to the behaviour that was approved, kept in a file.

The file belongs into the repository: a change of behaviour then shows in the review, step by
step. What may never be here: what behaviour is; see ``telic.verify.behaviour``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.verify.behaviour import Behaviour, behaviour_of, changes_between, read_behaviour
from telic.verify.domains import Domain
from telic.verify.exploring import explore
from telic.verify.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telic.kernel.machine import Machine

__all__ = ["ACCEPT", "assert_behaviour", "assert_graph"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

ACCEPT = "TELIC_ACCEPT_GRAPHS"
"""The environment variable that approves what the code does now; ``pytest --telic-accept-graphs`` sets it."""

_LINES = 200


def assert_graph(
    machine: Machine[S, E],
    path: str | Path,
    *,
    domain: Domain | None = None,
    starts: Sequence[S] = (),
    accept: bool | None = None,
) -> None:
    """Raise when a machine does not behave as was approved.

    Args:
        machine: The machine.
        path: The file that holds the approved behaviour; made when it is accepted.
        domain: Which values the world may bring, where the types do not say.
        starts: First states, for a machine without starts of its own.
        accept: Approve what the code does now; by default as ``TELIC_ACCEPT_GRAPHS`` says.

    Raises:
        AssertionError: With each step that is new, gone, or made with other values.

    Example:
        ``assert_graph(order, Path(__file__).with_name("order.graph.json"), domain=ORDERS)``
    """
    assert_behaviour(explore(machine, domain=domain, starts=starts), path, accept=accept)


def assert_behaviour(report: Report, path: str | Path, *, accept: bool | None = None) -> None:
    """Raise when an exploration shows another behaviour than was approved.

    Args:
        report: What ``explore`` returned.
        path: The file that holds the approved behaviour.
        accept: Approve what the code does now; by default as ``TELIC_ACCEPT_GRAPHS`` says.

    Raises:
        AssertionError: With each difference.
    """
    path = Path(path)
    now = behaviour_of(report)
    if accept if accept is not None else os.environ.get(ACCEPT, "") not in ("", "0"):
        path.write_text(json.dumps(now.json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    how = f"do look at them, then approve them with pytest --telic-accept-graphs, or {ACCEPT}=1"
    if not path.exists():
        raise AssertionError(f"expected the approved behaviour of {now.machine} in {path}, got no such file; {how}")
    changes = changes_between(_read(path), now)
    if changes:
        shown = [*changes[:_LINES], *([f"… and {len(changes) - _LINES} more"] if len(changes) > _LINES else [])]
        listed = "\n".join(f"  {one}" for one in shown)
        raise AssertionError(f"{now.machine} behaves differently from {path.name}:\n{listed}\n{how}")


def _read(path: Path) -> Behaviour:
    try:
        return read_behaviour(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise AssertionError(f"{path}: {error}; do approve the behaviour anew") from error
