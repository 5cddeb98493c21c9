"""The behaviour of a machine: what shows in it, and what its changes are called."""

import json

import pytest

from telic.verify import Domain, behaviour_of, changes_between, explore
from telic.verify.behaviour import read_behaviour
from tests.verify import small
from tests.verify.leaky import leaky, mended

LEAKY, MENDED = (behaviour_of(explore(one)) for one in (leaky, mended))


def test_a_behaviour_names_each_step_between_two_situations():
    assert sorted(MENDED.steps) == [
        "Held --Nudge--> Done",
        "Open [Charge] --Charged--> Done",
        "Open [Charge] --Declined--> Held",
        "Open [Charge] --Declined--> Open [Charge]",
        "Open [Charge] --deadline: Lapsed--> Open [Charge]",
        "start --Go--> Open [Charge]",
    ]
    assert (MENDED.machine, MENDED.complete, MENDED.worlds) == ("till", True, 4)


def test_a_behaviour_names_each_command_that_a_state_rejects():
    assert list(MENDED.rejections) == ["Held rejects Nudge"]


def test_a_mended_leak_is_one_new_step():
    assert changes_between(LEAKY, MENDED) == ("+ Held --Nudge--> Done",)
    assert changes_between(MENDED, LEAKY) == ("- Held --Nudge--> Done",)


def test_a_behaviour_does_not_differ_from_itself():
    assert changes_between(MENDED, behaviour_of(explore(mended))) == ()


def test_a_behaviour_comes_back_from_its_file():
    again = read_behaviour(json.loads(json.dumps(MENDED.json())))
    assert again == MENDED
    assert changes_between(again, MENDED) == ()


def test_other_values_behind_a_step_show():
    one, other = (behaviour_of(explore(small.counting(), domain=Domain()))._replace(machine="m") for _ in range(2))
    step = next(iter(one.steps))
    changed = other._replace(steps={**other.steps, step: "0" * 16})
    assert changes_between(one, changed) == (f"~ {step}  (other values)",)


def test_other_reasons_of_a_rejection_show():
    changed = MENDED._replace(rejections={"Held rejects Nudge": "0" * 16})
    assert changes_between(MENDED, changed) == ("~ Held rejects Nudge  (other reasons)",)
    assert changes_between(MENDED, MENDED._replace(rejections={})) == ("- Held rejects Nudge",)


def test_a_behaviour_that_was_kept_without_rejections_is_not_held_to_them():
    data = MENDED.json()
    del data["rejections"]
    old = read_behaviour(data)
    assert old.rejections is None
    assert changes_between(old, MENDED) == ()
    assert "rejections" not in old.json()


def test_another_number_of_worlds_shows_even_where_no_step_differs():
    assert changes_between(MENDED, MENDED._replace(worlds=5)) == ("~ 5 worlds, where there were 4",)


def test_a_search_that_no_longer_ends_shows():
    assert changes_between(MENDED, MENDED._replace(complete=False)) == ("~ not all worlds are known any more",)


def test_what_is_open_several_times_withdrawn_late_or_kept_is_part_of_the_situation():
    assert any("Pay x 2" in step for step in behaviour_of(explore(small.many(2))).steps)
    assert any("late Pay" in step for step in behaviour_of(explore(small.withdrawing())).steps)
    kept = explore(small.keeping(lambda ctx: True))
    assert any("kept Grade" in step for step in behaviour_of(kept).steps)


@pytest.mark.parametrize("data", [{}, {"form": 0, "steps": {}}, {"form": 1, "steps": []}])
def test_what_is_no_behaviour_is_refused(data):
    with pytest.raises(ValueError, match="expected a behaviour of form 1, got form .*; do approve the behaviour anew"):
        read_behaviour(data)
