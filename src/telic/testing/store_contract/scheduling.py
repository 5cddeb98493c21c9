"""Who goes on when: tasks that are let on one at a time, from one await to the next.

Each client is a real task, so locks, cancellation and threads of a store work as ever; but
its coroutine is driven by hand, and pauses at every await until it is its turn. Where a
store awaits nothing but itself, every order of turns can be tried. What may never be here:
a clock; how long something takes decides nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar, cast

import anyio
import anyio.lowlevel

__all__ = ["Choices", "Director", "Effort", "Program", "Step", "interrupted", "schedules"]

T = TypeVar("T")
Step: TypeAlias = "Callable[[Coroutine[object, object, object]], Awaitable[object]]"
Program: TypeAlias = "Callable[[Step], Awaitable[None]]"

# How many turns of the loop a task gets to reach its next pause before it counts as one that
# waits for a lock, a thread or a socket.
_TURNS = 12


class Effort(NamedTuple):
    """How far the random and the exhaustive cases go.

    Attributes:
        examples: How many random runs are compared with the model.
        schedules: How many orders of turns are tried of each pair of programs, at most.
        seed: What the random ones begin with.
    """

    examples: int = 25
    schedules: int = 300
    seed: int = 0


class Choices:
    """The choices of one run: given ones first, then the first of each, or a random one.

    Attributes:
        made: What was chosen, and of how many.
        outside: The clients had to wait for something that is not theirs to schedule.
    """

    def __init__(self, given: list[int], chance: random.Random | None = None) -> None:
        """Take the choices that are given."""
        self.made: list[tuple[int, int]] = []
        self.outside = False
        self._given = given
        self._chance = chance

    def choose(self, of: int) -> int:
        """Return which of so many goes on."""
        if of == 1:
            return 0
        at = len(self.made)
        if at < len(self._given):
            chosen = min(self._given[at], of - 1)
        else:
            chosen = self._chance.randrange(of) if self._chance is not None else 0
        self.made.append((chosen, of))
        return chosen


def schedules(effort: Effort, say: Callable[[str], None]) -> Iterator[Choices]:
    """Yield the choices of one run after the other: all of them, or a sample where there are too many.

    Where the clients wait for threads or sockets, the turns are not ours to choose, and a
    tenth as many random ones are tried.

    Args:
        effort: How many runs there may be.
        say: Is told when not all of them were tried.
    """
    given: list[int] = []
    limit = effort.schedules
    why = f"there are more orders of turns than {limit}"
    for _ in range(limit // 2):
        choices = Choices(given)
        yield choices
        made = choices.made
        while made and made[-1][0] + 1 == made[-1][1]:
            made.pop()
        if not made:
            return
        given = [chosen for chosen, _ in made[:-1]] + [made[-1][0] + 1]
        if choices.outside:
            limit //= 10
            why = "threads or sockets have a say in the order of turns"
            break
    say(f"{why}: a sample was tried")
    chance = random.Random(effort.seed)
    for _ in range(limit // 2 + 1):
        yield Choices([], chance)


class Director:
    """Lets one of several clients go on at a time."""

    def __init__(self, choices: Choices) -> None:
        """Take the choices of this run."""
        self._choices = choices
        self._waiting: dict[int, anyio.Event] = {}
        self._left = 0
        self._stirred = anyio.Event()
        self._errors: list[BaseException] = []

    async def direct(self, programs: Sequence[Program]) -> None:
        """Run programs to their ends, a turn at a time.

        Args:
            programs: Each is given a function that awaits a coroutine turn by turn.

        Raises:
            BaseException: The first error of a program.
        """
        self._left = len(programs)
        async with anyio.create_task_group() as group:
            for number, program in enumerate(programs):
                group.start_soon(self._client, number, program)
            await self._settle()
            while self._left:
                if not self._waiting:
                    self._choices.outside = True
                    await self._stirred.wait()
                numbers = sorted(self._waiting)
                self._stirred = anyio.Event()
                if numbers:
                    self._waiting.pop(numbers[self._choices.choose(len(numbers))]).set()
                await self._settle()
        if self._errors:
            raise self._errors[0]

    async def _settle(self) -> None:
        for _ in range(_TURNS):
            if len(self._waiting) == self._left:
                return
            await anyio.lowlevel.checkpoint()

    async def _client(self, number: int, program: Program) -> None:
        async def pause() -> None:
            event = self._waiting[number] = anyio.Event()
            self._stirred.set()
            await event.wait()

        async def step(call: Coroutine[object, object, object]) -> object:
            await pause()
            return await _Driven(call, lambda: None, pause)

        try:
            await program(step)
        except Exception as error:  # noqa: BLE001  (raised again when all are done)
            self._errors.append(error)
        finally:
            self._left -= 1
            self._stirred.set()


class _Driven(Generic[T]):
    """A coroutine that is driven by hand: what it yields goes to the loop, and each resumption waits."""

    def __init__(
        self,
        call: Coroutine[object, object, T],
        yields: Callable[[], None],
        pause: Callable[[], Coroutine[object, object, None]] | None,
    ) -> None:
        self._call = call
        self._yields = yields
        self._pause = pause

    def __await__(self) -> Generator[object, object, T]:
        call = self._call
        value: object = None
        error: BaseException | None = None
        while True:
            try:
                yielded = call.send(value) if error is None else call.throw(error)
            except StopIteration as stop:
                return cast("T", stop.value)
            value = error = None
            self._yields()
            try:
                value = yield yielded
                if self._pause is not None:
                    yield from self._pause().__await__()
            except GeneratorExit:
                call.close()
                raise
            except BaseException as raised:  # noqa: BLE001  (belongs to the coroutine within)
                error = raised


async def interrupted(call: Coroutine[object, object, object], at: int) -> bool:
    """Await a call, cancel it at one of its awaits, and say whether it came so far.

    Args:
        call: The call.
        at: At which of its awaits it is cancelled; 0 is before the first.
    """
    count = 0

    def yields() -> None:
        nonlocal count
        count += 1
        if count == at:
            scope.cancel()

    with anyio.CancelScope() as scope:
        if at == 0:
            scope.cancel()
        await _Driven(call, yields, None)
    return count >= at
