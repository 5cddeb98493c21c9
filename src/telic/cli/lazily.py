"""A group of commands that are loaded when they are called.

What may never be here: an import of a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar, NamedTuple

import rich_click as click

from telic.kernel.errors import nearest

__all__ = ["Entry", "LazyGroup"]


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


class LazyGroup(click.RichGroup):
    """A group that knows of its commands where they stand, and what they are for."""

    entries: ClassVar[Mapping[str, Entry]] = {}
    _listing = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which they were given."""
        return [*self.entries, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; while they are listed only, what the list shows of it."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        if self._listing:
            return click.RichCommand(name=cmd_name, short_help=entry.help, help=entry.help)
        command = getattr(import_module(f"telic.cli.{entry.module}"), entry.name)
        assert isinstance(command, click.Command)
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
