"""Where things lie: the checkout, what is made for Sphinx, and the site.

What may never be here: anything that reads or writes a file.
"""

from pathlib import Path

__all__ = ["DOCS", "ROOT", "SITE", "STAGED"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
STAGED = ROOT / "build" / "manual"
SITE = ROOT / "build" / "site"
