"""Endpoints that are names: what DNS says of them is followed, and traffic with it."""

import pytest

from naru_harness import clients, manifests
from naru_harness.node import DNS_PORT
from naru_harness.pods import PodProcess
from naru_harness.upstream import Upstream
from naru_harness.wait import stays, until

NAME = "db.far.test"


@pytest.fixture
def upstream(lab):
    """Knows what a test tells it; answers hold for a second."""
    server = Upstream(lab.range.address(251, 1), {}, ttl=1)
    yield server
    server.close()


def node_with(lab, upstream, **more):
    """One that has no old answers to give: what is kept while there are none is then the endpoints' own doing."""
    listen = [f"{lab.range.dns}:{DNS_PORT}"]
    return lab.node(dns={"listen": listen, "upstreams": [upstream.text], "cache": {"serveStale": "0s"}}, **more)


def serve(lab, *names, **spec):
    lab.apply("web.yaml", manifests.service("web", **spec))
    lab.apply("web-names.yaml", manifests.endpoint_slice("web", names, family="FQDN"))


def test_the_address_of_a_name_changes_and_no_request_fails(lab, upstream):
    old, new = lab.pod("old"), lab.pod("new")
    upstream.change(NAME, old.address)
    serve(lab, NAME)
    node = node_with(lab, upstream)
    vip = node.cluster_ip("web")
    assert lab.reached(vip, 8080, 1) == {"old"}, "ready means that names have been looked up, too"
    load = lab.wrk(f"http://{vip}:8080/", connections=4, close=True)
    upstream.change(NAME, new.address)
    lab.until_reached(vip, 8080, [new])
    upstream.change(NAME, [old.address, new.address])
    lab.until_reached(vip, 8080, [old, new])
    done = load.finish()
    assert done.requests > 0 and done.failed == 0, done.text
    # The names are shown as they were given, and the addresses by what serves them.
    assert node.endpoint_addresses("web") == {NAME}
    assert node.service("web")["metadata"]["name"] == "web" and not node.errors()


def test_a_failure_keeps_what_is_known_and_a_denial_does_not(lab, upstream):
    pod, other = lab.pod("pod"), lab.pod("other")
    upstream.change(NAME, pod.address)
    serve(lab, NAME)
    node = node_with(lab, upstream)
    vip = node.cluster_ip("web")
    assert lab.reached(vip, 8080, 1) == {"pod"}
    upstream.rcode = 2
    until(lambda: "can't be looked up: 1 that are known go on to be used" in node.log(), "the failure is told")
    stays(lambda: lab.reached(vip, 8080, 5) == {"pod"}, "the address that is known is used", seconds=2)
    upstream.change(NAME, other.address)
    upstream.rcode = 0
    lab.until_reached(vip, 8080, [other], timeout=30)
    upstream.forget(NAME)
    lab.until_refused(vip, 8080)
    assert "it has no IPv4 address" in node.log()
    upstream.change(NAME, pod.address)
    lab.until_reached(vip, 8080, [pod], timeout=30)


def test_a_name_without_an_address_is_no_endpoint_and_names_stand_beside_addresses(lab, upstream):
    pods = lab.deployment("web", 2)
    upstream.change(NAME, pods[0].address)
    serve(lab, "lost.far.test", NAME)
    lab.apply("web-addresses.yaml", manifests.endpoint_slice("web", [pods[1].endpoint()], name="web-2"))
    vip = node_with(lab, upstream).cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    lab.apply("web-names.yaml", manifests.endpoint_slice("web", [manifests.endpoint(NAME, ready=False)], family="FQDN"))
    lab.until_reached(vip, 8080, pods[1:])
    lab.remove("web-addresses.yaml")
    lab.until_refused(vip, 8080)


def test_a_name_of_our_own_is_answered_by_the_zone_in_force(lab, upstream):
    pods = lab.deployment("db", 2)
    lab.serve("db", pods[:1], clusterIP="None")
    serve(lab, "db.shop.svc.cluster.local")
    vip = node_with(lab, upstream).cluster_ip("web")
    lab.until_reached(vip, 8080, pods[:1])
    lab.endpoints("db", pods[1:])
    lab.until_reached(vip, 8080, pods[1:], timeout=20)  # the zone's TTL is 5 s
    assert upstream.asked == 0


def test_a_name_that_leads_back_to_the_service_is_left_out(lab, upstream):
    serve(lab, "web.shop.svc.cluster.local")
    node = node_with(lab, upstream)
    node.until_error("is an address of the Service itself: traffic would loop; the endpoint is left out")
    lab.until_refused(node.cluster_ip("web"), 8080)


def test_taking_over_finds_the_names_before_it_serves(lab, upstream):
    pod = lab.pod("pod")
    upstream.change(NAME, pod.address)
    serve(lab, NAME)
    node = node_with(lab, upstream)
    vip = node.cluster_ip("web")
    load = lab.wrk(f"http://{vip}:8080/", connections=4, close=True)
    node.take_over()
    done = load.finish()
    assert done.requests > 0 and done.failed == 0, done.text


def test_an_upstream_that_is_silent_does_not_keep_the_rest_from_being_served(lab, upstream):
    pod = lab.pod("pod")
    lab.serve("other", [pod])
    serve(lab, NAME)
    upstream.silent = True
    node = node_with(lab, upstream)
    lab.until_reached(node.cluster_ip("other"), 8080, [pod])
    lab.until_refused(node.cluster_ip("web"), 8080)
    upstream.change(NAME, pod.address)
    upstream.silent = False
    lab.until_reached(node.cluster_ip("web"), 8080, [pod], timeout=30)


def test_both_families(lab, namespaces):
    """Each family of the Service is asked for, and what it has, by itself."""
    space = namespaces()
    space.ip("addr", "add", "fd00:77::1/128", "dev", "lo", "nodad")
    server = space.inside(Upstream, "127.0.0.99", {NAME: ["127.0.5.1", "fd00:77::1"]}, ttl=1)
    try:
        for name, address in (("pod1", "127.0.5.1"), ("pod2", "fd00:77::1")):
            lab.pods.append(PodProcess(lab.build, lab.directory, name, address, prefix=space.prefix))
        serve(lab, NAME, ipFamilyPolicy="RequireDualStack")
        node = lab.node(
            address="127.0.0.1",
            prefix=space.prefix,
            serviceCIDRs=["10.96.0.0/16", "fd00:96::/112"],
            dns={"listen": [], "upstreams": [server.text]},
        )
        vip4, vip6 = node.service("web")["spec"]["clusterIPs"]

        def answers(vip):
            return space.inside(clients.fetch, vip, 8080).pod

        until(lambda: answers(vip4) == "pod1" and answers(vip6) == "pod2", "each family has its pod")
        server.change(NAME, "fd00:77::1")
        until(lambda: space.inside(clients.refused, vip4, 8080), "without an address there is no endpoint")
        assert answers(vip6) == "pod2"
    finally:
        server.close()
