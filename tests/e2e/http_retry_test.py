"""Single requests, each with its own way of going wrong."""

from naru_harness import clients, manifests
from naru_harness.fronts import NaruFront


def test_a_post_whose_first_pod_refuses_goes_on_over_a_kept_connection(lab):
    """Its content had to wait for the first connection; the second was there already, and nobody told the client's side."""
    front = NaruFront(lab, "http1", {"loadBalancing": {"algorithm": "RoundRobin"},
                                     "health": {"passive": {"baseEjectionTime": "1ms", "maxEjectionTime": "1ms"}}})
    pod = lab.pod("web")
    lab.apply("web-endpoints.yaml", manifests.endpoint_slice("web", [pod.endpoint(), manifests.endpoint(lab.range.pod(99))]))
    front.start()
    for number in range(40):
        assert clients.fetch(front.address, front.port, timeout=3).pod == "web"  # leaves a connection
        reply = clients.fetch(front.address, front.port, method="POST", body=f"body {number}", timeout=3)
        assert reply.body == f"body {number}".encode()
