"""The plugin of pytest: loaded in every run, and silent unless a machine is tested."""

import subprocess
import sys

pytest_plugins = ["pytester"]


def test_the_options_are_in_the_help(pytester):
    text = pytester.runpytest_inprocess("--help").stdout.str()
    for option in (
        "--telic-max-worlds=N",
        "--telic-allow-undetermined",
        "--telic-accept-graphs",
        "--telic-artifacts=DIR",
    ):
        assert option in text


def test_a_run_without_a_machine_says_nothing_of_telic(pytester):
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert "= telic =" not in result.stdout.str()


def test_the_lines_are_in_order_and_each_is_there_once(pytester):
    pytester.makepyfile(
        "def test_a(record_property): record_property('telic', 'b: proved')\n"
        "def test_b(record_property): record_property('telic', 'a: refuted')\n"
        "def test_c(record_property): record_property('telic', 'b: proved')\n"
        "def test_d(record_property): record_property('other', 'c')\n"
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*= telic =*"])
    assert [line for line in result.outlines if line.startswith(("a: ", "b: "))] == ["a: refuted", "b: proved"]


def test_the_plugin_brings_nothing_of_telic_but_itself():
    program = "import sys, telic.testing.plugin; print([one for one in sys.modules if one.startswith('telic.') and not one.startswith('telic.testing')])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
