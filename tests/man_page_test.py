"""The manual page says what the help texts say, and renders cleanly."""

import re
import shutil
import subprocess

import pytest

from naru_harness.build import TOP

PAGE = TOP / "docs" / "naru.8"
COMMANDS = ("run", "check", "get", "intercept", "version")
INTERCEPT = ("intercept install", "intercept remove", "intercept show")
_LONG = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_STATUS = re.compile(r"\b(\d) (?=[a-z])")


def rendered(*options):
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    return subprocess.run(
        ["man", *options, "-l", PAGE],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MANPAGER": "cat", "MAN_KEEP_FORMATTING": ""},
    )


@pytest.fixture(scope="module")
def page():
    """The page as text; a line break may stand between any two words, but not in an option."""
    done = rendered()
    assert done.returncode == 0, done.stderr
    return re.sub(r".\x08", "", done.stdout)


@pytest.fixture(scope="module")
def helps(build):
    return {command: build.run(*command.split(), "--help").stdout for command in ("", *COMMANDS, *INTERCEPT)}


def exit_statuses(text):
    """The numbers of "Exit status: 0 done, 1 bad input." """
    said = re.search(r"Exit status: (.*?)\.\n", text, re.S)
    return set(_STATUS.findall(said.group(1))) if said else set()


def test_it_renders_without_warnings(page):
    done = rendered("--warnings")
    assert (done.returncode, done.stderr) == (0, "")


def test_each_command_is_there(page, helps):
    assert all(re.search(rf"^ *{command}\b", page, re.M) for command in COMMANDS)
    assert set(re.findall(r"^  ([a-z]+)  ", helps[""].split("Subcommands:")[1], re.M)) == set(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS, *INTERCEPT])
def test_each_long_option_is_there(page, helps, command):
    options = set(_LONG.findall(helps[command]))
    assert "--help" in options
    assert options - set(_LONG.findall(page)) == set()


def test_it_has_no_option_that_naru_has_not(page, helps):
    known = set(_LONG.findall("\n".join(helps.values())))
    assert set(_LONG.findall(page)) - known == set()


def test_each_exit_status_is_there(page, helps):
    told = set().union(*map(exit_statuses, helps.values()))
    assert told == {"0", "1", "2", "3"}
    section = page.split("\nEXIT STATUS\n")[1].split("\nEXAMPLES\n")[0]
    assert set(re.findall(r"^ +(\d)(?: |$)", section, re.M)) == told


def test_each_signal_is_there(page, helps):
    signals = set(re.findall(r"\bSIG[A-Z]+\d?\b", helps["run"]))
    assert signals and all(signal in page for signal in signals | {"SIGUSR1"})
