"""What DNS is configured to do: Pods' names, search lists, hosts, the query log, limits; and what it does at its end."""

import json
import os
import signal
import socket
import struct
import threading
import time

from naru_harness import clients, dns, manifests
from naru_harness.node import DNS_PORT
from naru_harness.wait import until


def serve_dns(lab, name="w1", start=True, **settings):
    """A node whose DNS has these settings."""
    listen = [f"{lab.range.dns}:{DNS_PORT}"]
    upstreams = settings.pop("upstreams", [f"{lab.range.address(250, 1)}:53"])
    return lab.node(name, dns={"listen": listen, "upstreams": upstreams, **settings})


def dual_stack_pod(name, ip4, ip6, **options):
    pod = manifests.pod(name, ip4, {"app": "web"}, **options)
    pod["status"]["podIPs"].append({"ip": ip6})
    return pod


def test_names_of_pods(lab):
    lab.apply("pods.yaml", dual_stack_pod("web-1", "10.1.0.1", "fd00::1"))
    serve_dns(lab, pods="verified")
    assert lab.dig("10-1-0-1.shop.pod.cluster.local").data("A") == ["10.1.0.1"]
    assert lab.dig("fd00--1.shop.pod.cluster.local", "AAAA").data("AAAA") == ["fd00::1"]
    assert lab.dig("10-1-0-2.shop.pod.cluster.local").status == "NXDOMAIN"
    # Gone with the Pod, there with the next.
    lab.apply("pods.yaml", dual_stack_pod("web-1", "10.1.0.2", "fd00::2"))
    until(lambda: lab.dig("10-1-0-2.shop.pod.cluster.local").data("A") == ["10.1.0.2"], "the Pod has its name")
    assert lab.dig("10-1-0-1.shop.pod.cluster.local").status == "NXDOMAIN"


def test_insecure_names_of_pods(lab):
    lab.serve("web", [])
    serve_dns(lab, pods="insecure", ttl=30)
    answer = lab.dig("192-0-2-1.shop.pod.cluster.local")
    assert answer.data("A") == ["192.0.2.1"] and answer.records[0][1] == 30
    assert lab.dig("192-0-2-1.elsewhere.pod.cluster.local").status == "NXDOMAIN"


def test_a_single_stack_headless_service_before_dual_stack_pods(lab):
    """It publishes the cluster's default family only, as it would in a cluster."""
    lab.apply(
        "all.yaml",
        dual_stack_pod("web-1", "10.1.0.1", "fd00::1"),
        manifests.service("web", clusterIP="None", selector={"app": "web"}),
        manifests.service("web6", clusterIP="None", selector={"app": "web"}, ipFamilies=["IPv6"]),
    )
    lab.node()
    assert lab.dig("web.shop.svc.cluster.local").data("A") == ["10.1.0.1"]
    assert lab.dig("web.shop.svc.cluster.local", "AAAA").data("AAAA") == []
    assert lab.dig("web6.shop.svc.cluster.local").data("A") == []
    assert lab.dig("web6.shop.svc.cluster.local", "AAAA").data("AAAA") == ["fd00::1"]


def test_a_pods_search_list_is_walked_for_it(lab):
    lab.apply("vault.yaml", manifests.service("vault", namespace="bank"))
    lab.apply("me.yaml", manifests.pod("me", "127.0.0.1", {"app": "me"}))  # which dig comes from
    node = serve_dns(lab, autopath=True, hosts=[{"ip": "192.0.2.80", "names": ["db.example"]}])
    vip = [x for x in node.get("services") if x["metadata"]["name"] == "vault"][0]["spec"]["clusterIP"]
    answer = lab.dig("vault.bank.shop.svc.cluster.local")
    assert answer.data("CNAME") == ["vault.bank.svc.cluster.local."] and answer.data("A") == [vip]
    assert lab.dig("db.example.shop.svc.cluster.local").data("A") == ["192.0.2.80"]
    assert lab.dig("vault.bank.bank.svc.cluster.local").status == "NXDOMAIN", "the search list of another namespace"
    assert node.metric("naru_dns_autopath_total") == 2


def test_hosts_given_by_hand_and_in_a_file(lab):
    path = lab.directory / "hosts"
    path.write_text("192.0.2.1 one.example\n")
    node = serve_dns(lab, hosts=[{"ip": "192.0.2.80", "names": ["db.example"]}], hostsFile=str(path))
    assert lab.dig("db.example").data("A") == ["192.0.2.80"]
    assert lab.dig("one.example").data("A") == ["192.0.2.1"]
    assert lab.dig("-x", "192.0.2.1").data("PTR") == ["one.example."]
    replacement = lab.directory / "hosts.new"
    replacement.write_text("192.0.2.2 one.example two.example\nnonsense one.example\n")
    os.replace(replacement, path)
    until(lambda: lab.dig("one.example").data("A") == ["192.0.2.2"], "the new file is in force")
    assert lab.dig("two.example").data("A") == ["192.0.2.2"]
    node.until_error('"nonsense" is no IP address')
    path.write_text("192.0.2.2 one.example\n")
    node.until_no_errors()
    path.unlink()
    node.until_error("cannot be read")
    assert lab.dig("one.example").data("A") == ["192.0.2.2"], "what it was goes on being true"


def test_the_query_log(lab):
    path = lab.directory / "queries.log"
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    serve_dns(lab, queryLog={"path": str(path)})
    lab.dig("Web.shop.svc.cluster.local", "A", "+tcp")
    lab.dig("gone.shop.svc.cluster.local")

    def logged():
        return [x for x in map(json.loads, path.read_text().splitlines()) if "shop" in x.get("name", "")]

    until(lambda: len(logged()) == 2, "both queries are written")
    first, second = logged()
    assert (first["name"], first["proto"], first["type"]) == ("Web.shop.svc.cluster.local.", "tcp", "A")
    assert (first["rcode"], first["client"].split(":")[0]) == ("NOERROR", "127.0.0.1")
    assert second["rcode"] == "NXDOMAIN" and second["microseconds"] >= 0 and not second["forwarded"]


def test_who_is_not_trusted_is_limited(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = serve_dns(lab, rateLimit={"responsesPerSecond": 5, "trusted": []})
    question = dns.query("web.shop.svc.cluster.local")
    replies = [dns.exchange(lab.range.dns, DNS_PORT, question) for _ in range(30)]
    truncated = [x for x in replies if x and x[2] & 2]
    assert len(truncated) > 10 and len(truncated) < 30
    assert lab.dig("web.shop.svc.cluster.local").data("A") == [node.cluster_ip("web")], "by TCP everybody is answered"
    assert node.metric("naru_dns_rate_limited_total") >= len(truncated)


class Asker(threading.Thread):
    """Asks for a name over and over, each time from another port; counts what is lost and what is wrong."""

    def __init__(self, lab, name, right, pause=0.002):
        super().__init__(daemon=True)
        self.lab, self.right, self.pause = lab, right, pause
        self.question = dns.query(name)
        self.asked, self.lost, self.wrong = 0, [], []
        self.stopping = threading.Event()
        self.start()

    def run(self):
        while not self.stopping.is_set():
            began = time.monotonic()
            reply = dns.exchange(self.lab.range.dns, DNS_PORT, self.question, 1)
            self.asked += 1
            if reply is None:
                self.lost.append(began)
            elif not self.right(reply):
                self.wrong.append(reply)
            time.sleep(self.pause)

    def stop(self):
        self.stopping.set()
        self.join()


def test_a_lame_duck_answers_until_it_is_gone(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = serve_dns(lab, lameDuck="600ms")
    vip = socket.inet_aton(node.cluster_ip("web"))
    asker = Asker(lab, "web.shop.svc.cluster.local", lambda reply: vip in reply)
    until(lambda: asker.asked > 20, "it is asked")
    told = time.monotonic()
    node.process.signal(signal.SIGTERM)
    until(lambda: node.health()[0] == 503, "it says that it goes")
    assert node.process.wait() == 0
    ended = time.monotonic()
    asker.stop()
    assert ended - told > 0.55
    # The last moment apart, in which the process ends.
    assert not [x for x in asker.lost if x < told + 0.5] and not asker.wrong


def test_a_successor_takes_over_without_a_lost_query(lab):
    """Two naru share the address; the first goes once the second is ready, as in a rolling update of the DNS server."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    old = serve_dns(lab, "w1")
    vip = socket.inet_aton(old.cluster_ip("web"))
    asker = Asker(lab, "web.shop.svc.cluster.local", lambda reply: vip in reply, pause=0.0005)
    for turn in range(2, 4):
        new = serve_dns(lab, f"w{turn}")
        assert old.stop() == 0
        old = new
    asker.stop()
    assert asker.asked > 20 and not asker.lost and not asker.wrong, (asker.asked, len(asker.lost), len(asker.wrong))


def ask_over_tcp(sock, question):
    sock.sendall(struct.pack(">H", len(question)) + question)
    reader = b""
    while len(reader) < 2 or len(reader) < 2 + struct.unpack(">H", reader[:2])[0]:
        reader += sock.recv(65536)
    return reader[2:]


def test_a_change_is_answered_on_every_worker_by_udp_and_tcp(lab):
    """After the change is acknowledged, that is in force on all workers, none gives the old answer on any path."""
    pods = [manifests.endpoint(lab.range.address(240, number)) for number in (1, 2)]
    lab.serve("db", pods[:1], clusterIP="None")
    node = serve_dns(lab)
    question = dns.query("db.shop.svc.cluster.local")
    # Connections that stay: the kernel has spread them over the workers.
    held = [socket.create_connection((lab.range.dns, DNS_PORT), timeout=5) for _ in range(16)]
    for turn in range(6):
        wanted = socket.inet_aton(pods[turn % 2]["addresses"][0])
        before = node.status()["generation"]
        lab.endpoints("db", [pods[turn % 2]])
        if turn > 0:
            until(lambda: node.status()["generation"] > before, "the change is in force")
        for _ in range(20):
            assert wanted in dns.exchange(lab.range.dns, DNS_PORT, question)
        assert all(wanted in ask_over_tcp(sock, question) for sock in held)
    for sock in held:
        sock.close()


def test_nothing_wrong_and_nothing_lost_while_the_zone_changes(lab):
    """A stable name and a changing one, under load, with a hundred changes a second for some seconds."""
    addresses = [lab.range.address(241, number) for number in range(1, 9)]
    lab.apply("stable.yaml", manifests.service("stable", clusterIP=lab.range.cluster_ip(30)))
    lab.serve("db", addresses[:1], clusterIP="None")
    serve_dns(lab)
    stable, known = socket.inet_aton(lab.range.cluster_ip(30)), {socket.inet_aton(x) for x in addresses}
    askers = [
        Asker(lab, "stable.shop.svc.cluster.local", lambda reply: reply[-4:] == stable, 0),
        # Exactly one address at any moment, and one of those that were ever given.
        Asker(lab, "db.shop.svc.cluster.local", lambda reply: reply[7] == 1 and reply[-4:] in known, 0),
        Asker(lab, "gone.shop.svc.cluster.local", lambda reply: reply[3] & 15 == 3, 0),
    ]
    queries = lab.directory / "queries"
    queries.write_text("stable.shop.svc.cluster.local A\ngone.shop.svc.cluster.local A\n")
    load = clients.subprocess.Popen(
        ["dnsperf", "-s", lab.range.dns, "-p", str(DNS_PORT), "-d", queries, "-l", "3", "-Q", "5000", "-c", "4"],
        stdout=clients.subprocess.PIPE, text=True,
    )
    began, changes = time.monotonic(), 0
    while time.monotonic() - began < 3:
        changes += 1
        lab.endpoints("db", [addresses[changes % 8]])
        time.sleep(max(0.0, began + changes / 100 - time.monotonic()))
    printed = load.communicate(timeout=20)[0]
    for asker in askers:
        asker.stop()
        assert asker.asked > 10 and not asker.lost and not asker.wrong, (asker.asked, asker.lost, asker.wrong[:1])
    assert changes > 20, changes
    assert "Queries lost:         0" in printed, printed
    last = addresses[changes % 8]
    until(lambda: lab.dig("db.shop.svc.cluster.local").data("A") == [last], "the last change is in force")
