"""``python -m docs.building``: put the pages together, have Sphinx make the site, add the texts for machines.

A warning of Sphinx is an error. What may never be here: a page.
"""

import fcntl
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from sphinx.cmd.build import build_main

from docs.building import llms, sources
from docs.building.markdown import title
from docs.building.places import DOCS, ROOT, SITE, STAGED
from docs.building.staging import stage


def _read() -> Iterator[Path]:
    """Every file from which the site is made."""
    for folder in ("docs", "src", "examples", "tests", "changes", "requirements"):
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.suffix not in {".pyc", ""})
    yield from (ROOT / "CHANGELOG.md", ROOT / "pyproject.toml")


def _digest() -> str:
    digest = blake2b(digest_size=16)
    for path in _read():
        digest.update(f"{path}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """Make the site, unless it is there; return 0, or what Sphinx returned."""
    STAGED.mkdir(parents=True, exist_ok=True)
    made = STAGED.parent / "manual.made"
    with (STAGED.parent / "manual.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side, and there is one folder
        digest = _digest()
        if made.is_file() and made.read_text(encoding="utf-8") == digest and SITE.is_dir():
            return 0
        manual = stage()
        contents = STAGED.parent / "manual.contents"
        titles = "\n".join(f"{place} {title(text)}" for place, text in manual.pages.items())
        # Sphinx writes no page anew whose own text is as it was; but each shows the contents at its side.
        whole = not contents.is_file() or contents.read_text(encoding="utf-8") != titles
        doctrees = str(STAGED.parent / "doctrees")
        options = ["-q", "-W", "--keep-going", "-c", str(DOCS), "-d", doctrees, *(["--write-all"] if whole else [])]
        ended = build_main([*options, str(STAGED), str(SITE)])
        if not ended:
            contents.write_text(titles, encoding="utf-8")
            sources.write(manual.sources)
            llms.write(manual)
            made.write_text(digest, encoding="utf-8")
    return ended


if __name__ == "__main__":
    sys.exit(main())
