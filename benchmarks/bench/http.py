"""HTTP through each proxy, request by request: CPU time of the proxy per request, throughput and latency."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Callable

from bench import http_peers, loads, servers
from bench.l4 import measured
from bench.process import Failed
from bench.results import interleave

PROXIES = ("haproxy", "nginx", "nghttpx")
WITH_BUFFERS = ("haproxy", "haproxy-64k", "haproxy-splice", "nginx", "nginx-64k", "nghttpx")
FEW = 16  # connections that each ask for much
MANY = {"clients": 16, "streams": 32}
ONE = {"clients": 1, "streams": 1}


def wrk(path="/", *headers, **more):
    return lambda url, seconds: loads.wrk(url + path, seconds, *headers, **more)


def h2load(shape):
    return lambda url, seconds: loads.h2load(url + "/", seconds, **shape)


@dataclass(frozen=True)
class Case:
    route: str
    load: Callable  # (url, seconds) -> sample
    connections: int  # of the clients
    peers: tuple = PROXIES
    streams: int = 0  # on each connection of an HTTP/2 client
    opens_each: tuple = ()  # peers that open a connection to the backend for each request here, whatever their settings


CASES = {
    "http-small": Case("http", wrk(), loads.CONNECTIONS),
    "http-post": Case("http", wrk(body=4096), loads.CONNECTIONS),
    "http-64k": Case("http", wrk("/64k"), loads.CONNECTIONS, WITH_BUFFERS),
    "http-1m": Case("http", wrk("/1m", connections=FEW), FEW, WITH_BUFFERS),
    "http-new": Case("http", wrk("/", "Connection: close"), loads.CONNECTIONS, opens_each=("nghttpx",)),
    "h2-h2": Case("h2-h2", h2load(MANY), MANY["clients"], streams=MANY["streams"]),
    "h2-h1": Case("h2-h1", h2load(MANY), MANY["clients"], streams=MANY["streams"]),
    "h2-h2-serial": Case("h2-h2", h2load(ONE), ONE["clients"], streams=ONE["streams"]),
}


def url_of(contender, case):
    if contender == "direct":
        return "http://%s:%d" % http_peers.BACKENDS[http_peers.backend_of(case.route)]
    address = servers.NARU_VIP if contender == "naru" else http_peers.PEERS[contender]
    return f"http://{address}:{http_peers.ROUTES[case.route]}"


def contenders(case, peers_only):
    # There is no way from an HTTP/2 client to an HTTP/1 backend without a proxy.
    direct = [] if case.route == "h2-h1" else ["direct"]
    return direct + list(case.peers) + ([] if peers_only else ["naru"])


def server_key(contender, case):
    return contender if contender in ("direct", "naru") else http_peers.server_name(contender, case.route)


def check_reuse(contender, case):
    """Fails unless clients that come one after another are served over the same connection to the backend. A proxy that
    does not see requests, or is set up badly, opens one for each."""
    url, before = url_of(contender, case) + "/", http_peers.counts(case.route)
    for _ in range(5):
        loads.one_request(url, http2=case.route != "http")
    opened = http_peers.counts(case.route)["connections"] - before["connections"]
    if opened > 2:
        raise Failed(f"{contender}, {case.route}: opened {opened} connections to the backend for 5 requests")


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
    url, before = url_of(contender, case), http_peers.counts(case.route)
    sample = measured(server, lambda: case.load(url, seconds))
    after = http_peers.counts(case.route)
    opened, answered = (after[name] - before[name] for name in ("connections", "requests"))
    check_counts(contender, case, sample, opened, answered)
    return sample | {"backend_connections": opened}


def start_all(cases, options, place, stack):
    """{server key: process}: each proxy that the cases need."""
    for kind in http_peers.BACKENDS:
        stack.enter_context(http_peers.start_backend(place, kind))
    running = {}
    for case in cases:
        for contender in contenders(CASES[case], options.peers_only):
            key = server_key(contender, CASES[case])
            if key == "direct" or key in running:
                continue
            server = (http_peers.start_naru(place) if contender == "naru" else
                      http_peers.start_peer(place, contender, CASES[case].route))
            running[key] = stack.enter_context(server)
    return running


def run_case(name, options, place, running, results, progress):
    case = CASES[name]
    names = contenders(case, options.peers_only)

    def one(contender):
        sample = sample_of(contender, case, running.get(server_key(contender, case)), options.seconds)
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
    with ExitStack() as stack:
        running = start_all(cases, options, place, stack)
        for name in cases:
            run_case(name, options, place, running, results, progress)
