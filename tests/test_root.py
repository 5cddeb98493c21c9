"""The root of the package: what it exports, from where, and what an import brings along."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import telic

ROOT = Path(__file__).parents[1]
NAMES_MAX = 40
# What brings an event loop, a database or a log into a program that only describes a machine.
HEAVY = {"anyio", "asyncio", "logging", "sqlite3", "sniffio", "telic.runtime", "telic.shell", "telic.stores"}


def imports_for_checkers() -> Iterator[tuple[str, str]]:
    """The module and the name of each import that only type checkers see."""
    tree = ast.parse(Path(telic.__file__).read_text(encoding="utf-8"))
    guards = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    for node in (node for guard in guards for node in guard.body):
        assert isinstance(node, ast.ImportFrom)
        for one in node.names:
            assert one.asname == one.name, f"{one.name} is exported only as `{one.name} as {one.name}`"
            yield str(node.module), one.name


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running some code."""
    lines = f"import sys\nsys.path[:0] = {sys.path!r}\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", lines], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", telic.__all__)
def test_every_exported_name_is_the_one_that_its_module_defines(name):
    (module,) = [module for module, one in imports_for_checkers() if one == name]
    assert getattr(telic, name) is getattr(importlib.import_module(module), name)
    assert name in importlib.import_module(module).__all__


def test_checkers_and_programs_see_the_same_names():
    assert sorted(name for _, name in imports_for_checkers()) == sorted(telic.__all__)


def test_no_name_is_exported_twice():
    assert sorted(set(telic.__all__)) == telic.__all__


def test_the_root_exports_at_most_forty_names():
    assert len(telic.__all__) <= NAMES_MAX


def test_a_listing_of_the_root_shows_what_it_exports():
    assert dir(telic) == sorted(telic.__all__)


def test_a_name_that_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError) as caught:
        telic.Maschine  # noqa: B018
    assert str(caught.value) == "module 'telic' has no attribute 'Maschine'"


def test_importing_the_package_loads_none_of_its_parts():
    assert {name for name in loaded_after("import telic") if name.startswith(("telic.", "pydantic"))} == set()


def test_describing_a_machine_loads_no_event_loop_and_no_database():
    names = "Command, Context, Fact, Intent, Machine, NoIntent, State, TypedId, WorkflowId, start, transition"
    assert loaded_after(f"from telic import {names}").isdisjoint(HEAVY)


def test_a_name_is_loaded_once():
    assert telic.Machine is telic.Machine
    assert "Machine" in vars(telic)
