"""Joins in machines: two quotes of three with the third called off, and an import that grows."""

from telic.patterns import BadDefinition
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, sometimes
from tests.patterns import crowds as c
from tests.patterns import quotes as q


def suppliers(names):
    return q.RequestQuotes(suppliers=tuple(map(q.SupplierId, names)))


QUOTES = Domain().of(q.RequestQuotes, map(suppliers, ("abc", "ab", "a", "aab", ""))).field(q.QuoteGiven, "price", 7, 9)


def nobody_is_still_asked(world):
    return not isinstance(world.state, q.QuotesClosed) or not world.open


def only_those_that_answered_late_are_called_off(world):
    return not isinstance(world.state, q.QuotesCalledOff) or {one.supplier for one in world.withdrawn} <= set(
        world.state.rest
    )


TestQuotes = suite(
    q.quotes,
    domain=QUOTES,
    check=[
        eventually("every request ends", ended),
        sometimes("the better of two is taken", lambda world: getattr(world.state, "best", None) == 7),
        sometimes("too few quote", lambda world: ended(world) and world.state.best is None),
        always("nobody is still asked in the end", nobody_is_still_asked),
        always("only who has not answered is called off", only_those_that_answered_late_are_called_off),
    ],
    worlds=39,
)

FILES = Domain().field(c.AddFile, "file", c.FileId("x"), c.FileId("y"))


def all_were_read(world):
    return not isinstance(world.state, c.ImportDone) or world.state.lines + world.state.broken > 0


TestImports = suite(
    c.imports,
    domain=FILES,
    check=[
        always("something was read", all_were_read),
        sometimes("two files are read", lambda world: getattr(world.state, "lines", 0) == 4),
    ],
    worlds=42,
)


def test_a_request_that_can_never_be_met_is_rejected_with_a_typed_reason():
    none, out = q.QuotesAsked.request(suppliers("a"))
    problem = "expected a need from 0 to 1, got 2; do ask for as many as there are keys"
    assert (none, out.reasons) == (None, (BadDefinition(what="join", problem=problem),))
