"""``new``: the project that it makes passes its own tests and checks, and nothing is overwritten."""

import os
import subprocess
import sys

import pytest


def run(folder, *command):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "TELIC"))}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new") / "days-off"
    made = run(folder.parent, "telic", "new", "days-off")
    assert made.returncode == 0, made.stderr
    check = "telic check --app days_off.app:system --domain days_off.values:values"
    assert made.stderr == f"do cd days-off, then pytest, then {check}\n"
    return folder


def test_its_own_tests_pass(project):
    ended = run(project, "pytest", "-q", "-p", "no:cacheprovider")
    assert ended.returncode == 0, ended.stdout
    assert "passed" in ended.stdout


def test_its_machine_is_proved(project):
    ended = run(
        project, "telic", "check", "--app", "days_off.app:system", "--domain", "days_off.values:values", "--strict"
    )
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.startswith("leave: proved: ")


def test_a_bug_in_it_is_found(project, tmp_path):
    broken = tmp_path / "broken"
    run(tmp_path, "telic", "new", "broken")
    machine = broken / "broken" / "machine.py"
    text = machine.read_text()
    assert "            Deadline(at=self.until, event=LeaveLapsed()),\n" in text
    machine.write_text(text.replace("BookLeave(person=self.person, days=self.days)\n", "NoIntent()\n").replace(
        'tuple["LeaveBooking", BookLeave]', 'tuple["LeaveBooking", NoIntent]'
    ))  # fmt: skip
    ended = run(broken, "telic", "check", "--app", "broken.machine:leave", "--domain", "broken.values:values")
    assert ended.returncode == 9
    assert "LeaveBooking" in ended.stdout + ended.stderr


def test_its_readme_runs(project):
    settings = ("--app", "days_off.app:system", "--store", "sqlite:///days_off.db")
    data = ("--data", '{"person": "ann", "days": 3}', "-o", "plain")
    started = run(project, "telic", "start", "AskForLeave", "--id", "l-1", *data, *settings)
    assert started.returncode == 0, started.stderr
    done = run(
        project, "telic", "tasks", "complete", "l-1", "--actor", "bob", "--group", "office",
        "--data", '{"granted": true}', *settings,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert run(project, "telic", "worker", "--burst", *settings).returncode == 0
    assert run(project, "telic", "show", "l-1", *settings).stdout.startswith("l-1  LeaveGranted  ended")


def test_every_file_is_told(telic, tmp_path):
    ended = telic("new", tmp_path / "leave", "-o", "plain")
    there = {str(one) for one in (tmp_path / "leave").rglob("*") if one.is_file()}
    assert (len(there), set(ended.out.splitlines())) == (7, there)
    assert [one.name for one in tmp_path.iterdir()] == ["leave"]


def test_a_folder_with_something_in_it_is_left_alone(telic, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    ended = telic("new", tmp_path, "--package", "leave")
    assert (ended.code, ended.err) == (
        2, f"error: expected a folder that is empty or not there, got {tmp_path}; do name another one\n",
    )  # fmt: skip
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1st", "expected the name of a package, got '1st'; do add --package NAME"),
        ("class", "expected the name of a package, got 'class'; do add --package NAME"),
        ("json", "expected a name that no other package has, got 'json'; do add --package NAME"),
    ],
)
def test_a_name_that_is_none_is_said(telic, tmp_path, name, said):
    ended = telic("new", tmp_path / name)
    assert (ended.code, ended.err) == (2, f"error: {said}\n")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_said(telic, tmp_path):
    (tmp_path / "file").write_text("")
    ended = telic("new", tmp_path / "file" / "leave")
    assert ended.code == 2
    assert ended.err.startswith(f"error: expected a folder that can be made, got {tmp_path / 'file' / 'leave'}: ")
