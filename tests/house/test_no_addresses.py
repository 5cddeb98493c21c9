"""Nothing in the checkout says where its author works, or which server packages come from."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, name_of

# Written in parts, since this file is searched as well.
HOSTS = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    ]
]
HOMES = re.compile(r"(?<![\w.~-])/(?:home|root|Users)/[\w.-]+|[A-Z]:\\+Users\\+\w+")
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def is_place_of_work(path: Path) -> bool:
    """Whether the path is telling enough to be looked for: `/` and `/src` stand in any text."""
    return len(path.parts) > 2


def test_no_file_names_a_registry():
    found = [f"{name_of(path)}: {host}" for path in files(committed=True) for host in HOSTS if host in text_of(path)]
    assert found == []


def test_no_file_names_a_folder_of_its_author():
    here = [str(path) for path in (ROOT, Path.home()) if is_place_of_work(path)]
    found = [
        name_of(path)
        for path in files(committed=True)
        if HOMES.search(text := text_of(path)) or any(f"{each}/" in text for each in here)
    ]
    assert found == []


@pytest.mark.parametrize("path", [pytest.param(each, id=each.name) for each in REQUIREMENTS])
def test_locked_requirements_have_hashes_and_no_address(path):
    text = text_of(path).replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert pins
    assert all(re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line) for line in pins)
    assert "://" not in text


def test_versions_are_locked_in_one_place():
    assert REQUIREMENTS
    assert ROOT / "uv.lock" not in files(committed=True)
