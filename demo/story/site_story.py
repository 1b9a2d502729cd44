"""`scripts/demo --lb`: builds the site, tells its story, and takes it all away."""

import os
import pathlib
import shutil
import signal
import sys

from terminal import Failure, Story, bold, green, red, say

# The network of the end-to-end tests: what the story shows is what they test.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests"))
NEEDS = {"ip": "iproute2", "bird": "bird2", "curl": "curl"}


def missing():
    """What the story cannot be told without."""
    if os.geteuid() != 0:
        return "network namespaces need root: sudo scripts/demo --lb"
    packages = [package for program, package in NEEDS.items() if not shutil.which(program)]
    return f"these packages are missing: {' '.join(packages)}" if packages else None


def tell(site):
    from site_steps import SiteSteps

    story = Story(0)
    steps = SiteSteps(site, story).all()
    story.steps = len(steps)
    for step in steps:
        story.heading(step.__doc__)
        step()
    say()
    say(bold(green(f"All {story.checks} checks passed in {story.seconds():.0f} s.")))


def what_to_try(site):
    enter = " ".join(site.client.prefix)
    say(f"""
The site stays as it is until you press Enter (or Ctrl-C). From another terminal, as root:
  {enter} curl http://203.0.113.0/
  {" ".join(site.router.prefix)} ip route
  {" ".join(site.nodes["w1-k8s"].machine.prefix)} ss -ltn
  {site.build.naru} get announcements --socket {site.nodes["w1-k8s"].naru.socket}
  $EDITOR {site.manifests}/bgp.yaml    # in force on every node when you save it""")
    try:
        input()
    except EOFError:
        pass


def main(build, keep=False):
    problem = missing()
    if problem:
        say(problem)
        return 1
    from naru_harness.build import Build
    from naru_harness.site import Site

    for number in (signal.SIGTERM, signal.SIGHUP):  # so that everything is taken away, whatever ends us
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        with Site(Build(build), quiet=True) as site:
            try:
                tell(site)
            except BaseException:
                show_logs(site)
                raise
            if keep:
                what_to_try(site)
    except (Failure, AssertionError, OSError) as failure:
        say(red(f"FAILED: {failure}"))
        return 1
    except KeyboardInterrupt:
        say("interrupted; everything that was started has been stopped")
        return 130
    say("Everything that was started has been stopped, and nothing is left behind.")
    return 0


def show_logs(site):
    if isinstance(sys.exc_info()[1], (KeyboardInterrupt, SystemExit)):
        return
    for node in site.nodes.values():
        if node.naru:
            say(f"--- the last lines of {node.name}:\n{node.naru.log()[-1500:]}")
