"""Makes up loan logs of the same grammar as the bank's, from a seed.

Here is a teller of made-up applications, and a writer that puts cases into the
file format which the reader reads, so that whoever has not got the real log runs
the very same program on a small one. The shares (who is declined, how often an
offer is replaced, how much work comes late or fits nothing) are those counted in
the real log. Nothing of the real log's text must ever be here, and no randomness
but that of the seed: same seed, same bytes.
"""

import gzip
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from examples.loan.log import (
    ApplicationLine,
    ApplicationStep,
    Case,
    Lifecycle,
    LogLine,
    OfferLine,
    OfferStep,
    Work,
    WorkLine,
)

DEFAULT_CASES = 1_000
DEFAULT_SEED = 42
FIRST_CASE = 100_000
FIRST_DAY = datetime(2031, 1, 6, 7, 0, tzinfo=UTC)
SYSTEM = "1"
PEOPLE = tuple(str(number) for number in range(501, 541))

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Misfit(StrEnum):
    """Work lines that no work item can take; the real log has 52 such among 170,107."""

    QUEUED_TWICE = "queued twice"
    TAKEN_UP_TWICE = "taken up twice"
    TAKEN_UP_AFTER_CLOSE = "taken up after it was closed"


def generate(cases: int = DEFAULT_CASES, seed: int = DEFAULT_SEED) -> Iterator[Case]:
    """Tell so many applications, in the order in which they were registered."""
    rng = random.Random(seed)
    registered = FIRST_DAY
    for number in range(cases):
        registered += timedelta(milliseconds=rng.randrange(MINUTE, 30 * MINUTE))
        yield _Story(rng, str(FIRST_CASE + number), registered).told()


def write_xes(path: Path, cases: Iterable[Case]) -> None:
    """Write the cases as an `.xes` or `.xes.gz` file; equal cases make equal bytes."""
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            _write(raw, cases)
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            _write(packed, cases)


def _write(target: BinaryIO | gzip.GzipFile, cases: Iterable[Case]) -> None:
    text = TextIOWrapper(target, encoding="utf-8", newline="\n", write_through=True)
    text.write('<?xml version="1.0" encoding="UTF-8" ?>\n')
    text.write('<log xes.version="1.0" xmlns="http://www.xes-standard.org/">\n')
    for case in cases:
        text.write("".join(_trace(case)))
    text.write("</log>\n")
    text.detach()


def _trace(case: Case) -> Iterator[str]:
    yield "\t<trace>\n"
    yield _attribute("date", "REG_DATE", _moment(case.registered), 2)
    yield _attribute("string", "concept:name", case.id, 2)
    yield _attribute("string", "AMOUNT_REQ", str(case.amount), 2)
    for line in case.lines:
        yield "\t\t<event>\n"
        if line.resource is not None:
            yield _attribute("string", "org:resource", line.resource, 3)
        yield _attribute("string", "lifecycle:transition", line.lifecycle, 3)
        yield _attribute("string", "concept:name", line.activity, 3)
        yield _attribute("date", "time:timestamp", _moment(line.at), 3)
        yield "\t\t</event>\n"
    yield "\t</trace>\n"


def _attribute(kind: str, key: str, value: str, depth: int) -> str:
    return f"{'	' * depth}<{kind} key={quoteattr(key)} value={quoteattr(value)}/>\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


class _Pen:
    """Writes lines of one case, each at its time and by whoever is at work."""

    def __init__(self, rng: random.Random, case: str, at: datetime) -> None:
        self.rng = rng
        self.case = case
        self.at = at
        self.by: str | None = SYSTEM
        self.lines: list[LogLine] = []

    def chance(self, share: float) -> bool:
        """True in that share of the times."""
        return self.rng.random() < share

    def several(self, more: float) -> int:
        """None, one or many: each further one with the same chance."""
        count = 0
        while count < 20 and self.chance(more):
            count += 1
        return count

    def wait(self, least: int, most: int) -> None:
        """Let time pass, in milliseconds."""
        self.at += timedelta(milliseconds=self.rng.randrange(least, most))

    def application(self, step: ApplicationStep) -> None:
        """The application takes a step."""
        self.lines.append(ApplicationLine(self.case, len(self.lines), self.at, self.by, step))

    def offer(self, step: OfferStep) -> None:
        """An offer takes a step."""
        self.lines.append(OfferLine(self.case, len(self.lines), self.at, self.by, step))

    def work(self, work: Work, lifecycle: Lifecycle) -> None:
        """Something happens to a piece of work."""
        line = WorkLine(self.case, len(self.lines), self.at, self.by, work, lifecycle)
        self.lines.append(line)


class _Desk:
    """People at work: they queue work, take it up, put it down, and strike it off."""

    def __init__(self, pen: _Pen, misfit: Misfit | None) -> None:
        self.pen = pen
        self.misfit = misfit

    def queue(self, work: Work) -> None:
        """Ask for work to be done."""
        self.pen.wait(20, 2 * SECOND)
        self.pen.work(work, Lifecycle.SCHEDULE)
        if self._spoils(Misfit.QUEUED_TWICE):
            self.queue(work)

    def take_up(self, work: Work) -> None:
        """Somebody sits down to it, some hours later."""
        self.pen.wait(MINUTE, 2 * DAY)
        self.pen.by = None if self.pen.chance(0.08) else self.pen.rng.choice(PEOPLE)
        self.pen.work(work, Lifecycle.START)
        if self._spoils(Misfit.TAKEN_UP_TWICE):
            self.take_up(work)

    def put_down(self, work: Work) -> None:
        """The same person stops: the work is done, or will be taken up again."""
        self.pen.wait(SECOND, 5 * MINUTE)
        self.pen.work(work, Lifecycle.COMPLETE)

    def strike_off(self, work: Work) -> None:
        """Work that nobody has in hand is closed."""
        self.pen.wait(SECOND, 2 * DAY)
        self.pen.work(work, Lifecycle.COMPLETE)

    def sit(self, work: Work, more: float) -> None:
        """Take it up and put it down again, a number of times, to no effect."""
        for _ in range(self.pen.several(more)):
            self.take_up(work)
            self.put_down(work)
            if self._spoils(Misfit.TAKEN_UP_AFTER_CLOSE):
                self.strike_off(work)

    def _spoils(self, misfit: Misfit) -> bool:
        if self.misfit is not misfit or not self.pen.chance(0.5):
            return False
        self.misfit = None
        return True


class _Story:
    """One application, from its submission to wherever it has got to."""

    def __init__(self, rng: random.Random, case: str, registered: datetime) -> None:
        self.registered = registered
        self.amount = rng.randrange(10, 500) * 100
        self.pen = _Pen(rng, case, registered)
        misfit = rng.choice(tuple(Misfit)) if rng.random() < 0.006 else None
        self.desk = _Desk(self.pen, misfit)

    def told(self) -> Case:
        """Tell the story and hand it over."""
        self._submit()
        return Case(self.pen.case, self.registered, self.amount, tuple(self.pen.lines))

    def _submit(self) -> None:
        pen = self.pen
        pen.application(ApplicationStep.SUBMITTED)
        pen.wait(50, SECOND)
        pen.application(ApplicationStep.PARTLY_SUBMITTED)
        share = pen.rng.random()
        if share < 0.265:
            pen.wait(10 * SECOND, MINUTE)
            pen.application(ApplicationStep.DECLINED)
        elif share < 0.633:
            pen.wait(10 * SECOND, MINUTE)
            self._preaccept()
            self._complete()
        elif share < 0.638:
            self._suspect()
        else:
            self._lead()

    def _suspect(self) -> None:
        """Fraud is suspected at once, and found."""
        self.desk.queue(Work.ASSESS_FRAUD)
        self.desk.sit(Work.ASSESS_FRAUD, 0.6)
        self.desk.take_up(Work.ASSESS_FRAUD)
        self.pen.application(ApplicationStep.DECLINED)
        self.desk.put_down(Work.ASSESS_FRAUD)

    def _lead(self) -> None:
        """Somebody has to talk to the applicant first."""
        self.desk.queue(Work.HANDLE_LEAD)
        self.desk.sit(Work.HANDLE_LEAD, 0.2)
        self.desk.take_up(Work.HANDLE_LEAD)
        self.pen.wait(SECOND, 10 * MINUTE)
        goes_on = self.pen.chance(0.53)
        if goes_on:
            self._preaccept()
        else:
            self.pen.application(ApplicationStep.DECLINED)
        self.desk.put_down(Work.HANDLE_LEAD)
        if goes_on:
            self._complete()

    def _preaccept(self) -> None:
        self.pen.application(ApplicationStep.PREACCEPTED)
        self.desk.queue(Work.COMPLETE_APPLICATION)

    def _complete(self) -> None:
        """The application is completed with the applicant, in several sittings."""
        work = Work.COMPLETE_APPLICATION
        self.desk.sit(work, 0.7)
        share = self.pen.rng.random()
        if share < 0.009:
            return
        if share < 0.064:
            self._lapse(work)
            return
        self.desk.take_up(work)
        if share < 0.158:
            self.pen.application(ApplicationStep.CANCELLED)
        elif share < 0.306:
            self.pen.application(ApplicationStep.DECLINED)
        else:
            self._accept()
            return
        self.desk.put_down(work)

    def _lapse(self, work: Work) -> None:
        """Nothing has come for weeks: the work is struck off, and the application with it."""
        self.pen.wait(20 * DAY, 30 * DAY)
        self.desk.strike_off(work)
        self.pen.by = SYSTEM
        self.pen.wait(1, 100)
        self.pen.application(ApplicationStep.CANCELLED)

    def _accept(self) -> None:
        self.pen.wait(MINUTE, 20 * MINUTE)
        self.pen.application(ApplicationStep.ACCEPTED)
        share = self.pen.rng.random()
        if share < 0.019:
            self.pen.wait(MINUTE, HOUR)
            lost = share < 0.013
            self.pen.application(ApplicationStep.CANCELLED if lost else ApplicationStep.DECLINED)
            self.desk.put_down(Work.COMPLETE_APPLICATION)
            return
        self.pen.wait(MINUTE, HOUR)
        self._first_offer()
        self.desk.queue(Work.CALL_ABOUT_OFFER)
        self.desk.put_down(Work.COMPLETE_APPLICATION)
        for _ in range(self.pen.several(0.25)):
            self.desk.sit(Work.CALL_ABOUT_OFFER, 0.5)
            self._replace_offer()
        self.desk.sit(Work.CALL_ABOUT_OFFER, 0.74)
        self._answer()

    def _first_offer(self) -> None:
        if self.pen.chance(0.58):
            self.pen.offer(OfferStep.SELECTED)
            self.pen.application(ApplicationStep.FINALIZED)
        else:
            self.pen.application(ApplicationStep.FINALIZED)
            self.pen.offer(OfferStep.SELECTED)
        self._send_offer()

    def _send_offer(self) -> None:
        self.pen.wait(SECOND, 3 * SECOND)
        self.pen.offer(OfferStep.CREATED)
        self.pen.wait(20, 100)
        self.pen.offer(OfferStep.SENT)

    def _replace_offer(self) -> None:
        """In the middle of a call: the old offer goes, a new one comes, and with it a new call."""
        self.desk.take_up(Work.CALL_ABOUT_OFFER)
        steps = [OfferStep.SELECTED, OfferStep.CANCELLED]
        self.pen.wait(MINUTE, HOUR)
        for step in steps if self.pen.chance(0.5) else reversed(steps):
            self.pen.offer(step)
        self._send_offer()
        self.desk.queue(Work.CALL_ABOUT_OFFER)
        self.desk.put_down(Work.CALL_ABOUT_OFFER)

    def _answer(self) -> None:
        """What the applicant does with the offer."""
        share = self.pen.rng.random()
        if share < 0.048:
            return
        if share < 0.36:
            self._cancel()
            return
        self.desk.take_up(Work.CALL_ABOUT_OFFER)
        self.pen.wait(SECOND, 10 * MINUTE)
        self.pen.offer(OfferStep.SENT_BACK)
        self.desk.queue(Work.VALIDATE)
        self.desk.put_down(Work.CALL_ABOUT_OFFER)
        if share < 0.38:
            return
        self._validate()

    def _cancel(self) -> None:
        """The offer and the application fall together, in either order."""
        work, pen = Work.CALL_ABOUT_OFFER, self.pen
        lapses = pen.chance(0.3)
        if lapses:
            pen.wait(20 * DAY, 30 * DAY)
            self.desk.strike_off(work)
            pen.by = SYSTEM
        else:
            self.desk.take_up(work)
        first = pen.chance(0.53)
        if not first:
            pen.offer(OfferStep.CANCELLED)
        pen.application(ApplicationStep.CANCELLED)
        if first:
            pen.wait(1, 100)
            pen.offer(OfferStep.CANCELLED)
        if not lapses:
            self._leave(work)

    def _leave(self, work: Work) -> None:
        """The outcome is known; work still goes on for a while."""
        self.desk.put_down(work)
        if self.pen.chance(0.02):
            self.desk.take_up(work)
            self.desk.put_down(work)
        if self.pen.chance(0.03):
            self.desk.strike_off(work)

    def _validate(self) -> None:
        """The file is checked; while papers are missing, somebody calls for them."""
        self.desk.sit(Work.VALIDATE, 0.3)
        for _ in range(self.pen.several(0.4)):
            self.desk.take_up(Work.VALIDATE)
            self.desk.queue(Work.CALL_ABOUT_FILE)
            self.desk.put_down(Work.VALIDATE)
            self.desk.sit(Work.CALL_ABOUT_FILE, 0.85)
            self.desk.take_up(Work.CALL_ABOUT_FILE)
            self.desk.queue(Work.VALIDATE)
            self.desk.put_down(Work.CALL_ABOUT_FILE)
            self.desk.sit(Work.VALIDATE, 0.3)
        self.desk.take_up(Work.VALIDATE)
        self.pen.wait(MINUTE, HOUR)
        if self.pen.chance(0.26):
            self._decline()
        else:
            self._grant()

    def _decline(self) -> None:
        late = self.pen.chance(0.48)
        if not late:
            self.pen.offer(OfferStep.DECLINED)
        self.pen.application(ApplicationStep.DECLINED)
        if late:
            self.pen.offer(OfferStep.DECLINED)
        self.desk.put_down(Work.VALIDATE)

    def _grant(self) -> None:
        """Approved, registered, activated, and the offer accepted: in whatever order."""
        steps: list[ApplicationStep | OfferStep] = [
            ApplicationStep.APPROVED,
            ApplicationStep.REGISTERED,
            ApplicationStep.ACTIVATED,
            OfferStep.ACCEPTED,
        ]
        self.pen.rng.shuffle(steps)
        for step in steps:
            if isinstance(step, OfferStep):
                self.pen.offer(step)
            else:
                self.pen.application(step)
        self._leave(Work.VALIDATE)
        if self.pen.chance(0.01):
            self.pen.wait(DAY, 30 * DAY)
            self.desk.queue(Work.CHANGE_CONTRACT)
