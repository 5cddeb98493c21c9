"""The entry: quick, lazy, and clear about what is missing."""

import subprocess
import sys

HEAVY = (
    "asyncpg",
    "litestar",
    "django",
    "celery",
    "telic.stores",
    "telic.verify",
    "telic.shell",
    "sqlite3",
    "pydantic_core",
)


def test_help_loads_neither_a_database_nor_a_machine():
    code = (
        "import sys\n"
        "from telic.cli.entry import main\n"
        "ended = main(['--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], ended, file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[] 0"
    assert "Commands" in ended.stdout


def test_without_its_extra_it_says_what_to_type():
    code = "import sys\nsys.modules['rich_click'] = None\nfrom telic.cli.entry import main\nsys.exit(main(['list']))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: telic's command line needs an extra that is not installed; do pip install 'telic[cli]'\n"
    )


def test_it_runs_as_a_module():
    ended = subprocess.run([sys.executable, "-m", "telic", "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("telic ")
