"""``python -m telic`` is the command line."""

import sys

from telic.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
