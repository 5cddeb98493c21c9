"""Telemetry that a test can read, a clock that is moved by hand, and stores of each kind."""

import pytest

from tests.adapters.opentelemetry.seen import Seen
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.till import HandClock


@pytest.fixture
def seen():
    made = Seen()
    yield made
    made.close()


@pytest.fixture
def elsewhere():
    """The telemetry of another process: it knows nothing of the spans of the first."""
    made = Seen()
    yield made
    made.close()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def url(place):
    return postgres_url() if place == "postgres" else ""


@pytest.fixture
def stores(place, tmp_path, url, anyio_backend_name):
    """Makes a store of one kind for a machine."""
    return lambda machine: store_in(place, machine, tmp_path, url, anyio_backend_name)
