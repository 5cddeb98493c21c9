"""``simulate``: the events of a file, in virtual time, without any handler."""

import pytest

SHOP = ("--app", "tests.cli.shop:system")
SALE = '{"event": "Sell", "data": {"price": 5}, "actor": "ann"}'


@pytest.fixture
def play(telic, tmp_path):
    def call(*lines, **options):
        path = tmp_path / "events.jsonl"
        path.write_text("\n".join(lines))
        return telic("simulate", path, *SHOP, *options.get("more", ("-o", "plain")))

    return call


def told(ended):
    return [line.split("\t")[2:5] for line in ended.out.splitlines()]


def test_facts_answer_and_commands_are_sent(play):
    ended = play(SALE, '{"event": "Charged"}', "", '{"event": "Approve"}')
    assert ended.code == 0
    assert told(ended) == [
        ["Sell", "started", "charging"],
        ["Charged", "stepped", "reviewed"],
        ["Approve", "stepped", "paid"],
    ]


def test_deadlines_fire_in_virtual_time(play):
    ended = play(SALE, '{"event": "Charged"}', '{"skip_seconds": 86400}')
    assert told(ended)[-1] == ["Lapsed", "stepped", "refused"]


def test_no_handler_runs(play):
    assert told(play(SALE, '{"skip_seconds": 86400}')) == [["Sell", "started", "charging"]]


def test_the_first_refusal_ends_it(play):
    ended = play(SALE, '{"event": "Approve"}', '{"event": "Charged"}')
    assert (ended.code, told(ended)) == (5, [["Sell", "started", "charging"]])
    assert ended.err.startswith("refused: Rejected(")


def test_a_start_that_is_refused_ends_it(play):
    ended = play('{"event": "Sell", "data": {"price": -1}}', SALE)
    assert (ended.code, ended.out) == (5, "")
    assert "nothing costs less than nothing" in ended.err


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ((), 6, "expected a start in the first line of PATH, got none"),
        (('{"skip_seconds": 1}',), 6, "expected a start in the first line of PATH, got none"),
        ((SALE, "what"), 6, 'line 2: expected {"event": ..., "data": {...}} or {"skip_seconds": ...}, got \'what\''),
        ((SALE, "{}"), 6, 'line 2: expected {"event": ..., "data": {...}} or {"skip_seconds": ...}, got \'{}\''),
        (('{"event": "Sel"}',), 3, "line 1: expected an event of machine 'till', got 'Sel' (did you mean 'Sell'?)"),
    ],
)
def test_a_line_that_is_none_is_said_with_its_number(play, tmp_path, lines, code, said):
    ended = play(*lines)
    assert (ended.code, ended.out, ended.err) == (
        code, "", f"error: {said.replace('PATH', str(tmp_path / 'events.jsonl'))}\n",
    )  # fmt: skip


def test_a_file_that_is_not_there_ends_with_three(telic):
    ended = telic("simulate", "nowhere.jsonl", *SHOP)
    assert (ended.code, ended.err) == (
        3, "error: expected a file of events, got nowhere.jsonl: No such file or directory\n",
    )  # fmt: skip
