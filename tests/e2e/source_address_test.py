"""sourceAddress: Transparent. Pods see the clients' addresses, and nothing is left behind on the node."""

import concurrent.futures
import socket

import pytest

from naru_harness import manifests, site_plan as plan, witness
from naru_harness.site import Site
from naru_harness.wait import until
from naru_harness.witness import HTTP_PORT, PORT, Witness

pytestmark = pytest.mark.root
PORTS = [
    {"name": "tcp", "port": PORT, "protocol": "TCP"},
    {"name": "udp", "port": PORT, "protocol": "UDP"},
    {"name": "http", "port": HTTP_PORT, "protocol": "TCP", "appProtocol": "http"},
]
SLICE_PORTS = [{"name": x["name"], "port": x["port"], "protocol": x["protocol"]} for x in PORTS]


def serve(site, name, witnesses, **spec):
    """A dual-stack Service of type LoadBalancer."""
    spec = {"type": "LoadBalancer", "ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"], **spec}
    site.apply(f"{name}.yaml", manifests.service(name, ports=PORTS, **spec))
    slices = []
    for family, index in (("IPv4", 0), ("IPv6", 1)):
        entries = [manifests.endpoint(x.addresses[index], x.pod.node) for x in witnesses]
        slices.append(manifests.endpoint_slice(name, entries, name=f"{name}-{family.lower()}", ports=SLICE_PORTS, family=family))
    site.apply(f"{name}-endpoints.yaml", *slices)


def transparent(site, *services):
    site.apply("policy.yaml", manifests.policy("seen", *services, sourceAddress="Transparent", timeouts={"udpIdle": "1s"}))


@pytest.fixture(scope="module")
def site(build):
    """Two nodes with a witness each, all behind the Service `both`; `first` and `second` have the one and the other."""
    with Site(build, hosts=plan.NODES[1:3]) as made:
        made.witnesses = [made.keep(Witness(made.pod(f"web-{n}", f"w{n}-k8s"), made.directory)) for n in (1, 2)]
        for number in (1, 2):
            made.pod(f"visitor-{number}", f"w{number}-k8s")
        made.apply("pool.yaml", manifests.pool("routed", plan.ROUTED, plan.ROUTED6))
        first, second = made.witnesses
        serve(made, "both", [first, second])
        serve(made, "first", [first])
        serve(made, "second", [second])
        serve(made, "plain", [first])
        transparent(made, "both", "first", "second")
        yield made.start()


@pytest.fixture
def node(site):
    """w1-k8s, which the router leads to."""
    node = site.nodes["w1-k8s"]
    for prefix, via in ((plan.ROUTED, node.address), (plan.ROUTED6, node.address6)):
        site.router.ip("route", "replace", prefix, "via", via)
    return node


def addresses(node, service):
    return [x["ip"] for x in node.naru.service(service)["status"]["loadBalancer"]["ingress"]]


def visitor(site, number):
    return next(x for x in site.pods() if x.name == f"visitor-{number}").place


def told(site, address):
    """What the client is told of its address."""
    return site.client.inside(witness.ask_tcp, address, PORT)[0][0]


def connection(site, address):
    """One of the client's, that a pod has seen as the client's."""
    made = site.client.inside(socket.create_connection, (address, PORT), 3)
    assert witness.read_line(made)[0] == plan.CLIENT
    return made


def policy_routing(node):
    """What there is of it in the node's network."""
    found = []
    for command in ("ip rule", "ip -6 rule"):
        found += [x for x in node.machine.run(*command.split()).stdout.splitlines() if "0x204e" in x]
    for command in ("ip -4 route show table all proto 78", "ip -6 route show table all proto 78"):
        found += [x for x in node.machine.run(*command.split()).stdout.splitlines() if " table 78" in x]
    return found + [x for x in node.machine.run("nft", "list", "tables").stdout.splitlines() if "naru-source" in x]


@pytest.mark.parametrize("ask", [witness.ask_tcp, witness.ask_udp])
@pytest.mark.parametrize("family", [0, 1])
def test_a_pod_sees_the_clients_address_and_port(site, node, ask, family):
    address = addresses(node, "first")[family]
    seen, own = site.client.inside(ask, address, PORT)
    assert seen == own
    assert own[0] == (plan.CLIENT, plan.CLIENT6)[family]
    protocol = ask.__name__[4:]
    assert [protocol, own[0], str(own[1])] in site.witnesses[0].seen()


def test_without_the_policy_it_sees_the_node(site, node):
    seen, _ = site.client.inside(witness.ask_tcp, addresses(node, "plain")[0], PORT)
    assert seen[0] == node.host.pod_addresses(1)[0]


def test_a_pod_of_another_node_sees_the_node_that_the_client_came_to(site, node):
    """It would answer past that node; so nobody is lost."""
    address = addresses(node, "second")[0]
    before = node.naru.metric("naru_source_addresses_total", service="second", source="remote_endpoint") or 0
    seen, _ = site.client.inside(witness.ask_tcp, address, PORT)
    assert seen[0] == node.address
    after = node.naru.metric("naru_source_addresses_total", service="second", source="remote_endpoint")
    assert after == before + 1


def test_behind_one_address_each_pod_sees_what_it_can(site, node):
    address = addresses(node, "both")[0]
    seen = {site.client.inside(witness.ask_tcp, address, PORT)[0][0] for _ in range(40)}
    assert seen == {plan.CLIENT, node.address}


def test_both_nodes_do_it(site, node):
    other = site.nodes["w2-k8s"]
    site.router.ip("route", "replace", plan.ROUTED, "via", other.address)
    seen, own = site.client.inside(witness.ask_tcp, addresses(other, "second")[0], PORT)
    assert seen == own


@pytest.mark.parametrize("family", [0, 1])
def test_a_pod_of_another_node_is_a_client_like_any_other(site, node, family):
    place = visitor(site, 2)
    port = node.naru.node_port("first")
    seen, own = place.inside(witness.ask_tcp, (node.address, node.address6)[family], port)
    assert seen == own


def test_a_pod_on_the_same_bridge_is_served_from_the_node(site, node):
    """The other pod would answer it directly."""
    seen, own = visitor(site, 1).inside(witness.ask_tcp, addresses(node, "first")[0], PORT)
    assert own[0] != seen[0] == node.host.pod_addresses(1)[0]


def test_a_pod_reaches_itself(site, node):
    seen, _ = site.witnesses[0].pod.place.inside(witness.ask_tcp, addresses(node, "first")[0], PORT)
    assert seen[0] == node.host.pod_addresses(1)[0]


@pytest.mark.parametrize("ask", [witness.ask_tcp, witness.ask_udp])
def test_the_node_itself_is_seen_as_it_would_be_without_naru(site, node, ask):
    seen, _ = node.machine.inside(ask, addresses(node, "first")[0], PORT)
    assert seen[0] == node.host.pod_addresses(1)[0]


def test_requests_are_kept_apart_by_client(site, node):
    """Clients take turns on Service and connections: each has connections of its own behind the node, used again."""
    address = addresses(node, "first")[0]
    told = [site.client.inside(witness.ask_http, address, HTTP_PORT, 3) for _ in range(2)]
    other = visitor(site, 2).inside(witness.ask_http, node.address, node.naru.node_port("first", 2), 3)
    ours = {x for some in told for x in some}
    assert {x[0] for x in ours} == {plan.CLIENT}
    assert len({x[1] for x in ours}) == 1, "a client's connection is used again"
    assert {x[0] for x in other} == {next(x for x in site.pods() if x.name == "visitor-2").address}
    assert not {x[1] for x in other} & {x[1] for x in ours}


def test_two_connections_from_one_port_of_a_client_are_both_served(site, node):
    """To two addresses of the Service: one of them gets another port behind the node."""
    frontends = [(addresses(node, "first")[0], PORT), (node.address, node.naru.node_port("first"))]

    def both():
        socks = []
        for at in frontends:
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.settimeout(3)
            sock.bind((plan.CLIENT, 45678))
            sock.connect(at)
            socks.append(sock)
        return [witness.read_line(sock) for sock in socks]

    told = site.client.inside(both)
    assert [x[0] for x in told] == [plan.CLIENT] * 2
    assert len({x[1] for x in told}) == 2


def test_an_endpoint_that_refuses_costs_nothing_of_it(site, node):
    """The next endpoint sees the client too."""
    first = site.witnesses[0]
    refusing = visitor(site, 1)
    at = refusing.run("ip", "-4", "-o", "addr", "show", "dev", "eth0").stdout.split()[3].split("/")[0]
    site.apply(
        "first-endpoints.yaml",
        manifests.endpoint_slice(
            "first",
            [manifests.endpoint(first.addresses[0], "w1-k8s"), manifests.endpoint(at, "w1-k8s")],
            name="first-ipv4",
            ports=SLICE_PORTS,
        ),
    )
    address = addresses(node, "first")[0]
    try:
        until(lambda: len(node.naru.endpoint_addresses("first")) == 2, "both are endpoints")
        for ask in (witness.ask_tcp, witness.ask_udp):
            for _ in range(8):
                seen, own = site.client.inside(ask, address, PORT)
                assert seen[0] == own[0]
        assert node.naru.metric("naru_connect_failures_total", service="first") > 0
    finally:
        serve(site, "first", [first])


def test_many_at_once_are_all_seen(site, node):
    address = addresses(node, "first")[0]

    def many():
        with concurrent.futures.ThreadPoolExecutor(16, initializer=site.client._enter) as pool:
            return list(pool.map(lambda _: witness.ask_tcp(address, PORT), range(200)))

    assert all(seen[0] == own[0] == plan.CLIENT for seen, own in site.client.inside(many))


# ---- what is put in place, and goes ----


def test_policy_routing_comes_with_the_first_policy_and_goes_with_the_last(site, node):
    assert len(policy_routing(node)) == 5, policy_routing(node)  # rule and route twice, and a table
    address = addresses(node, "first")[0]
    until(lambda: not node.naru.connections(), "the flows of other tests, which would have longer without the policy, end")
    try:
        with connection(site, address) as made:
            site.remove("policy.yaml")
            until(lambda: told(site, address) != plan.CLIENT, "the policy is gone")
            # A connection from before still has its way back.
            assert policy_routing(node)
            assert witness.send_through(made)
        until(lambda: not policy_routing(node), "policy routing is removed", timeout=15)
    finally:
        transparent(site, "both", "first", "second")
        until(lambda: len(policy_routing(node)) == 5, "policy routing is back")
    until(lambda: told(site, address) == plan.CLIENT, "clients are seen again")


def test_one_that_takes_over_keeps_clients_seen(site, node):
    address = addresses(node, "first")[0]
    with connection(site, address) as made:
        before = node.naru.take_over()
        assert told(site, address) == plan.CLIENT
        assert witness.send_through(made)
    assert before.wait(20) == 0
    assert len(policy_routing(node)) == 5, policy_routing(node)
    assert told(site, address) == plan.CLIENT


def test_nothing_is_left_after_a_stop_nor_after_kill_start_and_stop(site, node):
    address = addresses(node, "first")[0]
    assert node.naru.stop() == 0
    assert policy_routing(node) == []
    node.start()
    site.until_ready(node)
    assert told(site, address) == plan.CLIENT
    node.naru.kill()
    assert not any("naru-source" in x for x in policy_routing(node)), "its table goes with it"
    node.start()
    site.until_ready(node)
    until(lambda: len(policy_routing(node)) == 5, "one of each")
    assert told(site, address) == plan.CLIENT
    assert node.naru.stop() == 0
    assert policy_routing(node) == []
    node.start()
    site.until_ready(node)


def test_what_a_killed_naru_left_goes_with_the_next_that_needs_none_of_it(site, node):
    node.naru.kill()
    assert policy_routing(node)
    site.remove("policy.yaml")
    try:
        node.start()
        site.until_ready(node)
        until(lambda: not policy_routing(node), "nothing is left")
    finally:
        transparent(site, "both", "first", "second")
        until(lambda: len(policy_routing(node)) == 5, "policy routing is back")


def test_without_the_privilege_clients_are_served_and_the_reason_is_told(site, node):
    address = addresses(node, "first")[0]
    site.nodes["w1-k8s"].naru.stop()
    prefix = node.naru.prefix
    try:
        node.naru.prefix = [*prefix, "setpriv", "--bounding-set", "-net_admin,-net_raw", "--inh-caps", "-net_admin,-net_raw"]
        # The routes that it may not make itself.
        for cidr in (plan.ROUTED, plan.SERVICE_CIDRS[0]):
            node.machine.ip("route", "add", "local", cidr, "dev", "lo")
        for cidr in (plan.ROUTED6, plan.SERVICE_CIDRS[1]):
            node.machine.ip("-6", "route", "add", "local", cidr, "dev", "lo")
        node.naru.start()
        site.until_ready(node)
        seen, _ = site.client.inside(witness.ask_tcp, address, PORT)
        assert seen[0] == node.host.pod_addresses(1)[0]
        assert "CAP_NET_ADMIN" in node.naru.until_error("clients' addresses cannot be kept")
        assert node.naru.metric("naru_source_addresses_total", service="first", source="unavailable") >= 1
        assert node.naru.log().count("IPv4 clients' addresses cannot be kept") == 1
    finally:
        node.naru.stop()
        node.naru.prefix = prefix
        for cidr in (plan.ROUTED, plan.SERVICE_CIDRS[0]):
            node.machine.ip("route", "del", "local", cidr, "dev", "lo")
        for cidr in (plan.ROUTED6, plan.SERVICE_CIDRS[1]):
            node.machine.ip("-6", "route", "del", "local", cidr, "dev", "lo")
        node.start()
        site.until_ready(node)
