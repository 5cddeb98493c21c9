"""A machine of tasks: whoever posts a chore says whom it asks, and until when."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from telic import Command, Context, FinalState, HumanTask, Machine, NoIntent, State, start, transition
from telic.kernel.values import Value
from telic.kernel.verdicts import Reject


class Kind(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Chore(Value):
    key: str
    title: str = "sweep"
    assignee: str = ""
    groups: tuple[str, ...] = ()
    due: AwareDatetime | None = None
    remind: tuple[timedelta, ...] = ()


class Begin(Command): ...


class Post(Command):
    """Puts a chore on the board, in the place of one of the same key."""

    chore: Chore


class Drop(Command):
    key: str


class Close(Command): ...


class Finish(Command):
    """The form of a chore."""

    note: str
    minutes: int = 0


class Board(State):
    kind: Literal[Kind.OPEN] = Kind.OPEN
    chores: tuple[Chore, ...] = ()
    done: tuple[str, ...] = ()

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple["Board", NoIntent]:
        return cls(), NoIntent()

    @transition
    def post(self, event: Post) -> tuple["Board", NoIntent]:
        return self.evolve(chores=(*self._without(event.chore.key), event.chore)), NoIntent()

    @transition
    def drop(self, event: Drop) -> tuple["Board", NoIntent]:
        return self.evolve(chores=self._without(event.key)), NoIntent()

    @transition
    def finish(self, event: Finish, ctx: Context) -> tuple["Board", NoIntent] | tuple["Board", Reject]:
        if event.note == "bad":
            return self, Reject("not clean yet")
        line = f"{ctx.task.key} by {ctx.actor}: {event.note}" if ctx.task is not None else ""
        return self.evolve(chores=self._without(line.split(maxsplit=1)[0]), done=(*self.done, line)), NoIntent()

    @transition
    def close(self, event: Close) -> tuple["Closed", NoIntent]:
        return Closed(), NoIntent()

    def waits(self) -> tuple[HumanTask[Finish], ...]:
        return tuple(
            HumanTask(
                answer=Finish,
                key=one.key,
                title=one.title,
                assignee=one.assignee or None,
                groups=one.groups,
                due=one.due,
                remind=one.remind,
            )
            for one in self.chores
        )

    def _without(self, key: str) -> tuple[Chore, ...]:
        return tuple(one for one in self.chores if one.key != key)


class Closed(FinalState):
    kind: Literal[Kind.CLOSED] = Kind.CLOSED


ChoreState = Board | Closed
ChoreEvent = Begin | Post | Drop | Close | Finish
chores = Machine[ChoreState, ChoreEvent](name="chores")
errands = Machine[ChoreState, ChoreEvent](name="errands")
