"""The life of a visit, from its first command to its last effect: a step, answers, a publication, a deadline."""

from telic import EventId, WorkflowId
from telic.shell.topics import publish
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Story
from tests.chaos.points import Points
from tests.chaos.scenes import Scene
from tests.chaos.visit import BELL, Arrive, Called, Door, Knock, LetIn, Poke, Settle, Settled, WaveGoodbye, visit

ONE = WorkflowId("one")
DOOR = Door("oak")


class Life(Scene):
    """One visit, and all who have to do with it."""

    def bindings(self) -> tuple:
        async def knock(intent, call):
            await self.acted(intent, call)
            return LetIn(door=intent.door)

        async def settle(intent, call):
            await self.acted(intent, call)
            return Settled(door=intent.door)

        return Knock.handled_by(knock), Settle.handled_by(settle), WaveGoodbye.handled_by(self.acted)

    async def lived(self, *, pays: bool) -> None:
        """Send what there is to send, and work until nothing is left to do."""
        await self.send(ONE, "ada#0", Arrive(door=DOOR, pays=pays))
        await self.insisted(self._called)
        await self.send(ONE, "ada#1", Poke(number=1))
        await self.work()

    async def _called(self) -> bool:
        await publish(self.system, Called(text="tea"), name=BELL, key=DOOR, event_id=EventId("call#0"))
        return True


async def _played(store, points: Points) -> Evidence:
    life = Life(visit, store, points)
    await life.lived(pays=True)
    return life.evidence


async def _played_in_short(store, points: Points) -> Evidence:
    life = Life(visit, store, points)
    await life.lived(pays=False)
    return life.evidence


LIFE = Story("life", visit, _played)
SHORT_LIFE = Story("short life", visit, _played_in_short)
"""A step, an answer, a publication and a deadline, and nothing else."""
