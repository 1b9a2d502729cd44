"""Tells what naru does, with real processes and real clients. Started by scripts/demo."""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import manifests
import site_story
from cluster import Cluster, stop_pids
from clients import Clients
from steps import NAME, Steps
from terminal import Failure, Story, bold, green, red, say

HOME = pathlib.Path(tempfile.gettempdir()) / f"naru-demo-{os.getuid()}"


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lb", action="store_true", help="the load balancer's story, on a network of several nodes (root)")
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, to try things")
    return parser.parse_args()


def take_home():
    """The demo's own directory, which also keeps a second demo from starting beside the first."""
    try:
        HOME.mkdir(mode=0o700)
    except FileExistsError:
        say(f"A demo is running already, or has left {HOME}: end it with `scripts/demo --stop`.")
        sys.exit(1)


def stop():
    """Ends what `--keep` left running."""
    if not HOME.exists() or HOME.stat().st_uid != os.getuid():
        say("No demo is running.")
        return
    pids = HOME / "pids"
    if pids.exists():
        stop_pids([int(x) for x in pids.read_text().split()])
    shutil.rmtree(HOME, ignore_errors=True)
    say("The demo is stopped; nothing is left of it.")


def tell(cluster, story):
    steps = Steps(cluster, Clients(cluster, story), story).all()
    story.steps = len(steps)
    for step in steps:
        story.heading(step.__doc__)
        step()
    say()
    say(bold(green(f"All {story.checks} checks passed in {story.seconds():.0f} s.")))


def what_to_try(cluster, build):
    port = "" if cluster.port == 80 else f":{cluster.port}"
    dns_port = "" if cluster.dns_port == 53 else f" -p {cluster.dns_port}"
    vip = cluster.service("web")["spec"]["clusterIP"]
    say(f"""
Left running. Try:
  curl http://{vip}{port}/
  curl http://127.0.41.3:{manifests.NODE_PORT}/
  dig @{manifests.DNS_ADDRESS}{dns_port} {NAME}
  {build}/naru get services --socket {HOME}/w1-k8s.sock
  {build}/naru get endpoints --socket {HOME}/w1-k8s.sock
  curl http://127.0.41.1:10249/metrics
  kill -9 {cluster.pods[0].process.pid}    # a pod; then call curl again
  $EDITOR {HOME}/manifests/services.yaml    # in force when you save it
The logs are in {HOME}/*.log. To end it all:
  scripts/demo --stop""")


def main():
    if sys.argv[-1] == "--stop":
        return stop()
    options = arguments()
    if options.lb:
        sys.exit(site_story.main(options.build, options.keep))
    take_home()
    # So that `finally` runs, whatever ends us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    cluster, keep = None, False
    try:
        cluster = Cluster(options.build, HOME)
        tell(cluster, Story(0))
        keep = options.keep
        if keep:
            what_to_try(cluster, os.path.relpath(options.build))
    except (Failure, OSError) as failure:
        say(red(f"FAILED: {failure}"))
        for log in sorted(HOME.glob("w*-k8s.log")):
            say(f"--- the last lines of {log.name}:\n{log.read_text(errors='replace')[-1500:]}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)
    finally:
        if not keep:
            if cluster:
                cluster.stop()
            shutil.rmtree(HOME, ignore_errors=True)
    if not keep:
        say("Everything that was started has been stopped, and nothing is left behind.")


main()
