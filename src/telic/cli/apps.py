"""Where the application is found: ``module:attribute``, in the current folder or installed.

What may never be here: a store; see ``databases``.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from telic.cli.exits import Exit, Stopped, stopped
from telic.cli.session import Session
from telic.kernel.errors import TelicError, nearest
from telic.kernel.machine import AnyMachine, Machine
from telic.shell.system import System

__all__ = ["app_of", "loaded", "machine_of", "machines_of"]


def loaded(place: str) -> object:
    """Return what stands at ``module:attribute``; a function there is called.

    Args:
        place: The place.

    Raises:
        Stopped: When nothing stands there, or what stands there cannot be loaded.
    """
    name, colon, path = place.partition(":")
    if not name or not colon or not path:
        raise Stopped(Exit.USAGE, f"expected MODULE:ATTR, got {place!r}; do name a module and what is in it")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        value: object = importlib.import_module(name)
    except TelicError as error:
        raise stopped(error) from error
    except Exception as error:  # it is somebody's code: whatever it raises is to be told
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise Stopped(
                Exit.USAGE,
                f"expected a module {name!r}, got none from {folder}; do call telic where it is, or install it",
            ) from error
        raise _broken(place, error) from error
    for part in path.split("."):
        if not hasattr(value, part):
            known = [one for one in vars(value) if not one.startswith("_")] if hasattr(value, "__dict__") else []
            raise Stopped(Exit.USAGE, f"expected {part!r} in {name}, got none{nearest(part, known)}")
        value = getattr(value, part)
    return _made(value, place) if inspect.isfunction(value) else value


def _made(function: Callable[..., object], place: str) -> object:
    needed = [one.name for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    if needed:
        got = f"{function.__name__}({', '.join(needed)})"
        raise Stopped(Exit.USAGE, f"expected a function without parameters at {place}, got {got}")
    try:
        return function()
    except TelicError as error:
        raise stopped(error) from error
    except Exception as error:  # likewise
        raise _broken(place, error) from error


def _broken(place: str, error: Exception) -> Stopped:
    """Tell what the code of an application has raised, and where, without our own frames."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else where.lineno
    file = (error.filename if isinstance(error, SyntaxError) else None) or where.filename
    told = traceback.format_exception_only(error)[-1].strip()
    return Stopped(Exit.USAGE, f"expected {place} to load, got {told} ({file}, line {line}); do mend it")


def app_of(session: Session) -> System | AnyMachine:
    """Return the application that ``--app`` names.

    Args:
        session: The options.

    Raises:
        Stopped: When there is none, or it is neither a system nor a machine.
    """
    if session.app is None:
        raise Stopped(Exit.USAGE, "expected an application, got none; do add --app MODULE:ATTR, or set TELIC_APP")
    value = loaded(session.app)
    if isinstance(value, System | Machine):
        return value
    raise Stopped(
        Exit.USAGE, f"expected a System or a Machine at {session.app}, got {type(value).__name__}; do name one of these"
    )


def machines_of(session: Session) -> Mapping[str, AnyMachine]:
    """Return the machines of the application, by name."""
    app = app_of(session)
    if isinstance(app, System):
        return {name: runtime.machine for name, runtime in app.runtimes.items()}
    return {app.name: app}


def machine_of(session: Session, name: str | None) -> AnyMachine:
    """Return one machine of the application; the only one where none is named.

    Args:
        session: The options.
        name: Its name.

    Raises:
        Stopped: When there is no such machine, or which one is meant is open.
    """
    machines = machines_of(session)
    if name is None:
        if len(machines) == 1:
            return next(iter(machines.values()))
        raise Stopped(Exit.USAGE, f"expected the name of a machine, got none; do name one of {', '.join(machines)}")
    if name not in machines:
        raise Stopped(Exit.NOT_FOUND, f"expected a machine {name!r}, got none{nearest(name, machines)}")
    return machines[name]
