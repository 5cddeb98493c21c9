"""The command ``completion``: the script by which a shell completes commands and options.

What may never be here: a list of commands; the shell asks ``telic`` itself.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from telic.cli.exits import Exit
from telic.cli.session import output_options, session_of

__all__ = ["completion"]


@click.command()
@output_options
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print what makes SHELL complete telic's commands; for example, in bash:

    eval "$(telic completion bash)"
    """  # noqa: D415  (the line after it is the example)
    found = get_completion_class(shell)
    assert found is not None
    script = found(ctx.find_root().command, {}, "telic", "_TELIC_COMPLETE").source()
    session_of(ctx).out.text(script)
    return Exit.OK
