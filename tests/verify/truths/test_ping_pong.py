"""Two actors that count the messages they send each other; messages under way are open intents.

Numbers: Stateright, src/actor/model.rs: counts up to a bound, over a network that delivers each message once,
or one that may lose it and deliver it again.
"""

from collections import Counter
from functools import cache

from telic import Command, Context, Fact, Intent, Machine, Many, NoIntent, TypedId, start, transition
from telic.verify import always, eventually, explore, sometimes
from tests.verify.truths.models import PROVED, REFUTED, Variables, moves_to


class MessageId(TypedId): ...


class Serve(Command): ...


class Delivered(Fact):
    message: MessageId


class Lost(Fact):
    message: MessageId


class Once(Intent[Delivered]):
    message: MessageId
    to: int
    number: int


class Often(Intent[Delivered | Lost]):
    message: MessageId
    to: int
    number: int


def message(kind, to, number):
    return kind(message=MessageId(f"{'ping' if to else 'pong'} {number}"), to=to, number=number)


class Counts(Variables):
    counts: tuple[int, int] = (0, 0)

    def hit(self, got):
        """Return the counts after a message, and the message that follows if it is the expected one."""
        if self.counts[got.to] != got.number:
            return self.counts, ()
        first, second = self.counts
        if got.to == 0:
            return (first + 1, second), (message(type(got), 1, got.number + 1),)
        return (first, second + 1), (message(type(got), 0, got.number),)


class Reliable(Counts):
    @classmethod
    @start
    def serve(cls, _: Serve) -> tuple["Reliable", Once]:
        return cls(), message(Once, 1, 0)

    @transition
    def take(self, _: Delivered, ctx: Context) -> tuple["Reliable", Many[Once]]:
        counts, sent = self.hit(ctx.answers)
        return Reliable(counts=counts), Many.of(sent)


class Lossy(Counts):
    @classmethod
    @start
    def serve(cls, _: Serve) -> tuple["Lossy", Often]:
        return cls(), message(Often, 1, 0)

    @transition
    def take(self, _: Delivered, ctx: Context) -> tuple["Lossy", Many[Often]]:
        counts, sent = self.hit(ctx.answers)

        return Lossy(counts=counts), Many.of([ctx.answers, *sent])

    @transition
    def lose(self, _: Lost) -> tuple["Lossy", NoIntent]:
        return self, NoIntent()


reliable = Machine[Reliable, Serve | Delivered](name="reliable", perpetual=True)
lossy = Machine[Lossy, Serve | Delivered | Lost](name="lossy", perpetual=True)


@cache
def explored(machine, most):
    def reaches(number):
        return lambda world: number in world.state.counts

    return explore(
        machine,
        within=lambda world: max(world.state.counts) <= most,
        check=[
            always("within 1", lambda world: abs(world.state.counts[0] - world.state.counts[1]) <= 1),
            sometimes("can reach the most", reaches(most)),
            eventually("must reach the most", reaches(most)),
            eventually("must exceed the most", reaches(most + 1)),
        ],
    )


def test_each_message_once_gives_the_published_size():
    assert explored(reliable, 5).stats.worlds == 11


def test_each_message_once_reaches_the_most():
    report = explored(reliable, 5)
    for name in ("within 1", "can reach the most", "must reach the most"):
        assert report.check(name).verdict is PROVED


def test_nothing_goes_beyond_the_most_since_the_model_ends_there():
    check = explored(reliable, 5).check("must exceed the most")
    assert check.verdict is REFUTED
    assert check.trace.end.state.counts == (5, 5)
    assert check.trace.stays


def test_a_network_that_loses_and_repeats_gives_the_published_sizes():
    assert explored(lossy, 1).stats.worlds == 14
    assert explored(lossy, 5).stats.worlds == 4094


def test_no_message_is_under_way_twice_at_once():
    graph = explored(lossy, 1).graph
    assert max(count for place in range(14) for count in Counter(graph.shown(place).open).values()) == 1


def test_counts_stay_together_over_a_network_that_loses_and_repeats():
    assert explored(lossy, 5).check("within 1").verdict is PROVED
    assert explored(lossy, 5).check("can reach the most").verdict is PROVED


def test_one_loss_keeps_the_most_from_being_reached():
    report = explored(lossy, 5)
    assert moves_to(report, "must reach the most") == 1
    trace = report.check("must reach the most").trace
    assert isinstance(trace.moves[-1].event, Lost) and trace.stays
