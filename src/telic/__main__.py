"""``python -m telic`` is the command line."""

import sys

from telic.cli.entry import main

sys.exit(main())
