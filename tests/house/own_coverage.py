"""Whether each module of the kernel and the runtime is covered by its own test file alone.

As a plugin of pytest (``-p tests.house.own_coverage``, beside ``--cov-context=test``) it has
coverage note which test file is being imported. As a program, after the tests, it reads what
was measured. What counts for ``src/telic/kernel/advance.py`` runs in
``tests/kernel/test_advance.py``, or by itself when telic and the shared machines are imported.
"""

import io
import re
import sys
from collections.abc import Generator, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from coverage import Coverage

LAYERS = ("kernel", "runtime")
BY_ITSELF = "^$"


def sources(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each module that is held to this, with the name of its own test file."""
    for layer in LAYERS:
        for path in sorted((root / "src" / "telic" / layer).glob("*.py")):
            yield path, f"tests/{layer}/test_{path.stem}.py"


def shared_modules(root: Path) -> Iterator[str]:
    """Yield the names of what several test files import: the modules themselves, and the shared machines."""
    for layer in LAYERS:
        yield from (f"telic.{layer}.{path.stem}" for path in (root / "src" / "telic" / layer).glob("[!_]*.py"))
        yield from (f"tests.{layer}.{path.stem}" for path in (root / "tests" / layer).glob("*.py") if _is_shared(path))


def _is_shared(path: Path) -> bool:
    return not path.stem.startswith(("test_", "_", "conftest"))


def shortfall(measured: Coverage, path: Path, own: str) -> str | None:
    """Return what a module's own test file leaves out, as coverage reports it; nothing where all is covered."""
    text = io.StringIO()
    contexts = [BY_ITSELF, f"^{re.escape(own)}::"]
    share = measured.report([str(path)], show_missing=True, skip_covered=False, contexts=contexts, file=text)
    if share == 100:
        return None
    return f"{own}: {text.getvalue().splitlines()[2]}"


@pytest.hookimpl
def pytest_sessionstart(session: pytest.Session) -> None:
    """Import what is shared before any test file, so that it counts for each of them."""
    for name in sorted(shared_modules(session.config.rootpath)):
        import_module(name)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Note that what runs while a test file is imported belongs to that file."""
    measuring = Coverage.current() if isinstance(collector, pytest.Module) else None
    if measuring is None:
        return (yield)
    measuring.switch_context(f"{collector.nodeid}::")
    try:
        return (yield)
    finally:
        measuring.switch_context("")


def main(root: Path) -> int:
    """Print each shortfall; return how many there are."""
    measured = Coverage()
    measured.load()
    found = [text for path, own in sources(root) if (text := shortfall(measured, path, own)) is not None]
    print("\n".join(found) or "each module of kernel and runtime is covered by its own tests")
    return len(found)


if __name__ == "__main__":
    sys.exit(min(main(Path.cwd()), 1))
