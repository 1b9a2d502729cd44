"""Names of elsewhere: real resolvers as upstreams, upstreams that fail, and what is kept of their answers."""

import contextlib
import shutil
import socket
import time

import pytest

from naru_harness import dns
from naru_harness.node import DNS_PORT
from naru_harness.resolvers import Dnsdist, Nsd, Unbound
from naru_harness.upstream import Upstream
from naru_harness.wait import until


@pytest.fixture
def servers():
    """Ends the upstreams of a test."""
    made = []
    yield lambda server: made.append(server) or server
    for server in made:
        server.close()


def node_with(lab, **more):
    return lab.node(dns={"listen": [f"{lab.range.dns}:{DNS_PORT}"], **more})


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


def unbound(lab, number=1, **more):
    records = [("www.far.test.", "60 IN A 192.0.2.81"), ("www.far.test.", "60 IN AAAA 2001:db8::81")]
    records += [("many.far.test.", f"60 IN A 192.0.2.{x}") for x in range(1, 101)]
    return Unbound(lab, lab.range.address(251, number), "far.test", records, **more)


@needs("unbound")
def test_unbound_as_the_upstream(lab, servers):
    resolver = servers(unbound(lab))
    lab.apply("out.yaml", external_name("out", "www.far.test"), external_name("lost", "gone.far.test"))
    node = node_with(lab, upstreams=[resolver.text])
    for kind, data in (("A", "192.0.2.81"), ("AAAA", "2001:db8::81")):
        for options in ([], ["+tcp"], ["+dnssec"], ["+noedns"], ["+subnet=192.0.2.0/24"]):
            assert lab.dig("wWw.far.test", kind, *options).data(kind) == [data], options
    gone = lab.dig("gone.far.test")
    assert gone.status == "NXDOMAIN" and "SOA" in gone.text
    assert len(lab.dig("many.far.test").records) == 100, "cut off over UDP, fetched over TCP, whole for a client over TCP"
    assert "tc" in lab.dig("many.far.test", "A", "+ignore", "+noedns").flags
    out = lab.dig("out.shop.svc.cluster.local")
    assert [(kind, data) for _, _, kind, data in out.records] == [("CNAME", "www.far.test."), ("A", "192.0.2.81")]
    assert lab.dig("lost.shop.svc.cluster.local").status == "SERVFAIL", "never a negative answer that is kept"
    # Two workers have a cache each; whoever asks often enough finds an answer there.
    until(lambda: lab.dig("www.far.test") and hits(node) > 0, "answers come from the cache")
    assert node.metric("naru_dns_forward_responses_total", to=resolver.text, rcode="NOERROR") >= 2


def external_name(name, target):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"type": "ExternalName", "externalName": target},
    }


def hits(node):
    return node.metric("naru_dns_cache_hits_total", type="success")


@needs("nsd")
def test_nsd_as_the_upstream_of_a_stub_zone(lab, servers):
    authority = servers(Nsd(lab, lab.range.address(251, 1), "corp.test", [("www", "60 IN A 192.0.2.82")]))
    other = servers(Upstream(lab.range.address(251, 2), {"example.test": "192.0.2.80"}))
    node_with(lab, upstreams=[other.text], stubZones={"corp.test": [authority.text]})
    assert lab.dig("www.corp.test").data("A") == ["192.0.2.82"]
    assert lab.dig("example.test").data("A") == ["192.0.2.80"]
    asked = other.asked
    gone = lab.dig("gone.corp.test")
    assert gone.status == "NXDOMAIN" and "SOA" in gone.text
    assert other.asked == asked, "names of a stub zone go nowhere else"


@needs("dnsdist")
@needs("nsd")
def test_dnsdist_as_the_upstream(lab, servers):
    records = [("www", "60 IN A 192.0.2.83"), *(("many", f"60 IN A 192.0.2.{x}") for x in range(1, 101))]
    authority = servers(Nsd(lab, lab.range.address(251, 1), "corp.test", records))
    balancer = servers(Dnsdist(lab, lab.range.address(251, 2), authority, "corp.test"))
    node = node_with(lab, upstreams=[balancer.text])
    for options in ([], ["+tcp"], ["+dnssec"], ["+noedns"]):
        assert lab.dig("wWw.Corp.test", "A", *options).data("A") == ["192.0.2.83"], options
    assert lab.dig("www.corp.test", "AAAA").status == "NOERROR"
    gone = lab.dig("gone.corp.test")
    assert gone.status == "NXDOMAIN" and "SOA" in gone.text
    assert len(lab.dig("many.corp.test").records) == 100, "cut off over UDP, fetched over TCP"
    assert node.metric("naru_dns_forward_responses_total", to=balancer.text, rcode="NOERROR") >= 1


@needs("unbound")
def test_a_loop_is_told_once_and_ends(lab, servers):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    back = servers(unbound(lab, forward=f"{lab.range.dns}:{DNS_PORT}"))
    node = node_with(lab, upstreams=[back.text])
    until(lambda: "sends our questions back to us" in node.log(), "the loop is found")
    assert lab.dig("example.test").status == "SERVFAIL"
    assert lab.dig("web.shop.svc.cluster.local").data("A") == [node.cluster_ip("web")]
    assert node.log().count("sends our questions back to us") == 1
    assert node.process.running


# What each lie must come to where nobody else can be asked: whether the truth is found all the same, and how.
LIES = {
    "wrong id": "SERVFAIL",
    "wrong question": "SERVFAIL",
    "wrong type": "SERVFAIL",
    "elsewhere": "SERVFAIL",
    "stranger": "SERVFAIL",
    "cut": "SERVFAIL",
    "garbage": "SERVFAIL",
    "empty": "SERVFAIL",
    "header": "SERVFAIL",
    "query": "SERVFAIL",
    "truncated": "NOERROR",
    "twice": "NOERROR",
}


@pytest.mark.parametrize("lie", LIES)
def test_an_upstream_that_lies(lab, servers, lie):
    """It is never believed. Beside one that is honest its lies cost nobody the answer; alone they end in SERVFAIL, in time."""
    names = [f"n{x}.test" for x in range(8)]
    liar = servers(Upstream(lab.range.address(251, 1), dict.fromkeys(names, "192.0.2.1"), stranger=lab.range.address(251, 3)))
    honest = servers(Upstream(lab.range.address(251, 2), dict.fromkeys(names, "192.0.2.2")))
    timing = {"attemptTimeout": "300ms", "timeout": "900ms", "policy": "sequential"}
    node = node_with(lab, upstreams=[liar.text, honest.text], stubZones={"n7.test": [liar.text]}, **timing)
    liar.lie = lie
    for name in names[:5]:
        wanted = ["192.0.2.1"] if LIES[lie] == "NOERROR" else ["192.0.2.2"]
        assert lab.dig(name).data("A") == wanted
    began = time.monotonic()
    alone = lab.dig("n7.test")
    assert alone.status == LIES[lie] and time.monotonic() - began < 4
    assert (liar.asked_by_tcp > 0) == (lie == "truncated")
    liar.lie = None
    # What failed is kept for some seconds at most: RFC 9520 wants at least one.
    until(lambda: lab.dig("n7.test").data("A") == ["192.0.2.1"], "the truth is believed", timeout=10, interval=0.2)
    assert node.process.running


def test_an_upstream_that_is_slow_or_dead_delays_nobody_for_long(lab, servers):
    """The next one is asked too after 150 ms at most; a dead one is found out by the first query."""
    names = [f"n{x}.test" for x in range(40)]
    slow = servers(Upstream(lab.range.address(251, 1), dict.fromkeys(names, "192.0.2.1")))
    quick = servers(Upstream(lab.range.address(251, 2), dict.fromkeys(names, "192.0.2.2")))
    dead = f"{lab.range.address(251, 4)}:53530"
    node = node_with(lab, upstreams=[dead, slow.text, quick.text], policy="sequential")
    slow.delay = 0.8
    for name in names[:10]:
        assert lab.dig(name).data("A") == ["192.0.2.2"]
    assert node.metric("naru_dns_forward_hedges_total") >= 1
    dead_asked = node.metric("naru_dns_forward_requests_total", to=dead)
    for name in names[10:20]:
        lab.dig(name)
    # Two workers, each of which must find out; and a check of its health now and then, which is no query.
    assert node.metric("naru_dns_forward_requests_total", to=dead) - dead_asked <= 2
    quick.silent = True
    slow.delay = 0.3
    assert lab.dig(names[30]).data("A") == ["192.0.2.1"], "slow is better than nothing"


def test_waiting_for_silent_upstreams_takes_little_memory(lab, servers):
    """Some 500 questions wait in each worker. (A c-ares channel for each would be 75 KB.)"""
    silent = servers(Upstream(lab.range.address(251, 1), {}))
    silent.silent = True
    node = node_with(lab, upstreams=[silent.text])
    before = node.process.resident()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(64)]
        for client in clients:
            client.connect((lab.range.dns, DNS_PORT))
        for number in range(2400):
            clients[number % 64].send(dns.query(f"x{number}.example", identity=number))
            time.sleep(0.0005)
        assert node.process.descriptors() > 600, "they do wait"
        grown = node.process.resident() - before
    if not lab.build.sanitized:
        assert grown < 16 << 20, grown


def test_an_upstream_that_flaps_is_used_while_it_is_there(lab, servers):
    first = servers(Upstream(lab.range.address(251, 1), {f"n{x}.test": "192.0.2.1" for x in range(200)}))
    second = servers(Upstream(lab.range.address(251, 2), {f"n{x}.test": "192.0.2.2" for x in range(200)}))
    timing = {"attemptTimeout": "300ms", "healthCheck": "50ms", "policy": "sequential"}
    node_with(lab, upstreams=[first.text, second.text], **timing)
    names = iter(f"n{x}.test" for x in range(200))
    answer = lambda: lab.dig(next(names)).data("A")  # noqa: E731
    for _ in range(2):
        until(lambda: answer() == ["192.0.2.1"], "the first is asked first", interval=0.05)
        first.silent = True
        for _ in range(3):
            assert answer() == ["192.0.2.2"], "nobody waits for it in vain"
        first.silent = False


def test_what_is_out_of_date_is_given_only_while_upstreams_are_silent(lab, servers):
    upstream = servers(Upstream(lab.range.address(251, 1), {"old.test": "192.0.2.1"}, ttl=1))
    timing = {"attemptTimeout": "200ms", "timeout": "400ms", "healthCheck": "50ms"}
    # One worker, or each would have to learn the name.
    node = lab.node(dns={"listen": [f"{lab.range.dns}:{DNS_PORT}"], "upstreams": [upstream.text], **timing}, workers=1)
    assert lab.dig("old.test").records[0][1] == 1
    upstream.silent = True
    stale = until(lambda: next((x for x in lab.dig("old.test").records if x[1] == 30), None), "it is given with TTL 30")
    assert stale[3] == "192.0.2.1"
    assert node.metric("naru_dns_cache_served_stale_total") >= 1
    assert lab.dig("new.test").status == "SERVFAIL"
    upstream.silent = False
    upstream.change("old.test", "192.0.2.2")
    until(lambda: lab.dig("old.test").data("A") == ["192.0.2.2"], "the new address is told", interval=0.1)


def test_a_name_in_use_is_asked_for_before_it_ends(lab, servers):
    upstream = servers(Upstream(lab.range.address(251, 1), {"hot.test": "192.0.2.1"}, ttl=2))
    node = lab.node(dns={"listen": [f"{lab.range.dns}:{DNS_PORT}"], "upstreams": [upstream.text]}, workers=1)

    def prefetched():
        assert lab.dig("hot.test").data("A") == ["192.0.2.1"]
        return node.metric("naru_dns_cache_prefetch_total") >= 1

    until(prefetched, "it is asked for again while it is in use", timeout=30)
