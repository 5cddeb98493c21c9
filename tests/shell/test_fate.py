"""What goes wrong in a run: by chance of a seed, or as it is told; the same again and again."""

from telic.shell.fate import Fate, Fault, FaultKind

KINDS = (FaultKind.CRASH, FaultKind.FAIL)


def met(fate, count=200):
    fate.begin()
    return [fate.decide(f"point {number}", KINDS) for number in range(count)]


def test_without_a_share_nothing_goes_wrong():
    assert set(met(Fate(7))) == {None}
    assert not Fate(7).troubled


def test_the_same_seed_has_the_same_faults_and_another_has_others():
    assert met(Fate(7, share=0.1)) == met(Fate(7, share=0.1)) != met(Fate(8, share=0.1))


def test_there_are_no_more_faults_than_are_wanted():
    fate = Fate(7, share=1.0, most=2)
    assert [kind for kind in met(fate) if kind] == [one.kind for one in fate.happened]
    assert [one.at for one in fate.happened] == [0, 1]


def test_only_wanted_kinds_happen():
    assert set(met(Fate(7, share=1.0, most=9, kinds=[FaultKind.FAIL]))) == {FaultKind.FAIL, None}
    assert set(met(Fate(7, share=1.0, kinds=[FaultKind.LATE]))) == {None}


def test_told_faults_happen_at_their_points_and_no_others():
    fate = Fate(7, faults=[Fault(3, FaultKind.CRASH), Fault(4, FaultKind.LATE)], share=1.0)
    assert met(fate, 6) == [None, None, None, FaultKind.CRASH, None, None]
    assert fate.happened == [Fault(3, FaultKind.CRASH, "point 3")]


def test_the_faults_of_chance_are_those_that_are_told_again():
    fate = Fate(7, share=0.1)
    assert met(fate) == met(Fate(7, faults=fate.happened))


def test_when_it_is_calm_there_are_no_points():
    fate = Fate(7, share=1.0)
    fate.calm = True
    assert fate.decide("here", KINDS) is None
    assert fate.points == []


def test_turns_and_durations_do_not_depend_on_faults():
    def drawn(fate):
        return [(fate.turns(), fate.seconds(9), fate.one_of(3), fate.decide("here", KINDS))[:3] for _ in range(20)]

    assert drawn(Fate(7)) == drawn(Fate(7, share=0.5))


def test_it_prints_what_makes_it_happen_again():
    fate = Fate(7, faults=[Fault(1, FaultKind.CRASH), Fault(2, FaultKind.FAIL)])
    assert repr(fate) == "Fate(7)"
    assert str(fate) == "seed 7, no faults\n  again: Fate(7)"
    met(fate, 2)
    assert str(fate) == (
        "seed 7, 1 fault\n  point 1, point 1: crash\n  again: Fate(7, faults=[Fault(1, FaultKind.CRASH)])"
    )
