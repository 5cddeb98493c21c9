"""A streaming reader of event logs in XES, with a vocabulary for the loan log.

Here a file becomes frozen, typed records, one case at a time: memory holds one
case, whatever the size of the log. What the lines *mean* must never be here: the
reader knows which activities exist, not which may follow which. It guesses
nothing and repairs nothing either. A file that is not what it should be ends in
one `LogError`, after every case that was read whole has been handed over.
"""

import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

CHUNK = 16 * 1024


class ApplicationStep(StrEnum):
    """A step of the application itself (`A_*` in the log)."""

    SUBMITTED = "A_SUBMITTED"
    PARTLY_SUBMITTED = "A_PARTLYSUBMITTED"
    PREACCEPTED = "A_PREACCEPTED"
    ACCEPTED = "A_ACCEPTED"
    FINALIZED = "A_FINALIZED"
    APPROVED = "A_APPROVED"
    REGISTERED = "A_REGISTERED"
    ACTIVATED = "A_ACTIVATED"
    DECLINED = "A_DECLINED"
    CANCELLED = "A_CANCELLED"


class OfferStep(StrEnum):
    """A step of one of the application's offers (`O_*`); the log does not say of which."""

    SELECTED = "O_SELECTED"
    CREATED = "O_CREATED"
    SENT = "O_SENT"
    SENT_BACK = "O_SENT_BACK"
    ACCEPTED = "O_ACCEPTED"
    DECLINED = "O_DECLINED"
    CANCELLED = "O_CANCELLED"


class Work(StrEnum):
    """A kind of work that people do for an application (`W_*`)."""

    HANDLE_LEAD = "W_Afhandelen leads"
    COMPLETE_APPLICATION = "W_Completeren aanvraag"
    CALL_ABOUT_OFFER = "W_Nabellen offertes"
    VALIDATE = "W_Valideren aanvraag"
    CALL_ABOUT_FILE = "W_Nabellen incomplete dossiers"
    ASSESS_FRAUD = "W_Beoordelen fraude"
    CHANGE_CONTRACT = "W_Wijzigen contractgegevens"


class Lifecycle(StrEnum):
    """What happened to a piece of work: it was queued, taken up, or put down."""

    SCHEDULE = "SCHEDULE"
    START = "START"
    COMPLETE = "COMPLETE"


@dataclass(frozen=True, slots=True)
class Line:
    """What every line of the log says: which case, where in it, when, and by whom."""

    case: str
    position: int
    at: datetime
    resource: str | None


@dataclass(frozen=True, slots=True)
class ApplicationLine(Line):
    """The application took a step."""

    activity: ApplicationStep

    @property
    def lifecycle(self) -> Lifecycle:
        """Steps take no time, so the log only ever calls them complete."""
        return Lifecycle.COMPLETE


@dataclass(frozen=True, slots=True)
class OfferLine(Line):
    """One of the application's offers took a step."""

    activity: OfferStep

    @property
    def lifecycle(self) -> Lifecycle:
        """Steps take no time, so the log only ever calls them complete."""
        return Lifecycle.COMPLETE


@dataclass(frozen=True, slots=True)
class WorkLine(Line):
    """A piece of work was queued, taken up or put down."""

    activity: Work
    lifecycle: Lifecycle


LogLine: TypeAlias = ApplicationLine | OfferLine | WorkLine
"""Any line of the log: a closed union, so that `match` over it can be exhaustive."""


@dataclass(frozen=True, slots=True)
class Case:
    """One application with all its lines, in the order of the file, which is that of time."""

    id: str
    registered: datetime
    amount: int
    lines: tuple[LogLine, ...]


class LogError(Exception):
    """The file is not a log of this kind; says what was expected, what was there, and where.

    `case` and `position` are None where no case, or no line of it, had been reached.
    `cases_read` whole cases came before, and all of them have been yielded.
    """

    def __init__(self, expected: str, got: str, *, case: str | None, position: int | None, cases_read: int) -> None:
        """Keep every part as a field, and put all of them into the message."""
        self.expected = expected
        self.got = got
        self.case = case
        self.position = position
        self.cases_read = cases_read
        where = "in no named case" if case is None else f"in case {case}"
        line = "" if position is None else f", line {position}"
        super().__init__(f"expected {expected}, got {got}, {where}{line} ({cases_read} whole cases read before)")


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of an `.xes` or `.xes.gz` file one by one; raises `LogError`, last."""
    count = 0
    with closing(_traces(path)) as traces:
        while True:
            place = _Place()
            try:
                case = _next_case(traces, place)
            except _Fault as fault:
                raise LogError(
                    fault.expected,
                    fault.got,
                    case=place.case,
                    position=place.position,
                    cases_read=count,
                ) from fault.__cause__
            if case is None:
                return
            count += 1
            yield case


class _Fault(Exception):
    """What is wrong, before anybody has said where."""

    def __init__(self, expected: str, got: str) -> None:
        self.expected = expected
        self.got = got
        super().__init__(expected, got)


@dataclass(slots=True)
class _Place:
    """How far the reader has come; it only serves the error message."""

    case: str | None = None
    position: int | None = None


class _Source(Protocol):
    """Bytes, as they come: the part of a binary file that reading a log needs."""

    def read1(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


def _open(path: Path) -> _Source:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _chunks(path: Path) -> Iterator[bytes]:
    """Give out all that can be read before a broken end is reported."""
    with closing(_open(path)) as source:
        while True:
            try:
                chunk = source.read1(CHUNK)
            except EOFError as error:
                raise _Fault("the end of the compressed data", "a truncated file") from error
            except (gzip.BadGzipFile, zlib.error) as error:
                raise _Fault("sound gzip data", str(error)) from error
            if not chunk:
                return
            yield chunk


def _traces(path: Path) -> Generator[Element, None, None]:
    """Yield each `<trace>` once it is whole; nothing else is kept, be the header ever so large."""
    around: list[Element] = []
    for kind, element in _events(path):
        if kind == "start":
            around.append(_checked(element, depth=len(around)))
            continue
        around.pop()
        if len(around) == 1 and _name(element) == "trace":
            yield element
        if around and not (len(around) > 1 and _name(around[1]) == "trace"):
            around[-1].clear()


def _events(path: Path) -> Generator[tuple[str, Element], None, None]:
    """Parse chunk by chunk; what was seen before a fault is given out before the fault."""
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    seen = False
    for chunk in _chunks(path):
        seen = True
        yield from _fed(parser, chunk)
    if not seen:
        raise _Fault("a <log> element", "an empty file")
    try:
        parser.close()
    except ParseError as error:
        raise _Fault("a whole XML document", str(error)) from error


def _fed(parser: "XMLPullParser[Element]", chunk: bytes) -> Iterator[tuple[str, Element]]:
    """Feed one chunk; the parser itself queues a fault behind what came before it."""
    try:
        parser.feed(chunk)
        for event in parser.read_events():
            if len(event) == 2 and isinstance(event[1], Element):
                yield event[0], event[1]
    except ParseError as error:
        raise _Fault("well-formed XML", str(error)) from error


def _checked(element: Element, *, depth: int) -> Element:
    """The outermost element must be a log; inside it, anything may be."""
    if depth == 0 and _name(element) != "log":
        raise _Fault("a <log> element", f"<{_name(element)}>")
    return element


def _name(element: Element) -> str:
    """The element's name without its namespace: old logs have none."""
    return element.tag.rpartition("}")[2]


def _next_case(traces: Iterator[Element], place: _Place) -> Case | None:
    trace = next(traces, None)
    return None if trace is None else _case(trace, place)


def _case(trace: Element, place: _Place) -> Case:
    values = _values(trace)
    case = place.case = _text(values, "concept:name")
    registered = _instant(_text(values, "REG_DATE"))
    amount = _amount(_text(values, "AMOUNT_REQ"))
    lines: list[LogLine] = []
    for event in (child for child in trace if _name(child) == "event"):
        place.position = len(lines)
        line = _line(case, len(lines), _values(event))
        if lines and line.at < lines[-1].at:
            raise _Fault(f"a time not before {lines[-1].at.isoformat()}", line.at.isoformat())
        lines.append(line)
    return Case(id=case, registered=registered, amount=amount, lines=tuple(lines))


def _line(case: str, position: int, values: dict[str, str]) -> LogLine:
    activity = _activity(_text(values, "concept:name"))
    lifecycle = _lifecycle(_text(values, "lifecycle:transition"))
    at = _instant(_text(values, "time:timestamp"))
    resource = values.get("org:resource")
    if isinstance(activity, Work):
        return WorkLine(case, position, at, resource, activity, lifecycle)
    if lifecycle is not Lifecycle.COMPLETE:
        raise _Fault(f"{activity} to be COMPLETE", lifecycle)
    if isinstance(activity, OfferStep):
        return OfferLine(case, position, at, resource, activity)
    return ApplicationLine(case, position, at, resource, activity)


def _values(element: Element) -> dict[str, str]:
    """The attributes of a trace or an event: key to text; nested ones are not ours."""
    pairs = ((child.get("key"), child.get("value")) for child in element)
    return {key: value for key, value in pairs if key is not None and value is not None}


def _text(values: dict[str, str], key: str) -> str:
    value = values.get(key)
    if value is None:
        raise _Fault(f"the attribute {key}", "none")
    return value


_ACTIVITIES: dict[str, ApplicationStep | OfferStep | Work] = {
    **{step.value: step for step in ApplicationStep},
    **{step.value: step for step in OfferStep},
    **{work.value: work for work in Work},
}
_LIFECYCLES = {lifecycle.value: lifecycle for lifecycle in Lifecycle}


def _activity(text: str) -> ApplicationStep | OfferStep | Work:
    activity = _ACTIVITIES.get(text)
    if activity is None:
        raise _Fault("a known activity", repr(text))
    return activity


def _lifecycle(text: str) -> Lifecycle:
    lifecycle = _LIFECYCLES.get(text)
    if lifecycle is None:
        raise _Fault("SCHEDULE, START or COMPLETE", repr(text))
    return lifecycle


def _amount(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _Fault("AMOUNT_REQ as a whole number", repr(text))
    return int(text)


def _instant(text: str) -> datetime:
    """Read an instant with its offset, and keep it in UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Fault("a timestamp", repr(text)) from error
    if instant.tzinfo is None:
        raise _Fault("a timestamp with an offset", repr(text))
    return instant.astimezone(UTC)
