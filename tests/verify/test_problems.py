"""Problems: every kind has a name of its own, and reads as one line."""

from telic.verify import Problem, ProblemKind


def test_a_problem_is_one_line():
    problem = Problem(ProblemKind.NO_WAY_OUT, "Held", "expected a way, got none")
    assert str(problem) == "no way to an end: Held: expected a way, got none"


def test_the_value_of_a_kind_is_the_name_of_its_check():
    names = [str(kind) for kind in ProblemKind]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and "_" not in name for name in names)
