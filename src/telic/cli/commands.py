"""The list of all commands, each with the module where it stands.

What may never be here: what a command does.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import Any, ClassVar

import click

from telic.cli.exits import Exit, exit_of
from telic.cli.lazily import Entry, LazyGroup
from telic.cli.output import Output
from telic.cli.session import store_options
from telic.kernel.errors import TelicError

__all__ = ["run", "telic"]


class _Commands(LazyGroup):
    entries: ClassVar[Mapping[str, Entry]] = {
        "new": Entry("scaffolding", "new", "Make a small project that passes its own tests."),
        "list": Entry("describing", "list_", "The machines of an application."),
        "describe": Entry("describing", "describe", "All that a machine says of itself."),
        "graph": Entry("describing", "graph", "A picture of a machine, or of one instance."),
        "schema": Entry("describing", "schema", "The JSON Schema of events, or of the form of a task."),
        "check": Entry("checking", "check", "Look for stuck states, lost answers, impure code; for CI."),
        "explore": Entry("checking", "explore", "Find every world of a machine, and judge them."),
        "simulate": Entry("simulating", "simulate", "Play events to an instance in virtual time."),
        "start": Entry("instances", "start", "Begin an instance."),
        "send": Entry("instances", "send", "Send an event to an instance."),
        "ls": Entry("listing", "ls", "List instances."),
        "show": Entry("instances", "show", "One instance: its state, what it waits for, the last errors."),
        "history": Entry("instances", "history", "What happened to an instance."),
        "replay": Entry("instances", "replay", "Make the steps of instances again with today's code."),
        "tasks": Entry("tasking", "tasks", "What people have to do: list, claim, hand on, answer."),
        "outbox": Entry("books", "outbox", "What is asked for and not answered yet; dead letters."),
        "deadlines": Entry("books", "deadlines", "What happens by itself, and when."),
        "pause": Entry("operating", "pause", "Halt instances."),
        "resume": Entry("operating", "resume", "Let paused instances go on."),
        "cancel": Entry("operating", "cancel", "End instances; their states may compensate first."),
        "terminate": Entry("operating", "terminate", "End instances at once."),
        "redrive": Entry("operating", "redrive", "Have dead letters of instances carried out again."),
        "fork": Entry("operating", "fork", "Make a new instance of what another one was."),
        "export": Entry("carrying", "export", "Write instances as lines, for another store."),
        "import": Entry("carrying", "import_", "Take in the instances of an export."),
        "worker": Entry("working", "worker", "Carry out intents and fire deadlines, until stopped."),
        "dev": Entry("developing", "dev", "A file, sample data and a worker, in one command."),
        "db": Entry("migrating", "db", "The tables of a database: their version, and the way to the present one."),
        "doctor": Entry("examining", "doctor", "Is all here that is needed, and does it answer?"),
        "completion": Entry("completing", "completion", "What makes a shell complete telic's commands."),
        "diff": Entry("checking", "diff", "What a new version does to instances of the old one."),
    }

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401  (as click says it)
    ) -> click.Context:
        """Read the options; help that nobody reads any more ends as any command does."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            Output.unheard()
            raise click.exceptions.Exit(Exit.INTERRUPTED) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; once nobody reads any more it ends quietly, and never as if all were well."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            Output.unheard()
            return Exit.INTERRUPTED


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="telic", message="telic %(version)s")
@store_options
def telic() -> None:
    """Model, prove, run and operate business processes.

    Start with `telic list --app module:attr`. Every command takes `--help`.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return what the program ends with."""
    if isinstance(sys.stdout, TextIOWrapper):  # what a terminal has no character for is no reason to end
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = telic.main(list(arguments) if arguments is not None else None, prog_name="telic", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return error.exit_code
    except TelicError as error:
        click.echo(f"error: {error}", err=True)
        return int(exit_of(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    return code if isinstance(code, int) else Exit.OK
