"""The build under test."""

import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]


class Build:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.naru = self.directory / "naru"
        self.pod = self.directory / "naru-pod"
        self.load = self.directory / "naru-load"

    @property
    def sanitized(self):
        """Sanitizers make memory and time measurements meaningless."""
        cache = self.directory / "CMakeCache.txt"
        line = next((x for x in cache.read_text().splitlines() if x.startswith("NARU_SANITIZE:")), "=")
        return line.split("=", 1)[1] != ""

    @staticmethod
    def find(named=None):
        named = named or os.environ.get("NARU_BUILD")
        if named:
            return Build(named)
        built = [path.parent for path in TOP.glob("build/*/naru") if (path.parent / "naru-pod").exists()]
        return Build(max(built, key=lambda path: (path / "naru").stat().st_mtime)) if built else None

    def run(self, *arguments, timeout=60, **options):
        """Runs naru to its end."""
        return subprocess.run(
            [self.naru, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options
        )
