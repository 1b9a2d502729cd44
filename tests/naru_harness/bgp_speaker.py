"""naru's BGP alone, in a program of its own."""

import json
import subprocess

from .process import Process
from .wait import until


class BgpSpeaker(Process):
    def __init__(self, build, place, directory, *arguments):
        directory.mkdir(exist_ok=True)
        command = [*place.prefix, build.directory / "naru-bgp-speaker", *arguments]
        super().__init__(command, directory / "speaker.log", stdin=subprocess.PIPE)
        self.place = place

    def say(self, command, value=None):
        line = command if value is None else f"{command} {json.dumps(value)}"
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def peers(self, *peers):
        self.say("peers", peers)

    def routes(self, **lists):
        """Of each peer: prefixes, or dictionaries with more."""
        as_routes = {
            name: [{"prefix": x} if isinstance(x, str) else x for x in routes] for name, routes in lists.items()
        }
        self.say("routes", as_routes)

    def sessions(self):
        """By the peers' names."""
        before = sum(line.startswith("[") for line in self.text().splitlines())
        self.say("show")

        def lines():
            return [x for x in self.text().splitlines(keepends=True) if x.startswith("[") and x.endswith("\n")]

        until(lambda: len(lines()) > before, "it shows its sessions")
        return {session["peer"]: session for session in json.loads(lines()[-1])}

    def session(self, peer="router"):
        return self.sessions()[peer]

    def until(self, what=None, peer="router", timeout=15, **values):
        """Waits until the session has these values, and returns it."""

        def fits():
            session = self.session(peer)
            return session if all(session[name] == value for name, value in values.items()) else None

        try:
            return until(fits, what or f"{peer}: {values}", timeout, interval=0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.session(peer)}\n{self.text()[-2000:]}") from None
