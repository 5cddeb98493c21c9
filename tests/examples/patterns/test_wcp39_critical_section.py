"""Critical Section: one film at a time is in the darkroom, from developing to enlarging; the other waits."""

from itertools import permutations
from typing import Self

import pytest

from examples.patterns.wcp39_critical_section import (
    FILMS,
    DarkroomFree,
    DevelopFilm,
    Developing,
    EnlargeFilm,
    Enlarging,
    FilmDeveloped,
    FilmEnlarged,
    FilmLoaded,
    Framed,
    LoadFilm,
    MakePhotos,
    critical_section,
)
from telic import Ignore, Machine, NoIntent, transition
from telic.kernel.errors import DefinitionError
from telic.testing import suite
from telic.verify import Verdict, always, ended, eventually, explore, sometimes
from tests.examples.patterns.stories import stories

EVENT = MakePhotos | FilmLoaded | FilmDeveloped | FilmEnlarged
INSIDE = (DevelopFilm, EnlargeFilm)


def one_in_the_darkroom(world):
    return sum(isinstance(one, INSIDE) for one in world.open) <= 1


TestCriticalSection = suite(
    critical_section,
    check=[
        always("one at a time", one_in_the_darkroom),
        sometimes("one waits outside", lambda world: len(world.deferred) == 1),
        sometimes(
            "what is outside goes on meanwhile",
            lambda world: {LoadFilm, DevelopFilm} == {type(one) for one in world.open},
        ),
        eventually("all is framed", ended),
    ],
    worlds=16,
)


def visits(story):
    """What happens in the darkroom, in order."""
    words = ("DevelopFilm", "FilmDeveloped", "EnlargeFilm", "FilmEnlarged")
    return tuple(word for word in story if word.startswith(words))


def one_after_the_other(order):
    return tuple(
        word
        for film in order
        for word in (f"DevelopFilm {film}", "FilmDeveloped", f"EnlargeFilm {film}", "FilmEnlarged")
    )


def test_whoever_is_in_is_done_before_the_next_comes_in_whichever_is_first():
    assert {visits(story) for story in stories(critical_section)} == {
        one_after_the_other(order) for order in permutations(FILMS)
    }


def test_whoever_waits_comes_in_as_soon_as_it_is_free():
    for story in stories(critical_section):
        first = story.index("FilmEnlarged")
        waited = sum(word.startswith("FilmLoaded") for word in story[:first]) == len(FILMS)
        assert (story[first + 1].split()[0] == "DevelopFilm") == waited


def variant(developing):
    """The machine with another way to be in the darkroom."""

    class Free(DarkroomFree):
        @transition
        def enter(self, event: FilmLoaded) -> tuple["In", DevelopFilm]:
            return In(left=self.left, film=event.film), DevelopFilm(film=event.film)

    class Out(Enlarging):
        @transition
        def leave(self, event: FilmEnlarged) -> tuple[Free, NoIntent] | tuple[Framed, NoIntent]:
            left = self.left.without(self.film)
            return (Free(left=left), NoIntent()) if left else (Framed(), NoIntent())

    class In(developing):
        @transition
        def enlarge(self, event: FilmDeveloped) -> tuple[Out, EnlargeFilm]:
            return Out(left=self.left, film=self.film), EnlargeFilm(film=self.film)

    return Machine[Free | In | Out | Framed, EVENT](name="variant")


class DevelopingTogether(Developing):
    @transition
    def wait(self, event: FilmLoaded) -> tuple[Self, DevelopFilm]:
        return self, DevelopFilm(film=event.film)


class DevelopingRudely(Developing):
    @transition
    def wait(self, event: FilmLoaded) -> tuple[Self, Ignore]:
        return self, Ignore("the darkroom is taken")


def test_the_machine_itself_is_one_of_the_variants():
    assert stories(variant(Developing)) == stories(critical_section)


def test_two_films_in_the_darkroom_are_noticed_where_the_machine_is_defined():
    with pytest.raises(DefinitionError, match="expected a field of one TypedId .* since several may be open at once"):
        variant(DevelopingTogether)


def test_a_film_that_is_turned_away_is_noticed():
    assert explore(variant(DevelopingRudely)).check("stuck").verdict is Verdict.REFUTED
