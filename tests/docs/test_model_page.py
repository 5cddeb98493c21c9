"""The page of a model's words names all that a transition may take and return, and all that a state declares."""

import re

from telic import Context, FinalState, State, lift
from telic.kernel.intents import Emission, Intent, Item
from telic.kernel.verdicts import Verdict
from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs/reference/model.md").read_text(encoding="utf-8")
NOT_FOR_TRANSITIONS = {"in_step"}  # the kernel makes the context of each record with it


def section(name):
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def named(name):
    """What stands in the first cells of the table of a section, without brackets."""
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", section(name), re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`(\w+)[(`]", cell)]


def test_a_context_has_what_the_page_says_and_no_more():
    public = {name for name in dir(Context) if not name.startswith("_")} - NOT_FOR_TRANSITIONS
    assert sorted(set(named("What a transition takes")) - {"ctx"}) == sorted(public)


def test_each_verdict_and_each_emission_stands_on_the_page():
    kinds = {*Verdict.__subclasses__(), *Emission.__subclasses__(), *Item.__subclasses__()} - {Item, Intent}
    text = section("What a transition returns")
    assert [kind.__name__ for kind in kinds if not re.search(rf"`{kind.__name__}[\[(.]", text)] == []


def test_what_a_state_declares_is_all_that_its_base_has():
    declared = {name for base in (State, FinalState) for name in vars(base) if not name.startswith("_")}
    assert sorted(named("What a state declares")) == sorted(declared - {"handle", "model_config"} | {"kind"})


def test_what_the_prose_calls_is_there():
    assert callable(State.evolve)
    assert callable(lift)
