"""What several tests of patterns need: the database of a test that runs on every store."""

from typing import Any

import pytest

from tests.services import postgres_url


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    node: Any = request.node  # a test with parameters, which pytest's types do not tell
    return postgres_url() if node.callspec.params.get("place") == "postgres" else ""
