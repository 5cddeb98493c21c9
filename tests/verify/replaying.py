"""Replays a counterexample: each step by the state's own code, and each as a step of the graph.

What is not done here: judging whether the way is fair; its tests know what fairness they asked for.
"""

from telic.kernel.dispatch import info_of
from telic.verify import Report, Trace
from telic.verify.traces import TraceStep


def replayed(report: Report, trace: Trace) -> None:
    """Hold a way that never ends to be one: step follows step, and the cycle closes."""
    graph = report.graph
    first, *others = [*trace.steps, *trace.cycle]
    assert first.before is None
    here = {place for place in range(graph.starts) if graph.shown(place) == first.after}
    assert here, "it begins with a start"
    before = first
    for step in others:
        assert step.before == before.after
        here = {
            target
            for place in here
            for label, target in graph.steps(place)
            if graph.move(label) == step.move and graph.shown(target) == step.after
        }
        assert here, f"step {step.number} is no step of the graph"
        _by_the_state_itself(step)
        before = step
    if trace.cycle:
        assert trace.cycle[-1].after == trace.steps[-1].after
    assert trace.stays is not bool(trace.cycle)


def _by_the_state_itself(step: TraceStep) -> None:
    state, event = step.before.state, step.move.event
    if step.move.after or info_of(type(state)).rows[type(event)].takes_context:
        return  # the clock and fresh names are not kept in a story
    after, _ = state.handle(event)
    assert after == step.after.state
