"""How the story looks: headings with progress, commands with their output, and one line that moves while we wait.

Colours and moving lines only on a terminal; elsewhere it is plain text that reads well in a file.
"""

import sys
import textwrap
import time

TTY = sys.stdout.isatty()
WIDTH = 92


def style(code, text):
    return f"\033[{code}m{text}\033[0m" if TTY else text


def bold(text):
    return style("1", text)


def dim(text):
    return style("2", text)


def green(text):
    return style("32", text)


def red(text):
    return style("31", text)


def say(text=""):
    print(text, flush=True)


class Story:
    """Counts the steps, and what was asserted in them."""

    def __init__(self, steps):
        self.steps, self.step, self.checks, self.began = steps, 0, 0, time.monotonic()

    def heading(self, title):
        self.step += 1
        bar = "#" * self.step + "." * (self.steps - self.step)
        left = f"== {self.step}/{self.steps}  {title} "
        say()
        say(style("1;36", f"{left:=<{WIDTH - self.steps - 3}} [{bar}]"))

    def tell(self, text):
        for line in textwrap.wrap(" ".join(text.split()), WIDTH - 2):
            say("  " + line)

    def command(self, text, output):
        """A command as it was run, and all that it said."""
        say("  " + style("1;33", "$ ") + bold(text))
        for line in output.rstrip("\n").splitlines():
            say("    " + dim(line))

    def check(self, truth, what):
        """Ends the story, and the program with an error, if it is not so."""
        if not truth:
            raise Failure(what)
        self.checks += 1
        say("  " + green("ok ") + what)

    def wait(self, condition, what, timeout=15.0):
        """Until `condition()` is true; says what for while it takes long."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise Failure(f"not within {timeout:g} s: {what}")
            self.moving(what)
            time.sleep(0.01)
        self.still()

    def moving(self, text):
        if TTY:
            mark = "|/-\\"[int(time.monotonic() * 8) % 4]
            print(f"\r  {mark} {text}\033[K", end="", flush=True)

    def still(self):
        if TTY:
            print("\r\033[K", end="", flush=True)

    def seconds(self):
        return time.monotonic() - self.began


class Failure(Exception):
    """Something that the story promises is not so."""
