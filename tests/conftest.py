"""What every test shares: the event loops it runs on, how hard Hypothesis looks, and how many run at once.

Async tests need no marker. Each runs on asyncio and on trio.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run and on every machine: a red test means a changed program.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# New examples in every run, and many of them: to be left running when there is time.
settings.register_profile("search", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(("asyncio", {}), id="asyncio"),
        pytest.param(("trio", {}), id="trio"),
    ],
)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """The event loop under an async test; for the whole session, so that Hypothesis accepts it."""
    backend: tuple[str, dict[str, object]] = request.param
    return backend


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more at once than there are processors: many tests wait for a disk, a server or a process."""
    return (os.cpu_count() or 1) + 1
