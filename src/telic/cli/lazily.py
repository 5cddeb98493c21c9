"""A group of commands that are loaded when they are called, and the look of their help.

The help is click's own, with colours on a terminal: what a library for pretty help loads takes
longer than all the rest of ``telic --help``. What may never be here: an import of a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import ClassVar, NamedTuple

import click

from telic.kernel.errors import nearest

__all__ = ["Entry", "LazyGroup", "is_coloured"]


def is_coloured() -> bool:
    """Say whether what is written to standard output may have colours: on a terminal, without ``NO_COLOR``."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


class _Help(click.HelpFormatter):
    """Writes help as click does; on a terminal, headings and names stand out."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of the usage."""
        super().write_usage(_styled(prog), args, _styled("Usage: ", heading=True) if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{'':>{self.current_indent}}{_styled(f'{heading}:', heading=True)}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of names and what they are for."""
        super().write_dl([(_styled(name), what) for name, what in rows], col_max, col_spacing)


def _styled(text: str, *, heading: bool = False) -> str:
    if not is_coloured():
        return text
    return click.style(text, fg="yellow" if heading else "cyan", bold=True)


class _Context(click.Context):
    formatter_class = _Help


class Entry(NamedTuple):
    """Where a command stands.

    Attributes:
        module: Its module in this package.
        name: The name of the command there.
        help: One line for the list of commands.
    """

    module: str
    name: str
    help: str


class LazyGroup(click.Group):
    """A group that knows of its commands where they stand, and what they are for."""

    context_class = _Context
    entries: ClassVar[Mapping[str, Entry]] = {}
    _listing = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which they were given."""
        return [*self.entries, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; while they are listed only, what the list shows of it."""
        entry = self.entries.get(cmd_name)
        if entry is not None and self._listing:
            return click.Command(name=cmd_name, short_help=entry.help, help=entry.help)
        command = super().get_command(ctx, cmd_name) if entry is None else _loaded(entry)
        if command is not None:
            command.context_class = _Context
        return command

    def get_help(self, ctx: click.Context) -> str:
        """Return the help without loading a command."""
        self._listing = True
        try:
            return super().get_help(ctx)
        finally:
            self._listing = False

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant; of one that is not there, the nearest name."""
        name = args[0] if args else ""
        known = self.list_commands(ctx)
        if name and not name.startswith("-") and name not in known and not ctx.resilient_parsing:
            path = ctx.command_path
            ctx.fail(f"expected a command of {path}, got {name!r}{nearest(name, known)}; do {path} --help")
        return super().resolve_command(ctx, args)


def _loaded(entry: Entry) -> click.Command:
    command = getattr(import_module(f"telic.cli.{entry.module}"), entry.name)
    assert isinstance(command, click.Command)
    return command
