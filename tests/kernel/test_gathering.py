"""The waits of a state and of its parts: their keys, and how they age."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import pytest
from pydantic import AwareDatetime, BaseModel

from telic import Deadline, Fact, FrozenMap, State, Topic
from telic.kernel.errors import TransitionError
from telic.kernel.gathering import declared_waits, opened_waits
from telic.kernel.snapshot import OpenWait

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class K(StrEnum):
    A = "a"


class Lapsed(Fact): ...


class Patient(State):
    kind: Literal[K.A] = K.A
    by: AwareDatetime = NOW

    def waits(self) -> tuple[Deadline[Lapsed]]:
        return (Deadline(at=self.by, event=Lapsed(), key="slow"),)


class Listening(State):
    kind: Literal[K.A] = K.A
    key: str = "slow"
    times: int = 1

    def waits(self) -> tuple[Topic[Lapsed], ...]:
        return (Topic(fact=Lapsed, name="news", wait_key=self.key),) * self.times


def test_parts_prefix_the_keys_of_their_waits_with_their_path():
    class Shelf(State):
        kind: Literal[K.A] = K.A
        one: Patient
        row: tuple[Patient, ...]
        named: FrozenMap[str, Patient] = FrozenMap()
        spare: Patient | None = None
        note: str = "x"

    shelf = Shelf(one=Patient(), row=(Patient(), Patient()), named=FrozenMap({"top": Patient()}))
    assert [key for key, _ in declared_waits(shelf)] == ["one.slow", "row.0.slow", "row.1.slow", "named.top.slow"]


def test_a_plain_model_declares_waits_only_if_it_says_so():
    class Plain(BaseModel):
        by: AwareDatetime = NOW

    class Classic(Plain):
        def waits(self) -> tuple[Deadline[Lapsed]]:
            return (Deadline(at=self.by, event=Lapsed()),)

    assert list(declared_waits(Plain())) == []
    assert list(declared_waits(Classic())) == [("Lapsed", Deadline(at=NOW, event=Lapsed()))]


def test_each_wait_has_a_key_of_its_own():
    with pytest.raises(TransitionError) as caught:
        opened_waits(Listening(times=2), (), 1, NOW)
    assert str(caught.value) == (
        "Listening.waits: expected each wait under a key of its own, got 'slow' twice; do give one of them key="
    )


def test_a_wait_keeps_its_age_for_as_long_as_it_is_declared():
    opened = opened_waits(Patient(), (), 1, NOW)
    assert opened == (OpenWait("slow", Deadline(at=NOW, event=Lapsed(), key="slow"), 1, NOW),)
    assert opened_waits(Patient(), opened, 2, NOW + HOUR) is opened
    (moved,) = opened_waits(Patient(by=NOW + HOUR), opened, 2, NOW + HOUR)
    assert (moved.since, moved.opened_at, moved.wait.at) == (1, NOW, NOW + HOUR)
    assert opened_waits(Listening(times=0), opened, 3, NOW) == ()


def test_another_wait_under_the_same_key_is_a_new_one():
    (other,) = opened_waits(Listening(), opened_waits(Patient(), (), 1, NOW), 2, NOW + HOUR)
    assert (other.since, other.opened_at) == (2, NOW + HOUR)


def test_a_deadline_stays_fired_for_the_moment_that_it_fired_for():
    (opened,) = opened_waits(Patient(), (), 1, NOW)
    fired = (opened._replace(fired=NOW),)
    assert opened_waits(Patient(), fired, 2, NOW) is fired
    assert opened_waits(Patient(by=NOW + HOUR), fired, 2, NOW)[0].fired is None
