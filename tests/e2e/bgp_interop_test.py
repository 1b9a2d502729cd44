"""BGP between naru's speaker and FRR, BIRD and GoBGP, each in a network namespace of its own."""

import ipaddress
import signal

import pytest

from naru_harness.bgp_routers import ROUTERS
from naru_harness.bgp_speaker import BgpSpeaker
from naru_harness.wait import stays, until

pytestmark = pytest.mark.root

NARU4, ROUTER4 = "10.77.0.1", "10.77.0.2"
NARU6, ROUTER6 = "fd77::1", "fd77::2"
ROUTER_ASN, NARU_ASN = 64512, 64513
WEB4, WEB6 = "203.0.113.7/32", "2001:db8:1::7/128"


class Pair:
    """naru's side and the router's, on one cable that has both families."""

    def __init__(self, build, namespaces, directory):
        self.build, self.directory = build, directory
        self.naru, self.far = namespaces(), namespaces()
        self.naru.connect(self.far, f"{NARU4}/24", f"{ROUTER4}/24")
        for place, address in ((self.naru, NARU6), (self.far, ROUTER6)):
            device = place.run("sh", "-c", "ls /sys/class/net | grep veth || ip -o link | grep -o 'veth[0-9a-z]*'")
            place.ip("addr", "add", f"{address}/64", "dev", device.stdout.split()[0], "nodad")
        self.router = self.speaker = None

    def start_router(self, kind, v6=False, **options):
        local, neighbour = (ROUTER6, NARU6) if v6 else (ROUTER4, NARU4)
        self.router = ROUTERS[kind](self.far, self.directory / kind, local, neighbour, **options)
        return self.router

    def start_speaker(self, *arguments):
        self.speaker = BgpSpeaker(self.build, self.naru, self.directory / "naru", *arguments)
        return self.speaker

    def peer(self, v6=False, **settings):
        address = ROUTER6 if v6 else ROUTER4
        base = {"name": "router", "myASN": NARU_ASN, "peerASN": ROUTER_ASN, "peerAddress": address}
        base |= {"dualStack": True, "connectTime": 1, "routerID": "10.255.0.2"}
        return {name: value for name, value in (base | settings).items() if value is not None}

    def up(self, kind, v6=False, routes=(WEB4, WEB6), peer=None, **options):
        """A session over which `routes` are known."""
        self.start_router(kind, v6, **options)
        self.start_speaker()
        self.speaker.peers(self.peer(v6, **(peer or {})))
        self.speaker.routes(router=list(routes))
        self.speaker.until(state="Established", pending=0)
        self.knows(*(x if isinstance(x, str) else x["prefix"] for x in routes))
        return self

    def knows(self, *prefixes):
        """Waits until these are the router's routes, and no others."""
        wanted = set(prefixes)

        def seen():
            return {x for family in ("ipv4", "ipv6") for x in self.router.prefixes(family)}

        until(lambda: seen() == wanted, f"the router has {wanted}", interval=0.1)

    def close(self):
        for process in (self.speaker, self.router):
            if process:
                process.kill()


@pytest.fixture
def pair(build, namespaces, tmp_path):
    if not (build.directory / "naru-bgp-speaker").exists():
        pytest.skip("no naru-bgp-speaker built")
    made = Pair(build, namespaces, tmp_path)
    yield made
    made.close()


every_router = pytest.mark.parametrize("kind", ROUTERS)
over_both = pytest.mark.parametrize("v6", [False, True], ids=["over IPv4", "over IPv6"])


@every_router
@over_both
def test_routes_of_both_families_with_all_they_carry(pair, kind, v6):
    """To an external peer: AS path, next hop of each family, communities, and no local preference."""
    extra = {"communities": [64512 << 16 | 100, 0xFFFFFF01], "large": [[64512, 1, 4294967295]], "localPref": 250}
    pair.up(kind, v6, routes=[{"prefix": WEB4} | extra, {"prefix": WEB6} | extra])
    for prefix, next_hop in ((WEB4, NARU4), (WEB6, NARU6)):
        route = pair.router.route(prefix)
        assert route["as_path"] == str(NARU_ASN)
        assert route["next_hop"].split()[0] == next_hop
        assert len(route["communities"]) == 2 and "64512:100" in route["communities"]
        assert route["large"] == {"64512:1:4294967295"}
        assert route["local_pref"] in (None, 100)
    session = pair.speaker.session()
    assert session["peer_asn"] == ROUTER_ASN and session["router_id"] == "10.255.0.1"
    assert session["ipv4"] and session["ipv6"] and session["announced"] == 2 and session["impossible"] == 0


@every_router
def test_an_internal_peer_is_told_the_local_preference(pair, kind):
    routes = [{"prefix": WEB4, "localPref": 250}, WEB6]
    pair.up(kind, routes=routes, peer={"myASN": ROUTER_ASN}, peer_asn=ROUTER_ASN)
    assert pair.router.route(WEB4)["local_pref"] == 250
    assert pair.router.route(WEB6)["local_pref"] == 100
    assert pair.router.route(WEB4)["as_path"] in ("", "Local")


@every_router
def test_as_numbers_of_four_bytes(pair, kind):
    pair.up(kind, peer={"myASN": 4200000000}, peer_asn=4200000000)
    assert pair.router.route(WEB4)["as_path"] == "4200000000"


def test_a_peer_that_knows_only_as_numbers_of_two_bytes(pair):
    pair.up("BIRD", two_octet_asn=True)
    assert pair.router.route(WEB4)["as_path"] == str(NARU_ASN)


@every_router
def test_routes_come_change_and_go(pair, kind):
    pair.up(kind, routes=[WEB4])
    pair.speaker.routes(router=[WEB4, WEB6, "203.0.113.8/32"])
    pair.knows(WEB4, WEB6, "203.0.113.8/32")
    pair.speaker.routes(router=[{"prefix": WEB4, "communities": [64512 << 16 | 7]}, "198.51.100.0/24"])
    pair.knows(WEB4, "198.51.100.0/24")
    until(lambda: pair.router.route(WEB4)["communities"] == {"64512:7"}, "the new community is seen")
    pair.speaker.routes(router=[])
    pair.knows()
    assert pair.speaker.session()["announced"] == 0


@every_router
def test_thousands_of_routes_go_in_few_messages(pair, kind):
    pair.up(kind, routes=[WEB4])
    before = pair.speaker.session()["updates_sent"]
    pair.speaker.say("many router 5000")
    pair.speaker.until(announced=5000, pending=0)
    until(lambda: len(pair.router.prefixes()) == 5000, "the router has them", interval=0.2)
    assert pair.speaker.session()["updates_sent"] - before < 10


@every_router
def test_the_router_asks_again(pair, kind):
    """A soft reset makes it ask by ROUTE-REFRESH; the session stays."""
    pair.up(kind, routes=[WEB4])
    before = pair.speaker.session()["updates_sent"]
    pair.router.clear("soft in" if kind == "FRR" else "in")
    if kind == "FRR":  # the others have all that they were told, and need not ask
        until(lambda: pair.speaker.session()["updates_sent"] > before, "naru tells again")
    pair.knows(WEB4)
    assert pair.speaker.session()["times_established"] == 1


@every_router
@over_both
def test_a_password(pair, kind, v6):
    pair.up(kind, v6, peer={"password": "a-shared-secret"}, password="a-shared-secret")


@pytest.mark.parametrize(
    "kind, ours, theirs",
    [
        ("FRR", "right", "wrong"),
        ("BIRD", "right", "wrong"),
        ("GoBGP", "right", "wrong"),
        ("FRR", None, "only-there"),
        ("FRR", "only-here", None),
    ],
)
def test_passwords_that_differ(pair, kind, ours, theirs):
    """The kernel drops what is signed otherwise: no session, no route, and the reason names the password."""
    pair.start_router(kind, password=theirs)
    pair.start_speaker().peers(pair.peer(password=ours))
    pair.speaker.routes(router=[WEB4])
    session = pair.speaker.until(reason="connect_timed_out", timeout=20)
    assert "passwords differ" in session["text"] and session["announced"] == 0 and session["pending"] == 1
    assert pair.router.prefixes() == set() and not pair.router.is_up


@every_router
def test_the_peer_is_of_another_as(pair, kind):
    pair.start_router(kind)
    pair.start_speaker().peers(pair.peer(peerASN=64999))
    session = pair.speaker.until(reason="wrong_asn")
    assert session["text"] == "the peer is AS 64512, wanted is 64999"


@every_router
def test_we_are_of_another_as_than_the_peer_wants(pair, kind):
    pair.start_router(kind, peer_asn=64999)
    pair.start_speaker().peers(pair.peer())
    until(lambda: "Bad Peer AS" in pair.speaker.session()["text"], "the peer says why")
    assert pair.speaker.session()["reason"] == "notified"


def test_any_external_as(pair):
    pair.up("FRR", peer={"peerASN": None, "dynamicASN": "external"})
    assert pair.speaker.session()["peer_asn"] == ROUTER_ASN


def test_an_external_as_where_an_internal_one_is_wanted(pair):
    pair.start_router("FRR")
    pair.start_speaker().peers(pair.peer(peerASN=None, dynamicASN="internal"))
    assert "wanted is 64513 (internal)" in pair.speaker.until(reason="wrong_asn")["text"]


@every_router
def test_a_peer_that_stops_answering(pair, kind):
    """Its hold time passes; when it goes on, the session comes back."""
    pair.up(kind, peer={"holdTime": 3})
    assert pair.speaker.session()["hold"] == 3
    pair.router.signal(signal.SIGSTOP)
    session = pair.speaker.until(reason="hold_timer_expired")
    assert session["text"] == "nothing heard for 3 s" and session["state"] != "Established"
    pair.router.signal(signal.SIGCONT)
    pair.speaker.until(state="Established", pending=0)
    pair.knows(WEB4, WEB6)


@every_router
def test_an_orderly_stop_withdraws(pair, kind):
    pair.up(kind)
    pair.speaker.say("stop")
    assert pair.speaker.wait() == 0
    pair.knows()


def test_the_router_is_told_that_it_is_a_shutdown(pair):
    pair.up("FRR")
    pair.speaker.say("stop")
    until(lambda: "lastShutdownDescription" in pair.router.neighbour_json(), "FRR has the words")
    assert pair.router.neighbour_json()["lastShutdownDescription"] == "naru stops"


@every_router
def test_a_peer_that_restarts_is_told_all_again(pair, kind):
    pair.up(kind)
    pair.router.kill()
    session = pair.speaker.until("the end is seen", times_established=1, announced=0)
    assert session["state"] != "Established"
    pair.router.launch()
    pair.speaker.until(state="Established", pending=0)
    pair.knows(WEB4, WEB6)


@every_router
def test_routes_stay_while_naru_restarts(pair, kind):
    """Graceful restart: a killed naru's routes are kept; the next one's End-of-RIB removes what is no more."""
    pair.up(kind, graceful_restart=True, peer={"enableGracefulRestart": True})
    assert pair.speaker.session()["graceful_restart"]
    pair.speaker.kill()
    stays(lambda: {WEB4} <= pair.router.prefixes(), "the route stays", 1.0)
    pair.start_speaker().peers(pair.peer(enableGracefulRestart=True))
    pair.speaker.until(state="Established")
    # It does not know its routes yet, and says nothing of them.
    stays(lambda: {WEB4} <= pair.router.prefixes(), "the route stays with the new session", 1.0)
    pair.speaker.routes(router=[WEB4])
    pair.knows(WEB4)


@every_router
def test_a_stop_for_a_restart_keeps_routes(pair, kind):
    pair.up(kind, graceful_restart=True, peer={"enableGracefulRestart": True})
    pair.speaker.say("stop keep")
    assert pair.speaker.wait() == 0
    until(lambda: not pair.router.is_up, "the session ends")
    stays(lambda: {WEB4} <= pair.router.prefixes(), "the route stays", 1.0)


@every_router
def test_the_orderly_stop_withdraws_under_graceful_restart_too(pair, kind):
    pair.up(kind, graceful_restart=True, peer={"enableGracefulRestart": True})
    pair.speaker.say("stop")
    pair.knows()


@every_router
def test_the_link_failed(pair, kind):
    """BFD's word ends the session at once, and it is tried again."""
    pair.up(kind)
    pair.speaker.say("link_failed router")
    pair.speaker.until(reason="link_failed")
    pair.speaker.until(state="Established", times_established=2, pending=0)
    pair.knows(WEB4, WEB6)


@every_router
def test_changed_settings_begin_anew_and_a_removed_peer_has_no_routes(pair, kind):
    pair.up(kind)
    pair.speaker.peers(pair.peer(holdTime=30))
    pair.speaker.until(state="Established", hold=30, pending=0)
    pair.knows(WEB4, WEB6)
    pair.speaker.peers()
    pair.knows()
    assert pair.speaker.sessions() == {}


@every_router
def test_the_router_connects(pair, kind):
    """A peer that only waits is connected to by the router."""
    pair.start_router(kind, connects=True)
    pair.start_speaker("--listen", f"{NARU4}:179").peers(pair.peer(passive=True))
    pair.speaker.routes(router=[WEB4])
    pair.speaker.until(state="Established", pending=0, timeout=30)
    pair.knows(WEB4)


@every_router
def test_both_connect_at_once(pair, kind):
    """Of two connections one stays, and the session with it."""
    pair.start_router(kind, connects=True)
    pair.start_speaker("--listen", f"{NARU4}:179").peers(pair.peer())
    pair.speaker.routes(router=[WEB4])
    pair.speaker.until(state="Established", pending=0, timeout=30)
    pair.knows(WEB4)
    stays(lambda: pair.speaker.session()["state"] == "Established", "it stays", 2.0, interval=0.2)


def test_a_family_that_the_session_cannot_carry_is_pending(pair):
    pair.up("FRR", routes=[WEB4], peer={"dualStack": False})
    pair.speaker.routes(router=[WEB4, WEB6])
    session = pair.speaker.until(pending=1, impossible=1)
    assert session["announced"] == 1 and not session["ipv6"]


def test_the_source_address(pair):
    pair.naru.ip("addr", "add", "10.77.0.9/32", "dev", "lo")
    pair.far.ip("route", "add", "10.77.0.9/32", "via", NARU4)
    pair.router = ROUTERS["FRR"](pair.far, pair.directory / "frr", ROUTER4, "10.77.0.9")
    pair.start_speaker().peers(pair.peer(sourceAddress="10.77.0.9"))
    session = pair.speaker.until(state="Established")
    assert ipaddress.ip_address(session["local"].rsplit(":", 1)[0]) == ipaddress.ip_address("10.77.0.9")


@pytest.fixture
def far_pair(build, namespaces, tmp_path):
    """With a router of packets between naru and its peer."""
    made = Pair(build, namespaces, tmp_path)
    between, made.far = namespaces(), namespaces()
    made.naru.connect(between, "10.78.0.1/24", "10.78.0.2/24")
    between.connect(made.far, "10.79.0.2/24", "10.79.0.1/24")
    between.sysctl(ipv4__ip_forward=1)
    made.naru.ip("route", "add", "10.79.0.0/24", "via", "10.78.0.2")
    made.far.ip("route", "add", "10.78.0.0/24", "via", "10.79.0.2")
    made.router = ROUTERS["BIRD"](made.far, tmp_path / "bird", "10.79.0.1", "10.78.0.1", multihop=True)
    yield made
    made.close()


def test_an_external_peer_several_hops_away(far_pair):
    far_pair.start_speaker().peers(far_pair.peer(peerAddress="10.79.0.1", ebgpMultiHop=True))
    far_pair.speaker.routes(router=[WEB4])
    far_pair.speaker.until(state="Established", announced=1)
    far_pair.knows(WEB4)


def test_an_external_peer_several_hops_away_is_not_reached_unless_that_is_wanted(far_pair):
    far_pair.start_speaker().peers(far_pair.peer(peerAddress="10.79.0.1"))
    session = far_pair.speaker.until("it fails", messages_received=0, state="Idle")
    assert session["reason"] in ("connect_timed_out", "connect_failed")


def test_a_source_address_that_is_not_ours(pair):
    pair.start_speaker().peers(pair.peer(sourceAddress="10.99.0.9"))
    assert pair.speaker.until(reason="no_local_address")["text"] == "Cannot assign requested address"


def test_nobody_listens_there(pair):
    pair.start_speaker().peers(pair.peer())
    assert pair.speaker.until(reason="connect_failed")["text"] == "Connection refused"
