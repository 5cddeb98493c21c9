"""Imports point down only, and the pure layers reach nothing outside."""

import subprocess
import sys

import grimp
import pytest

from tests.house.tree import ROOT, contract, layers

# The layers contract says who stands above whom. This says more: whom each may know at all.
MAY_IMPORT = {
    "kernel": set[str](),
    "graph": {"kernel"},
    "verify": {"kernel", "graph"},
    "patterns": {"kernel"},
    "runtime": {"kernel"},
    "stores": {"kernel", "runtime"},
    "shell": {"kernel", "runtime", "stores.memory"},
    "testing": {"kernel", "graph", "verify", "patterns", "runtime", "stores", "shell"},
    "adapters": {"kernel", "graph", "verify", "patterns", "runtime", "stores", "shell"},
    "__main__": {"cli"},
    "cli": {"kernel", "graph", "verify", "patterns", "runtime", "stores", "shell"},
}
PURE = {"kernel", "graph", "verify", "patterns"}


@pytest.fixture(scope="module")
def imports() -> list[tuple[str, str]]:
    """Every import within telic, as `(importer, imported)`, without the name of the root."""
    graph = grimp.build_graph("telic", cache_dir=None)
    return [
        (importer.removeprefix("telic."), imported.removeprefix("telic."))
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
    ]


def layer_of(module: str) -> str:
    return module.partition(".")[0]


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


# In a process of its own: the linter sets up logging anew and switches every logger off that is there.
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"


def test_the_contracts_hold():
    linted = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_a_layer_imports_only_those_it_may_know(imports):
    strangers = [
        f"{importer} imports {imported}"
        for importer, imported in imports
        if importer != "telic"
        and layer_of(importer) != layer_of(imported)
        and not any(is_within(imported, each) for each in MAY_IMPORT[layer_of(importer)])
    ]
    assert strangers == []


def test_every_layer_says_whom_it_may_know():
    assert set(layers()) <= set(MAY_IMPORT), "a new layer: add it to MAY_IMPORT"


def test_every_pure_layer_is_under_the_purity_contract():
    expected = {f"telic.{layer}" for layer in PURE.intersection(layers())}
    assert set(contract("pure")["source_modules"]) == expected, "mend source_modules in pyproject"
