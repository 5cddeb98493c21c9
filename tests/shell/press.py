"""The machines of the tests of topics: a press that publishes, and readers that wait."""

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, Machine, NoIntent, State, start, transition
from telic.kernel.messages import Publish
from telic.kernel.waits import Topic


class PressKind(StrEnum):
    PRESS = "press"


class ReaderKind(StrEnum):
    READER = "reader"


class Found(Command): ...


class Print(Command):
    text: str
    key: str = ""
    brief: bool = False


class News(Fact):
    text: str


class Alarm(Fact):
    text: str


class Announce(Publish[News]): ...


class Whisper(Publish[News], ttl_seconds=10): ...


class Press(State):
    kind: Literal[PressKind.PRESS] = PressKind.PRESS

    @classmethod
    @start
    def found(cls, event: Found) -> tuple["Press", NoIntent]:
        return cls(), NoIntent()

    @transition
    def print(self, event: Print) -> tuple["Press", Announce] | tuple["Press", Whisper]:
        how = Whisper if event.brief else Announce
        return self, how(fact=News(text=event.text), name="news", key=event.key)


press = Machine[Press, Found | Print](name="press", perpetual=True)


class Subscribe(Command):
    """Opens the topics of these keys: of news, and of alarms."""

    news: str | None = None
    alarm: str | None = None


class Reader(State):
    kind: Literal[ReaderKind.READER] = ReaderKind.READER
    news: str | None
    alarm: str | None
    log: tuple[str, ...] = ()

    @classmethod
    @start
    def begin(cls, event: Subscribe) -> tuple["Reader", NoIntent]:
        return cls(news=event.news, alarm=event.alarm), NoIntent()

    @transition
    def again(self, event: Subscribe) -> tuple["Reader", NoIntent]:
        return self.evolve(news=event.news, alarm=event.alarm), NoIntent()

    @transition
    def read(self, event: News) -> tuple["Reader", NoIntent]:
        if event.text == "broken":
            raise ValueError("no such page")
        return self._noted(event.text), NoIntent()

    @transition
    def rung(self, event: Alarm) -> tuple["Reader", NoIntent]:
        return self.evolve(news=None)._noted(f"alarm: {event.text}"), NoIntent()

    def waits(self) -> tuple[Topic[News] | Topic[Alarm], ...]:
        news = () if self.news is None else (Topic(fact=News, name="news", key=self.news),)
        return news if self.alarm is None else (*news, Topic(fact=Alarm, name="news", key=self.alarm))

    def _noted(self, line: str) -> Self:
        return self.evolve(log=(*self.log, line))


reader = Machine[Reader, Subscribe | News | Alarm](name="reader", perpetual=True)
