"""Load balancer addresses as MetalLB's users know them: who gets which, who waits and why, and what a mistake does."""

from naru_harness import manifests
from naru_harness.wait import stays, until

FROM_POOL = "metallb.io/ip-allocated-from-pool"
KEY = "metallb.io/allow-shared-ip"


def balancer(name, annotations=None, port=8080, **spec):
    return manifests.service(name, port=port, annotations=annotations, type="LoadBalancer", **spec)


def condition(node, name):
    found = node.service(name)["status"].get("conditions", [])
    return next((x for x in found if x["type"] == "LoadBalancerAddress"), None)


def pending(node, name):
    """Why it waits."""
    return until(lambda: (x := condition(node, name)) and x["reason"] == "Pending" and x["message"], f"{name} waits")


def gets(node, name, address):
    until(lambda: node.load_balancer_ip(name) == address, f"{name} gets {address}")


def test_one_that_waits_says_why_and_gets_the_address_that_another_gives_up(lab):
    address = lab.range.pool_address(0)
    lab.apply("pool.yaml", manifests.pool("small", f"{address}/32"))
    lab.apply("a.yaml", balancer("first"))
    node = lab.node()
    gets(node, "first", address)
    assert node.service("first")["metadata"]["annotations"][FROM_POOL] == "small"
    lab.apply("b.yaml", balancer("second"))
    assert 'no available IPs in pool "small"' in pending(node, "second")
    assert FROM_POOL not in node.service("second")["metadata"].get("annotations", {})
    assert "<pending>" in node.get_raw("services").stdout
    assert 'no available IPs in pool "small"' in node.get_raw("services", "-o", "wide").stdout
    assert "shop/second: no available IPs" in node.get_raw("pools", "-o", "wide").stdout
    until(lambda: "Service shop/second: load balancer address pending: no available IPs" in node.log(), "it is logged")
    lab.apply("a.yaml", manifests.service("first"))  # of type ClusterIP
    gets(node, "second", address)
    assert "ingress" not in node.service("first")["status"]["loadBalancer"]
    until(lambda: f"Service shop/second: load balancer address {address} from pool small" in node.log(), "and that, too")
    assert condition(node, "second")["reason"] == "Allocated"


def test_overlapping_pools_are_an_error_that_names_both_and_changes_nothing(lab, build):
    one, two = lab.range.pool_address(0), lab.range.pool_address(1)
    lab.apply("a.yaml", manifests.pool("left", f"{one}/32"))
    lab.apply("b.yaml", manifests.pool("right", f"{two}/32"))
    lab.apply("web.yaml", balancer("web"), balancer("api"))
    node = lab.node()
    gets(node, "web", one)
    gets(node, "api", two)
    assert node.metric("metallb_k8s_client_config_stale_bool") == 0
    lab.apply("a.yaml", manifests.pool("left", f"{one}-{two}"))
    message = (
        f'a.yaml:8: IPAddressPool metallb-system/left: spec.addresses[0]: "{one}-{two}": '
        f'overlaps with "{two}/32" of IPAddressPool metallb-system/right'
    )
    node.until_error("overlaps")
    assert any(x.endswith(message) for x in node.errors()), node.errors()
    stays(lambda: (node.load_balancer_ip("web"), node.load_balancer_ip("api")) == (one, two), "they keep theirs", 0.3)
    assert node.metric("metallb_k8s_client_config_stale_bool") == 1
    assert node.metric("metallb_k8s_client_config_loaded_bool") == 1
    checked = build.run("check", "-f", lab.manifests)
    assert checked.returncode == 1 and "overlaps with" in checked.stderr
    lab.remove("b.yaml")
    node.until_no_errors()
    assert {node.load_balancer_ip("web"), node.load_balancer_ip("api")} == {one, two}


def test_a_pool_that_shrinks_takes_back_and_gives_anew(lab):
    one, two = lab.range.pool_address(0), lab.range.pool_address(5)
    lab.apply("pool.yaml", manifests.pool("public", f"{one}-{one}"))
    lab.apply("web.yaml", balancer("web"))
    node = lab.node()
    gets(node, "web", one)
    lab.apply("pool.yaml", manifests.pool("public", f"{two}-{two}"))
    gets(node, "web", two)
    lab.remove("pool.yaml")
    assert pending(node, "web") == "no IPAddressPool is configured"
    lab.apply("pool.yaml", manifests.pool("public", f"{one}-{one}"))
    gets(node, "web", one)


def test_one_address_for_two_services_by_their_sharing_key(lab):
    address = lab.range.pool_address(0)
    lab.apply("pool.yaml", manifests.pool("public", f"{address}/32"))
    lab.apply("a.yaml", balancer("first"))
    node = lab.node()
    gets(node, "first", address)
    lab.apply("b.yaml", balancer("second", {KEY: "k"}, 8081))
    pending(node, "second")
    lab.apply("a.yaml", balancer("first", {KEY: "k"}))
    gets(node, "second", address)
    assert node.load_balancer_ip("first") == address
    assert node.get("pools")[0]["status"] == {
        "assignedIPv4": 1, "assignedIPv6": 0, "availableIPv4": 0, "availableIPv6": 0,
    }


def test_both_ways_to_ask_for_an_address_at_once_are_an_error(lab):
    address = lab.range.pool_address(0)
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.apply("web.yaml", balancer("web", {"metallb.io/loadBalancerIPs": address}, loadBalancerIP=address))
    node = lab.node()
    node.until_error("spec.loadBalancerIP: may not be set together with the annotation metallb.io/loadBalancerIPs")
    assert "may not be set together" in pending(node, "web")


def test_services_of_another_class_are_left_alone(lab):
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.apply("a.yaml", balancer("theirs", loadBalancerClass="example.com/other"))
    lab.apply("b.yaml", balancer("ours", loadBalancerClass="naru.io/lb"))
    node = lab.node()
    gets(node, "ours", lab.range.pool_address(0))
    assert "ingress" not in node.service("theirs")["status"]["loadBalancer"]
    assert condition(node, "theirs") is None
