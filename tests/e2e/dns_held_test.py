"""DNS sockets that outlive naru: what arrives while none runs waits there, and the next one answers it."""

import shutil
import socket
import struct

import pytest

from naru_harness import dns
from naru_harness.holder import Holder, Store, listening
from naru_harness.node import DNS_PORT
from naru_harness.process import Process
from naru_harness.wait import until

NAME = "web.shop.svc.cluster.local"


@pytest.fixture
def holders():
    """Closes the sockets that a test held."""
    made = []
    yield lambda holder: made.append(holder) or holder
    for holder in made:
        holder.close()


def serve(lab, vip=30):
    lab.serve("web", [], clusterIP=lab.range.cluster_ip(vip))
    return socket.inet_aton(lab.range.cluster_ip(vip))


def ask_without_waiting(lab, count):
    """`count` clients, each from a port of its own, that have asked and not yet looked for the answer."""
    clients = []
    for identity in range(count):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(10)
        sock.connect((lab.range.dns, DNS_PORT))
        sock.send(dns.query(NAME, identity=identity))
        clients.append(sock)
    return clients


def replies(clients):
    found = []
    for sock in clients:
        with sock:
            found.append(sock.recv(4096))
    return found


def connect_and_ask(lab):
    sock = socket.create_connection((lab.range.dns, DNS_PORT), timeout=10)
    question = dns.query(NAME)
    sock.sendall(struct.pack(">H", len(question)) + question)
    return sock


def tcp_reply(sock):
    with sock, sock.makefile("rb") as reader:
        return reader.read(struct.unpack(">H", reader.read(2))[0])


# More and fewer sockets than there are workers, which are two; one kind only; a holder that does not share the address.
@pytest.mark.parametrize(("udp", "tcp"), [(2, 2), (1, 1), (5, 3), (2, 0), (0, 1)])
def test_what_arrives_while_no_naru_runs_is_answered_by_the_next(lab, holders, udp, tcp):
    vip = serve(lab)
    holder = holders(Holder(listening(lab.range.dns, DNS_PORT, udp, tcp)))
    waiting = ask_without_waiting(lab, 40) if udp else []
    connections = [connect_and_ask(lab) for _ in range(8)] if tcp else []
    node = lab.node(holder=holder)
    for _ in range(3):
        answers = replies(waiting) + [tcp_reply(x) for x in connections]
        assert all(vip in x and x[3] & 15 == 0 for x in answers), "never SERVFAIL, though it came before the first load"
        assert lab.dig(NAME).data("A") == lab.dig(NAME, "A", "+tcp").data("A") == [lab.range.cluster_ip(30)]
        assert node.stop() == 0
        waiting = ask_without_waiting(lab, 40) if udp else []
        connections = [connect_and_ask(lab) for _ in range(8)] if tcp else []
        node.start()
    replies(waiting)
    for each in connections:
        tcp_reply(each)
    assert "DNS on held sockets" in node.log()


def test_sockets_of_other_addresses_are_told_and_left(lab, holders):
    vip = serve(lab)
    elsewhere = listening(lab.range.address(250, 9), DNS_PORT, 1, 0)
    path = str(lab.directory / "local")
    local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    local.bind(path)
    node = lab.node(holder=holders(Holder([*elsewhere, local])))
    assert "where dns.listen has nothing" in node.log() and "neither IPv4's nor IPv6's" in node.log()
    assert vip in replies(ask_without_waiting(lab, 1))[0], "naru opened its own"


def test_naru_has_its_sockets_kept_over_a_restart(lab, holders):
    vip = serve(lab)
    store = holders(Store(lab.directory))
    node = lab.node(holder=store)
    assert vip in replies(ask_without_waiting(lab, 1))[0]
    assert "FDSTORE=1\nFDNAME=naru-dns\nFDPOLL=0" in store.read() and len(store.kept) == 4
    assert node.stop() == 0
    waiting = ask_without_waiting(lab, 40)
    node.holder = holders(store.holder())
    node.start()
    assert all(vip in x for x in replies(waiting))


def test_a_service_manager_without_room_keeps_nothing(lab, holders):
    vip = serve(lab)
    store = holders(Store(lab.directory, room=3))
    node = lab.node(holder=store)
    assert vip in replies(ask_without_waiting(lab, 1))[0]
    assert not store.kept and "READY=1" in store.read()
    assert "held sockets" not in node.log()


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="needs systemd-socket-activate")
def test_started_by_the_first_query(lab):
    """By systemd's own tool, over UDP."""
    vip = serve(lab)
    node = lab.node(start=False)
    listen = f"{lab.range.dns}:{DNS_PORT}"
    activate = ["systemd-socket-activate", "--datagram", "--listen", listen, "--fdname", "dns", *node.command()]
    node.process = Process(activate, node.home / "run.log")
    until(lambda: "Listening on" in node.log(), "it listens")
    assert vip in replies(ask_without_waiting(lab, 1))[0]
