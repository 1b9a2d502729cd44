"""Networks of our own: addresses outside loopback, clients on other machines, IPv6, names as libc resolves them."""

import pytest

from naru_harness import clients, manifests
from naru_harness.node import DNS_PORT
from naru_harness.pods import PodProcess
from naru_harness.wait import until

pytestmark = pytest.mark.root

REFUSED, TIMED_OUT = 7, 28  # curl's exit codes


def pods_in(lab, place, count, address="127.0.0.{}", **options):
    pods = []
    for number in range(1, count + 1):
        at = address.format(number)
        pods.append(PodProcess(lab.build, lab.directory, f"web-{number}", at, prefix=place.prefix, **options))
    lab.pods += pods
    return pods


def node_in(lab, place, cidrs=("10.96.0.0/16",), dns="10.96.0.10", **options):
    options.setdefault("address", "127.0.0.1")
    return lab.node(
        prefix=place.prefix,
        serviceCIDRs=list(cidrs),
        dns={"listen": [f"{dns}:{DNS_PORT}"], "upstreams": ["127.0.0.99:53"]},
        **options,
    )


def seen(place, url, count=20):
    return {clients.curl(url, prefix=place.prefix).split()[1] for _ in range(count)}


def local_routes(place, family="-4"):
    return place.run("ip", family, "route", "show", "table", "local").stdout


def test_service_addresses_outside_loopback(lab, namespaces):
    """One local route for the whole CIDR, put in place and taken away by naru."""
    place = namespaces()
    pods = pods_in(lab, place, 2)
    lab.serve("web", pods)
    before = local_routes(place)
    node = node_in(lab, place)
    vip = node.cluster_ip("web")
    assert vip.startswith("10.96.")
    assert "local 10.96.0.0/16 dev lo" in local_routes(place)
    assert seen(place, f"http://{vip}:8080/") == {"web-1", "web-2"}
    assert node.stop() == 0
    assert local_routes(place) == before


def test_routes_left_by_a_killed_naru_are_taken_over(lab, namespaces):
    place = namespaces()
    lab.serve("web", pods_in(lab, place, 1))
    before = local_routes(place)
    node = node_in(lab, place)
    vip = node.cluster_ip("web")
    node.kill()
    node.start()
    assert seen(place, f"http://{vip}:8080/", 3) == {"web-1"}
    assert node.stop() == 0
    assert local_routes(place) == before


def test_a_client_on_another_machine(lab, namespaces):
    """By node port on the node's address, and by load balancer address through a route to the node."""
    place, outside = namespaces(), namespaces()
    place.connect(outside, "192.168.50.1/24", "192.168.50.2/24")
    outside.ip("route", "add", "203.0.113.0/24", "via", "192.168.50.1")
    pods = pods_in(lab, place, 2)
    lab.apply("nodes.yaml", manifests.node("w1", "192.168.50.1"))
    lab.apply("pool.yaml", manifests.pool("public", "203.0.113.0/24"))
    lab.serve("web", pods, type="LoadBalancer", ports=[{"name": "http", "port": 8080, "nodePort": 30080}])
    node = node_in(lab, place, address="192.168.50.1")
    assert seen(outside, "http://192.168.50.1:30080/") == {"web-1", "web-2"}
    address = until(lambda: node.load_balancer_ip("web"), "it has its address")
    until(lambda: seen(outside, f"http://{address}:8080/") == {"web-1", "web-2"}, "the address is served")


def test_source_ranges_of_a_load_balancer(lab, namespaces):
    """Clients outside the ranges get no answer on that address; the node port is open to all."""
    place, outside = namespaces(), namespaces()
    place.connect(outside, "192.168.50.1/24", "192.168.50.2/24")
    outside.ip("addr", "add", "192.168.50.3/32", "dev", "lo")
    outside.ip("route", "add", "203.0.113.0/24", "via", "192.168.50.1", "src", "192.168.50.2")
    pods = pods_in(lab, place, 1)
    lab.apply("nodes.yaml", manifests.node("w1", "192.168.50.1"))
    lab.apply("pool.yaml", manifests.pool("public", "203.0.113.0/24"))
    ports = [{"name": "http", "port": 8080, "nodePort": 30080}]
    lab.serve("web", pods, type="LoadBalancer", ports=ports, loadBalancerSourceRanges=["192.168.50.2/32"])
    node = node_in(lab, place, address="192.168.50.1")
    address = until(lambda: node.load_balancer_ip("web"), "it has its address")
    until(lambda: seen(outside, f"http://{address}:8080/", 1), "a client within the ranges is served")
    done = clients.tool(
        "curl", "-sS", "-m", 2, "--interface", "192.168.50.3", f"http://{address}:8080/", prefix=outside.prefix
    )
    assert done.returncode == TIMED_OUT, "neither served nor refused"
    assert clients.curl("http://192.168.50.1:30080/", "--interface", "192.168.50.3", prefix=outside.prefix)


def test_policy_local_is_silent_on_a_node_without_an_endpoint(lab, namespaces):
    """A client then asks again, and finds another node; a refusal it would believe. With no endpoint anywhere it is told."""
    place, outside = namespaces(), namespaces()
    place.connect(outside, "192.168.50.1/24", "192.168.50.2/24")
    pods = pods_in(lab, place, 1)
    lab.apply("nodes.yaml", manifests.node("w1", "192.168.50.1"), manifests.node("w2", "192.168.50.9"))
    ports = [{"name": "http", "port": 8080, "nodePort": 30080}]
    elsewhere = manifests.endpoint(pods[0].address, node="w2")
    lab.serve("web", [elsewhere], type="NodePort", ports=ports, externalTrafficPolicy="Local")
    node_in(lab, place, address="192.168.50.1")
    url = "http://192.168.50.1:30080/"

    def exit_code():
        return clients.tool("curl", "-sS", "-m", 1, url, prefix=outside.prefix).returncode

    assert exit_code() == TIMED_OUT
    lab.endpoints("web", [manifests.endpoint(pods[0].address, node="w1")])
    until(lambda: exit_code() == 0, "an endpoint of its own is served")
    lab.endpoints("web", [elsewhere])
    until(lambda: exit_code() == TIMED_OUT, "it is silent again")
    lab.endpoints("web", [])
    until(lambda: exit_code() == REFUSED, "with nobody anywhere it is refused")


def test_ipv6(lab, namespaces):
    place = namespaces()
    place.ip("addr", "add", "fd00:77::1/128", "dev", "lo", "nodad")
    pods = pods_in(lab, place, 1, "fd00:77::{}")
    lab.apply("web.yaml", manifests.service("web"))
    slices = manifests.endpoint_slice("web", [pods[0].endpoint()], family="IPv6")
    lab.apply("slice.yaml", slices)
    node = node_in(lab, place, cidrs=["fd00:96::/108"], dns="[fd00:96::a]")
    vip = node.cluster_ip("web")
    assert "local fd00:96::/108 dev lo" in local_routes(place, "-6")
    assert seen(place, f"http://[{vip}]:8080/", 3) == {"web-1"}
    answer = clients.tool(
        "dig", "@fd00:96::a", "-p", DNS_PORT, "web.shop.svc.cluster.local", "AAAA", "+short", prefix=place.prefix
    )
    assert answer.stdout.strip() == vip


def test_dual_stack(lab, namespaces):
    place = namespaces()
    place.ip("addr", "add", "fd00:77::1/128", "dev", "lo", "nodad")
    four, six = pods_in(lab, place, 1), pods_in(lab, place, 1, "fd00:77::{}")
    lab.apply("web.yaml", manifests.service("web", ipFamilyPolicy="RequireDualStack"))
    lab.apply(
        "slices.yaml",
        manifests.endpoint_slice("web", [four[0].endpoint()]),
        manifests.endpoint_slice("web", [six[0].endpoint()], name="web-6", family="IPv6"),
    )
    node = node_in(lab, place, cidrs=["10.96.0.0/16", "fd00:96::/108"])
    first, second = node.service("web")["spec"]["clusterIPs"]
    assert "at 127.0.0.1" in clients.curl(f"http://{first}:8080/", prefix=place.prefix)
    assert "at fd00:77::1" in clients.curl(f"http://[{second}]:8080/", prefix=place.prefix)


def test_by_name_as_every_program_resolves_it(lab, namespaces):
    """/etc/resolv.conf names naru on its default address and port; the search path makes short names work."""
    place = namespaces()
    pods = pods_in(lab, place, 1)
    lab.serve("web", pods)
    lab.node(prefix=place.prefix, address="127.0.0.1", serviceCIDRs=["10.96.0.0/16"], dns={"upstreams": ["127.0.0.99:53"]})
    resolv = lab.directory / "resolv.conf"
    resolv.write_text("nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n")
    script = f"mount --bind {resolv} /etc/resolv.conf && exec curl -sS -m 5 --noproxy '*' http://$0:8080/"
    for name in ("web", "web.shop", "web.shop.svc.cluster.local"):
        done = place.run("unshare", "-m", "sh", "-c", script, name)
        assert "pod web-1" in done.stdout, f"{name}: {done.stderr}"


def test_an_unallocated_service_address_is_no_loop(lab, namespaces):
    """Nobody has it: no answer or a refusal, but naru does not chase its own tail."""
    place = namespaces()
    lab.serve("web", pods_in(lab, place, 1))
    node = node_in(lab, place)
    done = clients.tool("curl", "-sS", "-m", 1, "http://10.96.200.200:8080/", prefix=place.prefix)
    assert done.returncode in (7, 28)
    assert not node.connections()


def test_a_silent_endpoint_is_passed_over(lab, namespaces):
    """Packets to it vanish, as when its machine has no power: after the connect deadline another one is taken."""
    place, hole = namespaces(), namespaces()
    place.connect(hole, "192.168.51.1/24", "192.168.51.2/24")  # which forwards nothing
    place.ip("route", "add", "10.1.0.0/24", "via", "192.168.51.2")
    pods = pods_in(lab, place, 1)
    lab.serve("web", [*pods, manifests.endpoint("10.1.0.1"), manifests.endpoint("10.1.0.2")])
    vip = node_in(lab, place).cluster_ip("web")
    assert seen(place, f"http://{vip}:8080/", 10) == {"web-1"}
