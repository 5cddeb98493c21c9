"""The page of the command line names every command, option and exit code that there is, and no other."""

import re

import click
import pytest

from telic.cli.commands import telic
from telic.cli.exits import Exit
from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
SHARED = {"--app", "--store", "--tenant", "--output", "--json", "--quiet", "--help", "--version"}


def commands(group=telic, name="telic", parent=None):
    """Every command that does something, by all of its name."""
    ctx = click.Context(group, info_name=name, parent=parent)
    for each in group.list_commands(ctx):
        command = group.get_command(ctx, each)
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {each}", ctx)
        else:
            yield f"{name} {each}", command


def options(command):
    return [one for one in command.params if isinstance(one, click.Option) and not SHARED & {*one.opts}]


COMMANDS = dict(commands())


def sections():
    return dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n?)*)", PAGE, re.MULTILINE))


def told(text):
    """The options of a table, each as its set of names."""
    return [
        {name.split()[0] for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
        for row in re.findall(r"^\| `.*$", text, re.MULTILINE)
    ]


def test_every_command_has_a_section_and_no_other_has():
    assert sorted(sections()) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_tells_the_options_of_its_command(name):
    assert told(sections()[name]) == [set(one.opts) for one in options(COMMANDS[name])]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_shows_what_the_command_is_called_with(name):
    command = COMMANDS[name]
    ctx = click.Context(command)
    arguments = [one.make_metavar(ctx) for one in command.params if isinstance(one, click.Argument)]
    assert f"\n`{' '.join((name, *arguments))}`\n" in sections()[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_every_command_says_what_it_is_for(name):
    command = COMMANDS[name]
    assert command.help
    assert [
        one.name for one in command.params if isinstance(one, click.Option) and not one.help and one.name != "form"
    ] == []


def test_the_options_of_all_commands_are_told_once():
    text = PAGE.split("\n## Options of all commands\n")[1].split("\n## ")[0]
    shared = {frozenset(one.opts) for one in telic.params if (SHARED - {"--help", "--version"}) & {*one.opts}}
    assert {frozenset(one) for one in told(text)} == shared


def test_the_exit_codes_are_those_of_the_code():
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [(code.value, code.name) for code in Exit]


def test_the_short_texts_of_the_list_are_sentences():
    ctx = click.Context(telic)
    assert [name for name in telic.list_commands(ctx) if not telic.entries[name].help.endswith((".", "?"))] == []
