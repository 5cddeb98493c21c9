"""The server of the tests' own: begun where there is none, from whichever programs there are."""

import subprocess
import sys

import pytest

from tests.server import own_server, packaged, programs
from tests.services import POSTGRES_HERE, _problem_with

ASKED = "from tests.services import postgres_url; print(postgres_url())"


def asked_for_a_url():
    """What a process finds where no server answers at the usual place."""
    code = f"import tests.services as s; s.POSTGRES_HERE = 'postgresql://nobody@127.0.0.1:1/none'; {ASKED}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.skipif(programs() is None, reason="no programs of a PostgreSQL server")
def test_where_no_server_answers_one_is_begun_and_ends_with_the_process(monkeypatch):
    monkeypatch.delenv("TELIC_TEST_POSTGRES_URL", raising=False)
    found = asked_for_a_url()
    url = found.stdout.strip()
    assert url.startswith("postgresql://telic@127.0.0.1:"), found.stderr
    assert url != POSTGRES_HERE
    assert _problem_with(url) != ""


@pytest.mark.skipif(packaged() is None, reason="the package with the programs of a server is not installed")
def test_the_programs_of_the_package_are_enough():
    with own_server(packaged()) as server:
        assert server is not None
        assert _problem_with(server.url) == ""
