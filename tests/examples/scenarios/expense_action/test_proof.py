"""What is proved of the expense."""

from examples.scenarios.expense_action.machine import ExpenseId, SubmitReview, expense_action
from telic.testing import suite
from telic.verify import Domain, ended, eventually, weak

EXPENSES = Domain().each(ExpenseId, ExpenseId("e-1")).field(SubmitReview, "reviewer_notes", "fine").actors("ann")

TestExpenseAction = suite(
    expense_action,
    domain=EXPENSES,
    check=[eventually("every expense is reviewed once somebody has", ended, fair=weak(SubmitReview))],
    graph="expense_action.graph.json",
    worlds=4,
)
