"""The pure layers are pure: seen in their text, and in what a fresh interpreter loads for them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import SOURCE, contract, layers, modules, name_of

PURE_LAYERS = [layer for layer in ("kernel", "graph", "verify", "patterns") if layer in layers()]
CALLS = {"breakpoint", "eval", "exec", "input", "open", "print", "__import__"}
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today")}
CHANCES = {"getnode", "uuid1", "uuid4", "uuid6", "uuid7"}

# Pydantic loads most of itself on demand, so its part is taken whole, and with one model built.
PYDANTIC_ALONE = """
import warnings
import pydantic, pydantic_core, typing_extensions
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for name in pydantic.__all__:
        getattr(pydantic, name)
pydantic.create_model("Sample", number=(int, 1)).model_json_schema()
"""


def modules_loaded_by(program: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after this program."""
    report = "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-I", "-c", program + report], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def impure_acts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in CALLS | CHANCES:
                yield f"{place} calls {name}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CHANCES:
                yield f"{place} calls {name}"
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in CLOCKS:
                yield f"{place} reads the clock: {owner}.{name}"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield f"{place} waits"
            case ast.Global():
                yield f"{place} writes a global"
            case _:
                pass


@pytest.mark.parametrize("layer", PURE_LAYERS)
def test_a_fresh_interpreter_loads_nothing_impure_for_a_pure_layer(layer):
    ours = modules_loaded_by(f"{PYDANTIC_ALONE}\nimport telic.{layer}")
    assert f"telic.{layer}".partition(".")[0] in ours
    brought = ours - modules_loaded_by(PYDANTIC_ALONE)
    assert brought.isdisjoint(contract("pure")["forbidden_modules"]), brought


@pytest.mark.parametrize("layer", PURE_LAYERS)
def test_a_pure_layer_neither_acts_nor_waits(layer):
    found = [act for path in modules(f"src/telic/{layer}") for act in impure_acts(path)]
    assert found == []


def test_an_impure_act_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.house.tree.ROOT", tmp_path)
    sample = tmp_path / "sample.py"
    sample.write_text(
        "async def f():\n    print(datetime.now(), uuid.uuid4())\n    global counter\n",
    )
    assert sorted(impure_acts(sample)) == [
        "sample.py:1 waits",
        "sample.py:2 calls print",
        "sample.py:2 calls uuid4",
        "sample.py:2 reads the clock: datetime.now",
        "sample.py:3 writes a global",
    ]


def test_the_root_package_loads_no_shell_before_it_is_asked():
    brought = modules_loaded_by(f"{PYDANTIC_ALONE}\nimport telic") - modules_loaded_by(PYDANTIC_ALONE)
    assert brought.isdisjoint({"asyncio", "anyio", "sqlite3", "trio"}), brought


def test_the_sources_say_that_they_are_typed():
    assert (SOURCE / "py.typed").is_file()
