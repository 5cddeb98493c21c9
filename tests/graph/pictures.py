"""Machines made up at random, for pictures only; and what all pictures have to fulfil."""

from hypothesis import strategies as st

from telic.graph import Arrow, Node, View
from telic.graph.planning import Plan
from telic.graph.views import Cause

NAMES = st.text("AbcdefghijklmnoPqrstuvwxyz", min_size=1, max_size=14)


@st.composite
def views(draw, most=14):
    """A view of up to so many states, with any arrows between them."""
    count = draw(st.integers(1, most))
    names = [f"{draw(NAMES)}{number}" for number in range(count)]
    ends = st.tuples(st.sampled_from(["", *names]), st.sampled_from(names))
    arrows = [
        Arrow(source, target, draw(NAMES), draw(st.sampled_from(Cause)), "go", tuple(draw(st.lists(NAMES, max_size=2))))
        for source, target in draw(st.lists(ends, max_size=2 * most))
    ]
    return View("any", tuple(Node(name, name.lower()) for name in names), tuple(arrows))


def apart(one, other, slack=0.05):
    """Whether two rectangles share no place."""
    return (
        one.x + one.width <= other.x + slack
        or other.x + other.width <= one.x + slack
        or one.y + one.height <= other.y + slack
        or other.y + other.height <= one.y + slack
    )


def labels(plan: Plan):
    """The places of the labels, as rectangles."""
    from telic.graph.planning import Drawn

    return [
        Drawn(
            path.label_at[0] - path.label.width / 2,
            path.label_at[1] - path.label.height / 2,
            path.label.width,
            path.label.height,
        )
        for path in plan.paths
        if path.label.lines
    ]
