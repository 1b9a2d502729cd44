"""HTTP through each proxy, request by request: CPU time of the proxy per request, throughput and latency."""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench import http_peers, loads
from bench.l4 import measured
from bench.process import Failed
from bench.results import interleave

PROXIES = ("haproxy", "nginx", "nghttpx")
WITH_BUFFERS = ("haproxy", "haproxy-64k", "haproxy-splice", "nginx", "nginx-64k", "nghttpx")


@dataclass(frozen=True)
class Case:
    route: str
    connections: int = loads.CONNECTIONS  # of the clients
    streams: int = 0  # on each connection of an HTTP/2 client
    path: str = "/"
    headers: tuple = ()
    body: int = 0  # bytes posted
    peers: tuple = PROXIES
    opens_each: tuple = ()  # peers that open a connection to the backend for each request here, whatever their settings

    def load(self, url, seconds):
        if self.streams:
            return loads.h2load(url + self.path, seconds, self.connections, self.streams)
        return loads.wrk(url + self.path, seconds, *self.headers, body=self.body, connections=self.connections)

    def exactly(self, url, requests, scratch):
        """The same requests by h2load, just so many. `scratch`: a folder for what is posted."""
        return loads.exactly(url + self.path, requests, self.connections, self.streams, self.headers, self.body, scratch)


CASES = {
    "http-small": Case("http"),
    "http-post": Case("http", body=4096),
    "http-64k": Case("http", path="/64k", peers=WITH_BUFFERS),
    "http-1m": Case("http", path="/1m", connections=16, peers=WITH_BUFFERS),
    "http-new": Case("http", headers=("Connection: close",), opens_each=("nghttpx",)),
    "h2-h2": Case("h2-h2", connections=16, streams=32),
    "h2-h1": Case("h2-h1", connections=16, streams=32),
    "h2-h2-serial": Case("h2-h2", connections=1, streams=1),
}


def url_of(contender, case):
    if contender == "direct":
        return "http://%s:%d" % http_peers.BACKENDS[http_peers.backend_of(case.route)]
    return f"http://{http_peers.ADDRESSES[contender]}:{http_peers.ROUTES[case.route]}"


def contenders(case, peers_only):
    # There is no way from an HTTP/2 client to an HTTP/1 backend without a proxy.
    direct = [] if case.route == "h2-h1" else ["direct"]
    return direct + list(case.peers) + ([] if peers_only else list(http_peers.NARU))


def settled(route, longest=5):
    """The backend's counts, once they stand still: what the last contender had begun is not to count as the next one's."""
    end, last = time.monotonic() + longest, None
    while (now := http_peers.counts(route)) != last and time.monotonic() < end:
        last = now
        time.sleep(0.1)
    return now


def check_reuse(contender, case, requests=10):
    """Fails unless clients that come one after another are served over kept connections to the backend. A proxy that
    does not see requests, or is set up badly, opens one for each; HAProxy drops some of those that are idle."""
    url, before = url_of(contender, case) + case.path, settled(case.route)
    for _ in range(requests):
        loads.one_request(url, http2=case.route != "http")
    opened = http_peers.counts(case.route)["connections"] - before["connections"]
    if opened > requests / 2:
        raise Failed(f"{contender}: opened {opened} connections to the backend for {requests} requests")


def check_counts(contender, case, sample, opened, answered):
    """Fails when the backend saw fewer requests than the client, or a new connection for many of them."""
    if answered < sample["operations"]:
        raise Failed(f"{contender}: {sample['operations']} requests, but the backend answered {answered}")
    if contender not in ("direct", *case.opens_each) and opened > most_connections(case, sample):
        raise Failed(f"{contender}: {opened} connections to the backend for {answered} requests")


def most_connections(case, sample):
    """One for each request in flight, twice over, and a few that were lost and opened again."""
    return 2 * case.connections * max(1, case.streams) + sample["operations"] / 50


def sample_of(contender, case, server, seconds):
    url, before = url_of(contender, case), settled(case.route)
    try:
        sample = measured(server, lambda: case.load(url, seconds))
    except Failed as failure:
        raise Failed(f"{contender}: {failure}") from None
    after = http_peers.counts(case.route)
    opened, answered = (after[name] - before[name] for name in ("connections", "requests"))
    check_counts(contender, case, sample, opened, answered)
    return sample | {"backend_connections": opened}


def start_all(cases, options, place, stack):
    """{server name: process}: each proxy that the cases need."""
    for kind in http_peers.BACKENDS:
        stack.enter_context(http_peers.start_backend(place, kind))
    running = {}
    for case in cases:
        for contender in contenders(CASES[case], options.peers_only):
            name = http_peers.server_name(contender, CASES[case].route)
            if name == "direct" or name in running:
                continue
            server = (http_peers.start_naru(place) if name == "naru" else
                      http_peers.start_peer(place, contender, CASES[case].route))
            running[name] = stack.enter_context(server)
    return running


def run_case(name, options, place, running, results, progress):
    case = CASES[name]
    names = contenders(case, options.peers_only)

    def one(contender):
        sample = sample_of(contender, case, running.get(http_peers.server_name(contender, case.route)), options.seconds)
        if case.streams:
            sample |= loads.h2load_latencies(url_of(contender, case) + "/", min(1, options.seconds), case.connections,
                                             case.streams, place.folder / "h2load.log")
        return sample

    for contender in names:
        if contender != "direct":
            check_reuse(contender, case)
        if not options.quick:
            case.load(url_of(contender, case), 0.3)  # warms caches and pools; not counted
    samples = interleave(names, options.rounds, one, progress(name))
    results.add(name, samples, unit="request", rounds=options.rounds, seconds=options.seconds,
                connections=case.connections, **({"streams": case.streams} if case.streams else {}))


def run(cases, options, place, results, progress):
    """All cases; those that fail do not keep the others from being measured."""
    failures = []
    with ExitStack() as stack:
        running = start_all(cases, options, place, stack)
        for name in cases:
            try:
                run_case(name, options, place, running, results, progress)
            except Failed as failure:
                failures.append(f"{name}: {failure}")
    if failures:
        raise Failed("; ".join(failures))
