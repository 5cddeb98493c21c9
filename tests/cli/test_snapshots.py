"""What the command line says, word for word: every help, what commands print in each form, and errors.

``TELIC_SNAPSHOTS=write python -m pytest tests/cli/test_snapshots.py`` writes the files anew; the difference is
then to be read like any other change of what users see.
"""

import os
import re
from pathlib import Path

import click
import pytest

from telic.cli.commands import telic as group
from tests.cli.conftest import ROOT

FILES = Path(__file__).parent / "snapshots"
ANN = ("--actor", "ann")
SELL = ("start", "Sell", "-d", '{"price": 5}')
FORMS = ("table", "json", "jsonl", "plain")
SHOWN = (
    ("list",),
    ("describe",),
    ("schema", "--event", "Sell"),
    ("check", "--domain", "tests.cli.domains:PRICES"),
    ("explore", "--domain", "tests.cli.domains:PRICES"),
    ("ls",),
    ("show", "s-1"),
    ("history", "s-1"),
    ("replay", "s-1"),
    ("tasks", "ls"),
    ("tasks", "show", "s-2"),
    ("outbox", "ls"),
    ("outbox", "ls", "--dead"),
    ("deadlines", "ls"),
    ("pause", "s-1", "nobody", *ANN, "--dry-run"),
    ("fork", "s-1", *ANN, "--operation", "o-1", "--dry-run"),
    ("send", "s-1", "Approve", "--dry-run"),
    ("send", "s-1", "Charged"),
    ("db", "current"),
)
WRONG = (
    ("nonsense",),
    ("strat",),
    ("tasks", "climb"),
    ("ls", "--limt", "5"),
    ("ls", "--limit", "0"),
    ("ls", "--status", "asleep"),
    ("ls", "--attribute", "price"),
    ("ls", "--store", "mysql://x"),
    ("ls", "--store", "sqlite://x.db"),
    ("ls", "--app", "tests.cli.shop:nothing"),
    ("ls", "--app", "tests.cli.nowhere:system"),
    ("ls", "--app", "tests.cli.shop:sistem"),
    ("show", "nobody"),
    ("show", "s-1", "--at", "9"),
    ("start", "Sell"),
    ("start", "Sel", "--id", "s"),
    ("start", "Sell", "--id", "s"),
    ("start", "Sell", "--id", "s", "-d", "{"),
    ("start", "Sell", "--id", "s", "-d", '{"price": -1}'),
    ("send", "s-1"),
    ("send", "nobody", "Approve"),
    ("send", "s-1", "Approve"),
    ("pause", "s-1"),
    ("pause", *ANN),
    ("terminate", "--all", *ANN),
    ("outbox", "release", *ANN),
    ("tasks", "claim", "s-1", *ANN),
    ("tasks", "ls", "--mine"),
    ("db", "sql", "--from", "999"),
    ("export", "--move"),
    ("import", "nowhere.jsonl", *ANN),
    ("diff", "nowhere.json"),
    ("schema", "--event", "Sel"),
    ("graph", "tell"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def width(monkeypatch):
    """A window of a hundred columns."""
    monkeypatch.setenv("COLUMNS", "100")


def hold(name, found):
    """Compare with a file, or write it."""
    file = FILES / f"{name}.txt"
    if os.environ.get("TELIC_SNAPSHOTS") == "write":
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


def commands(of=group, name=(), parent=None):
    """The groups and commands, the group of all first."""
    yield name
    ctx = click.Context(of, info_name=" ".join(name) or "telic", parent=parent)
    for each in of.list_commands(ctx) if isinstance(of, click.Group) else ():
        yield from commands(of.get_command(ctx, each), (*name, each), ctx)


def plain(text, file):
    """A text without what differs from day to day: moments, files, versions."""
    text = (
        text.replace(str(ROOT), "/project")
        .replace(file, "sqlite:///shop.db")
        .replace(file.removeprefix("sqlite:///"), "shop.db")
    )
    text = re.sub(r"20\d\d-\d\d-\d\d([ T])\d\d:\d\d:\d\d(?:\.\d+)?", r"2026-01-01\g<1>12:00:00", text)
    return re.sub(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", "0" * 8 + "-0000" * 3 + "-" + "0" * 12, text)


def told(call, arguments, file):
    ended = call(*arguments)
    err = f"--- standard error\n{ended.err}" if ended.err else ""
    return plain(f"$ telic {' '.join(arguments)}\n{ended.out}{err}=== {ended.code}\n\n", file)


@pytest.fixture
def filled(shop, dead, charged):
    """One sale that nobody can charge, and one that waits for a person."""
    shop(*SELL, "--id", "s-2", *ANN)
    assert shop("worker", "--burst").code == 0
    dead("s-1")


def test_every_help(telic, file):
    hold("help", "".join(told(telic, (*name, "--help"), file) for name in commands()))


@pytest.fixture
def anywhere(telic, file):
    """Calls ``telic`` with the shop, and with its file where the command has one."""
    stored = {name for name in commands() if any("--store" in one.opts for one in _command(name).params)}

    def call(*arguments):
        has_store = arguments[:1] in stored or arguments[:2] in stored or arguments[:1] not in set(commands())
        where = {"--app": "tests.cli.shop:system", **({"--store": file} if has_store else {})}
        return telic(*arguments, *(one for pair in where.items() if pair[0] not in arguments for one in pair))

    return call


def _command(name):
    found = group
    for each in name:
        found = found.get_command(click.Context(found), each)
    return found


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("form", FORMS)
def test_what_commands_print(anywhere, file, form):
    hold(f"outputs-{form}", "".join(told(anywhere, (*one, "-o", form), file) for one in SHOWN))


@pytest.mark.usefixtures("filled")
def test_what_is_said_of_what_is_wrong(anywhere, file):
    hold("errors", "".join(told(anywhere, one, file) for one in WRONG))
