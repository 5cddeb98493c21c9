"""How results are written: a table for people, JSON and plain columns for programs.

Data goes to standard output and chatter to standard error, so that a pipe holds nothing but
data. What may never be here: a colour where nobody asked for one, or a prompt.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import click

__all__ = ["Form", "Output", "Row", "text_of"]

Row: TypeAlias = Mapping[str, object]


class Form(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    PLAIN = "plain"


class Output:
    """Writes the results of one command.

    Attributes:
        form: How.
        quiet: Whether chatter is left out.
    """

    def __init__(self, form: Form, *, quiet: bool = False) -> None:
        """Choose a form."""
        self.form, self.quiet = form, quiet

    @property
    def is_for_programs(self) -> bool:
        """Whether a program reads the results."""
        return self.form is not Form.TABLE

    def rows(self, rows: Iterable[Row], columns: Sequence[str]) -> None:
        """Write a list.

        Args:
            rows: What is in it; JSON shows all of a row, a table the columns.
            columns: The names of the columns.
        """
        if self.form is Form.JSON:
            self._json([dict(one) for one in rows])
        elif self.form is Form.TABLE:
            self._table([[text_of(one.get(name)) for name in columns] for one in rows], columns)
        else:
            for one in rows:
                self._line(one, columns)

    async def stream(self, rows: AsyncIterable[Row], columns: Sequence[str]) -> int:
        """Write a list as it comes, and return its length; only a table and JSON wait for its end."""
        kept: list[Row] = []
        count = 0
        async for one in rows:
            count += 1
            if self.form in (Form.JSON, Form.TABLE):
                kept.append(one)
            else:
                self._line(one, columns)
        if self.form in (Form.JSON, Form.TABLE):
            self.rows(kept, columns)
        return count

    def one(self, row: Row) -> None:
        """Write one thing, a line for each of its facts."""
        if self.form is Form.JSON:
            self._json(dict(row))
        elif self.form is Form.JSONL:
            self._line(row, ())
        else:
            width = max((len(name) for name in row), default=0)
            for name, value in row.items():
                text = text_of(value)
                indent = " " * (width + 2)
                click.echo(f"{name:<{width}}  {text.replace(chr(10), chr(10) + indent)}".rstrip())

    def text(self, text: str) -> None:
        """Write a text as it is."""
        click.echo(text, nl=not text.endswith("\n"))

    def say(self, text: str) -> None:
        """Write chatter, to standard error."""
        if not self.quiet:
            click.echo(text, err=True)

    @staticmethod
    def unheard() -> None:
        """Write results to nowhere from now on: nobody reads them, and Python complains when it flushes."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _line(self, row: Row, columns: Sequence[str]) -> None:
        if self.form is Form.JSONL:
            click.echo(json.dumps(_plain(row), ensure_ascii=False))
        else:
            cells = (text_of(row.get(name)) for name in columns)
            click.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells))

    @staticmethod
    def _json(value: object) -> None:
        click.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2))

    @staticmethod
    def _table(cells: list[list[str]], columns: Sequence[str]) -> None:
        if not cells:
            return
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            from rich.console import Console
            from rich.table import Table
            from rich.text import Text

            table = Table(*(name.upper() for name in columns), box=None, pad_edge=False, header_style="bold")
            for row in cells:
                table.add_row(*(Text(cell) for cell in row))
            Console().print(table)
            return
        rows = [[name.upper() for name in columns], *([cell.replace("\n", " ") for cell in row] for row in cells)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _plain(value: object) -> object:
    from pydantic_core import to_jsonable_python  # the list of commands needs none

    return to_jsonable_python(value, fallback=str)


def text_of(value: object) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={text_of(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(text_of(one) for one in value)
    return str(value)
