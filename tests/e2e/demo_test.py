"""The load balancer's story, told without a listener: it checks itself, and leaves nothing behind."""

import pathlib
import re
import subprocess
import sys

import pytest

from naru_harness.build import TOP

pytestmark = [pytest.mark.root, pytest.mark.slow]
sys.path.append(str(TOP / "demo" / "story"))


def left(pid):
    return [*pathlib.Path("/run/netns").glob(f"naru-{pid}-*"), *pathlib.Path("/tmp").glob(f"naru-site-{pid}-*")]


def test_the_story_of_the_load_balancer(build):
    command = [sys.executable, TOP / "demo" / "story", "--build", build.directory, "--lb"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as story:
        told, _ = story.communicate(timeout=180)
    assert story.returncode == 0, told[-4000:]
    steps, checks = told.count("\n== "), told.count("  ok ")
    assert steps == 9
    assert re.search(rf"All {checks} checks passed", told), told[-500:]
    assert left(story.pid) == []


def test_the_picture():
    from picture import View, draw

    nodes = [("m-k8s", "192.168.1.10", []), ("w1-k8s", "192.168.1.101", ["web-1", "web-2"])]
    lines = draw(nodes, View("BIRD", frozenset({"m-k8s"}), {"203.0.113.0": {"w1-k8s"}}))
    rows = [line.split() for line in lines]
    assert ["m-k8s", "w1-k8s"] in rows
    assert ["no", "power", "192.168.1.101"] in rows
    assert rows[-3:] == [["web-1"], ["web-2"], ["^", "203.0.113.0"]]
    assert "router 192.168.1.1, BIRD" in "\n".join(lines)
    assert not any(line != line.rstrip() for line in lines)
