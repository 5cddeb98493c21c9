"""A virtual time: an event loop without sockets or threads, whose clock stands until it is moved.

Everything runs on one thread, in the order in which it was asked for, so the same program
does the same again. What may never be here: chance, or anything about workflows.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple, NoReturn, TypeVar, TypeVarTuple

from telic.kernel.errors import TelicError

__all__ = ["Process", "Stalled", "VirtualClock", "VirtualLoop", "Watched"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_MICROSECONDS = 1_000_000
# Tasks that have not come to rest in one moment after so many turns never will.
_TURNS_MAX = 100_000
_ROUNDS_OF_CANCELLATION = 50
_TURNS_OF_A_ROUND = 20


class Stalled(TelicError):
    """The world does not come to rest: something goes on for ever, or waits for nothing.

    Attributes:
        what: What is still to be done.
    """

    def __init__(self, what: str) -> None:
        """Keep what is still to be done."""
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        """Return what was expected."""
        return (
            f"expected the world to come to rest, got {self.what}; "
            "do let each handler end in virtual time, and await nothing from outside"
        )


class Process:
    """A process of the virtual world. What runs in it stops when it dies; none of it is told.

    Attributes:
        name: What it is called.
        dead: It was killed: from now on, none of its code runs.
        leaving: It ends by itself, and has nothing more to do.
        running: How many handlers it runs.
    """

    __slots__ = ("dead", "leaving", "name", "running")

    def __init__(self, name: str) -> None:
        """Begin alive."""
        self.name = name
        self.dead = False
        self.leaving = False
        self.running = 0

    def __repr__(self) -> str:
        """Return the name."""
        return f"Process({self.name!r})"


_loops = count(1)
_BITS_OF_A_LOOP = 12
_process: ContextVar[Process | None] = ContextVar("telic.process", default=None)


class _Turn(NamedTuple):
    handle: asyncio.Handle
    process: Process | None


class _Timer(NamedTuple):
    when: float
    number: int
    turn: _Turn


class _Task(asyncio.Task[Any]):
    """A task whose place in a set does not depend on its address."""

    number = 0

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.BaseEventLoop):
    """The event loop of a virtual world.

    Attributes:
        microseconds: How much time has passed since it began.
    """

    def __init__(self) -> None:
        """Begin at no time, with nothing to do."""
        super().__init__()
        self.microseconds = 0
        self._seconds = 0.0
        self._turns: deque[_Turn] = deque()
        self._missed: list[_Turn] = []
        self._timers: list[_Timer] = []
        self._numbers = count()
        # Sets of tasks of many loops must stay quick, and those of one in the same order in each run.
        self._salt = next(_loops) << _BITS_OF_A_LOOP
        self._tasks: list[_Task] = []
        self._prune_at = 1000
        self._ending = False
        self._errors: list[BaseException] = []
        self._left = _TURNS_MAX
        self.set_exception_handler(self._heard)

    # What asyncio and AnyIO ask of a loop.

    def time(self) -> float:
        """Return how many seconds have passed since it began."""
        return self._seconds

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run a function behind those that can run now."""
        within = context if context is not None else copy_context()
        handle = asyncio.Handle(callback, args, self, within)
        self._turns.append(_Turn(handle, within.get(_process)))
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run a function as :meth:`call_soon` does: there is one thread."""
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a function when so many seconds have passed."""
        return self.call_at(self._seconds + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a function when :meth:`time` has come so far."""
        within = context if context is not None else copy_context()
        handle = asyncio.TimerHandle(when, callback, args, self, within)
        heapq.heappush(self._timers, _Timer(when, next(self._numbers), _Turn(handle, within.get(_process))))
        return handle

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
        **how: Any,  # noqa: ANN401  (later versions of asyncio have more)
    ) -> asyncio.Task[T]:
        """Begin a task, and hold on to it: a task of a dead process must not end by itself."""
        number = next(self._numbers)
        task = _Task(coro, loop=self, name=str(name or f"task-{number}"), context=context, **how)
        task.number = self._salt + number
        self._tasks.append(task)
        if len(self._tasks) > self._prune_at:
            self._tasks = [one for one in self._tasks if not one.done()]
            self._prune_at = 1000 + 2 * len(self._tasks)
        return task

    def run_in_executor(self, executor: object, func: Callable[[*Ts], object], *args: *Ts) -> NoReturn:
        """Refuse: a thread has a time of its own."""
        del executor, func, args
        raise NotImplementedError("expected no threads in a simulation, got one asked for; do call the function itself")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Do nothing: a cancelled timer is dropped when it is met."""

    # What a simulation asks of it.

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be the running loop of this thread until the end of the block."""
        asyncio._set_running_loop(self)  # noqa: SLF001  (made for those who write loops)
        self._left = _TURNS_MAX
        try:
            yield
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001

    def begin(self, process: Process, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Begin a task in a process; what it begins belongs there too."""
        within = copy_context()
        within.run(_process.set, process)
        task: asyncio.Task[T] = self.create_task(work, context=within)
        return task

    def run_ready(self) -> None:
        """Run everything that can run now; no time passes.

        Raises:
            Stalled: When that does not end.
        """
        self._due()
        while self._turns:
            self._run_some(len(self._turns))
            if self._left < 0:
                raise Stalled(f"more than {_TURNS_MAX} turns in one moment")
            if self._errors:
                raise self._errors.pop()
            self._due()

    def next_timer(self) -> int | None:
        """Return when somebody who sleeps is to be woken, in microseconds."""
        while self._timers and (self._timers[0].turn.handle.cancelled() or self._gone(self._timers[0].turn.process)):
            heapq.heappop(self._timers)
        return round(self._timers[0].when * _MICROSECONDS) if self._timers else None

    def advance(self, until: int | None = None) -> bool:
        """Move the time to when the next who sleeps is to be woken; return whether there is one.

        Args:
            until: Not beyond this, in microseconds.
        """
        following = self.next_timer()
        if following is None or (until is not None and following > until):
            return False
        self.move_to(following, self._timers[0].when)
        return True

    def move_to(self, microseconds: int, seconds: float = 0.0) -> None:
        """Move the time.

        Args:
            microseconds: To when; never back.
            seconds: The same as a timer has it, which may differ by less than a microsecond.
        """
        if microseconds > self.microseconds:
            self._left = _TURNS_MAX
        self.microseconds = max(self.microseconds, microseconds)
        self._seconds = max(self._seconds, seconds, self.microseconds / _MICROSECONDS)

    def end(self) -> None:
        """Cancel whatever is left, of dead processes too, and close."""
        self._ending = True
        self.set_exception_handler(lambda *_: None)
        # A task of which a turn was missed can be woken by nothing else; cancelled, it ends with that turn.
        self._turns.extendleft(reversed(self._missed))
        with self.entered():
            for _ in range(_ROUNDS_OF_CANCELLATION):
                left = [one for one in self._tasks if not one.done()]
                if not left:
                    break
                for one in left:
                    _close_within(one)
                    one.cancel()
                # AnyIO tries again at every turn while one waits where only the next round reaches it.
                self._run_some(_TURNS_OF_A_ROUND)
        self._turns.clear()
        self._missed.clear()
        self._timers.clear()
        self._tasks.clear()
        self.close()

    def _run_some(self, turns: int) -> None:
        while self._turns and turns > 0:
            turns -= 1
            turn = self._turns.popleft()
            handle, process = turn
            if handle.cancelled():
                continue
            if process is not None and process.dead and not self._ending:
                self._missed.append(turn)
                continue
            handle._run()  # noqa: SLF001  (made for those who write loops)
            self._left -= 1

    def _due(self) -> None:
        while (following := self.next_timer()) is not None and following <= self.microseconds:
            timer = heapq.heappop(self._timers)
            self.move_to(following, timer.when)
            self._turns.append(timer.turn)

    def _gone(self, process: Process | None) -> bool:
        return process is not None and process.dead and not self._ending

    def _heard(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException) and "handle" in context:
            self._errors.append(error)


def _close_within(task: asyncio.Task[Any]) -> None:
    """Close what a task that never began was to run: AnyIO wraps it, and Python warns of what nobody awaited."""
    wrapper = task.get_coro()
    if inspect.iscoroutine(wrapper) and inspect.getcoroutinestate(wrapper) == inspect.CORO_CREATED:
        for handle in inspect.getcoroutinelocals(wrapper).values():
            within: object = getattr(handle, "coro", None)
            if inspect.iscoroutine(within):
                within.close()


class VirtualClock:
    """The clock of a virtual world."""

    def __init__(self, loop: VirtualLoop, began: datetime) -> None:
        """Tell the time of a loop that began at this moment."""
        self._loop = loop
        self._began = began

    def now(self) -> datetime:
        """Return the present moment of the world."""
        return self._began + timedelta(microseconds=self._loop.microseconds)

    def until(self, moment: datetime) -> int:
        """Return a moment as microseconds of the loop."""
        return (moment - self._began) // timedelta(microseconds=1)

    def __repr__(self) -> str:
        """Return the present moment."""
        return f"VirtualClock({self.now().isoformat()})"


class Watched:
    """A coroutine that is driven by hand: a function is told of each of its awaits."""

    def __init__(self, call: Coroutine[object, object, Any], yields: Callable[[], None]) -> None:
        """Take the coroutine, and who is told."""
        self._call = call
        self._yields = yields

    def __await__(self) -> Generator[object, object, Any]:
        """Await the coroutine."""
        call = self._call
        error: BaseException | None = None
        while True:
            try:
                yielded = call.send(None) if error is None else call.throw(error)
            except StopIteration as stop:
                return stop.value
            error = None
            self._yields()
            try:
                yield yielded
            except GeneratorExit:
                call.close()
                raise
            except BaseException as raised:  # noqa: BLE001  (belongs to the coroutine within)
                error = raised
