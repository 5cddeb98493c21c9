"""Where the application is found, and what is said when it is not."""

import pytest


def test_a_function_is_called_for_its_system(telic):
    assert telic("list", "--app", "tests.cli.shop:made").code == 0


def test_a_machine_is_enough(telic):
    assert telic("list", "--app", "tests.cli.shop:machine", "-o", "plain").out.startswith("fulfilment\t")


def test_the_environment_may_name_it(telic, monkeypatch):
    monkeypatch.setenv("TELIC_APP", "tests.cli.shop:system")
    assert telic("list").code == 0


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        (None, 2, "expected an application, got none; do add --app MODULE:ATTR, or set TELIC_APP"),
        ("shop", 2, "expected MODULE:ATTR, got 'shop'; do name a module and what is in it"),
        ("tests.cli.shop:sytem", 2, "expected 'sytem' in tests.cli.shop, got none (did you mean 'system'?)"),
        ("tests.cli.domains:of", 2, "expected a function without parameters at tests.cli.domains:of, got of(size)"),
        (
            "tests.cli.shop:nothing",
            2,
            "expected a System or a Machine at tests.cli.shop:nothing, got int; do name one of these",
        ),
    ],
)
def test_what_is_no_application_is_said(telic, place, code, said):
    ended = telic("list", *(("--app", place) if place else ()))
    assert (ended.code, ended.out, ended.err) == (code, "", f"error: {said}\n")


def test_a_module_that_is_not_there_is_said_with_the_folder(telic):
    ended = telic("list", "--app", "tests.cli.nowhere:system")
    assert ended.code == 2
    assert ended.err.startswith("error: expected a module 'tests.cli.nowhere', got none from ")


def test_a_machine_that_cannot_be_built_ends_with_nine_and_every_fault(telic):
    ended = telic("list", "--app", "examples.order.lost_answer:build")
    assert ended.code == 9
    assert "CardCharged" in ended.err


def test_a_machine_that_is_not_in_the_application_suggests_the_nearest(telic):
    ended = telic("describe", "tll", "--app", "tests.cli.shop:system")
    assert (ended.code, ended.err) == (3, "error: expected a machine 'tll', got none (did you mean 'till'?)\n")


def test_a_misspelt_command_suggests_the_nearest(telic):
    ended = telic("descrbe")
    assert ended.code == 2
    assert ended.err == (
        "error: expected a command of telic, got 'descrbe' (did you mean 'describe'?); do telic --help\n"
    )


@pytest.mark.parametrize(
    ("text", "told", "line"),
    [
        ("import json\nmachine = jsn.loads('1')\n", "NameError: name 'jsn' is not defined", 2),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'", 1),
        ("machine = (\n", "SyntaxError: '(' was never closed", 1),
        ("def machine():\n    raise ValueError('no key')\n", "ValueError: no key", 2),
    ],
    ids=["name", "import", "syntax", "function"],
)
def test_an_application_that_raises_says_what_and_where_with_none_of_our_frames(
    telic, tmp_path, monkeypatch, text, told, line
):
    file = tmp_path / f"app_{tmp_path.name}.py"
    file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    place = f"{file.stem}:machine"
    ended = telic("list", "--app", place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"error: expected {place} to load, got {told} ({file}, line {line}); do mend it\n"
