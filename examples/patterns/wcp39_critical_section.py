"""WCP39 Critical Section: of certain parts of a process one at most is under way, from its first activity to its last.

Two films are loaded at the same time, but there is one darkroom: a film is developed and enlarged there, and the other
waits until it is free. What may never be here: two films in the darkroom, also between two activities.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Defer,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class PhotoKind(StrEnum):
    DARKROOM_FREE = "darkroom_free"
    DEVELOPING = "developing"
    ENLARGING = "enlarging"
    FRAMED = "framed"


class Film(TypedId):
    """Names one film."""


FILMS = FrozenSet((Film("colour"), Film("grey")))


class MakePhotos(Command): ...


class FilmLoaded(Fact):
    film: Film


class FilmDeveloped(Fact): ...


class FilmEnlarged(Fact): ...


class LoadFilm(Intent[FilmLoaded]):
    film: Film


class DevelopFilm(Intent[FilmDeveloped]):
    film: Film


class EnlargeFilm(Intent[FilmEnlarged]):
    film: Film


class DarkroomFree(State):
    kind: Literal[PhotoKind.DARKROOM_FREE] = PhotoKind.DARKROOM_FREE
    left: FrozenSet[Film] = FILMS

    @classmethod
    @start
    def make(cls, event: MakePhotos) -> tuple[Self, Many[LoadFilm]]:
        return cls(), Many.of(LoadFilm(film=one) for one in FILMS)

    @transition
    def enter(self, event: FilmLoaded) -> tuple[Developing, DevelopFilm]:
        return Developing(left=self.left, film=event.film), DevelopFilm(film=event.film)


class DarkroomTaken(State):
    left: FrozenSet[Film]
    film: Film

    @transition
    def wait(self, event: FilmLoaded) -> tuple[Self, Defer]:
        return self, Defer()


class Developing(DarkroomTaken):
    kind: Literal[PhotoKind.DEVELOPING] = PhotoKind.DEVELOPING

    @transition
    def enlarge(self, event: FilmDeveloped) -> tuple[Enlarging, EnlargeFilm]:
        return Enlarging(left=self.left, film=self.film), EnlargeFilm(film=self.film)


class Enlarging(DarkroomTaken):
    kind: Literal[PhotoKind.ENLARGING] = PhotoKind.ENLARGING

    @transition
    def leave(self, event: FilmEnlarged) -> tuple[DarkroomFree, NoIntent] | tuple[Framed, NoIntent]:
        left = self.left.without(self.film)
        return (DarkroomFree(left=left), NoIntent()) if left else (Framed(), NoIntent())


class Framed(FinalState):
    kind: Literal[PhotoKind.FRAMED] = PhotoKind.FRAMED
    settles = (LoadFilm,)


critical_section = Machine[
    DarkroomFree | Developing | Enlarging | Framed,
    MakePhotos | FilmLoaded | FilmDeveloped | FilmEnlarged,
](name="critical_section", version=1)
