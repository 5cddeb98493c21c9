"""``StoreContract``: the cases as tests of one store, in a class of the user's own.

Any pytest runs them; each test brings its own event loop. What may never be here: a case.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, ClassVar, cast

import anyio

import telic.testing.store_contract.cases  # noqa: F401  (enters the cases)
from telic.kernel.machine import AnyMachine
from telic.testing.store_contract.machine import contract_machine
from telic.testing.store_contract.rules import CASES, METHODS, Capability, Case, ContractBroken, NotApplicable
from telic.testing.store_contract.scheduling import Effort
from telic.testing.store_contract.trial import AnyStore, Trial

if TYPE_CHECKING:
    from pytest import Metafunc  # noqa: PT013  (only the type is needed, and only by checkers)

__all__ = ["StoreContract", "tried"]

_NO_REOPEN = "no capability REOPEN: there is no reopen in the contract class"


class StoreContract:
    """Holds a store to the contract: subclass it, name the subclass ``Test...``, and run pytest.

    Attributes:
        backends: The event loops to run on; add ``"trio"`` where the store works there.
        capabilities: What the store can do, where its methods shall not decide that: then a
            method that is missing is a failure, and what is not named is skipped.
        examples: How many random runs are compared with the model.
        schedules: How many orders of turns are tried of each pair of programs, at most.
        seed: What the random ones begin with.

    Example:
        ``class TestMyStore(StoreContract):``
        ``    async def open(self, machine):``
        ``        async with MyDatabase() as db:``
        ``            yield db.store(machine)``
    """

    backends: ClassVar[tuple[str, ...]] = ("asyncio",)
    capabilities: ClassVar[frozenset[Capability] | None] = None
    examples: ClassVar[int] = 25
    schedules: ClassVar[int] = 300
    seed: ClassVar[int] = 0

    def open(self, machine: AnyMachine) -> object:
        """Return a fresh and empty store; called once per case, on this very object.

        Write it as an async generator that yields the store, as a coroutine or function
        that returns it, or as one that returns an async context manager.

        Args:
            machine: Whose instances it is to keep.
        """
        raise NotImplementedError(
            f"expected {type(self).__name__}.open to return a store for {machine!r}, got no such method; "
            "do write async def open(self, machine) and yield the store"
        )

    def reopen(self, machine: AnyMachine) -> object:  # noqa: ARG002  (for those who override it)
        """Return another store over the data of the one that is open; optional, written like ``open``.

        It stands for a restart, for a second process, and for the store of another machine.

        Args:
            machine: Whose instances it is to keep.
        """
        raise NotApplicable(_NO_REOPEN)

    def pytest_generate_tests(self, metafunc: Metafunc) -> None:
        """Let each test run once on each event loop; pytest calls this."""
        if "backend" in metafunc.fixturenames:
            metafunc.parametrize("backend", self.backends)

    def run_case(self, case: Case, backend: str) -> None:
        """Try one case in an event loop of its own; skip it where it does not apply.

        Args:
            case: The case.
            backend: The event loop.

        Raises:
            ContractBroken: When the store breaks the rule.
        """
        import pytest

        try:
            anyio.run(tried, self, case, backend=backend)
        except NotApplicable as reason:
            pytest.skip(reason.why)


def _test_of(case: Case) -> Callable[[StoreContract, str], None]:
    def test(self: StoreContract, backend: str) -> None:
        self.run_case(case, backend)

    test.__name__ = f"test_{case.name}"
    test.__qualname__ = f"StoreContract.test_{case.name}"
    test.__doc__ = f"{case.rule}."
    return test


for _case in CASES.values():
    setattr(StoreContract, f"test_{_case.name}", _test_of(_case))


async def tried(contract: StoreContract, case: Case) -> tuple[str, ...]:
    """Try one case on a fresh store.

    Args:
        contract: Opens the store.
        case: The case.

    Returns:
        What was not tried in full, and why.

    Raises:
        NotApplicable: When the store lacks what the case needs.
        ContractBroken: When the store breaks the rule.
    """
    async with _opened(contract.open(contract_machine)) as store:
        capabilities = _capabilities(contract, store)
        for needed in case.needs:
            _require(needed, capabilities, store)
        effort = Effort(contract.examples, contract.schedules, contract.seed)
        trial = Trial(case, store, contract_machine, capabilities, effort, _reopening(contract))
        try:
            await case.run(trial)
        except (ContractBroken, NotApplicable):
            raise
        except Exception as error:
            raise case.broken(f"expected no error, got {error!r}") from error
        return trial.said


def _capabilities(contract: StoreContract, store: AnyStore) -> frozenset[Capability]:
    if contract.capabilities is not None:
        return contract.capabilities
    found = {one for one, name in METHODS.items() if getattr(store, name, None) is not None}
    own = getattr(contract.reopen, "__func__", None) is not StoreContract.reopen
    return frozenset({*found, Capability.REOPEN} if own else found)


def _require(needed: Capability, capabilities: frozenset[Capability], store: AnyStore) -> None:
    if needed not in capabilities:
        where = f"{type(store).__name__}.{METHODS[needed]}" if needed in METHODS else ""
        raise NotApplicable(f"no capability {needed.upper()}: there is no {where}" if where else _NO_REOPEN)


def _reopening(contract: StoreContract) -> Callable[[AnyMachine], AbstractAsyncContextManager[AnyStore]]:
    return lambda machine: _opened(contract.reopen(machine))


@asynccontextmanager
async def _opened(given: object) -> AsyncIterator[AnyStore]:
    """Take what ``open`` has returned for what it is, down to the store."""
    manager: AbstractAsyncContextManager[object]
    if inspect.isasyncgen(given):
        manager = asynccontextmanager(lambda: given)()
    elif inspect.isawaitable(given):
        manager = _opened(await cast("Awaitable[object]", given))
    elif not _is_store(given) and isinstance(given, AbstractAsyncContextManager):
        manager = given
    else:
        manager = nullcontext(given)
    async with manager as store:
        if not _is_store(store):
            raise TypeError(f"expected open to give a store with load and save, got {store!r}; do yield the store")
        yield cast("AnyStore", store)


def _is_store(given: object) -> bool:
    return callable(getattr(given, "load", None)) and callable(getattr(given, "save", None))
