"""Workers that are killed, that stand still past their lease, or whose clock jumps."""

import random
import time
from pathlib import Path

from tests.chaos.crew import Crew, next_aim, pause
from tests.chaos.places import Place
from tests.chaos.scenario import Outcome, under_fire
from tests.chaos.worker import Setting

_HOUR_SECONDS = 3600.0


def killed(place: Place, where: Path, kills: int) -> Outcome:
    """``kill -9`` of one of four workers, every 50 to 500 milliseconds."""

    def blows(crew: Crew) -> int:
        for _ in range(kills):
            pause()
            crew.kill(random.choice(list(crew.processes)), next_aim(crew))
        return crew.kills

    return under_fire("kill -9 of one of four workers", place, where, blows)


def frozen(place: Place, where: Path, times: int) -> Outcome:
    """SIGSTOP of one or two workers for longer than their lease, then SIGCONT."""
    setting = Setting(lease_seconds=0.6)

    def blows(crew: Crew) -> int:
        for _ in range(times):
            pause()
            stopped = random.sample(list(crew.processes), random.choice((1, 2)))
            for slot in stopped:
                crew.freeze(slot)
            time.sleep(random.uniform(1.2, 2.5) * setting.lease_seconds)
            for slot in stopped:
                crew.thaw(slot)
        return times

    return under_fire("SIGSTOP past the lease, and SIGCONT", place, where, blows, setting=setting)


def misled(place: Place, where: Path, jumps: int) -> Outcome:
    """The clock of all workers jumps by an hour, back and forth."""

    def blows(crew: Crew) -> int:
        for jump in range(jumps):
            pause(0.3, 1.0)
            crew.marks.clock_seconds = (-_HOUR_SECONDS, 0.0, _HOUR_SECONDS, 0.0)[jump % 4]
        pause(0.3, 1.0)
        return jumps

    def calm(crew: Crew) -> None:
        # What was declared by a clock that went ahead comes due when that moment comes.
        crew.marks.clock_seconds = 2 * _HOUR_SECONDS

    return under_fire("the clock jumps by an hour", place, where, blows, calm=calm)
