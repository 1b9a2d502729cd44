"""UDP as the network has it: errors that come back, datagrams of any length, clients with many ports."""

import errno
import resource
import socket

import pytest

from naru_harness import manifests
from naru_harness.node import DNS_PORT
from naru_harness.pods import PodProcess
from naru_harness.wait import stays, until

PORT = 9000
PORTS = [{"name": "echo", "port": PORT, "protocol": "UDP"}]


def flow(address, source=None):
    """A client's socket; the caller closes it."""
    one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    if source:
        one.bind((source, 0))
    one.settimeout(5)
    one.connect((address, PORT))
    return one


def refusal(address):
    """What the kernel tells a client: an errno, or None for silence."""
    with flow(address) as one:
        one.settimeout(1.5)
        try:
            one.send(b"anybody?")
            one.recv(100)
        except TimeoutError:
            return None
        except OSError as error:
            return error.errno
        return 0


def serve(lab, entries, name="echo", family="IPv4", **spec):
    lab.apply(f"{name}.yaml", manifests.service(name, ports=PORTS, **spec))
    lab.apply(f"{name}-slice.yaml", manifests.endpoint_slice(name, entries, ports=PORTS, family=family))


def test_without_an_endpoint_a_client_is_refused_at_once_by_any_naru(lab):
    """By the kernel, which needs no privilege: nobody listens. From none to one to none."""
    pod = lab.pod("echo-1", udp_echo_port=PORT)
    serve(lab, [])
    vip = lab.node(prefix=unprivileged()).cluster_ip("echo")
    assert refusal(vip) == errno.ECONNREFUSED
    serve(lab, [pod.endpoint()])
    until(lambda: refusal(vip) == 0, "its first endpoint is served")
    serve(lab, [])
    until(lambda: refusal(vip) == errno.ECONNREFUSED, "refused again")


def unprivileged():
    return ["setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-net_raw,-net_admin"]


@pytest.mark.root
def test_a_client_is_refused_when_every_endpoint_refuses(lab):
    serve(lab, [manifests.endpoint(lab.range.pod(number)) for number in (101, 102)])
    vip = lab.node().cluster_ip("echo")
    assert refusal(vip) == errno.ECONNREFUSED


def test_without_cap_net_raw_it_hears_nothing(lab):
    """The kernel takes it that somebody serves, and only a raw socket could say otherwise."""
    serve(lab, [manifests.endpoint(lab.range.pod(101))])
    vip = lab.node(prefix=unprivileged()).cluster_ip("echo")
    assert refusal(vip) is None


def test_a_flow_whose_endpoint_refuses_goes_elsewhere(lab):
    pods = [lab.pod(f"echo-{number}", udp_echo_port=PORT) for number in (1, 2)]
    serve(lab, [pod.endpoint() for pod in pods])
    vip = lab.node().cluster_ip("echo")
    flows = [flow(vip) for _ in range(20)]

    def where(one):
        one.send(b"whoami")
        return one.recv(100).decode()

    assert {where(one) for one in flows} == {"echo-1", "echo-2"}
    pods[0].kill()
    assert {where(one) for one in flows} == {"echo-2"}, "no question is lost"
    for one in flows:
        one.close()


@pytest.mark.root
@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_over_a_network(lab, namespaces, family):
    """Clients on another machine: the longest datagrams, in fragments, both ways; refusals, from the Service's address."""
    six = family == "IPv6"
    place, outside = namespaces(), namespaces()
    here, there = ("fd00:50::1", "fd00:50::2") if six else ("192.168.50.1", "192.168.50.2")
    place.connect(outside, f"{here}/{64 if six else 24}", f"{there}/{64 if six else 24}")
    vips, dns = ("fd00:96::/108", "[fd00:96::a]") if six else ("10.96.0.0/16", "10.96.0.10")
    outside.ip(*(["-6"] if six else []), "route", "add", vips, "via", here)
    at = "fd00:77::1" if six else "127.0.0.1"
    if six:
        place.ip("addr", "add", "fd00:77::1/128", "dev", "lo", "nodad")
    pod = PodProcess(lab.build, lab.directory, "echo-1", at, prefix=place.prefix, udp_echo_port=PORT)
    lab.pods.append(pod)
    serve(lab, [pod.endpoint()], family=family)
    dns = {"listen": [f"{dns}:{DNS_PORT}"], "upstreams": ["127.0.0.99:53"]}
    node = lab.node(prefix=place.prefix, address="127.0.0.1", serviceCIDRs=[vips], dns=dns)
    vip = node.cluster_ip("echo")

    def echo(size):
        with flow(vip) as one:
            one.send(b"q" * size)
            return one.recv(70000) == b"q" * size

    for size in (1, 1472, 1473, 9000, 65527 if six else 65507):
        assert outside.inside(echo, size), size
    pod.kill()
    assert outside.inside(refusal, vip) == errno.ECONNREFUSED
    serve(lab, [], family=family)
    until(lambda: outside.inside(refusal, vip) == errno.ECONNREFUSED, "the kernel's own word")


@pytest.mark.root
def test_a_narrow_path_to_the_endpoint(lab, namespaces):
    """A router tells naru that its datagrams are too long ("fragmentation needed"). What was told of is lost, as for any
    program; all that follow arrive, in fragments."""
    place, router, far = namespaces(), namespaces(), namespaces()
    place.connect(router, "192.168.50.1/24", "192.168.50.2/24")
    router.connect(far, "192.168.51.1/24", "192.168.51.2/24")
    router.sysctl(ipv4__ip_forward=1)
    for end in (router, far):
        link = next(x for x in end.run("ip", "-o", "-4", "addr", "show").stdout.splitlines() if "192.168.51." in x)
        end.ip("link", "set", link.split()[1], "mtu", 1000)
    place.ip("route", "add", "192.168.51.0/24", "via", "192.168.50.2")
    far.ip("route", "add", "192.168.50.0/24", "via", "192.168.51.1")
    pod = PodProcess(lab.build, lab.directory, "echo-1", "192.168.51.2", prefix=far.prefix, udp_echo_port=PORT)
    lab.pods.append(pod)
    serve(lab, [pod.endpoint()])
    dns = {"listen": [f"10.96.0.10:{DNS_PORT}"], "upstreams": ["127.0.0.99:53"]}
    vip = lab.node(prefix=place.prefix, address="127.0.0.1", serviceCIDRs=["10.96.0.0/16"], dns=dns).cluster_ip("echo")

    def echoes(one, text):
        one.send(text)
        try:
            return one.recv(70000) == text
        except TimeoutError:
            return False

    def exchange():
        with flow(vip) as one:
            assert echoes(one, b"short")
            one.settimeout(1)
            first = echoes(one, b"a" * 1400)
            one.settimeout(5)
            return first, [echoes(one, bytes([number]) * 1400) for number in range(10)]

    first, rest = place.inside(exchange)
    assert rest == [True] * 10, (first, rest)


def test_a_client_with_a_hundred_thousand_ports_pushes_nobody_out(lab):
    """Of two addresses, since one has not so many ports. Flows are bounded by descriptors; another client's stays."""
    pods = [lab.pod(f"echo-{number}", udp_echo_port=PORT) for number in (1, 2, 3)]
    serve(lab, [pod.endpoint() for pod in pods])
    node = lab.node(workers=1)
    vip = node.cluster_ip("echo")
    modest = flow(vip, lab.range.address(241, 1))

    def where():
        modest.send(b"whoami")
        return modest.recv(100)

    first = where()
    ports = range(10_000, 60_000)
    for source in (lab.range.address(242, 1), lab.range.address(242, 2)):
        for port in ports:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                one.bind((source, port))
                one.sendto(b"x", (vip, PORT))
            if port % 5000 == 0:
                assert where() == first
    assert where() == first
    bound = resource.getrlimit(resource.RLIMIT_NOFILE)[0] / 2
    active = node.metric("naru_connections_active")
    assert 1000 < active <= bound, active
    late = flow(vip, lab.range.address(241, 2))
    late.send(b"whoami")
    assert late.recv(100).startswith(b"echo-"), "a newcomer is let in"
    stays(lambda: where() == first, "the modest client's flow", 0.3)
    modest.close()
    late.close()
