"""What a killed run could not take away itself. Its processes died with it; namespaces and directories did not."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

_NAME = re.compile(r"naru-(?:site-)?(\d+)-")


def _is_left(name):
    """Made by a process that is no more. (One whose number somebody else has by now is kept for another time.)"""
    found = _NAME.match(name)
    return bool(found) and not pathlib.Path(f"/proc/{found.group(1)}").exists()


def directory():
    """A temporary directory that is found again after a crash."""
    made = pathlib.Path(tempfile.mkdtemp(prefix=f"naru-site-{os.getpid()}-"))
    made.chmod(0o755)
    return made


def remove():
    """Returns the names of what it removed."""
    removed = []
    for place in pathlib.Path("/run/netns").glob("naru-*"):
        if _is_left(place.name):
            subprocess.run(["ip", "netns", "del", place.name], check=False, capture_output=True)
            removed.append(place.name)
    for left in pathlib.Path(tempfile.gettempdir()).glob("naru-site-*"):
        if _is_left(left.name):
            shutil.rmtree(left, ignore_errors=True)
            removed.append(left.name)
    return removed
