"""Plans: nothing lies on anything else, whatever the machine; what is nested lies inside."""

from itertools import combinations

from hypothesis import given

from telic.graph import Arrow, Node, View, view
from telic.graph.planning import Drawn, plan_of
from telic.graph.views import Cause
from tests.graph.fulfilment import fulfilment
from tests.graph.pictures import apart, labels, views


@given(views())
def test_boxes_and_labels_never_lie_on_each_other(seen):
    plan = plan_of(seen)
    places = [shape.at for shape in plan.shapes] + labels(plan)
    assert all(apart(one, other) for one, other in combinations(places, 2))


@given(views())
def test_everything_lies_within_the_picture(seen):
    plan = plan_of(seen)
    for at in [shape.at for shape in plan.shapes] + labels(plan):
        assert at.x >= -0.05
        assert at.y >= -0.05
        assert at.x + at.width <= plan.width + 0.05
        assert at.y + at.height <= plan.height + 0.05


@given(views())
def test_every_arrow_leads_from_the_border_of_its_source_to_that_of_its_target(seen):
    plan = plan_of(seen)
    at = {shape.box.node.name if shape.box else "": shape.at for shape in plan.shapes}
    drawn = {(path.source, path.target) for path in plan.paths}
    assert drawn == {(one.source, one.target) for one in seen.arrows if one.source != one.target}
    for path in plan.paths:
        for (x, y), box in ((path.points[0], at[path.source]), (path.points[-1], at[path.target])):
            assert box.x - 0.05 <= x <= box.x + box.width + 0.05
            assert min(abs(y - box.y), abs(y - box.y - box.height)) < 0.05


@given(views())
def test_a_machine_has_one_picture(seen):
    assert plan_of(seen) == plan_of(seen)


def test_a_machine_of_sixty_states_is_planned_without_a_crossing_when_it_is_a_tree():
    names = [f"State{number}" for number in range(60)]
    arrows = [Arrow(names[(n - 1) // 2], names[n], "Go", Cause.COMMAND, "go") for n in range(1, 60)]
    plan = plan_of(View("tree", tuple(Node(one, one) for one in names), tuple(arrows)))
    at = {shape.box.node.name: shape.at for shape in plan.shapes if shape.box}
    level = [at[name].x + at[name].width / 2 for name in names[31:]]
    assert level == sorted(level)


def test_regions_lie_side_by_side_within_the_box_of_their_state():
    plan = plan_of(view(fulfilment))
    whole = next(shape.at for shape in plan.shapes if shape.box and shape.box.node.name == "Fulfilling")
    items, money = (frame.at for frame in plan.frames)
    assert [frame.title for frame in plan.frames] == ["items: any number, by key", "money"]
    assert apart(items, money)
    assert items.y == money.y
    assert all(_within(one, whole) for one in (items, money))
    inner = {shape.box.node.name: shape.at for shape in plan.shapes if shape.box}
    assert all(_within(inner[name], items) for name in ("Lying", "Picked"))
    assert all(_within(inner[name], money) for name in ("Owed", "Paid"))


def test_a_region_that_several_states_hold_is_drawn_once_below():
    from examples.loan.machine import loan

    plan = plan_of(view(loan))
    assert sorted(frame.title for frame in plan.frames) == ["offers: any number, by key", "work: any number, by key"]
    lowest = max(shape.at.y for shape in plan.shapes if shape.box and shape.box.node.name == "Activated")
    assert all(frame.at.y > lowest for frame in plan.frames)


def test_what_happens_in_a_state_stands_in_its_box():
    plan = plan_of(view(fulfilment))
    box = next(shape.box for shape in plan.shapes if shape.box and shape.box.node.name == "Reviewed")
    assert [row[0].text for row in box.stays] == ["Approve", "TooLate"]
    assert [line.text for line in box.lines] == ["Reviewed"]


def _within(inner: Drawn, outer: Drawn) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )
