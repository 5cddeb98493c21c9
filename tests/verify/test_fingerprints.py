"""The fingerprint: the same everywhere, and another one as soon as a deployment would notice."""

import os
import subprocess
import sys

import pytest

from examples.loan.machine import loan
from examples.signup.classic import classic_signup
from telic.kernel.lost import possible_worlds
from telic.verify.fingerprints import Fingerprint, fingerprint
from telic.verify.flights import Flight, flights_of
from tests.house.tree import ROOT
from tests.kernel.machines import shop
from tests.kernel.test_lost import counting, patient
from tests.small_order.machine import order
from tests.stores.desk import desk
from tests.verify.releases import release

MACHINES = pytest.mark.parametrize(
    "machine", [order, loan, classic_signup, shop, desk, counting, patient], ids=lambda one: one.name
)
CHANGES = {
    "a field": (("    count: int", "    count: int\n    price: int = 0"),),
    "a type": (("note: str | None", "note: int | None"),),
    "a bound": (("le=100", "le=101"),),
    "a member": (('    BAD = "bad"', '    BAD = "bad"\n    FINE = "fine"'),),
    "a kind": (('ASKED = "asked"', 'ASKED = "enquired"'),),
    "a tag": (("class Approved(Fact)", 'class Approved(Fact, tag="Agreed")'),),
    "a version": (("version=1", "version=2"),),
    "a name": (('name="desk"', 'name="table"'),),
    "an edge": (('def lapse(self, event: Lapsed) -> tuple["Stopping"', 'def lapse(self, event: Lapsed) -> tuple["Asked"'),),
    "a wait": (("Deadline[Lapsed]", "Topic[Lapsed]"),),
    "a claim": (("class Done(FinalState):", "class Done(FinalState):\n    settles = (Check,)"),),
    "a reason to ignore": (("class Done(FinalState):", "class Done(FinalState):\n    ignores = (Ignores(Stop, why='over'),)"),),
    "how often": (("class Check(Intent[Approved | Refused]):", "class Check(Intent[Approved | Refused], delivery=AtMostOnce):"), ("class Base(State):", 'class Base(State):\n    @transition\n    def gave_up(self, event: IntentFailed[Check]) -> tuple["Done", NoIntent]: ...'), ("class Done(FinalState):", "class Done(FinalState):\n    ignores = (Ignores(Approved, Refused, why='late'),)"), ("class Stopped(FinalState):", "class Stopped(FinalState):\n    ignores = (Ignores(Approved, Refused, why='late'),)")),
}  # fmt: skip


@MACHINES
def test_it_is_plain_json_and_comes_back_from_it(machine):
    found = fingerprint(machine)
    assert Fingerprint.model_validate_json(found.model_dump_json()) == found


def test_it_is_the_same_under_every_hash_seed():
    program = (
        "from examples.loan.machine import loan\n"
        "from tests.kernel.machines import shop\n"
        "from telic.verify.fingerprints import fingerprint\n"
        "print(fingerprint(loan).digest, fingerprint(shop).digest)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert outputs == {f"{fingerprint(loan).digest} {fingerprint(shop).digest}\n"}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_it_changes_with_what_a_deployment_would_notice(changes):
    assert fingerprint(release(*changes)).digest != fingerprint(release()).digest


def test_it_stays_where_only_code_changes():
    written_anew = release(
        ("def approve(self, event: Approved)", "def agree(self, event: Approved)"), ("amount=1", "amount=2")
    )
    assert fingerprint(written_anew) == fingerprint(release())


def test_it_holds_states_with_their_rows_and_waits_in_one_order():
    found = fingerprint(order)
    kinds = [one.kind for one in found.states]
    assert (
        kinds
        == sorted(kinds)
        == ["awaiting_payment", "cancelled", "cancelling", "refunding", "reserving", "shipped", "shipping"]
    )
    awaiting = found.states[0]
    assert [row.event for row in awaiting.rows] == ["CancelOrder", "CardCharged", "CardDeclined", "PaymentOverdue"]
    assert [(one.type, one.event) for one in awaiting.waits] == [("Deadline", "PaymentOverdue")]
    assert (found.intents[0].tag, found.intents[0].answers) == ("ChargeCard", ("CardCharged", "CardDeclined"))


def test_the_waits_of_parts_belong_to_the_whole():
    ordering = next(one for one in fingerprint(shop).states if one.kind == "ordering")
    assert [(one.type, one.event) for one in ordering.waits] == [("Deadline", "Lapsed")]


@MACHINES
def test_its_flights_are_the_worlds_of_the_lost_answer_analysis(machine):
    (worlds,), (flights,) = possible_worlds(machine), flights_of(fingerprint(machine))
    kinds = {info.state: info.kind for info in machine.infos.values()}
    assert set(flights.found) == {
        Flight(
            kinds[one.state],
            frozenset((intent.__tag__, count) for intent, count in one.open),
            frozenset(intent.__tag__ for intent in one.late),
        )
        for one in worlds.worlds
    }
