"""WCP23 Transient Trigger: a signal sets something off if it is waited for at that moment, and is lost otherwise.

An actor who has changed goes on stage at the next cue; a cue that is given before that is not made up for. What may
never be here: anything that remembers a cue.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, FinalState, Ignores, Intent, Machine, NoIntent, State, start, transition


class SceneKind(StrEnum):
    CHANGING = "changing"
    READY = "ready"
    PLAYING = "playing"
    OVER = "over"


class BeginScene(Command): ...


class GiveCue(Command): ...


class CostumeChanged(Fact): ...


class ScenePlayed(Fact): ...


class ChangeCostume(Intent[CostumeChanged]): ...


class PlayScene(Intent[ScenePlayed]): ...


class Changing(State):
    kind: Literal[SceneKind.CHANGING] = SceneKind.CHANGING
    ignores = (Ignores(GiveCue, why="nobody is ready to go on stage"),)

    @classmethod
    @start
    def begin(cls, event: BeginScene) -> tuple[Self, ChangeCostume]:
        return cls(), ChangeCostume()

    @transition
    def stand_by(self, event: CostumeChanged) -> tuple[Ready, NoIntent]:
        return Ready(), NoIntent()


class Ready(State):
    kind: Literal[SceneKind.READY] = SceneKind.READY

    @transition
    def go_on_stage(self, event: GiveCue) -> tuple[Playing, PlayScene]:
        return Playing(), PlayScene()


class Playing(State):
    kind: Literal[SceneKind.PLAYING] = SceneKind.PLAYING
    ignores = (Ignores(GiveCue, why="the scene is being played"),)

    @transition
    def finish(self, event: ScenePlayed) -> tuple[Over, NoIntent]:
        return Over(), NoIntent()


class Over(FinalState):
    kind: Literal[SceneKind.OVER] = SceneKind.OVER


transient_trigger = Machine[
    Changing | Ready | Playing | Over,
    BeginScene | GiveCue | CostumeChanged | ScenePlayed,
](name="transient_trigger", version=1)
