"""Mutants: which changes are made, that each is a machine of its own, and who survives a check."""

import sys
from datetime import UTC, datetime

import pytest

from telic import Machine
from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.errors import DefinitionError
from telic.kernel.snapshot import Commit, Delivery
from telic.kernel.values import WorkflowId
from telic.verify.fingerprints import fingerprint
from telic.verify.mutation import mutants, mutate
from tests.small_order.machine import order
from tests.verify import gate as home
from tests.verify import gauge
from tests.verify.gate import gate

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PASS = "Gate --Pass--> Shut | Gate | Reject"
SMASH = "Gate --Smash--> Broken | Shut"
EXPECTED = [
    ("Gate", "the transitions for Pass and Smash exchange their events"),
    ("Gate", "the transitions for Smash and Rusted exchange their events"),
    ("Gate --Build--> Gate", "(cls(until=ctx.now + timedelta(days=9)), NoIntent()) is not returned"),
    ("Gate --Build--> Gate", "9 becomes 10"),
    ("Gate --Build--> Gate", "ctx.now + timedelta(days=9) becomes ctx.now - timedelta(days=9)"),
    (PASS, "event.coins < FEE becomes event.coins <= FEE"),
    (PASS, "event.coins < FEE or not event.coins becomes event.coins < FEE and (not event.coins)"),
    (PASS, "if event.coins < FEE or not event.coins is negated"),
    (PASS, "the guard if event.coins < FEE or not event.coins is removed"),
    (PASS, "'too little' becomes 'too little!'"),
    (PASS, "(self, Reject('too little')) is not returned"),
    (PASS, "if is_full(self.guests) is negated"),
    (PASS, "the guard if is_full(self.guests) is removed"),
    (PASS, "(Shut(), Ring(colour=Colour.GREEN) & Count()) is not returned"),
    (PASS, "Colour.GREEN becomes Colour.RED"),
    (PASS, "Count becomes Ring"),
    (PASS, "Count() is dropped from the batch"),
    (PASS, "Ring(colour=Colour.GREEN) & Count() is not emitted"),
    (PASS, "Ring(colour=Colour.GREEN) is dropped from the batch"),
    (PASS, "the state stays in the place of Shut()"),
    (PASS, "(self.evolve(guests=self.guests + 1), Count()) is not returned"),
    (PASS, "1 becomes 2"),
    (PASS, "Count becomes Ring"),
    (PASS, "Count() is not emitted"),
    (PASS, "self.guests + 1 becomes self.guests - 1"),
    (PASS, "the state stays in the place of self.evolve(guests=self.guests + 1)"),
    (SMASH, "(Broken() if self.guests else Shut(), NoIntent()) is not returned"),
    (SMASH, "Broken becomes Shut"),
    (SMASH, "Shut becomes Broken"),
    (SMASH, "if self.guests is negated"),
    ("Gate --Rusted--> Broken", "(Broken(), NoIntent()) is not returned"),
    ("Gate --Rusted--> Broken", "the state stays in the place of Broken()"),
    ("Gate.waits", "Rusted becomes Rang"),
    ("Gate.waits", "the wait Deadline(at=self.until, event=Rusted()) is dropped"),
    ("Shut", "Rang is dropped from ignores"),
    ("Shut", "Smash is dropped from ignores"),
    ("Broken", "Ring is dropped from settles"),
    ("is_full", "guests == LIMIT becomes guests != LIMIT"),
]


def story(machine, *events):
    """What a machine makes of some events, by the names of its own classes."""
    known = {one.__name__: one for one in machine.events}
    snapshot, lines = None, []
    for name, fields in events:
        outcome = advance(machine, snapshot, Delivery(known[name](**fields)), Context(NOW, WorkflowId("w")))
        if not isinstance(outcome, Commit):
            lines.append(repr(outcome))
            continue
        snapshot = outcome.after
        lines.append(f"{snapshot.state!r} {[repr(one.intent) for one in snapshot.open.values()]} {snapshot.waits}")
    return lines


GUESTS = (("Build", {}), *[("Pass", {"coins": 3})] * 3)
POOR = (("Build", {}), ("Pass", {"coins": 0}), ("Pass", {"coins": 2}), ("Pass", {"coins": 3}), ("Smash", {}))


def check(*stories):
    """A check that compares what a mutant does with what the machine does."""
    expected = [story(gate, *one) for one in stories]
    return lambda machine: [story(machine, *one) for one in stories] != expected


def test_each_change_is_made_once_in_the_order_of_the_text():
    found = [(one.edge, one.description) for one in mutants(gate)]
    assert sorted(found) == sorted(EXPECTED)
    lines = [(one.where.split(":")[0], int(one.where.split(":")[1])) for one in mutants(gate)]
    assert lines == sorted(lines)


def test_every_mutant_is_a_machine_of_its_own_or_says_why_not():
    for mutant in mutants(gate):
        if mutant.machine is None:
            assert isinstance(mutant.outcome, Exception), mutant
        else:
            assert mutant.machine is not gate
            assert mutant.machine.name == "gate"
    refused = {one.description: type(one.outcome) for one in mutants(gate) if one.machine is None}
    assert refused == {"Rang is dropped from ignores": DefinitionError}


def test_the_real_modules_stay_as_they_were():
    before = {name: id(module) for name, module in sys.modules.items() if name.startswith("tests.verify.g")}
    digest = fingerprint(gate).digest
    assert len(list(mutants(gate))) == len(EXPECTED)
    assert {name: id(module) for name, module in sys.modules.items() if name.startswith("tests.verify.g")} == before
    assert sys.modules["tests.verify"].gate is home
    assert sys.modules["tests.verify"].gauge is gauge
    assert home.gate is gate
    assert fingerprint(gate).digest == digest


def test_a_change_in_another_module_reaches_the_machine():
    (mutant,) = [one for one in mutants(gate) if one.edge == "is_full"]
    assert mutant.where.startswith("tests/verify/gauge.py:")
    assert story(mutant.machine, *GUESTS[:2])[1].startswith("Shut(")
    assert story(gate, *GUESTS[:2])[1].startswith("Gate(")


def test_a_thorough_check_lets_few_survive_and_a_thin_one_many():
    thorough, thin = mutate(gate, check(GUESTS, POOR)), mutate(gate, check(GUESTS[:2]))
    assert thorough.total == thin.total == len(EXPECTED)
    assert len(thorough.survivors) < len(thin.survivors)
    assert thorough.refused == thin.refused > 0
    assert "the guard if is_full(self.guests) is removed" not in {one.description for one in thorough.survivors}
    assert "the guard if is_full(self.guests) is removed" in {one.description for one in thin.survivors}


def test_the_text_names_what_nobody_has_specified():
    found = mutate(gate, lambda machine: fingerprint(machine).digest != fingerprint(gate).digest)
    first, *lines = found.text().splitlines()
    assert first == (
        f"gate: {len(EXPECTED)} mutants, {found.refused} refused by the definition check, {found.noticed} noticed, "
        f"{len(found.survivors)} not noticed"
    )
    assert len(lines) == len(found.survivors)
    assert any(line.endswith(f"{PASS}: event.coins < FEE becomes event.coins <= FEE") for line in lines)


def test_a_limit_that_was_hit_is_said():
    found = mutate(gate, lambda machine: False, limit=5)
    assert (found.total, found.limit) == (5, 5)
    assert found.text().splitlines()[0].endswith("; stopped at the limit of 5, there are more")
    assert mutate(gate, lambda machine: False, limit=len(EXPECTED)).limit is None


def test_an_exception_in_the_check_notices_the_mutant():
    def fails(machine):
        assert machine is gate

    found = mutate(gate, fails, limit=5)
    assert found.survivors == ()


def test_a_check_that_finds_fault_with_the_machine_itself_is_refused():
    with pytest.raises(ValueError) as raised:
        mutate(gate, lambda machine: True)
    assert str(raised.value) == (
        "expected a check that lets 'gate' pass as it is, got one that does not; do make it pass first"
    )


def test_a_machine_without_a_name_in_a_module_is_refused():
    unnamed = Machine[home.States, home.Build | home.Pass | home.Smash | home.Rusted | home.Rang](name="unnamed")
    with pytest.raises(ValueError) as raised:
        next(mutants(unnamed))
    assert str(raised.value) == (
        "expected a machine that a module holds under a name, got 'unnamed' nowhere; "
        "do assign it at the top of its module"
    )


def test_mutants_of_an_example_come_in_the_same_order_every_time():
    first, second = ([one.text() for one in mutants(order)] for _ in range(2))
    assert first == second
    assert len(first) > 15
