"""Machines of parts, played by chance: answers late and twice, time that skips, crashes; on values nobody thought of."""

from hypothesis import settings

from telic.patterns import approvals
from telic.testing import stateful
from tests.patterns import composed, crowds, expense, quotes, regions, timed

quick = settings(max_examples=8, stateful_step_count=12, deadline=None)
TestApprovals = stateful(approvals, settings=quick).TestCase
TestDesk = stateful(regions.desk, settings=quick).TestCase
TestDispatch = stateful(composed.dispatch, settings=quick).TestCase
TestDoor = stateful(timed.door, settings=quick).TestCase
TestExpense = stateful(expense.expense, settings=quick).TestCase
TestImports = stateful(crowds.imports, settings=quick).TestCase
TestJob = stateful(timed.job, settings=quick).TestCase
TestNewcomer = stateful(regions.newcomer, settings=quick).TestCase
TestQuotes = stateful(quotes.quotes, settings=quick).TestCase
TestRide = stateful(crowds.ride, settings=quick).TestCase
TestSensors = stateful(regions.sensors, settings=quick).TestCase
TestVisit = stateful(timed.visit, settings=quick).TestCase
