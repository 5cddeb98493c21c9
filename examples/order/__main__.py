"""The order example from a terminal: ``python -m examples.order``, and its commands.

Without a command it tells the short story. What may never be here: what a command does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anyio

from examples.order import counter
from examples.order.lost_answer import build
from examples.order.shop import CARTS, opened
from examples.order.story import run
from examples.order.vocabulary import A_DAY, A_MONTH, TWO_DAYS
from telic import TelicError

FOLDER = Path("build/order")
"""Where the database and the ledger are, in the current folder; ignored by git."""


async def tell() -> int:
    """Print the story of each order, and what telic says of the shortcut."""
    with tempfile.TemporaryDirectory() as folder:
        for name, kinds in (await run(Path(folder) / "orders.sqlite")).items():
            print(f"{name:8}{' -> '.join(kinds)}")
    try:
        build()
    except TelicError as error:
        print(f"\n{error}")
    return counter.DONE


async def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for, and return the exit code."""
    given = _parser().parse_args(arguments)
    if given.command is None:
        return await tell()
    await anyio.Path(FOLDER).mkdir(parents=True, exist_ok=True)
    if given.command == "ledger":
        return await counter.ledger(FOLDER, given.until)
    async with opened(given.store, FOLDER) as shop:
        match given.command:
            case "worker":
                return await counter.serve(shop, FOLDER)
            case "place":
                return await counter.place(shop, given.order, given.approve_within_seconds, given.pay_within_seconds)
            case "cancel":
                return await counter.cancel(shop, given.order, given.reason)
            case "tasks":
                return await counter.tasks(shop, given.actor)
            case "approve" | "refuse":
                return await counter.decide(shop, given.order, given.actor, approved=given.command == "approve")
            case _:
                return await counter.show(shop, given.order, given.until)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.order", description="Orders, from placing to shipping.")
    parser.set_defaults(command=None)
    parser.add_argument(
        "--store",
        type=_store,
        default=os.environ.get("ORDER_STORE", f"sqlite:///{FOLDER}/orders.sqlite"),
        help="where orders are kept: sqlite:///file.db or postgresql://...; ORDER_STORE by default",
    )
    commands = parser.add_subparsers(dest="command", title="commands")
    commands.add_parser("worker", help="carry out what orders ask for, until SIGTERM")
    place = _of_order(commands.add_parser("place", help="place an order"))
    place.add_argument("--approve-within-seconds", type=_seconds, default=A_DAY, help="when the boss is asked")
    place.add_argument("--pay-within-seconds", type=_seconds, default=TWO_DAYS, help="when it is cancelled")
    cancel = _of_order(commands.add_parser("cancel", help="cancel an order"))
    cancel.add_argument("--reason", default="changed my mind")
    for name in ("approve", "refuse"):
        _as_person(_of_order(commands.add_parser(name, help=f"{name} a large order")))
    _as_person(commands.add_parser("tasks", help="what waits for a person"))
    show = _of_order(commands.add_parser("show", help="where an order has been, and what it waits for"))
    show.add_argument("--until", help="wait until it has come to a state")
    ledger = commands.add_parser("ledger", help="what the card service took and gave")
    ledger.add_argument("--until", help="wait until an order stands there")
    return parser


def _store(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://")):
        raise argparse.ArgumentTypeError(f"expected sqlite:///file.db or postgresql://..., got {text}")
    return text


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= A_MONTH:
        raise argparse.ArgumentTypeError(f"expected seconds from 1 to {A_MONTH}, got {text}")
    return seconds


def _of_order(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("order", choices=CARTS)
    return parser


def _as_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="actor", choices=counter.STAFF, required=True)


if __name__ == "__main__":
    sys.exit(anyio.run(main))
