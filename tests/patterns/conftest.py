"""What several tests of patterns need: the database of a test that runs on every store."""

import pytest

from tests.services import postgres_url


@pytest.fixture
def url(request):
    return postgres_url() if request.node.callspec.params.get("place") == "postgres" else ""
