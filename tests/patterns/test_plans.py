"""What is wrong with a process in steps: told at once, where it is defined, with the line to change."""

from typing import Never

import pytest

from telic import AtMostOnce, Command, Fact, Intent, TypedId
from telic.kernel.errors import DefinitionError
from telic.patterns import pipeline, saga


class UserId(TypedId): ...


class Begin(Command):
    user_id: UserId
    amount: int


class Checked(Fact):
    score: int


class Refused(Fact): ...


class Told(Fact): ...


class Check(Intent[Checked]):
    amount: int


class Judge(Intent[Checked | Refused]):
    amount: int


class Tell(Intent[Told]):
    scored: int


class Count(Intent[Told]):
    amount: str


class Shout(Intent[Never]): ...


class Greet(Intent[Told]):
    score: int


class Uncheck(Intent[Refused]):
    score: int


def faults(builder):
    with pytest.raises(DefinitionError) as caught:
        builder.finish()
    return [str(one) for one in caught.value.faults]


begun = pipeline("p", Begin)


@pytest.mark.parametrize("make", [pipeline, saga])
def test_a_process_has_a_step(make):
    assert faults(make("p", Begin)) == [
        "p: expected at least one step, got none; do write .do(SomeIntent) before .finish()"
    ]


def test_it_begins_with_a_command():
    (told,) = faults(pipeline("p", Told).do(Greet, lambda told: Greet(score=1)))
    assert told == f"p: expected the class of a command to begin with, got {Told!r}; do name a command"


def test_a_step_has_a_name_of_its_own():
    assert faults(begun.do(Check).do(Check)) == [
        'check: expected one step of this name, got 2; do name the others: .do(..., named="...")'
    ]
    assert begun.do(Check).do(Check, named="check_again").finish().states[1].__name__ == "AwaitingCheckAgain"


@pytest.mark.parametrize("name", ["kind", "evolve", "got_told", "model_copy"])
def test_a_step_is_not_named_like_what_a_state_has_already(name):
    assert faults(begun.do(Check, named=name)) == [
        f'{name}: expected a name that a state does not have already, got it; do write named="..."'
    ]


def test_a_name_is_one_that_a_field_may_have():
    assert faults(begun.do(Check, named="the check")) == [
        "'the check': expected small letters, digits and underscores as the name of a step, got others; "
        'do write named="..."'
    ]


def test_an_intent_that_nothing_answers_is_no_step():
    assert faults(begun.do(Shout)) == [
        "shout: expected an intent that a fact answers, got Shout, which nothing answers; "
        "do name its answer: class Shout(Intent[SomeFact])"
    ]
    assert faults(begun.do(Told)) == [
        f"told: expected the class of an intent, got {Told!r}; do write class SomeIntent(Intent[SomeFact])"
    ]


class Pay(Intent[Told], delivery=AtMostOnce):
    amount: int


def test_what_is_run_at_most_once_has_a_way_out_of_doubt():
    assert faults(begun.do(Pay)) == [
        "pay: expected to be told what becomes of Pay in doubt, since it is run at most once, got nothing; "
        "do write .do(Pay, stop_on_failure=True), or .attempt(Pay)"
    ]
    for built in (begun.do(Pay, stop_on_failure=True), begun.attempt(Pay)):
        assert built.finish()
    assert saga("s", Begin).do(Check, undo=Pay).finish()


def test_of_several_answers_one_is_named():
    assert faults(begun.do(Judge)) == [
        "judge: expected one answer with which the process goes on, got Checked | Refused; do name it: expect=Checked"
    ]
    assert faults(begun.do(Judge, expect=Told)) == [
        "judge: expected an answer of Judge, which are Checked, Refused, got Told; do write expect=Checked"
    ]


def test_the_nearest_answer_is_suggested():
    class Refusal(Fact): ...

    (told,) = faults(begun.do(Judge, expect=Refusal))
    assert "got Refusal (did you mean 'Refused'?)" in told


def test_a_field_that_is_filled_by_name_is_there():
    assert faults(begun.do(Check).do(Tell)) == [
        "tell: Tell.scored: expected a value of this name before the step, got none (did you mean 'score'?); "
        "do pass a function that makes it: .do(Tell, lambda begin, checked: ...)"
    ]


def test_a_field_that_is_filled_by_name_has_its_type():
    assert faults(begun.do(Count)) == [
        "count: Count.amount: expected str, got int from Begin; "
        "do pass a function that makes it: .do(Count, lambda begin: ...)"
    ]


def test_a_field_is_not_filled_from_what_may_be_missing():
    assert faults(begun.do(Check, when=lambda asked: asked.amount > 1).do(Greet)) == [
        "greet: Greet.score: expected a value that is always there, got one of Checked, which may be missing; "
        "do pass a function that makes it: .do(Greet, lambda begin, checked: ...)"
    ]


class Recount(Intent[Told]):
    score: int
    note: str = ""


def test_a_field_with_a_default_need_not_be_had():
    machine = begun.do(Check).do(Recount).finish()
    assert machine.infos[machine.states[1]].rows


def test_what_may_be_missing_is_there_for_the_rest_of_its_group():
    assert begun.do(Check, when=lucky).do(Recount, when=lucky).finish()
    (told,) = faults(begun.attempt(Check, when=lucky).do(Recount, when=lucky))
    assert told.startswith("recount: Recount.score: expected a value that is always there, got one of Checked")


def lucky(asked, *had):
    return asked.amount > 1


def test_a_function_takes_what_is_had():
    assert faults(begun.do(Check, lambda: Check(amount=1), when=lambda: True)) == [
        "check: expected a function of Begin, got one that takes (); do write lambda begin: ...",
        "check when: expected a function of Begin, got one that takes (); do write lambda begin: ...",
    ]
    # What has no signature that can be read is not judged.
    assert begun.do(Check, type("Make", (), {"__call__": lambda self, asked: Check(amount=1)})()).finish()


def test_an_outcome_is_made_like_a_step():
    with pytest.raises(DefinitionError) as caught:
        begun.do(Check).finish(Told, lambda asked: Told())
    assert [str(one) for one in caught.value.faults] == [
        "finish: expected a function of Begin, Checked, got one that takes (asked); do write lambda begin, checked: ..."
    ]


def test_what_may_come_late_misleads_no_later_step():
    assert faults(begun.attempt(Check).do(Judge, expect=Checked)) == [
        "judge: expected an answer of its own, got Checked, which may still come from 'check', "
        "without which the process may have gone on; do give Judge a fact of its own"
    ]


def test_all_faults_are_told_at_once():
    told = faults(begun.do(Check).do(Check).do(Tell).do(Count))
    assert [one.partition(":")[0] for one in told] == ["check", "tell", "count"]


def test_only_what_was_named_can_be_undone():
    assert faults(saga("s", Begin).do(Check, undo_with=lambda *had: Uncheck(score=1))) == [
        "check: expected undo= beside undo_with=, got none; do write undo=SomeIntent"
    ]
    assert faults(saga("s", Begin).do(Check, undo_expect=Refused)) == [
        "check: expected undo= beside undo_expect=, got none; do write undo=SomeIntent"
    ]
    assert faults(saga("s", Begin).do(Check)) == [
        "s: expected a step that can be undone, got none; do write undo=SomeIntent, or make a pipeline of it"
    ]


def test_what_undoes_a_step_is_held_to_the_same():
    assert faults(saga("s", Begin).do(Check, undo=Shout)) == [
        "check undo: expected an intent that a fact answers, got Shout, which nothing answers; "
        "do name its answer: class Shout(Intent[SomeFact])"
    ]
    assert faults(saga("s", Begin).do(Check, undo=Judge, undo_expect=Told)) == [
        "check undo: expected an answer of Judge, which are Checked, Refused, got Told; do write undo_expect=Checked"
    ]
    assert faults(saga("s", Begin).do(Check, undo=Uncheck, undo_with=lambda asked: Uncheck(score=1))) == [
        "check undo: expected a function of Begin, Checked, got one that takes (asked); "
        "do write lambda begin, checked: ..."
    ]


def test_in_a_saga_an_answer_tells_what_it_answers():
    assert faults(saga("s", Begin).do(Judge, expect=Checked, undo=Uncheck)) == [
        "judge undo: expected answers of its own, since what comes late is told apart by them, "
        "got Refused, which answers judge as well; do give Uncheck a fact of its own"
    ]
