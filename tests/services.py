"""Servers that some tests need: where they are, and what happens where there is none.

A test that needs a server skips without one, with the reason; it fails instead if the
environment variable TELIC_REQUIRE_SERVICES names the service. PostgreSQL is looked for where
TELIC_TEST_POSTGRES_URL says, else on this machine, else a server of our own is begun.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from tests.server import begun_for_good, programs

POSTGRES_HERE = "postgresql://postgres:postgres@127.0.0.1:5432/postgres"


def absent(service: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where the service is required."""
    if service in os.environ.get("TELIC_REQUIRE_SERVICES", "").split(","):
        pytest.fail(f"{service} is required here: {reason}", pytrace=False)
    pytest.skip(reason)


def postgres_url() -> str:
    """The URL of a database in which tests may make schemas."""
    url, problem = _found_postgres()
    if problem:
        absent("postgres", f"no PostgreSQL for tests: {problem}; TELIC_TEST_POSTGRES_URL names one")
    return url


def postgres_or_none() -> str:
    """The URL of such a database, or nothing where there is none; for measurements, which say so."""
    url, problem = _found_postgres()
    return "" if problem else url


@cache
def _found_postgres() -> tuple[str, str]:
    given = os.environ.get("TELIC_TEST_POSTGRES_URL")
    if given:
        return given, _problem_with(given)
    problem = _problem_with(POSTGRES_HERE)
    return (begun_for_good(), "") if problem and programs() is not None else (POSTGRES_HERE, problem)


def _problem_with(url: str) -> str:
    """What is in the way of a connection; nothing if one can be made."""

    async def connect() -> None:
        connection = await asyncpg.connect(url, timeout=10)
        await connection.close()

    try:
        asyncio.run(connect())
    except (OSError, asyncpg.PostgresError) as error:
        return str(error) or type(error).__name__
    return ""


@asynccontextmanager
async def postgres_schema(url: str) -> AsyncIterator[str]:
    """The name of a schema that is not there yet, and will be gone with all that was put into it."""
    name = f"telic_test_{uuid4().hex}"
    try:
        yield name
    finally:
        connection = await asyncpg.connect(url)
        await connection.execute(f"SET client_min_messages = error; DROP SCHEMA IF EXISTS {name} CASCADE")
        await connection.close()


@asynccontextmanager
async def database_of_its_own(url: str) -> AsyncIterator[str]:
    """The URL of an empty database on the same server, gone afterwards."""
    name = f"telic_test_{uuid4().hex}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of a database of its own, for code that works in the schema ``public``."""
    url = postgres_url()
    name = f"telic_test_{uuid4().hex}"

    async def execute(text: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(text)
        await connection.close()

    asyncio.run(execute(f"CREATE DATABASE {name}"))
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))
