"""naru's DNS over the wire: what clients ask, what they must not be told, and garbage."""

import os
import random
import socket
import struct

import pytest

from naru_harness import clients, dns, manifests
from naru_harness.node import DNS_PORT
from naru_harness.upstream import Upstream
from naru_harness.wait import until


def served(lab, **spec):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods, **spec)
    return lab.node()


def test_srv_ptr_and_the_rest(lab):
    node = served(lab)
    vip = node.cluster_ip("web")
    srv = lab.dig("_http._tcp.web.shop.svc.cluster.local", "SRV")
    assert srv.data("SRV") == ["0 100 8080 web.shop.svc.cluster.local."]
    assert [(kind, data) for _, _, kind, data in srv.additional] == [("A", vip)]
    assert lab.dig("-x", vip).data("PTR") == ["web.shop.svc.cluster.local."]
    assert lab.dig("dns-version.cluster.local", "TXT").data("TXT") == ['"1.1.0"']
    assert lab.dig("cluster.local", "SOA").data("SOA")


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("web.shop.svc.cluster.local", "AAAA", "NOERROR"),
        ("shop.svc.cluster.local", "A", "NOERROR"),
        ("svc.cluster.local", "A", "NOERROR"),
        ("nobody.shop.svc.cluster.local", "A", "NXDOMAIN"),
        ("web.elsewhere.svc.cluster.local", "A", "NXDOMAIN"),
        ("x.web.shop.svc.cluster.local", "A", "NXDOMAIN"),
        ("cluster.local", "A", "NOERROR"),
    ],
)
def test_no_such_name_and_no_such_data(lab, name, kind, status):
    served(lab)
    answer = lab.dig(name, kind)
    assert answer.status == status and "aa" in answer.flags and not answer.records
    assert "SOA" in answer.text, "negative answers carry the SOA"


def test_case_is_ignored_and_echoed(lab):
    node = served(lab)
    answer = lab.dig("wEb.ShOp.SvC.cLuStEr.LoCaL")
    assert answer.data("A") == [node.cluster_ip("web")] and "wEb.ShOp.SvC.cLuStEr.LoCaL." in answer.text


def test_tcp_and_pipelining(lab):
    node = served(lab)
    assert lab.dig("web.shop.svc.cluster.local", "A", "+tcp").data("A") == [node.cluster_ip("web")]
    with socket.create_connection((lab.range.dns, DNS_PORT), timeout=5) as sock:
        questions = [dns.query("web.shop.svc.cluster.local", identity=number) for number in range(20)]
        sock.sendall(b"".join(struct.pack(">H", len(x)) + x for x in questions))
        reader, seen = sock.makefile("rb"), set()
        for _ in questions:
            size = struct.unpack(">H", reader.read(2))[0]
            seen.add(struct.unpack(">H", reader.read(size)[:2])[0])
        assert seen == set(range(20))


def test_a_large_answer_is_truncated_and_whole_over_tcp(lab):
    addresses = [lab.range.address(240, number) for number in range(1, 201)]
    lab.serve("db", [manifests.endpoint(x) for x in addresses], clusterIP="None")
    lab.node()
    small = lab.dig("db.shop.svc.cluster.local", "A", "+ignore", "+noedns")
    assert "tc" in small.flags and len(small.text) < 3000
    whole = lab.dig("db.shop.svc.cluster.local", "A")
    assert whole.data("A") == sorted(addresses)


def test_other_names_are_forwarded(lab):
    upstream = Upstream(lab.range.address(251, 1), {"example.test": "192.0.2.80"})
    served_config = {"listen": [f"{lab.range.dns}:{DNS_PORT}"], "upstreams": [upstream.text]}
    lab.node(dns=served_config)
    try:
        answer = lab.dig("example.test")
        assert answer.data("A") == ["192.0.2.80"] and "ra" in answer.flags
        assert lab.dig("nowhere.test").status == "NXDOMAIN"
        before = upstream.asked
        assert lab.dig("nobody.shop.svc.cluster.local").status == "NXDOMAIN"
        assert upstream.asked == before, "names of ours never leave"
    finally:
        upstream.close()


def test_one_dead_upstream_among_two(lab):
    upstream = Upstream(lab.range.address(251, 1), {"example.test": "192.0.2.80"})
    dead = f"{lab.range.address(251, 2)}:53530"
    lab.node(dns={"listen": [f"{lab.range.dns}:{DNS_PORT}"], "upstreams": [dead, upstream.text]})
    try:
        for _ in range(10):
            assert lab.dig("example.test").data("A") == ["192.0.2.80"]
    finally:
        upstream.close()


def test_a_silent_upstream_is_a_server_failure_and_stops_nothing(lab):
    upstream = Upstream(lab.range.address(251, 1), {})
    upstream.silent = True
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node(dns={"listen": [f"{lab.range.dns}:{DNS_PORT}"], "upstreams": [upstream.text]})
    try:
        pending = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(50)]
        for sock in pending:
            sock.sendto(dns.query("slow.test"), (lab.range.dns, DNS_PORT))
        assert lab.dig("web.shop.svc.cluster.local").data("A") == [node.cluster_ip("web")]
        assert lab.dig("slow.test", "A", "+time=10").status == "SERVFAIL"
        for sock in pending:
            sock.close()
    finally:
        upstream.close()


def send_garbage(server, good, rng):
    """Random bytes, questions cut off anywhere, bits flipped anywhere, pointer loops, more than a buffer holds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(server)
        for size in range(len(good)):
            sock.send(good[:size])
        for _ in range(400):
            broken = bytearray(good)
            for _ in range(rng.randint(1, 8)):
                broken[rng.randrange(len(broken))] = rng.randrange(256)
            sock.send(broken)
            sock.send(rng.randbytes(rng.randint(0, 600)))
        sock.send(good[:12] + b"\xc0\x0c\0\1\0\1")
        sock.send(rng.randbytes(9000))


def test_garbage_gets_nothing_and_breaks_nothing(lab, build):
    node = served(lab)
    rng, sizes = random.Random(1), []
    good = dns.query("web.shop.svc.cluster.local", identity=7)
    for _ in range(5):
        for _ in range(8):  # from several ports, so that every worker gets some
            send_garbage((lab.range.dns, DNS_PORT), good, rng)
        # Its queue may be full of garbage still.
        until(lambda: lab.dig("web.shop.svc.cluster.local").data("A") == [node.cluster_ip("web")], "questions are answered")
        sizes.append(node.process.resident())
    response = dns.query("web.shop.svc.cluster.local", flags=0x8100)
    for message in (b"", good[:11], response):
        assert dns.exchange(lab.range.dns, DNS_PORT, message, 0.2) is None
    if not build.sanitized:
        assert sizes[4] - sizes[1] < 1 << 20, sizes  # after the first rounds, in which what is kept is first needed


def test_garbage_over_tcp(lab):
    node = served(lab)
    address = (lab.range.dns, DNS_PORT)
    idle = [socket.create_connection(address, timeout=5) for _ in range(30)]
    for message in (b"\0", b"\0\0", b"\xff\xff" + b"x" * 100, b"\0\5hello", os.urandom(3000)):
        with socket.create_connection(address, timeout=5) as sock:
            sock.sendall(message)
    assert lab.dig("web.shop.svc.cluster.local", "A", "+tcp").data("A") == [node.cluster_ip("web")]
    for sock in idle:
        sock.close()


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["+opcode=notify"], "NOTIMP"),
        (["+edns=1", "+noednsnegotiation"], "BADVERS"),
        (["-c", "CH"], "REFUSED"),
    ],
)
def test_what_is_not_for_us(lab, options, status):
    served(lab)
    assert lab.dig("web.shop.svc.cluster.local", "A", *options).status == status


def test_zone_transfer_is_refused(lab):
    served(lab)
    done = clients.tool("dig", f"@{lab.range.dns}", "-p", DNS_PORT, "cluster.local", "AXFR", "+tries=1", "+time=3")
    assert "Transfer failed" in done.stdout or "REFUSED" in done.stdout


def test_names_in_force_are_told(lab):
    node = served(lab)
    vip = node.cluster_ip("web")
    records = {(x["name"], x["type"], x["data"]) for x in node.get("dns")}
    assert ("web.shop.svc.cluster.local.", "A", vip) in records


def test_a_change_is_answered_at_once_by_every_worker(lab):
    """No cache in front of the zone: after the change no worker of any node gives the old answer."""
    pods = lab.deployment("db", 2)
    lab.serve("db", pods[:1], clusterIP="None")
    lab.node("w1")
    lab.node("w2")
    name = "db.shop.svc.cluster.local"
    for turn in range(6):
        wanted = pods[(turn + 1) % 2]
        lab.endpoints("db", [wanted])
        # Each query from a port of its own, so that the kernel spreads them over all workers.
        until(lambda: all(lab.dig(name).data("A") == [wanted.address] for _ in range(10)), "in force everywhere")
        packed = socket.inet_aton(wanted.address)
        for _ in range(40):
            assert packed in dns.exchange(lab.range.dns, DNS_PORT, dns.query(name))
