"""What every command knows: the application, the store, and how to say things.

The options may stand before the command and after it. What may never be here: a command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from telic.cli.output import Form, Output

__all__ = ["Session", "app_options", "output_options", "session_of", "store_options"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Session:
    """The options that all commands share.

    Attributes:
        app: Where the application is, as ``module:attribute``.
        store: Where its instances are, as a URL.
        tenant: Whose instances.
        form: How results are written.
        quiet: Whether chatter is left out.
        yes: Whether what cannot be undone is agreed to.
    """

    app: str | None = None
    store: str | None = None
    tenant: str = ""
    form: Form | None = None
    quiet: bool = False
    yes: bool = False

    @property
    def out(self) -> Output:
        """What writes results and chatter."""
        return Output(self.form or Form.TABLE, quiet=self.quiet)


def session_of(ctx: click.Context) -> Session:
    """Return what the options have said so far."""
    return ctx.ensure_object(Session)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, object], None]:
    def keep(ctx: click.Context, _: click.Parameter, value: object) -> None:
        if value not in (None, False, ""):
            setattr(session_of(ctx), name, value)

    return keep


def _form(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        session_of(ctx).form = Form(value)


def _json(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001  (click passes it so)
    if value:
        session_of(ctx).form = Form.JSON


def output_options(command: F) -> F:
    """Add ``-o`` and what goes with it."""
    command = click.option(
        "-o",
        "--output",
        type=click.Choice([one.value for one in Form]),
        callback=_form,
        expose_value=False,
        help="How results are written.  [default: table]",
    )(command)
    command = click.option("--json", is_flag=True, callback=_json, expose_value=False, help="The same as -o json.")(
        command
    )
    return click.option(
        "-q", "--quiet", is_flag=True, callback=_keep("quiet"), expose_value=False, help="Write results only."
    )(command)


def app_options(command: F) -> F:
    """Add ``--app``, and the options of the output."""
    option = click.option(
        "-a",
        "--app",
        metavar="MODULE:ATTR",
        envvar="TELIC_APP",
        callback=_keep("app"),
        expose_value=False,
        help="A System, a Machine, or a function that returns one.  [env: TELIC_APP]",
    )
    return option(output_options(command))


def store_options(command: F) -> F:
    """Add ``--store`` and ``--tenant``, and the options of the application."""
    command = click.option(
        "-s",
        "--store",
        metavar="URL",
        envvar="TELIC_STORE",
        callback=_keep("store"),
        expose_value=False,
        help="sqlite:///file.db, postgresql://… or memory:  [env: TELIC_STORE]",
    )(command)
    command = click.option(
        "--tenant", envvar="TELIC_TENANT", callback=_keep("tenant"), expose_value=False, help="Whose instances."
    )(command)
    return app_options(command)
