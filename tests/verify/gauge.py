"""What the gate uses of another module of its user."""

LIMIT = 2


def is_full(guests: int) -> bool:
    return guests == LIMIT
