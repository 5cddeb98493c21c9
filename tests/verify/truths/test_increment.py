"""Two threads that read and then write a shared number, without a lock.

Numbers: Stateright, examples/increment.rs.
"""

from typing import Annotated

from pydantic import Field

from telic import Command, Machine, NoIntent, Reject, transition
from telic.verify import always, explore
from tests.verify.truths.models import Variables, moves_to, put

Thread = Annotated[int, Field(ge=0, le=1)]


class Read(Command):
    thread: Thread


class Write(Command):
    thread: Thread


class Memory(Variables):
    shared: int = 0
    local: tuple[int, int] = (0, 0)
    line: tuple[int, int] = (1, 1)

    @transition
    def read(self, event: Read) -> tuple["Memory", NoIntent | Reject]:
        if self.line[event.thread] != 1:
            return self, Reject("not enabled")
        local, line = put(self.local, event.thread, self.shared), put(self.line, event.thread, 2)
        return self.evolve(local=local, line=line), NoIntent()

    @transition
    def write(self, event: Write) -> tuple["Memory", NoIntent | Reject]:
        if self.line[event.thread] != 2:
            return self, Reject("not enabled")
        return self.evolve(shared=self.local[event.thread] + 1, line=put(self.line, event.thread, 3)), NoIntent()


memory = Machine[Memory, Read | Write](name="increment", perpetual=True, starts=(Memory,))


def test_an_increment_is_lost_in_four_steps():
    fin = always("fin", lambda world: world.state.line.count(3) == world.state.shared)
    report = explore(memory, starts=[Memory()], check=[fin])
    assert report.stats.worlds == 13
    assert moves_to(report, "fin") == 4
    last = report.check("fin").trace.end.state
    assert (last.shared, last.line) == (1, (3, 3))
