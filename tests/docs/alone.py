"""One page in a process of its own: ``python -m tests.docs.alone docs/how-to/use-django.md``.

What may never be here: how a listing is run; see ``test_pages``.
"""

import sys
from pathlib import Path
from types import ModuleType

from tests.docs.test_pages import run

if __name__ == "__main__":
    sys.modules["page"] = ModuleType("page")
    run(Path(sys.argv[1]))
