"""An order: pay, reserve, ship, refund; and the bug that most order systems have."""
