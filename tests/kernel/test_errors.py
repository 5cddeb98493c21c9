"""The errors: their exact texts, and that they survive the way to another process."""

import pickle

import pytest

from telic.kernel import errors
from telic.kernel.errors import Fault, MissingExtra, TelicError

FAULT = Fault("A.b", "expected x, got y", "write x")
EXAMPLES = [
    (errors.DefinitionError("m", (FAULT,)), "machine 'm' has 1 fault:\n  1. A.b: expected x, got y; do write x"),
    (errors.DefinitionError("m", (FAULT, FAULT)), "machine 'm' has 2 faults:\n  1. A.b: expected x, got y; do write x\n  2. A.b: expected x, got y; do write x"),
    (errors.ConfigurationError("System", ("expected x, got y",)), "System cannot be built:\n  1. expected x, got y"),
    (errors.UndeclaredResult("A.b", "expected x"), "A.b: expected x"),
    (errors.EncodeError("the actor", "why"), "cannot store the actor: why"),
    (errors.DecodeError("t", 2, "why"), "cannot read 't' version 2: why"),
    (errors.JournalDiverged("w", 3, "stepped to 'a'", "stepped to 'b'"), "instance 'w', revision 3: expected stepped to 'a', got stepped to 'b'; do replay with the code that wrote it, or find what has made a transition differ"),
    (errors.RevisionConflict("w", 1, 2), "instance 'w': expected revision 1, got 2; do load again and decide again"),
    (errors.RevisionConflict("w", 1), "instance 'w': expected revision 1, got another one; do load again and decide again"),
    (errors.StoreFailed("save", "disk full"), "save failed: disk full"),
    (errors.StoreClosed("db"), "expected an open database, got db closed; do open a new one"),
    (MissingExtra("PostgresDatabase", "postgres"), "PostgresDatabase needs an extra that is not installed; do pip install 'telic[postgres]'"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "text"), EXAMPLES, ids=[type(error).__name__ for error, _ in EXAMPLES])
def test_errors_say_what_to_do_and_pickle(error, text):
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), type(again), again.args) == (text, type(error), error.args)
    assert isinstance(error, TelicError)


def test_the_base_of_the_errors_is_never_raised():
    with pytest.raises(TypeError, match="expected a subclass, got TelicError itself"):
        TelicError()


def test_a_fault_compares_by_its_text():
    same = Fault("A.b", "expected x, got y", "write x")
    assert FAULT == same != "A.b"
    assert Fault("A.c", "expected x, got y", "write x") != FAULT
    assert hash(FAULT) == hash(same)
    assert repr(Fault("a", "b", "c")) == "Fault('a', 'b', 'c')"


def test_the_nearest_name_is_offered_where_one_is_near():
    assert errors.nearest("opne", ["open", "close"]) == " (did you mean 'open'?)"
    assert errors.nearest("zzz", ["abc"]) == ""
