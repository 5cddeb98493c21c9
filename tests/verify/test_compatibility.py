"""Pairs of releases: what a change asks for, and what a harmless one does not."""

import pytest

from examples.loan.machine import loan
from examples.signup.classic import classic_signup
from examples.signup.machine import signup
from telic.verify.compatibility import Change, Severity, compatible
from telic.verify.fingerprints import Fingerprint, fingerprint
from tests.kernel.machines import shop
from tests.kernel.test_lost import counting, patient
from tests.small_order.machine import order
from tests.stores.desk import desk
from tests.verify.releases import release, upcasting

FIRST = release()
AMOUNT = "amount: Annotated[int, Field(ge=0, le=100)]"
NOT_REFUSED = (
    ('    @transition\n    def refuse(self, event: Refused) -> tuple["Done", NoIntent]:\n        return Done(), NoIntent()\n', ""),
    ("Intent[Approved | Refused]", "Intent[Approved]"),
    ('    @transition\n    def refuse(self, event: Refused) -> tuple["Stopped", NoIntent]:\n        return Stopped(), NoIntent()\n', ""),
    (" | Refused | Lapsed", " | Lapsed"),
)  # fmt: skip
NO_POKE = (
    ('    @transition\n    def poke(self, event: Poke) -> tuple["Asked", NoIntent]:\n        return self, NoIntent()\n', ""),
)  # fmt: skip
NO_DEADLINE = (
    ("    def waits(self) -> tuple[Deadline[Lapsed]]:\n        return (Deadline(at=self.until, event=Lapsed()),)\n", ""),
)  # fmt: skip
NO_LAPSE = (
    *NO_DEADLINE,
    ('    @transition\n    def lapse(self, event: Lapsed) -> tuple["Stopping", NoIntent]:\n        return Stopping(desk_id=self.desk_id), NoIntent()\n', ""),
    (" | Refused | Lapsed", " | Refused"),
)  # fmt: skip
# The check is begun later, so the new code is right about itself: nothing is open when it stops.
CHECKS_LATER = (
    ('-> tuple["Asked", Check]:', '-> tuple["Asked", NoIntent]:'),
    ("until=ctx.now), Check(desk_id=event.desk_id)", "until=ctx.now), NoIntent()"),
    ('def poke(self, event: Poke) -> tuple["Asked", NoIntent]:', 'def poke(self, event: Poke) -> tuple["Checking", Check]:'),
    ("return self, NoIntent()", "return Checking(desk_id=self.desk_id), Check(desk_id=self.desk_id)"),
    ("class Stopping(Base):", 'class Checking(Base):\n    kind: Literal[K.CHECKING] = K.CHECKING\n\n    @transition\n    def approve(self, event: Approved) -> tuple["Done", NoIntent]: ...\n\n    @transition\n    def refuse(self, event: Refused) -> tuple["Done", NoIntent]: ...\n\nclass Stopping(Base):'),
    ('    DONE = "done"', '    DONE = "done"\n    CHECKING = "checking"'),
    ("Annotated[Asked |", "Annotated[Asked | Checking |"),
    ('    @transition\n    def approve(self, event: Approved) -> tuple["Done", NoIntent]:\n        return Done(), NoIntent()\n', ""),
    ('    @transition\n    def refuse(self, event: Refused) -> tuple["Done", NoIntent]:\n        return Done(), NoIntent()\n', ""),
)  # fmt: skip

COMPATIBLE = {
    "nothing": (),
    "wider bounds": ((AMOUNT, "amount: Annotated[int, Field(ge=-1, le=200)]"),),
    "no bounds": ((AMOUNT, "amount: int"),),
    "a wider type": ((AMOUNT, "amount: float"),),
    "another alternative": ((AMOUNT, "amount: int | str"),),
    "one more member": (('    BAD = "bad"', '    BAD = "bad"\n    FINE = "fine"'),),
    "an enum becomes a text": (("mood: Mood = Mood.GOOD", 'mood: str = "good"'),),
    "a new field with a default": ((AMOUNT, AMOUNT + "\n    size: int = 0"),),
    "a new field of a value with a default": (("    count: int", "    count: int\n    price: int = 0"),),
    "another default": (("mood: Mood = Mood.GOOD", "mood: Mood = Mood.BAD"),),
    "a renamed method": (('def approve(self, event: Approved) -> tuple["Done"', 'def agree(self, event: Approved) -> tuple["Done"'),),
    "a renamed class with its old tag": (
        ("class Check(Intent[Approved | Refused])", 'class Verify(Intent[Approved | Refused], tag="Check")'),
        ('"Asked", Check]', '"Asked", Verify]'),
        ("ctx.now), Check(", "ctx.now), Verify("),
    ),
    "one more command": (("| Poke |", "| Poke | Kick |"), ("class Poke(Command): ...", "class Poke(Command): ...\nclass Kick(Poke): ..."), ("event: Poke)", "event: Poke | Kick)")),
    "a new deadline": (("class Stopping(Base):", 'class Stopping(Base):\n    def waits(self) -> tuple[Deadline[Lapsed]]: ...\n    @transition\n    def lapse(self, event: Lapsed) -> tuple["Stopped", NoIntent]: ...\n'), ("class Stopped(FinalState):", 'class Stopped(FinalState):\n    ignores = (Ignores(Approved, Refused, why="stopped"),)')),
    "a new version": (("version=1", "version=2"),),
    "an upcaster for a required field": ((AMOUNT, AMOUNT + "\n    size: int"), upcasting("asked")),
    "an upcaster for a renamed kind": (('ASKED = "asked"', 'ASKED = "enquired"'), upcasting("asked", to="enquired")),
    "an upcaster for a renamed intent": (
        ("class Check(Intent[Approved | Refused])", 'class Check(Intent[Approved | Refused], tag="Verify")'),
        upcasting("Check", to="Verify"),
    ),
}  # fmt: skip
UPCASTER = {
    "a required field": (((AMOUNT, AMOUNT + "\n    size: int"),), "state 'asked', size", "required, and not stored"),
    "a removed field": (((f"    {AMOUNT}\n", ""), ("amount=1, ", "")), "state 'asked', amount", "Asked has no such field"),
    "another type": (((AMOUNT, "amount: str"), ("amount=1", "amount='1'")), "state 'asked', amount", "int is stored, str is read"),
    "a date for a text": ((("note: str | None", "note: AwareDatetime | None"),), "state 'asked', note", "str is stored, one of datetime, null is read"),
    "no None": ((("note: str | None = None", 'note: str = ""'),), "state 'asked', note", "null is stored, str is read"),
    "a lower bound": (((AMOUNT, "amount: Annotated[int, Field(ge=0, le=99)]"),), "state 'asked', amount", "ge=0, le=100 when it was stored, le=99 is read"),
    "a pattern": (((AMOUNT, AMOUNT), ("note: str | None", "note: Annotated[str, Field(pattern='a+')] | None")), "state 'asked', note", "no bounds when it was stored, pattern=a+ is read"),
    "a removed member": ((('    BAD = "bad"\n', ""),), "state 'asked', mood", "'bad' may be stored, one of 'good' is read"),
    "a validator": (((AMOUNT, "amount: Annotated[int, Field(ge=0, le=100), AfterValidator(odd)]"),), "state 'asked', amount", "nobody can tell whether AfterValidator(price_of) takes what is stored"),
    "a validator of the model": (((AMOUNT, AMOUNT + "\n\n    @field_validator('amount')\n    @classmethod\n    def even(cls, value: int) -> int:\n        return value"),), "state 'asked', even", "nobody can tell whether even takes what is stored"),
    "a required field of a value": ((("    count: int", "    count: int\n    price: int"),), "state 'asked', lines[].price", "required, and not stored"),
    "another key": ((("FrozenMap[DeskId, int]", "FrozenMap[int, int]"),), "state 'asked', prices[]", "str is stored, int is read"),
    "a renamed kind": ((('ASKED = "asked"', 'ASKED = "enquired"'),), "state 'asked'", "no 'asked' version 1 and no upcaster from it"),
    "a renamed intent": ((("class Check(Intent[Approved | Refused])", 'class Check(Intent[Approved | Refused], tag="Verify")'),), "intent 'Check'", "no 'Check' version 1 and no upcaster from it"),
    "a renamed fact": ((("class Approved(Fact)", 'class Approved(Fact, tag="Agreed")'),), "event 'Approved'", "no 'Approved' version 1 and no upcaster from it"),
    "a required field of a command": ((("class Begin(Command):", "class Begin(Command):\n    size: int"),), "event 'Begin', size", "required, and not stored"),
    "a required field of an intent": ((("class Check(Intent[Approved | Refused]):", "class Check(Intent[Approved | Refused]):\n    size: int"),), "intent 'Check', size", "required, and not stored"),
    "an upcaster for something else": (((AMOUNT, AMOUNT + "\n    size: int"), upcasting("stopping")), "state 'asked', size", "required, and not stored"),
    "another name": ((('name="desk"', 'name="table"'),), "machine", "expected the name 'desk', under which instances are stored, got 'table'"),
    "an end where there was none": (
        (
            ("class Stopping(Base):\n    kind: Literal[K.STOPPING] = K.STOPPING\n", 'class Stopping(Base, FinalState):\n    kind: Literal[K.STOPPING] = K.STOPPING\n    ignores = (Ignores(Approved, Refused, why="stopped"),)\nclass Unused(Base):\n'),
            ("Stopping | Stopped | Done", "Stopping | Done"),
        ),
        "state 'stopping'", "got a final state, which instances there can never leave",
    ),
}  # fmt: skip
LOSES = {
    "an answer is gone": (NOT_REFUSED, "intent 'Check', answer Refused", "expected Refused to answer open ones, got an intent that no longer declares it"),
    "the check begins later": (CHECKS_LATER, "state 'asked', answer Approved to Check", "expected it to be handled or ignored, got a state that drops it: asked"),
    "a deadline and its event are gone": (NO_LAPSE, "state 'asked', Deadline Lapsed", "expected the event that instances wait for to be taken, got a state that drops it"),
}  # fmt: skip


@pytest.mark.parametrize("changes", COMPATIBLE.values(), ids=COMPATIBLE)
def test_a_harmless_change_is_compatible(changes):
    found = compatible(FIRST, release(*changes))
    assert found.verdict is Change.COMPATIBLE, found.text()


@pytest.mark.parametrize(("changes", "subject", "what"), UPCASTER.values(), ids=UPCASTER)
def test_what_cannot_be_read_needs_an_upcaster(changes, subject, what):
    found = compatible(FIRST, release(*changes))
    assert found.verdict is Change.NEEDS_UPCASTER, found.text()
    assert any(one.subject == subject and what in one.what for one in found.differences), found.text()


@pytest.mark.parametrize(("changes", "subject", "what"), LOSES.values(), ids=LOSES)
def test_what_would_be_dropped_in_flight_is_found(changes, subject, what):
    found = compatible(FIRST, release(*changes))
    assert found.verdict is Change.LOSES_ANSWERS, found.text()
    assert any(one.subject == subject and one.what.startswith(what) for one in found.differences), found.text()


@pytest.mark.parametrize(
    "machine", [order, loan, signup, classic_signup, shop, desk, counting, patient], ids=lambda one: one.name
)
def test_a_machine_is_compatible_with_itself_without_a_note(machine):
    assert compatible(machine, machine).differences == ()


def test_a_command_that_is_no_longer_taken_is_a_note():
    found = compatible(
        FIRST,
        release(
            *NO_POKE,
            (
                "class Stopping(Base):",
                'class Stopping(Base):\n    @transition\n    def poke(self, event: Poke) -> tuple["Stopping", NoIntent]: ...\n',
            ),
        ),
    )
    assert found.text() == (
        "desk 1 -> desk 1: compatible\n"
        "  1. note: state 'asked', command Poke: expected it to be taken, got no transition; its senders get Rejected; "
        "do tell its senders, or keep it"
    )


def test_a_wait_that_ends_while_its_event_is_still_taken_is_a_note():
    found = compatible(FIRST, release(*NO_DEADLINE))
    assert [(one.change, one.severity) for one in found.differences] == [(Change.COMPATIBLE, Severity.NOTE)]
    assert "open ones end" in found.text()


def test_a_command_in_the_journal_concerns_nobody_but_its_readers():
    found = compatible(FIRST, release(("class Stop(Command): ...", "class Stop(Command):\n    why: str")))
    assert [(one.subject, one.severity) for one in found.differences] == [("event 'Stop', why", Severity.JOURNAL)]


def test_a_deferred_command_is_kept_with_its_instance():
    old = release(
        (
            'def poke(self, event: Poke) -> tuple["Asked", NoIntent]:',
            'def poke(self, event: Poke) -> tuple["Asked", Defer]:',
        )
    )
    new = release(("class Poke(Command): ...", "class Poke(Command):\n    why: str"))
    found = compatible(old, new)
    assert [(one.subject, one.severity) for one in found.differences] == [("event 'Poke', why", Severity.INSTANCES)]


def test_older_code_after_newer_is_told():
    newer = release((AMOUNT, AMOUNT + "\n    size: int"), upcasting("asked"), ("version=1", "version=2"))
    found = compatible(newer, FIRST)
    assert [(one.subject, one.remedy) for one in found.differences] == [
        ("state 'asked'", "keep the upcasters of 'asked'"),
        ("machine", "raise version=, so that the journal tells the two apart"),
    ]


def test_an_open_intent_is_followed_to_where_the_new_code_would_drop_its_answer():
    """The new code handles the answer where the old one left it, and loses it one step later."""
    shortcut = (
        *CHECKS_LATER,
        ("    @transition\n    def stop(self", '    @transition\n    def agree(self, event: Approved) -> tuple["Done", NoIntent]: ...\n\n    @transition\n    def disagree(self, event: Refused) -> tuple["Done", NoIntent]: ...\n\n    @transition\n    def stop(self'),
        ('    @transition\n    def approve(self, event: Approved) -> tuple["Stopped", NoIntent]:\n        return Stopped(), NoIntent()\n', '    @transition\n    def end(self, event: Poke) -> tuple["Stopped", NoIntent]: ...\n'),
    )  # fmt: skip
    found = compatible(FIRST, release(*shortcut))
    drops = "expected it to be handled or ignored, got a state that drops it: "
    assert {(one.subject, one.what) for one in found.differences if one.change is Change.LOSES_ANSWERS} >= {
        ("state 'stopping', answer Approved to Check", f"{drops}stopping"),
        ("state 'stopped', answer Refused to Check", f"{drops}stopping --Poke--> stopped"),
    }


def test_the_text_tells_the_worst_first():
    text = compatible(FIRST, release(*NO_LAPSE, (AMOUNT, AMOUNT + "\n    size: int"))).text()
    assert text == (
        "desk 1 -> desk 1: loses answers in flight\n"
        "  1. loses answers in flight (instances): state 'asked', Deadline Lapsed: expected the event that instances "
        "wait for to be taken, got a state that drops it; do keep the wait and a transition for Lapsed, or upcast "
        "'asked' to a state that has them\n"
        "  2. needs an upcaster (instances): state 'asked', size: expected stored values to be read, got a misfit: "
        "required, and not stored; do add @upcast('asked', from_version=1)\n"
        "  3. needs an upcaster (instances): event 'Lapsed': expected stored ones to be read, got no 'Lapsed' version 1 "
        "and no upcaster from it; do add @upcast('Lapsed', from_version=1, to=...)"
    )


def test_fingerprints_that_were_kept_are_as_good_as_machines():
    kept = Fingerprint.model_validate_json(fingerprint(FIRST).model_dump_json())
    new = release(*CHECKS_LATER)
    assert compatible(kept, new) == compatible(FIRST, new) == compatible(kept, fingerprint(new))
