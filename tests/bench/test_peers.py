"""Peers run in processes of their own, and are reported where they cannot; what they measure decides no test."""

import json
import stat
import sys
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import against_psycopg, durable_peers, machines, queues
from tests.bench.measure import Rounds, Row, at_least
from tests.bench.peer import Absent, Peer
from tests.bench.peers import answering, orders
from tests.bench.peers.loops import Moments
from tests.bench.queues import Servers, percentiles
from tests.bench.report import Part, as_json, as_tables, kept
from tests.bench.test_bench import TINY

ONCE = Rounds(1)
CLOSED = "127.0.0.1:1"
NOT_INSTALLED = "it is not installed; `make bench` installs it where its wheels can be had"


@pytest.fixture
def nobody(monkeypatch):
    """No peer is installed."""
    monkeypatch.setattr("sys.prefix", "/nowhere/3.11")


@pytest.fixture
def ours(tmp_path, monkeypatch):
    """Our own interpreter stands in for that of the environment that has the state machine libraries."""
    interpreter = tmp_path / "3.11-machines" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    interpreter.chmod(interpreter.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("sys.prefix", str(tmp_path / "3.11"))


async def rows_of(found):
    return [row async for row in found]


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (lambda: machines.against_machines(ONCE, 3), 11),
        (lambda: durable_peers.against_engines(ONCE, 3), 3),
        (lambda: against_psycopg.against_psycopg("postgresql://nowhere", ONCE, 3, 3), 4),
        (lambda: queues.against_queues(Servers(""), ONCE, 3, 3, queues.CASES[-1:]), 4),
    ],
    ids=["machines", "engines", "psycopg", "queues"],
)
@pytest.mark.usefixtures("nobody")
async def test_each_row_of_a_peer_that_is_not_installed_says_so(found, count):
    rows = await rows_of(found())
    assert [row.absent for row in rows] == [NOT_INSTALLED] * count
    assert all(row.verdict == "not measured" for row in rows)
    assert len({row.name for row in rows}) == count


@pytest.mark.usefixtures("nobody")
async def test_each_row_of_a_peer_whose_server_is_not_there_names_the_server():
    servers = Servers("", redis=f"redis://{CLOSED}/0", amqp=f"amqp://{CLOSED}//")
    rows = await rows_of(queues.against_queues(servers, ONCE, 3, 3))
    of = {row.name.split(":")[0].split(" / ")[1]: row.absent for row in rows}
    refused = "Connection refused"
    assert of == {
        "SAQ on Redis": f"there is no server: Redis, {refused}",
        "SAQ on PostgreSQL": "there is no server: PostgreSQL",
        "ARQ on Redis": f"there is no server: Redis, {refused}",
        "Celery on Redis": f"there is no server: Redis, {refused}",
        "Celery on RabbitMQ": f"there is no server: RabbitMQ, {refused}",
        "procrastinate on PostgreSQL": "there is no server: PostgreSQL",
        "pynenc on SQLite": NOT_INSTALLED,
    }
    (row, *_) = await rows_of(against_psycopg.against_psycopg("", ONCE, 3, 3))
    assert row.absent == "there is no server"


@pytest.mark.parametrize("part", ["State machine libraries", "Workflow engines", "Queues"])
@pytest.mark.usefixtures("nobody")
def test_the_parts_of_peers_are_run_by_their_headings_and_say_what_differs(tmp_path, monkeypatch, part):
    path = tmp_path / "bench.json"
    monkeypatch.setattr(bench, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--only", part, "--json", str(path)])
    bench.main()
    (found,) = json.loads(path.read_text(encoding="utf-8"))
    assert part in found["heading"]
    assert found["rows"]
    assert all(row["note"].startswith("differs: ") for row in found["rows"] if "handler to handler" not in row["name"])


@pytest.mark.usefixtures("ours")
async def test_two_state_machine_libraries_pay_orders_in_processes_of_their_own():
    cases = [case for case in machines.CASES if case.program in ("transitions", "python_statemachine")]
    rows = await rows_of(machines.against_machines(ONCE, 20, cases))
    assert [row.absent for row in rows] == [""] * 4
    assert all(row.ratios[0] > 0 for row in rows)
    assert [row.goal for row in rows] == [at_least(18), None, at_least(1.5), None]


@pytest.mark.usefixtures("ours")
def test_a_peer_that_breaks_is_reported_with_its_last_words():
    with (
        pytest.raises(Absent, match="it has ended: KeyError: 'mode'"),
        Peer.running("transitions", environment="machines") as peer,
    ):
        peer.carry_out(count=1)


@pytest.mark.usefixtures("ours")
def test_a_peer_that_does_not_answer_is_ended_and_reported(monkeypatch):
    with (
        pytest.raises(Absent, match=r"it did not answer within 0.2 seconds"),
        Peer.running("transitions", environment="machines") as peer,
    ):
        monkeypatch.setattr("tests.bench.peer._ANSWER_SECONDS", 0.2)
        peer.carry_out(mode="sync", count=10_000_000)


def test_what_a_peer_says_on_its_output_does_not_stand_between_its_answers(tmp_path, ours, monkeypatch):
    program = Path(answering.__file__).with_name("with_chatter.py")
    assert not program.exists()
    monkeypatch.setattr("tests.bench.peer._ROOT", tmp_path)
    home = tmp_path / "tests" / "bench" / "peers"
    home.mkdir(parents=True)
    (home / "answering.py").write_text(Path(answering.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    (home / program.name).write_text(
        "from tests.bench.peers.answering import answered\n"
        "def carry_out(asked):\n"
        "    print('chatter')\n"
        "    return {'seconds': asked['count'], 'processor': 0.5, 'hops': [1.0]}\n"
        "answered('1.0', carry_out)\n",
        encoding="utf-8",
    )
    with Peer.running("chatter", environment="machines") as peer:
        assert peer.version == "1.0"
        assert peer.carry_out(count=2) == (2, 0.5)
        assert peer.told(count=3)["hops"] == [1.0]


def test_percentiles_are_those_of_a_hundred():
    assert percentiles(range(1, 102)) == [51, 96, 100]
    assert percentiles([7.0, 7.0]) == [7.0, 7.0, 7.0]


async def test_moments_tell_the_way_from_handler_to_handler_and_when_all_is_done():
    moments = Moments()
    moments.expect(3)
    for _ in range(3):
        moments.begin()
        moments.finish()
    await moments.complete()
    assert len(moments.hops()) == 2
    assert all(one >= 0 for one in moments.hops())
    moments.expect(1)
    assert moments.hops() == []


def test_a_note_stands_beside_the_verdict_and_is_kept():
    rows = [
        Row("one", [2.0], at_least(1), note="differs: no disk"),
        Row("two", [], absent="it is gone", note="differs: no disk"),
        Row("three", [2.0], note="differs: no disk"),
    ]
    parts = [Part("Peers", {}, rows)]
    lines = as_tables(parts)
    assert "| met; differs: no disk |" in lines
    assert "| not measured: it is gone; differs: no disk |" in lines
    assert "|  | differs: no disk |" in lines
    assert kept(as_json(parts)) == parts


def test_the_order_of_the_peers_asks_for_its_money_when_it_is_paid():
    (order,) = orders.new_orders(1)
    order.charge(orders.AMOUNT)
    assert order.intent == orders.ChargeCard("o-0", orders.AMOUNT, "invoice")
