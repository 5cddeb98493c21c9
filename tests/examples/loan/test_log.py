"""The log reader: what it yields, in which order, and how it fails.

Here every file is a real one, written by the test. The real log must never be
needed here: what it contains is checked where the model is held against it.
"""

import gzip
import tracemalloc
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from examples.loan.generator import generate, write_xes
from examples.loan.log import (
    ApplicationLine,
    ApplicationStep,
    Case,
    Lifecycle,
    LogError,
    OfferLine,
    OfferStep,
    Work,
    WorkLine,
    read_cases,
)

HEAD = '<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">'
TRACE = (
    '<date key="REG_DATE" value="2011-10-01T00:38:44.546+02:00"/>'
    '<string key="concept:name" value="17"/><string key="AMOUNT_REQ" value="20000"/>'
)


def event(
    activity: str = "A_SUBMITTED",
    lifecycle: str = "COMPLETE",
    at: str = "2011-10-01T00:38:44.546+02:00",
    resource: str | None = "112",
) -> str:
    """One event, as it stands in a file."""
    by = "" if resource is None else f'<string key="org:resource" value="{resource}"/>'
    return (
        f'<event>{by}<string key="lifecycle:transition" value="{lifecycle}"/>'
        f'<string key="concept:name" value="{activity}"/>'
        f'<date key="time:timestamp" value="{at}"/></event>'
    )


def written(tmp_path: Path, *events: str, head: str = HEAD, trace: str = TRACE) -> Path:
    """A log of two cases: a good one, and one with these events."""
    path = tmp_path / "log.xes"
    good = f"<trace>{TRACE}{event()}</trace>"
    text = f"{head}{good}<trace>{trace}{''.join(events)}</trace></log>"
    path.write_text(text, encoding="utf-8")
    return path


def read_until_fault(path: Path) -> tuple[list[Case], LogError]:
    """Everything that came before the error, and the error."""
    cases: list[Case] = []
    with pytest.raises(LogError) as caught:
        cases.extend(read_cases(path))
    return cases, caught.value


def test_reads_each_line_as_what_it_is(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        event("A_SUBMITTED"),
        event("W_Valideren aanvraag", "START", "2011-10-02T10:00:00.000+02:00", None),
        event("O_SENT_BACK", "COMPLETE", "2011-11-02T10:00:00.000+01:00", "9"),
    )
    _, case = read_cases(path)
    first = datetime(2011, 9, 30, 22, 38, 44, 546000, UTC)
    assert case == Case(
        "17",
        first,
        20_000,
        (
            ApplicationLine("17", 0, first, "112", ApplicationStep.SUBMITTED),
            WorkLine(
                "17",
                1,
                datetime(2011, 10, 2, 8, tzinfo=UTC),
                None,
                Work.VALIDATE,
                Lifecycle.START,
            ),
            OfferLine("17", 2, datetime(2011, 11, 2, 9, tzinfo=UTC), "9", OfferStep.SENT_BACK),
        ),
    )
    assert all(line.at.tzinfo is UTC for line in case.lines)
    assert case.lines[0].lifecycle is case.lines[2].lifecycle is Lifecycle.COMPLETE


def test_records_are_frozen(tmp_path: Path) -> None:
    case = next(read_cases(written(tmp_path)))
    with pytest.raises(AttributeError):
        case.amount = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        case.lines[0].position = 1  # type: ignore[misc]


def test_lines_of_one_instant_keep_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, event("A_APPROVED"), event("O_ACCEPTED"), event("A_ACTIVATED"))
    _, case = read_cases(path)
    assert [line.activity for line in case.lines] == ["A_APPROVED", "O_ACCEPTED", "A_ACTIVATED"]
    assert [line.position for line in case.lines] == [0, 1, 2]


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_packed_and_plain_files_read_alike(tmp_path: Path, name: str) -> None:
    cases = list(generate(30, seed=3))
    write_xes(tmp_path / name, cases)
    assert list(read_cases(tmp_path / name)) == cases


def test_a_log_without_a_namespace_or_without_cases_is_a_log(tmp_path: Path) -> None:
    assert len(list(read_cases(written(tmp_path, event(), head="<log>")))) == 2
    empty = tmp_path / "none.xes"
    empty.write_text("<log/>")
    assert list(read_cases(empty)) == []


def test_metadata_of_the_log_is_skipped(tmp_path: Path) -> None:
    noise = '<int key="total" value="2"><string key="concept:name" value="x"/></int>'
    noise += '<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>'
    assert len(list(read_cases(written(tmp_path, event(), head=HEAD + noise)))) == 2


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    noise = "".join(f'<int key="{number}" value="1"/>' for number in range(50_000))
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(f'{HEAD}<int key="all" value="1">{noise}</int>')
        for _ in range(400):
            file.write(f"<trace>{TRACE}{event() * 20}</trace>")
        file.write("</log>")
    tracemalloc.start()
    assert sum(1 for _ in read_cases(path)) == 400
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_reading_may_stop_early(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    write_xes(path, generate(50))
    cases = read_cases(path)
    assert len(list(islice(cases, 3))) == 3
    path.unlink()


def test_a_truncated_packed_log_yields_what_is_whole_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    told = list(generate(200))
    write_xes(path, told)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    cases, error = read_until_fault(path)
    assert 50 < len(cases) < 150
    assert cases == told[: len(cases)]
    assert error.cases_read == len(cases)
    assert error.case is None and error.position is None
    assert str(error) == (
        "expected the end of the compressed data, got a truncated file, "
        f"in no named case ({len(cases)} whole cases read before)"
    )


def test_a_truncated_plain_log(tmp_path: Path) -> None:
    path = written(tmp_path, event())
    path.write_text(path.read_text()[:-40])
    cases, error = read_until_fault(path)
    assert (len(cases), error.cases_read) == (1, 1)
    assert error.expected == "a whole XML document"


def test_broken_xml_after_a_good_case(tmp_path: Path) -> None:
    cases, error = read_until_fault(written(tmp_path, event(), "<event></trace>"))
    assert (len(cases), error.cases_read) == (1, 1)
    assert error.expected == "well-formed XML"
    assert "mismatched tag" in error.got


def test_damaged_gzip_data(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    write_xes(path, generate(20))
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF  # the checksum at the end: all cases are whole, and still the file is not
    path.write_bytes(data)
    cases, error = read_until_fault(path)
    assert (len(cases), error.cases_read) == (20, 20)
    assert error.expected == "sound gzip data"


def test_not_gzip_at_all(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    path.write_text("<log/>")
    assert read_until_fault(path)[1].expected == "sound gzip data"


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    cases, error = read_until_fault(path)
    assert (cases, error.got, error.cases_read) == ([], "an empty file", 0)


def test_the_wrong_root(tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text(f"<html><trace>{TRACE}</trace></html>")
    cases, error = read_until_fault(path)
    assert (cases, error.expected, error.got) == ([], "a <log> element", "<html>")


def test_a_missing_file_is_no_broken_log(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(read_cases(tmp_path / "none.xes"))


NO_TIME = (
    '<event><string key="lifecycle:transition" value="COMPLETE"/>'
    '<string key="concept:name" value="A_SUBMITTED"/></event>'
)


@pytest.mark.parametrize(
    ("broken", "expected", "got"),
    [
        (NO_TIME, "the attribute time:timestamp", "none"),
        (event(at="yesterday"), "a timestamp", "'yesterday'"),
        (event(at="2011-10-01T01:00:00"), "a timestamp with an offset", "'2011-10-01T01:00:00'"),
        (event(lifecycle="SUSPEND"), "SCHEDULE, START or COMPLETE", "'SUSPEND'"),
        (event("A_SUBMITTED", "START"), "A_SUBMITTED to be COMPLETE", "START"),
        (event("O_SENT", "SCHEDULE"), "O_SENT to be COMPLETE", "SCHEDULE"),
        (event("A_FORGOTTEN"), "a known activity", "'A_FORGOTTEN'"),
        (
            event(at="2011-09-30T22:38:44.545+00:00"),
            "a time not before 2011-09-30T22:38:44.546000+00:00",
            "2011-09-30T22:38:44.545000+00:00",
        ),
    ],
)
def test_a_bad_line_is_named_with_its_place(tmp_path: Path, broken: str, expected: str, got: str) -> None:
    cases, error = read_until_fault(written(tmp_path, event(), broken, event()))
    assert len(cases) == error.cases_read == 1
    assert (error.expected, error.got) == (expected, got)
    assert (error.case, error.position) == ("17", 1)
    assert str(error).endswith("in case 17, line 1 (1 whole cases read before)")


@pytest.mark.parametrize(
    ("trace", "expected", "case"),
    [
        (TRACE.replace("concept:name", "name"), "the attribute concept:name", None),
        (TRACE.replace("REG_DATE", "DATE"), "the attribute REG_DATE", "17"),
        (TRACE.replace("AMOUNT_REQ", "AMOUNT"), "the attribute AMOUNT_REQ", "17"),
        (TRACE.replace("20000", "-1"), "AMOUNT_REQ as a whole number", "17"),
        (TRACE.replace("20000", "UNKNOWN"), "AMOUNT_REQ as a whole number", "17"),
    ],
)
def test_a_bad_case_is_named(tmp_path: Path, trace: str, expected: str, case: str | None) -> None:
    cases, error = read_until_fault(written(tmp_path, event(), trace=trace))
    assert len(cases) == error.cases_read == 1
    assert (error.expected, error.case, error.position) == (expected, case, None)
