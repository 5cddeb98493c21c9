"""What a store tells to observers, as protocols that can be asked for at run time."""

from telic.runtime.observing import Counted, Figure, GivesFigures, KeepsTraces
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop


def test_a_store_in_memory_gives_figures_and_keeps_traces():
    assert all(isinstance(MemoryStore(shop), one) for one in (GivesFigures, KeepsTraces))
    assert not any(isinstance(object(), one) for one in (GivesFigures, KeepsTraces))


async def test_without_anything_there_are_no_figures():
    assert await MemoryStore(shop).figures(None) == ()


def test_a_figure_says_what_it_counts():
    figure = Figure(Counted.TASKS, "Approve", "", 2, None)
    assert (figure.counted, str(figure.counted), figure.number) == (Counted.TASKS, "tasks", 2)
