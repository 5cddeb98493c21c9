"""What the commands of proof are tried with: values, and machines with something wrong."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from telic import Command, FinalState, Machine, NoIntent, State, start, transition
from telic.verify import Domain
from tests.cli.till import Sell
from tests.verify.buggy.standing import a_wait_that_is_not_declared

PRICES = Domain().field(Sell, "price", 5, -1)


class DoorKind(StrEnum):
    SHUT = "shut"
    OPEN = "open"


class Arrive(Command):
    pass


class Knock(Command):
    pass


class Shut(State):
    kind: Literal[DoorKind.SHUT] = DoorKind.SHUT
    year: int

    @classmethod
    @start
    def arrive(cls, event: Arrive) -> tuple["Shut", NoIntent]:
        return cls(year=datetime.now().year), NoIntent()

    @transition
    def knock(self, event: Knock) -> tuple["Open", NoIntent]:
        return Open(), NoIntent()


class Open(FinalState):
    kind: Literal[DoorKind.OPEN] = DoorKind.OPEN


DoorState = Annotated[Shut | Open, Field(discriminator="kind")]
impure = Machine[DoorState, Arrive | Knock](name="door")


def stuck() -> object:
    """A machine with a state that nothing moves."""
    return a_wait_that_is_not_declared(buggy=True)


def of(size: int) -> object:
    """No application: it has to be told something."""
    return size
