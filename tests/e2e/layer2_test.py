"""Layer 2: who answers for an address on a real segment, what exactly is sent, and what neighbours make of it."""

import re
import signal
import time

import pytest

from naru_harness.layer2 import BROADCAST, NOBODY, Layer2Speaker, Wire, arp, ndp, read_arp, read_ndp
from naru_harness.segment import Segment
from naru_harness.wait import stays, until

pytestmark = pytest.mark.root

VIP4, VIP6 = "10.88.0.100", "fd88::100"
REQUEST, REPLY = 1, 2
SOLICITATION, ADVERTISEMENT = 135, 136
OVERRIDE, SOLICITED = 0x20, 0x40
ALL_NODES, ALL_NODES_MAC = "ff02::1", "33:33:00:00:00:01"
GROUP, GROUP_MAC = "ff02::1:ff00:100", "33:33:ff:00:01:00"


class Machine:
    """On the segment, with an address of each family."""

    def __init__(self, place, segment, number):
        self.place, self.number, self.mac = place, number, f"02:88:00:00:00:{number:02x}"
        self.ipv4, self.ipv6 = f"10.88.0.{number}", f"fd88::{number:x}"
        # Until its link-local address is checked, a host solicits nobody, and cannot reply.
        place.sysctl(ipv6__conf__default__accept_dad=0)
        segment.attach(place, f"port{number}", self.mac)
        self.address("add", f"{self.ipv4}/24")
        self.address("add", f"{self.ipv6}/64")
        place.ip("link", "set", "eth0", "up")

    def address(self, verb, address):
        extra = ["nodad"] if verb == "add" and ":" in address else []
        self.place.ip("addr", verb, address, "dev", "eth0", *extra)

    def local(self, *addresses):
        """Local by a route, as the addresses of load balancers are on every node."""
        for address in addresses:
            family = ["-6"] if ":" in address else []
            self.place.ip(*family, "route", "add", "local", address, "dev", "lo")

    def neighbour(self, address):
        """The MAC address under which it knows another."""
        found = re.search(r"lladdr (\S+)", self.place.run("ip", "neigh", "show", address, "dev", "eth0").stdout)
        return found and found.group(1)

    def pings(self, address, *options):
        return self.place.run("ping", "-n", "-c1", "-W1", *options, address).returncode == 0

    def arping(self, address, count=3):
        """The MAC addresses that answer."""
        out = self.place.run("arping", "-c", count, "-w", "0.3", "-i", "eth0", address).stdout
        return re.findall(r"from (\S+) \(", out)


class Net:
    """Two nodes that serve the same addresses, a client, and what a test adds."""

    def __init__(self, build, namespaces):
        self.build, self.namespaces, self.segment = build, namespaces, Segment()
        self.open = [self.segment]
        self.a, self.b, self.client = (self.machine(number) for number in (1, 2, 9))

    def machine(self, number):
        return Machine(self.namespaces(), self.segment, number)

    def wire(self, machine):
        self.open.append(Wire(machine.place))
        return self.open[-1]

    def speaker(self, machine, *before):
        self.open.append(Layer2Speaker(self.build, machine.place, *before))
        return self.open[-1]

    def node(self, machine, *addresses):
        speaker = self.speaker(machine)
        speaker.serve(*addresses)
        machine.local(*addresses)
        return speaker

    def close(self):
        for thing in reversed(self.open):
            thing.close()


@pytest.fixture
def net(build, namespaces):
    if not (build.directory / "naru-layer2-speaker").exists():
        pytest.skip("naru-layer2-speaker is not built")
    made = Net(build, namespaces)
    yield made
    made.close()


def test_one_node_answers_for_an_address_that_is_local_on_all(net):
    # What the guard is for: the kernels of both nodes would answer.
    net.a.local(VIP4)
    net.b.local(VIP4)
    assert set(net.client.arping(VIP4)) == {net.a.mac, net.b.mac}
    a, b = net.speaker(net.a), net.speaker(net.b)
    a.serve(VIP4)
    b.serve(VIP4)
    assert net.client.arping(VIP4) == []
    a.announce(VIP4)
    assert set(net.client.arping(VIP4)) == {net.a.mac}
    assert b.count("arp", "lost_election") >= 3
    b.announce()
    a.announce()
    assert net.client.arping(VIP4) == []


def test_nobody_solicits_an_answer_of_a_kernel_for_an_address_that_is_local_by_a_route(net):
    """Why IPv6 needs no guard."""
    net.a.local(VIP6)
    net.b.local(VIP6)
    ask = lambda: net.client.place.run("ndisc6", "-q", "-r1", "-w300", VIP6, "eth0").stdout.split()  # noqa: E731
    assert ask() == []
    speaker = net.speaker(net.a)
    speaker.announce(VIP6)
    until(lambda: [mac.lower() for mac in ask()] == [net.a.mac], "the owner answers, and nobody else")


def test_neighbours_follow_an_address_to_its_new_owner_at_once(net):
    a, b = (net.node(machine, VIP4, VIP6) for machine in (net.a, net.b))
    a.announce(VIP4, VIP6)
    for address in (VIP4, VIP6):
        until(lambda address=address: net.client.pings(address), f"{address} answers")
        assert net.client.neighbour(address) == net.a.mac
    for old, new, mac in ((a, b, net.b.mac), (b, a, net.a.mac), (a, b, net.b.mac)):
        old.announce()
        new.announce(VIP4, VIP6)
        for address in (VIP4, VIP6):
            until(lambda address=address, mac=mac: net.client.neighbour(address) == mac, f"{address} moves", timeout=0.5)
            assert net.client.pings(address)


def test_an_address_is_announced_even_if_its_owner_died(net):
    a, b = (net.node(machine, VIP4, VIP6) for machine in (net.a, net.b))
    a.announce(VIP4, VIP6)
    until(lambda: net.client.pings(VIP4) and net.client.pings(VIP6), "they answer")
    a.signal(signal.SIGKILL)
    # Its routes are still there, and so is what keeps its kernel from answering.
    b.announce(VIP4, VIP6)
    for address in (VIP4, VIP6):
        until(lambda address=address: net.client.neighbour(address) == net.b.mac, f"{address} moves", timeout=0.5)
    assert set(net.client.arping(VIP4)) == {net.b.mac}


def test_the_frames_of_winning_an_address(net):
    speaker = net.node(net.a, VIP4, VIP6)
    wire = net.wire(net.client)
    start = time.monotonic()
    speaker.announce(VIP4, VIP6)
    gratuitous = lambda: wire.read(read_arp, start, sender_ip=VIP4)  # noqa: E731
    until(lambda: len(gratuitous()) >= 10, "all announcements")
    until(lambda: speaker.show()["announced"][0]["settled"], "settled")
    requests = [x for _, x in gratuitous() if x["operation"] == REQUEST]
    replies = [x for _, x in gratuitous() if x["operation"] == REPLY]
    common = {"to": BROADCAST, "from": net.a.mac, "sender": net.a.mac, "sender_ip": VIP4, "target_ip": VIP4}
    assert requests == [{**common, "operation": REQUEST, "target": NOBODY}] * 5
    assert replies == [{**common, "operation": REPLY, "target": net.a.mac}] * 5
    times = [at for at, x in gratuitous() if x["operation"] == REQUEST]
    assert all(1.0 < later - earlier for earlier, later in zip(times, times[1:]))

    announcement = {"to": ALL_NODES_MAC, "from": net.a.mac, "source": VIP6, "destination": ALL_NODES, "target": VIP6}
    announcement |= {"kind": ADVERTISEMENT, "flags": OVERRIDE, "option": net.a.mac, "sound": True}
    assert [x for _, x in wire.read(read_ndp, start, target=VIP6, kind=ADVERTISEMENT)] == [announcement] * 5
    probes = [x for _, x in wire.read(read_arp, start, sender_ip="0.0.0.0", target_ip=VIP4)]
    assert probes == [{**common, "sender_ip": "0.0.0.0", "operation": REQUEST, "target": NOBODY}] * 3
    solicitation = {"to": GROUP_MAC, "from": net.a.mac, "source": "::", "destination": GROUP, "target": VIP6}
    solicitation |= {"kind": SOLICITATION, "flags": 0, "option": None, "sound": True}
    assert [x for _, x in wire.read(read_ndp, start, source="::", target=VIP6)] == [solicitation] * 3
    counted = speaker.show()["addresses"]
    assert counted[VIP4]["gratuitous"] == 10 and counted[VIP6]["gratuitous"] == 5


def test_the_frames_of_an_answer(net):
    speaker = net.node(net.a, VIP4, VIP6)
    speaker.announce(VIP4, VIP6)
    wire = net.wire(net.client)
    start = time.monotonic()
    wire.send(arp(REQUEST, net.client.mac, net.client.ipv4, VIP4))
    answer = wire.wait(read_arp, "an answer", start, operation=REPLY, to=net.client.mac)[1]
    assert answer == {
        **{"to": net.client.mac, "from": net.a.mac, "operation": REPLY, "sender": net.a.mac, "sender_ip": VIP4},
        **{"target": net.client.mac, "target_ip": net.client.ipv4},
    }
    wire.send(ndp(SOLICITATION, net.client.mac, net.client.ipv6, GROUP, VIP6, option=net.client.mac))
    advertised = wire.wait(read_ndp, "an answer", start, kind=ADVERTISEMENT, destination=net.client.ipv6)[1]
    assert advertised == {
        **{"to": net.client.mac, "from": net.a.mac, "source": VIP6, "destination": net.client.ipv6, "target": VIP6},
        **{"kind": ADVERTISEMENT, "flags": SOLICITED | OVERRIDE, "option": net.a.mac, "sound": True},
    }
    assert net.client.place.run("ndisc6", "-q", "-1", VIP6, "eth0").stdout.strip().lower() == net.a.mac


def test_frames_that_are_not_answered_have_a_reason(net):
    other4, other6 = "10.88.0.101", "fd88::101"
    speaker = net.node(net.a, VIP4, VIP6, other4, other6)
    speaker.announce(VIP4, VIP6)
    wire = net.wire(net.client)
    mac, ipv4, ipv6 = net.client.mac, net.client.ipv4, net.client.ipv6
    stranger = "02:99:00:00:00:01"
    ask = {"option": mac}
    cases = [
        ("arp", "malformed", arp(3, mac, ipv4, VIP4)),
        ("arp", "malformed", arp(REQUEST, mac, ipv4, VIP4)[:41]),
        ("arp", "malformed", arp(REQUEST, "03:00:00:00:00:01", ipv4, VIP4, source=mac)),
        ("arp", "spoofed_sender", arp(REQUEST, stranger, ipv4, VIP4, source=mac)),
        ("arp", "not_to_us", arp(REQUEST, mac, ipv4, VIP4, destination="01:00:5e:00:00:01")),
        ("arp", "not_a_request", arp(REPLY, mac, ipv4, VIP4, destination=net.a.mac)),
        ("arp", "gratuitous", arp(REQUEST, mac, ipv4, ipv4)),
        ("arp", "lost_election", arp(REQUEST, mac, ipv4, other4)),
        ("arp", "not_announced", arp(REQUEST, mac, ipv4, "10.88.0.77")),
        ("ndp", "malformed", ndp(SOLICITATION, mac, ipv6, GROUP, "ff02::1", **ask)),
        ("ndp", "hop_limit", ndp(SOLICITATION, mac, ipv6, GROUP, VIP6, hop_limit=64, **ask)),
        ("ndp", "bad_checksum", ndp(SOLICITATION, mac, ipv6, GROUP, VIP6, damage=1, **ask)),
        ("ndp", "spoofed_sender", ndp(SOLICITATION, mac, ipv6, GROUP, VIP6, option=stranger)),
        ("ndp", "no_link_layer_option", ndp(SOLICITATION, mac, ipv6, GROUP, VIP6)),
        ("ndp", "not_a_solicitation", ndp(ADVERTISEMENT, mac, ipv6, ALL_NODES, ipv6, option=mac)),
        ("ndp", "lost_election", ndp(SOLICITATION, mac, ipv6, "ff02::1:ff00:101", other6, to=net.a.mac, **ask)),
        ("ndp", "not_announced", ndp(SOLICITATION, mac, ipv6, "ff02::1:ff00:77", "fd88::77", to=net.a.mac, **ask)),
        # Last: the switch learns a wrong way to the node from it.
        ("arp", "own_frame", arp(REQUEST, net.a.mac, net.a.ipv4, VIP4)),
    ]
    for protocol, reason, frame in cases:
        before = speaker.count(protocol, reason)
        start = time.monotonic()
        wire.send(frame)
        until(lambda p=protocol, r=reason, n=before: speaker.count(p, r) > n, f"{protocol} {reason} is counted")
        assert not wire.read(read_arp, start, operation=REPLY, to=mac, sender_ip=VIP4), reason
        assert not wire.read(read_ndp, start, kind=ADVERTISEMENT, destination=ipv6, target=VIP6), reason
    assert speaker.show()["addresses"][VIP4]["responses"] == 0
    assert not speaker.happened("conflict")


def test_other_traffic_and_frames_of_other_vlans_do_not_reach_the_speaker(net):
    speaker = net.node(net.a, VIP4, VIP6)
    speaker.announce(VIP4, VIP6)
    until(lambda: net.client.pings(VIP6), "it answers")
    wire = net.wire(net.client)
    before = speaker.show()
    assert net.client.pings(VIP6, "-s", "1000")
    request = arp(REQUEST, net.client.mac, net.client.ipv4, VIP4)
    wire.send(request[:12] + bytes.fromhex("81000014") + request[12:])
    time.sleep(0.1)
    after = speaker.show()
    assert after["arp"] == before["arp"] and sum(after["ndp"].values()) - sum(before["ndp"].values()) <= 2


@pytest.mark.parametrize("address", [VIP4, VIP6])
def test_another_owner_of_an_address_is_found_by_probing(net, address):
    intruder = net.machine(7)
    intruder.address("add", f"{address}/{128 if ':' in address else 32}")
    speaker = net.node(net.a, address)
    speaker.announce(address)
    event = until(lambda: speaker.happened("conflict"), "the conflict is told", timeout=6)[0]
    assert (event["address"], event["interface"], event["conflict"]["owner"]) == (address, "eth0", intruder.mac)
    until(lambda: speaker.show()["addresses"][address]["conflicts"] >= 3, "each probe is answered")
    shown = speaker.show()["announced"][0]["conflict"]
    assert shown["owner"] == intruder.mac and shown["reported"] and shown["answers"] >= 3
    assert len(speaker.happened("conflict")) == 1


@pytest.mark.slow
def test_a_conflict_that_is_over_is_cleared(net):
    intruder = net.machine(7)
    intruder.address("add", f"{VIP4}/32")
    speaker = net.node(net.a, VIP4)
    speaker.announce(VIP4)
    until(lambda: speaker.happened("conflict"), "the conflict is told", timeout=6)
    intruder.address("del", f"{VIP4}/32")
    until(lambda: speaker.happened("cleared", address=VIP4), "it is cleared", timeout=45)
    assert speaker.show()["announced"][0]["conflict"] is None


def test_an_orderly_move_is_not_reported_as_a_conflict(net):
    a, b = (net.node(machine, VIP4, VIP6) for machine in (net.a, net.b))
    a.announce(VIP4, VIP6)
    until(lambda: net.client.pings(VIP4) and net.client.pings(VIP6), "they answer")
    # The new owner decides a moment before the old one hears of it.
    b.announce(VIP4, VIP6)
    time.sleep(0.3)
    a.announce()
    until(lambda: all(x["settled"] for x in b.show()["announced"]), "b has told all")
    assert not a.happened("conflict") and not b.happened("conflict")


@pytest.mark.parametrize("address", [VIP4, VIP6])
def test_a_foreign_announcement_is_reported_and_answered_once(net, address):
    speaker = net.node(net.a, address)
    speaker.announce(address)
    until(lambda: speaker.show()["announced"][0]["settled"], "settled")
    wire = net.wire(net.client)
    stranger = "02:99:00:00:00:01"
    if ":" in address:
        lie = ndp(ADVERTISEMENT, stranger, address, ALL_NODES, address, flags=OVERRIDE, option=stranger)
        defences = lambda since: wire.read(read_ndp, since, kind=ADVERTISEMENT, target=address)  # noqa: E731
    else:
        lie = arp(REPLY, stranger, address, address)
        defences = lambda since: wire.read(read_arp, since, operation=REPLY, sender_ip=address)  # noqa: E731
    start = time.monotonic()
    for _ in range(50):
        wire.send(lie)
    until(lambda: speaker.show()["addresses"][address]["conflicts"] == 50, "all are seen")
    until(lambda: defences(start), "it is answered")
    until(lambda: speaker.happened("conflict"), "it is told")
    assert speaker.happened("conflict")[0]["conflict"]["owner"] == stranger
    assert len(speaker.happened("conflict")) == 1 and len(defences(start)) == 1
    assert net.client.pings(address)


def test_a_host_that_asks_first_does_not_get_the_address(net):
    speaker = net.node(net.a, VIP6)
    speaker.announce(VIP6)
    newcomer = net.machine(7)
    newcomer.place.sysctl(ipv6__conf__eth0__accept_dad=1)
    newcomer.place.ip("addr", "add", f"{VIP6}/64", "dev", "eth0")  # with duplicate address detection
    shown = lambda: newcomer.place.run("ip", "addr", "show", "dev", "eth0").stdout  # noqa: E731
    until(lambda: "dadfailed" in shown(), "the newcomer is told that the address is taken")
    assert speaker.count("ndp", "answer_probe") >= 1


def test_a_storm_is_answered_and_keeps_nothing_waiting(net):
    speaker = net.node(net.a, VIP4)
    speaker.announce(VIP4)
    wire = net.wire(net.client)
    ours = arp(REQUEST, net.client.mac, net.client.ipv4, VIP4)
    others = arp(REQUEST, net.client.mac, net.client.ipv4, "10.88.0.77")
    for _ in range(25000):
        wire.send(ours)
        wire.send(others)
    speaker.tell("hold", VIP4)  # answered although frames wait

    def all_counted():
        shown = speaker.show()
        return shown["arp"]["answer"] + shown["arp"]["not_announced"] + shown["frames_lost"] >= 50000 and shown

    shown = until(all_counted, "each frame is counted")
    assert shown["addresses"][VIP4]["responses"] == shown["arp"]["answer"] > 5000
    assert shown["send_failures"] == 0
    assert set(net.client.arping(VIP4)) == {net.a.mac}


def test_five_hundred_addresses_move_at_once(net):
    vips = [f"10.88.{1 + i // 250}.{i % 250}" for i in range(500)] + [f"fd88::1:{i:x}" for i in range(500)]
    a, b = (net.node(machine, *vips) for machine in (net.a, net.b))
    a.announce(*vips)
    wire = net.wire(net.client)
    start = time.monotonic()
    a.announce()
    b.announce(*vips)

    def moved():
        fresh = {x["sender_ip"] for _, x in wire.read(read_arp, start, sender=net.b.mac, operation=REPLY)}
        fresh |= {x["target"] for _, x in wire.read(read_ndp, start, option=net.b.mac, kind=ADVERTISEMENT)}
        return fresh >= set(vips)

    until(moved, "all are announced by the new owner", timeout=1)
    assert b.show()["send_failures"] == 0
    groups = net.b.place.run("ip", "-6", "maddr", "show", "dev", "eth0").stdout
    assert groups.count("ff02::1:ff01:") == 500
    b.announce(vips[0], vips[-1])
    groups = net.b.place.run("ip", "-6", "maddr", "show", "dev", "eth0").stdout
    assert groups.count("ff02::1:ff01:") == 1
    assert set(net.client.arping(vips[0], 1)) == {net.b.mac} and net.client.arping(vips[1], 1) == []


def test_addresses_are_announced_anew_when_an_interface_comes_back(net):
    speaker = net.node(net.a, VIP4, VIP6)
    speaker.announce(VIP4, VIP6)
    wire = net.wire(net.client)
    for action in (
        lambda: (net.segment.unplug("port1"), net.segment.plug("port1")),
        lambda: net.a.place.batch("link set eth0 down", "link set eth0 up", f"addr replace {net.a.ipv6}/64 dev eth0 nodad"),
    ):
        start = time.monotonic()
        action()
        wire.wait(read_arp, "announced anew", start, sender_ip=VIP4, operation=REPLY, to=BROADCAST)
        wire.wait(read_ndp, "announced anew", start, target=VIP6, kind=ADVERTISEMENT, to=ALL_NODES_MAC)
    assert set(net.client.arping(VIP4)) == {net.a.mac}


def test_a_changed_hardware_address_is_announced(net):
    speaker = net.node(net.a, VIP4)
    speaker.announce(VIP4)
    until(lambda: net.client.pings(VIP4), "it answers")
    net.a.place.ip("link", "set", "eth0", "address", "02:88:00:00:00:55")
    until(lambda: net.client.neighbour(VIP4) == "02:88:00:00:00:55", "the client follows", timeout=2)
    assert set(net.client.arping(VIP4)) == {"02:88:00:00:00:55"}


def test_interfaces_that_come_and_go_are_followed(net):
    speaker = net.node(net.a, VIP4)
    speaker.announce(f"{VIP4}@late0,eth0")
    announced = lambda: {x["interface"] for x in speaker.show()["announced"]}  # noqa: E731
    assert announced() == {"eth0"}
    net.a.place.batch("link add late0 type veth peer name late1", "link set late0 up", "link set late1 up")
    until(lambda: announced() == {"eth0", "late0"}, "it is announced there too")
    net.a.place.ip("link", "del", "late0")
    until(lambda: announced() == {"eth0"}, "and no more")
    speaker.announce(f"{VIP4}@late0")
    assert announced() == set()
    assert speaker.show()["arp"]["answer"] == 0
    assert net.client.arping(VIP4) == []


def test_an_address_is_answered_only_on_its_interfaces(net):
    speaker = net.node(net.a, VIP4)
    net.a.place.batch("link add late0 type veth peer name late1", "link set late0 up", "link set late1 up")
    speaker.announce(f"{VIP4}@late0")
    until(lambda: speaker.show()["announced"], "announced there")
    assert net.client.arping(VIP4) == []
    assert speaker.count("arp", "other_interface") >= 1


def test_a_node_that_lost_an_address_does_not_claim_it_by_replying_from_it(net):
    """The kernel would ask for the client's MAC address in the name of the address that it replies from."""
    a, b = (net.node(machine, VIP4) for machine in (net.a, net.b))
    b.announce(VIP4)
    until(lambda: net.client.pings(VIP4), "it answers")
    wire = net.wire(net.client)
    net.a.place.run("ip", "neigh", "flush", "all")
    net.a.pings(net.client.ipv4, "-I", VIP4)
    asked = wire.wait(read_arp, "the node asks", sender=net.a.mac, target_ip=net.client.ipv4, operation=REQUEST)[1]
    assert asked["sender_ip"] == net.a.ipv4
    assert net.client.neighbour(VIP4) == net.b.mac
    assert not b.happened("conflict") and a.show()["arp"]["conflict"] == 0


def test_the_guard_goes_with_its_process_or_with_the_next(net):
    tables = lambda: net.a.place.run("nft", "list", "tables").stdout.count("arp naru-")  # noqa: E731
    first = net.node(net.a, VIP4)
    assert tables() == 1
    assert first.signal(signal.SIGTERM) == 0
    assert tables() == 0
    second = net.speaker(net.a)
    second.serve(VIP4)
    second.signal(signal.SIGKILL)
    assert tables() == 1 and net.client.arping(VIP4) == []
    third = net.speaker(net.a)
    third.serve(VIP4)
    assert tables() == 2
    assert third.tell("leftovers")[-1]["removed"] == 1
    assert tables() == 1 and net.client.arping(VIP4) == []


def test_what_privilege_is_missing_is_said(net):
    speaker = net.speaker(net.a, "setpriv", "--bounding-set=-net_raw,-net_admin")
    speaker.announce(VIP4)
    fault = next(x["fault"] for x in speaker.show()["interfaces"] if x["name"] == "eth0")
    assert "CAP_NET_RAW" in fault
    refused = speaker.tell("guard", VIP4)[-1]
    assert refused["event"] == "error" and "CAP_NET_ADMIN" in refused["message"]
    stays(lambda: speaker.popen.poll() is None, "it goes on", seconds=0.2)
