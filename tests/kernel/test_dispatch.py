"""``State.handle``: it finds the transition of exactly one class of event."""

import pytest
from pydantic import BaseModel

from telic import Context, Ignore, NoIntent, Reject, State, transition
from telic.kernel.dispatch import accepted_commands, info_of, remember
from telic.kernel.errors import DefinitionError, TransitionError, UnhandledEvent
from telic.kernel.results import NotAccepted
from telic.kernel.table import StateInfo
from tests.kernel import machines as m
from tests.kernel.machines import NOW


def test_handle_finds_the_transition_of_exactly_that_event():
    new = m.New()
    assert new.handle(m.Poke(how="hush")) == (new, Ignore("hush"))
    assert new.handle(m.Mailed()) == (new, Ignore("mail is best effort"))
    quoted, _ = new.handle(m.Quote(price=1), Context(NOW))
    assert isinstance(quoted, m.Quoted)


def test_a_command_that_the_state_does_not_take_is_rejected():
    new, accepts = m.New(), ("Cancel", "Quote", "Collect", "Poke")
    assert new.handle(m.Open()) == (new, Reject(NotAccepted(command="Open", state="New", accepts=accepts)))
    assert accepted_commands(info_of(m.New)) == accepts


def test_a_transition_that_asks_for_a_context_is_given_one():
    with pytest.raises(
        TransitionError, match=r"New.quote: expected a context, got none; do pass ctx=Context\(now=...\)"
    ):
        m.New().handle(m.Quote(price=1))


def test_a_fact_that_the_state_does_not_take_is_an_error():
    with pytest.raises(UnhandledEvent) as caught:
        m.New().handle(m.Lapsed())
    assert str(caught.value) == (
        "New: expected one of Cancel, Quote, Collect, Poke, got Lapsed; "
        "do add a transition, or ignores = (Ignores(Lapsed, why=...),)"
    )


def test_a_state_outside_of_any_machine_is_read_on_its_first_event():
    class Alone(State):
        kind: m.Literal[m.K.NEW] = m.K.NEW

        @transition
        def poke(self, event: m.Poke) -> tuple[m.New, NoIntent]:
            return m.New(), NoIntent()

    assert Alone().handle(m.Poke()) == (m.New(), NoIntent())
    assert info_of(Alone) is info_of(Alone)


def test_a_state_that_cannot_be_read_is_told_on_its_first_event():
    class Unread(State):
        kind: m.Literal[m.K.NEW] = m.K.NEW

        @transition
        def poke(self, event: "Missing") -> tuple[m.New, NoIntent]:  # noqa: F821
            return m.New(), NoIntent()

    with pytest.raises(DefinitionError, match="Unread.poke: expected annotations that can be read"):
        Unread().handle(m.Poke())


def test_only_a_state_remembers_what_was_read_of_it():
    class Plain(BaseModel): ...

    before = dict(vars(Plain))
    remember(StateInfo(Plain, "plain"))
    assert dict(vars(Plain)) == before
