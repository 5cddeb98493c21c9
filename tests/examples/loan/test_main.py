"""The command line: what it prints, where its files are, and how it ends."""

from pathlib import Path

import pytest

from examples.loan.__main__ import main
from examples.loan.generator import generate, write_xes

MADE_UP = ("--cases", "60", "--seed", "7")
STEM = "60-cases-seed-7"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def log(folder: Path) -> Path:
    path = folder / "some.xes.gz"
    write_xes(path, generate(60, 7))
    return path


def row(name: str, value: str) -> str:
    return f"{name}{value:>{34 - len(name)}}\n"


def table_in(text: str) -> str:
    return text[text.index("instances") : text.index("This run")]


def test_without_a_log_one_is_made_up(folder, capsys):
    assert main(MADE_UP) == 0
    assert sorted(path.name for path in folder.rglob("loan-*")) == [
        f"loan-{STEM}.sqlite",
        f"loan-{STEM}.xes.gz",
    ]
    printed = capsys.readouterr().out
    assert f"into build/loan-{STEM}.sqlite, a new one." in printed
    assert row("instances", "60") in printed
    assert "Run it again to see nothing but duplicates" in printed


def test_a_second_run_sees_nothing_but_duplicates(capsys):
    main(MADE_UP)
    first = capsys.readouterr().out
    assert main(MADE_UP) == 0
    second = capsys.readouterr().out
    assert row("  of them duplicates", "0") in first
    assert row("  of them duplicates", "1,316") in second
    assert "which is there: what it knows is not done again." in second
    assert table_in(first) == table_in(second)


def test_another_seed_is_another_database(folder):
    main(("--cases", "2", "--seed", "1"))
    main(("--cases", "2", "--seed", "2"))
    assert len(list(folder.rglob("*.sqlite"))) == 2


def test_a_log_and_a_database_are_named(folder, log, capsys):
    assert main(("--log", str(log), "--db", "deep/down/my.sqlite", "--concurrency", "1")) == 0
    assert (folder / "deep/down/my.sqlite").is_file()
    assert f"Replaying {log} into deep/down/my.sqlite" in capsys.readouterr().out


def test_a_truncated_log_is_an_error_that_keeps_what_was_read(log, capsys):
    whole = log.read_bytes()
    log.write_bytes(whole[: len(whole) // 2])
    assert main(("--log", str(log), "--db", "my.sqlite")) == 2
    out, error = capsys.readouterr()
    assert "events applied" in out
    assert "Run it again" not in out
    assert error.startswith("loan: The log is broken: expected the end of the compressed data")
    assert error.endswith("What was read is kept in my.sqlite.\n")
    log.write_bytes(whole)
    assert main(("--log", str(log), "--db", "my.sqlite")) == 0


def test_a_file_that_is_no_log_is_an_error(folder, capsys):
    (folder / "page.xes").write_text("<html/>")
    assert main(("--log", "page.xes")) == 2
    assert "expected a <log> element, got <html>" in capsys.readouterr().err


def test_a_missing_log_is_an_error_and_makes_nothing(folder, capsys):
    assert main(("--log", "none.xes.gz")) == 2
    assert capsys.readouterr().err == "loan: expected a log, got no file: none.xes.gz\n"
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_database_is_an_error(folder, log, capsys):
    (folder / "notes.txt").write_text("these are no tables, but notes")
    assert main(("--log", str(log), "--db", "notes.txt")) == 2
    error = capsys.readouterr().err
    assert error.startswith("loan: ")
    assert "expected an SQLite database in notes.txt" in error


@pytest.mark.parametrize("option", ["--cases", "--concurrency"])
@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_numbers_are_checked(option, number, capsys):
    with pytest.raises(SystemExit) as ended:
        main((option, number))
    assert ended.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err
