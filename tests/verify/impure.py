"""One machine whose every other line may not stand in a transition; the comment says what is wrong with it.

A line without such a comment is pure, however much it looks like the others.
"""

# ruff: noqa: A001, A002, B006, B010, B015, B018, C416, PLW0603, PTH123, SIM115  (bad code is what it is made of)

import asyncio
import functools
import math
import os
import random as dice
import secrets
import sys
import time as t
import uuid
from collections import deque
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import datetime as dt
from decimal import Decimal, getcontext
from enum import StrEnum
from os import environ
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from uuid import uuid4

import anyio
from pydantic import AfterValidator, Field, computed_field, field_validator, model_validator

import tests.verify.outsider as outside
from telic import Command, Context, FinalState, FrozenMap, FrozenSet, Machine, NoIntent, State, Value, start, transition
from tests.verify.outsider import Colour

PRICES = {"book": 1}
NAMES = ["a", "b"]
SEEN: set[str] = set()
LIMITS = (1, 2, 3)
TABLE = FrozenMap({"a": 1})
KINDS = frozenset({"x", "y"})
counter = 0
numbers = iter(LIMITS)
clock = t.time
later = functools.partial(t.time)


def count() -> None:
    global counter  # mutable
    counter += 1


def remembering() -> Callable[[], int]:
    known = 0

    def add() -> int:
        nonlocal known  # mutable
        known += 1
        return known

    return add


def collecting() -> Callable[[], int]:
    found: list[int] = []
    return lambda: len(found)  # mutable


remember, collect = remembering(), collecting()
made_at_run_time: dict[str, Callable[[], int]] = {}
exec("def nowhere(): return 1", made_at_run_time)
nowhere = made_at_run_time["nowhere"]


def checked(value: int) -> int:
    return value + sys.maxsize  # environment


def timed(method: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(method)
    def inner(self: object) -> object:
        t.perf_counter()  # clock
        return method(self)

    return inner


class Mutable:
    def __init__(self) -> None:
        self.value = 1


HOLDER = Mutable()


class Plain(Value):
    at: datetime = Field(default_factory=lambda: datetime(2026, 1, 1) + timedelta(days=1))

    def noted(self) -> str:
        return f"{self.at} {uuid.uuid1()}"  # clock


class K(StrEnum):
    SAMPLES = "samples"
    END = "end"


class Begin(Command): ...


class Go(Command): ...


class Samples(State):
    kind: Literal[K.SAMPLES] = K.SAMPLES
    size: Annotated[int, AfterValidator(checked)] = 1
    key: str = Field(default_factory=lambda: str(uuid4()))  # chance
    drawn: float = Field(default_factory=dice.random)  # chance
    colour: Colour = Colour.RED
    words: tuple[str, ...] = ()
    cache: ClassVar[dict[str, int]] = {}
    allowed: ClassVar[frozenset[str]] = frozenset({"a", "b"})

    @field_validator("size")
    @classmethod
    def small(cls, value: int) -> int:
        print(value)  # act
        return value

    @model_validator(mode="after")
    def whole(self) -> "Samples":
        date.today()  # clock
        return self

    @computed_field
    @property
    def letters(self) -> frozenset[str]:  # (the JSON of a set: told at the decorator)
        return frozenset(self.words)

    @classmethod
    @start
    def begin(cls, event: Begin, ctx: Context) -> tuple["Samples", NoIntent]:
        cls.counted = 1  # mutable
        return cls(key=str(ctx.uuid("key")), drawn=ctx.random("drawn")), NoIntent()

    @transition
    def go(self, event: Go, ctx: Context) -> tuple["End", NoIntent]:
        self.clocks(ctx)
        self.chances()
        self.acts()
        self.globals()
        self.copies()
        self.orders()
        self.pure(ctx)
        self.wrapped()
        return End(), NoIntent()

    def waits(self) -> tuple[()]:
        t.sleep(1)  # act
        return ()

    def attributes(self) -> dict[str, str]:
        return {"host": os.uname().nodename}  # act

    def clocks(self, ctx: Context, at: float = t.time()) -> None:  # clock
        datetime.now()  # clock
        dt.utcnow()  # clock
        t.monotonic()  # clock
        clock()  # clock
        later()  # clock
        now = datetime.today  # clock
        now()  # clock
        ctx.now.astimezone()  # environment
        datetime.fromtimestamp(1)  # environment
        type(ctx.now).now()  # clock
        outside.price_of("x")
        self.colour.label.upper()
        Plain().noted()

    def chances(self) -> None:
        uuid4()  # chance
        dice.choice(LIMITS)  # chance
        secrets.token_hex()  # chance
        dice.Random()  # chance
        dice.Random(7)
        import random

        random.shuffle([])  # chance

    def acts(self) -> None:
        open("x")  # act
        input()  # act
        Path("x")  # act
        os.getenv("HOME")  # environment
        environ["HOME"]  # environment
        sys.argv  # environment
        getcontext().prec  # environment
        asyncio.get_event_loop()  # act
        eval("1")  # not read
        anyio.run  # act
        nowhere()

        async def inner() -> None:  # waiting
            await anyio.sleep(1)  # waiting act

    def globals(self) -> None:
        PRICES["book"]  # mutable
        len(NAMES)  # mutable
        SEEN.add("x")  # mutable
        counter + 1  # mutable
        next(numbers)  # mutable
        self.cache["x"]  # mutable
        HOLDER.value  # mutable
        outside.count = 1  # mutable
        type(self).counted = 2  # mutable
        deque(LIMITS)
        count()
        remember()
        collect()

    def copies(self, held: list[int] = []) -> None:  # mutable
        self.model_copy(update={"size": 2})  # unchecked
        self.model_copy()
        Samples.model_construct()  # unchecked
        object.__setattr__(self, "size", 2)  # unchecked
        self.__dict__["size"] = 3  # unchecked
        setattr(self, "size", 4)  # unchecked

    def orders(self) -> None:
        hash(self)  # identity
        id(self)  # identity
        letters = set(self.words)
        for one in letters:  # hash order
            one.upper()
        list({1, 2})  # hash order
        [one for one in KINDS]  # hash order
        ",".join(self.allowed)  # hash order
        tuple(TABLE.keys() - letters)  # hash order
        f"{letters}"  # hash order
        letters.pop()  # hash order
        sorted(letters)
        any(one for one in letters)
        FrozenSet(one for one in letters)
        len(letters | KINDS)
        "a" in self.allowed

    def pure(self, ctx: Context) -> None:
        time = ctx.now + timedelta(hours=1)
        time.isoformat()
        math.sqrt(LIMITS[0])
        Decimal(1) + TABLE["a"]
        datetime(2026, 1, 1)
        self.evolve(size=2)
        outside.pure("x")
        print = str
        print(self.size)
        found: list[int] = []
        found.append(1)

        def add(open: int = 1) -> int:
            nonlocal time
            time += timedelta(hours=open)
            return open

        add()
        for word in FrozenSet(self.words):
            word.upper()

    @timed
    def wrapped(self) -> None:
        os.urandom(1)  # chance

    def __eq__(self, other: object) -> bool:
        return id(self) == id(other)  # identity

    def __hash__(self) -> int:
        return hash(self.key)

    def never_called(self) -> float:
        return t.time()


class End(FinalState):
    kind: Literal[K.END] = K.END

    def outcome(self) -> None:
        return print("over")  # act


impure = Machine[Samples | End, Begin | Go](name="impure")
