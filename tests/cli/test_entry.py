"""The entry: quick, lazy, and clear about what is missing."""

import json
import os
import subprocess
import sys

HEAVY = (
    "rich",
    "rich_click",
    "pydantic",
    "pydantic_core",
    "anyio",
    "asyncio",
    "asyncpg",
    "sqlite3",
    "litestar",
    "django",
    "celery",
    "telic.stores",
    "telic.verify",
    "telic.shell",
    "telic.runtime",
)
OWN = {
    "cli",
    "cli.commands",
    "cli.entry",
    "cli.exits",
    "cli.lazily",
    "cli.output",
    "cli.session",
    "kernel",
    "kernel.errors",
}


HELP = """
import json, sys
from telic.cli.entry import main
ended = main(["--help"])
print(json.dumps([ended, sorted(sys.modules)]), file=sys.stderr)
"""


def test_help_loads_the_parser_of_options_and_the_list_of_commands_and_nothing_else():
    ended = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    code, loaded = json.loads(ended.stderr)
    assert code == 0
    assert {*HEAVY} & {*loaded} == set()
    assert {name for name in loaded if name.startswith("telic.")} == {f"telic.{name}" for name in OWN}
    assert "Commands" in ended.stdout


def test_on_a_terminal_the_help_has_colours_and_loads_no_more():
    ours, theirs = os.openpty()
    try:
        pipes = {"stdout": theirs, "stderr": subprocess.PIPE, "text": True}
        colours = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        ended = subprocess.run([sys.executable, "-c", HELP], **pipes, env=colours, check=True)
        shown = os.read(ours, 100_000).decode()
        plain = subprocess.run([sys.executable, "-c", HELP], **pipes, env={**colours, "NO_COLOR": "1"}, check=True)
        assert "\x1b[" not in os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "\x1b[33m\x1b[1mCommands:" in shown
    assert json.loads(ended.stderr) == json.loads(plain.stderr)
    assert {*HEAVY} & {*json.loads(ended.stderr)[1]} == set()


def test_without_a_command_the_help_is_chatter_and_the_end_a_wrong_use():
    ended = subprocess.run([sys.executable, "-m", "telic"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr[:12]) == (2, "", "Usage: telic")


def test_without_its_extra_it_says_what_to_type():
    code = "import sys\nsys.modules['click'] = None\nfrom telic.cli.entry import main\nsys.exit(main(['list']))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: telic's command line needs an extra that is not installed; do pip install 'telic[cli]'\n"
    )


def test_it_runs_as_a_module():
    ended = subprocess.run([sys.executable, "-m", "telic", "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("telic ")
