"""The alternating-bit protocol over queues that lose, and what it is to do; Lamport, *Specifying Systems* (2002).

Numbers: TLA+ examples, SpecifyingSystems/TLC/ABCorrectness.cfg and MCAlternatingBit.cfg: two data, queues up to 2.
"""

from enum import StrEnum
from functools import cache
from itertools import product
from typing import Annotated

from pydantic import Field

from telic import Command, Machine, NoIntent, Reject, transition
from telic.verify import Domain, always, explore, leads_to, strong, weak
from tests.verify.truths.models import PROVED, REFUTED, Variables, edges, size

NO = Reject("not enabled")
Bit = Annotated[int, Field(ge=0, le=1)]


class Datum(StrEnum):
    A = "a"
    B = "b"


class Send(Command):
    datum: Datum


class SendAgain(Command): ...


class Receive(Command): ...


class Acknowledge(Command): ...


class ReceiveAck(Command): ...


class Lose(Command):
    place: int


class LoseAck(Command):
    place: int


class Link(Variables):
    send_bit: Bit
    send_ack: Bit
    receive_bit: Bit
    sent: Datum
    received: Datum

    @transition
    def send(self, event: Send) -> tuple["Link", NoIntent | Reject]:
        if self.send_ack != self.send_bit:
            return self, NO
        return self.evolve(sent=event.datum, send_bit=1 - self.send_bit), NoIntent()

    @transition
    def receive(self, _: Receive) -> tuple["Link", NoIntent | Reject]:
        if self.receive_bit == self.send_bit:
            return self, NO
        return self.evolve(receive_bit=self.send_bit, received=self.sent), NoIntent()

    @transition
    def receive_ack(self, _: ReceiveAck) -> tuple["Link", NoIntent | Reject]:
        if self.receive_bit == self.send_ack:
            return self, NO
        return self.evolve(send_ack=self.receive_bit), NoIntent()


class Queues(Variables):
    send_bit: Bit
    send_ack: Bit
    receive_bit: Bit
    sent: Datum
    received: Datum
    messages: tuple[tuple[Bit, Datum], ...] = ()
    acks: tuple[Bit, ...] = ()

    @transition
    def send(self, event: Send) -> tuple["Queues", NoIntent | Reject]:
        if self.send_ack != self.send_bit:
            return self, NO
        bit = 1 - self.send_bit
        messages = (*self.messages, (bit, event.datum))
        return self.evolve(sent=event.datum, send_bit=bit, messages=messages), NoIntent()

    @transition
    def send_again(self, _: SendAgain) -> tuple["Queues", NoIntent | Reject]:
        if self.send_ack == self.send_bit:
            return self, NO
        return self.evolve(messages=(*self.messages, (self.send_bit, self.sent))), NoIntent()

    @transition
    def receive(self, _: Receive) -> tuple["Queues", NoIntent | Reject]:
        if not self.messages:
            return self, NO
        (bit, datum), *others = self.messages
        return self.evolve(receive_bit=bit, received=datum, messages=tuple(others)), NoIntent()

    @transition
    def acknowledge(self, _: Acknowledge) -> tuple["Queues", NoIntent]:
        return self.evolve(acks=(*self.acks, self.receive_bit)), NoIntent()

    @transition
    def receive_ack(self, _: ReceiveAck) -> tuple["Queues", NoIntent | Reject]:
        if not self.acks:
            return self, NO
        return self.evolve(send_ack=self.acks[0], acks=self.acks[1:]), NoIntent()

    @transition
    def lose(self, event: Lose) -> tuple["Queues", NoIntent | Reject]:
        if event.place >= len(self.messages):
            return self, NO
        return self.evolve(messages=without(self.messages, event.place)), NoIntent()

    @transition
    def lose_ack(self, event: LoseAck) -> tuple["Queues", NoIntent | Reject]:
        if event.place >= len(self.acks):
            return self, NO
        return self.evolve(acks=without(self.acks, event.place)), NoIntent()


def without(values, place):
    return (*values[:place], *values[place + 1 :])


def starts(model):
    return [
        model(send_bit=bit, send_ack=bit, receive_bit=bit, sent=sent, received=received)
        for bit, sent, received in product((0, 1), Datum, Datum)
    ]


link = Machine[Link, Send | Receive | ReceiveAck](name="link", perpetual=True, starts=(Link,))
queues = Machine[Queues, Send | SendAgain | Receive | Acknowledge | ReceiveAck | Lose | LoseAck](
    name="queues", perpetual=True, starts=(Queues,)
)
REPEATING = (weak(SendAgain), weak(Acknowledge))


def sending(datum):
    return lambda world: world.state.sent is datum and world.state.send_bit != world.state.send_ack


def arrived(datum):
    return lambda world: world.state.received is datum


def arrives(name, *fair):
    return [leads_to(f"{datum} arrives{name}", sending(datum), arrived(datum), fair=fair) for datum in Datum]


def agrees(world):
    """Hold where an acknowledged datum has arrived."""
    state = world.state
    return not (state.receive_bit == state.send_bit == state.send_ack) or state.received is state.sent


@cache
def explored_link():
    # What holds of the first state is anybody's guess: nothing was sent yet.
    return explore(link, starts=starts(Link), check=arrives("", weak(Receive), weak(ReceiveAck)) + arrives(" lazily"))


@cache
def explored_queues():
    return explore(
        queues,
        starts=starts(Queues),
        domain=Domain().field(Lose, "place", 0, 1).field(LoseAck, "place", 0, 1),
        within=lambda world: len(world.state.messages) <= 2 and len(world.state.acks) <= 2,
        check=[
            always("bits agree", agrees),
            *arrives("", *REPEATING, strong(Receive), strong(ReceiveAck)),
            *arrives(" weakly", *REPEATING, weak(Receive), weak(ReceiveAck)),
        ],
    )


def verdicts(report, name):
    return {report.check(f"{datum} arrives{name}").verdict for datum in Datum}


def test_the_link_has_the_published_size():
    assert size(explored_link()) == (20, 36, 3)


def test_over_the_link_what_is_sent_arrives_if_it_is_received_in_the_end():
    assert verdicts(explored_link(), "") == {PROVED}
    assert verdicts(explored_link(), " lazily") == {REFUTED}


def test_the_queues_have_the_published_size():
    assert size(explored_queues()) == (240, 1392, 10)


def test_over_queues_that_lose_strong_fairness_is_needed():
    assert verdicts(explored_queues(), "") == {PROVED}
    assert verdicts(explored_queues(), " weakly") == {REFUTED}


def test_each_step_of_the_queues_is_a_step_of_the_link_or_none():
    def seen(state):
        return state.send_bit, state.send_ack, state.receive_bit, state.sent, state.received

    allowed = {(seen(before), seen(after)) for before, after in edges(explored_link())}
    done = {(seen(before), seen(after)) for before, after in edges(explored_queues())}
    assert {(before, after) for before, after in done if before != after} == allowed


def test_what_is_left_out_is_told():
    report = explored_queues()
    assert any("goes beyond `within`" in one for one in report.assumed)
    assert report.complete
