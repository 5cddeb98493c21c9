"""``completion``: the script of each shell, and what it is answered."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_telic(telic, shell):
    ended = telic("completion", shell)
    assert ended.code == 0
    assert "_TELIC_COMPLETE" in ended.out


def test_another_shell_is_a_wrong_argument(telic):
    assert telic("completion", "csh").code == 2


@pytest.mark.parametrize(("words", "found"), [("telic his", "history"), ("telic tasks cl", "claim")])
def test_what_the_script_asks_is_answered(words, found):
    asked = {**os.environ, "_TELIC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; from telic.cli.entry import main; sys.exit(main())"],
        env=asked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert f"plain,{found}\n" in ended.stdout
