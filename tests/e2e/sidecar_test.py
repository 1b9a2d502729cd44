"""A sidecar without privileges beside one application: told of (explicit), and not (transparent)."""

import os
import socket

import pytest
import yaml

from naru_harness.build import TOP
from naru_harness.load import Load
from naru_harness.sidecar import (
    APP_UID,
    CIDRS,
    DNS_PORT,
    OTHER_UID,
    PORT,
    RESOLVER,
    SIDECAR_UID,
    VIPS,
    ControlGroup,
    Sidecar,
    as_user,
    left_behind,
)
from naru_harness.wait import until

pytestmark = pytest.mark.root

RESET = (7, 56)  # curl's exit codes: while it connects, and after
FAMILIES = ["4", "6"]


@pytest.fixture
def sidecar(lab, namespaces):
    made = Sidecar(lab, namespaces)
    yield made
    made.close()


@pytest.fixture
def cgroup():
    made = ControlGroup(f"naru-test-{os.getpid()}")
    if made.path is None:
        pytest.skip("no hierarchy of control groups of version 2")
    yield made
    made.close()


# ---- transparent ----


@pytest.mark.parametrize("family", FAMILIES)
def test_an_application_that_knows_nothing_of_it(sidecar, family):
    outside = sidecar.outside(family)
    pods = [sidecar.pod(f"web-{number}", 10 + number, family) for number in (1, 2)]
    sidecar.serve(pods, family)
    node = sidecar.start()
    assert sidecar.answered_by(family) == outside.name
    sidecar.install()
    sidecar.until_answered_by(pods, family)
    assert sidecar.answered_by(family, uid=OTHER_UID) == outside.name, "others are left alone"
    assert sidecar.answered_by(family, uid=SIDECAR_UID) == outside.name, "and so is the sidecar"
    listeners = {x["address"]: x["state"] for x in node.get("listeners") if x["protocol"] == "TCP"}
    assert set(listeners.values()) == {"Open"}
    assert node.errors() == []


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("port", [514, 9000])
@pytest.mark.parametrize("size", [10, 60000])
def test_datagrams(sidecar, family, port, size):
    """A port that needs a privilege and one that does not; connected sockets and others; answers come from the Service."""
    sidecar.serve([sidecar.pod("web-1", 11, family)], family)
    sidecar.start()
    sidecar.install()
    done = sidecar.udp(port, family, size)
    assert done.stdout.split() == [str(size)] * 2, done.stderr


@pytest.mark.parametrize("family", FAMILIES)
def test_what_no_service_has_is_refused(sidecar, family):
    """Never passed on: what is intercepted by mistake cannot run in a circle."""
    sidecar.outside(family)
    sidecar.serve([sidecar.pod("web-1", 11, family)], family)
    node = sidecar.start()
    sidecar.install()
    nobody = {"4": "10.96.0.51", "6": "fd00:96::51"}[family]
    assert sidecar.curl(family, port=81)[0] in RESET, "another port of a Service"
    assert sidecar.curl(address=nobody)[0] in RESET, "another address"
    assert "ConnectionRefusedError" in sidecar.udp(515, family).stderr.splitlines()[-1]
    assert "ConnectionRefusedError" in sidecar.udp(514, address=nobody).stderr.splitlines()[-1]
    loopback = {"4": "127.0.0.1", "6": "::1"}[family]
    assert sidecar.curl(address=loopback, port=PORT)[0] in RESET, "the port for redirected connections itself"
    assert node.metric("naru_intercept_refused_total", reason="no_service") == 2
    assert node.metric("naru_intercept_refused_total", reason="not_redirected") == 1


def test_a_service_without_endpoints_is_refused_until_it_has_some(sidecar):
    pod = sidecar.pod("web-1", 11)
    sidecar.serve([])
    sidecar.start()
    sidecar.install()
    assert sidecar.curl()[0] in RESET
    sidecar.endpoints([pod])
    until(lambda: sidecar.curl() == (0, pod.name), "it is served")
    sidecar.endpoints([])
    until(lambda: sidecar.curl()[0] in RESET, "it is refused again")


def test_names(sidecar):
    """Queries to the resolver of the application's own resolv.conf, over UDP and TCP."""
    sidecar.serve([sidecar.pod("web-1", 11)])
    sidecar.start()
    sidecar.install()
    done = sidecar.resolve("web4")
    assert VIPS["4"] in done.stdout, done.stdout + done.stderr
    for option in ("+notcp", "+tcp"):
        words = ["dig", f"@{RESOLVER}", "web4.shop.svc.cluster.local", option, "+short", "+tries=1", "+time=5"]
        assert sidecar.run(*words).stdout == f"{VIPS['4']}\n"
    assert sidecar.shown()["redirected"]["dns"] >= 3


def test_a_control_group(sidecar, cgroup):
    """Whoever its processes run as, and nobody else; the sidecar may be one of them."""
    outside, pod = sidecar.outside(), sidecar.pod("web-1", 11)
    sidecar.serve([pod])
    sidecar.start()
    sidecar.install(selector=["--cgroup", cgroup.path])
    assert sidecar.answered_by() == outside.name
    assert sidecar.answered_by(before=cgroup.joined) == pod.name
    assert sidecar.answered_by(before=cgroup.joined, uid=OTHER_UID) == pod.name
    assert sidecar.answered_by(before=cgroup.joined, uid=SIDECAR_UID) == outside.name
    assert cgroup.path.name in sidecar.intercept("show").stdout


def test_everybody_but_the_sidecar(sidecar):
    outside, pod = sidecar.outside(), sidecar.pod("web-1", 11)
    sidecar.serve([pod])
    sidecar.start()
    sidecar.install(selector=["--all"])
    assert {sidecar.answered_by(), sidecar.answered_by(uid=OTHER_UID)} == {pod.name}
    assert sidecar.answered_by(uid=SIDECAR_UID) == outside.name


def test_a_load_balancer_address(sidecar):
    """Any address may be intercepted, not those of the service CIDRs alone."""
    pod = sidecar.pod("web-1", 11)
    sidecar.serve([pod], externalIPs=["203.0.113.7"])
    node = sidecar.start(intercept={"port": PORT, "dnsPort": DNS_PORT, "cidrs": [*CIDRS, "203.0.113.0/24"]})
    sidecar.install()
    assert sidecar.answered_by(address="203.0.113.7") == pod.name
    assert sidecar.udp(514, address="203.0.113.7").stdout.split() == ["10"] * 2
    assert node.errors() == []


@pytest.mark.parametrize("family", FAMILIES)
def test_rolling_updates_lose_no_request(sidecar, family):
    pods = [sidecar.pod(f"web-{number}", 10 + number, family) for number in (1, 2)]
    sidecar.serve(pods, family)
    sidecar.start()
    sidecar.install()
    client = [*sidecar.app.prefix, *as_user(APP_UID)]
    lab = sidecar.lab
    out = lab.directory / "client"
    out.mkdir()
    os.chown(out, APP_UID, APP_UID)
    load = Load(readable_load(lab), out, VIPS[family], 80, prefix=client, rate=200)
    try:
        for number in range(3, 9):
            new = sidecar.pod(f"web-{number}", 10 + number, family)
            gone, pods = pods[0], [pods[1], new]
            sidecar.endpoints(pods, family)
            until(lambda: sidecar.answered_by(family) == new.name, "the new pod has its share")
            gone.stop()
        requests, _ = load.finish()
    finally:
        load.kill()
    assert len(requests) > 100
    assert [x for x in requests if x.outcome != "ok"] == []
    assert {x.pod for x in requests} >= {f"web-{number}" for number in range(1, 9)}


def readable_load(lab):
    """The build, as seen by whoever may not read the checkout."""

    class Copied:
        load = lab.directory / "naru-load"

    Copied.load.write_bytes(lab.build.load.read_bytes())
    Copied.load.chmod(0o755)
    return Copied


def test_a_sidecar_that_is_killed_and_comes_back(sidecar):
    """The rules stay: what is intercepted is refused meanwhile, not let past."""
    outside, pod = sidecar.outside(), sidecar.pod("web-1", 11)
    sidecar.serve([pod])
    node = sidecar.start()
    sidecar.install()
    assert sidecar.answered_by() == pod.name
    node.kill()
    assert sidecar.curl()[1] != outside.name
    assert sidecar.udp(514).returncode != 0
    node.start()
    assert sidecar.answered_by() == pod.name
    assert sidecar.udp(514).stdout.split() == ["10"] * 2


def test_an_upgrade_of_the_sidecar(sidecar):
    pod = sidecar.pod("web-1", 11)
    sidecar.serve([pod])
    node = sidecar.start()
    sidecar.install()
    before = node.take_over()
    assert sidecar.answered_by() == pod.name
    assert sidecar.udp(514).stdout.split() == ["10"] * 2
    assert before.wait(30) == 0
    assert sidecar.answered_by() == pod.name


def test_a_port_that_is_taken_is_told(sidecar):
    sidecar.serve([sidecar.pod("web-1", 11)])

    def occupy():
        taken = socket.socket()
        taken.bind(("127.0.0.1", PORT))
        taken.listen()
        return taken

    with sidecar.app.inside(occupy):
        node = sidecar.start()
        assert f"127.0.0.1:{PORT}" in node.until_error("cannot listen")
        failed = next(x for x in node.get("listeners") if x["protocol"] == "TCP" and x["address"].startswith(VIPS["4"]))
        assert failed["state"] == "Failed" and str(PORT) in failed["error"]
    node.until_no_errors()
    sidecar.install()
    assert sidecar.answered_by() == "web-1"


# ---- the rules ----


def test_install_again_show_and_remove(sidecar):
    outside, pod = sidecar.outside("6"), sidecar.pod("web-1", 11, "6")
    sidecar.serve([pod], "6")
    sidecar.start()
    assert sidecar.shown() == {"installed": False}
    sidecar.install(selector=["--all"])
    once = left_behind(sidecar.app)
    sidecar.install(selector=["--all"])
    assert left_behind(sidecar.app) == once, "twice is as once"
    sidecar.install()
    assert sidecar.shown() == {
        "installed": True,
        "everybody": False,
        "uids": [APP_UID],
        "cgroups": [],
        "sidecarUIDs": [SIDECAR_UID],
        "cidrs": CIDRS,
        "port": PORT,
        "resolvers": [RESOLVER],
        "dnsPort": DNS_PORT,
        "redirected": {"tcp": 0, "udp": 0, "dns": 0},
    }
    assert sidecar.answered_by("6") == pod.name
    text = sidecar.intercept("show").stdout
    assert f"uid {APP_UID}" in text and f"port {PORT} of loopback: 1 connections" in text
    for _ in range(2):
        done = sidecar.intercept("remove")
        assert (done.returncode, done.stderr) == (0, "")
        assert left_behind(sidecar.app) == ""
    assert "nothing was intercepted" in done.stdout
    assert sidecar.answered_by("6") == outside.name


def test_open_connections_and_the_rules(sidecar):
    """Installed again, with other words, the rules leave them alone. Removed, the kernel rewrites nothing any more."""
    outside, pod = sidecar.outside(), sidecar.pod("web-1", 11)
    sidecar.serve([pod])
    sidecar.start(shutdownGracePeriod="1s")
    sidecar.install()
    kept = sidecar.connection()
    try:
        assert kept.ask() == "200"
        sidecar.install(selector=["--uid", OTHER_UID])
        assert sidecar.answered_by() == outside.name
        assert kept.ask() == "200"
        assert sidecar.intercept("remove").returncode == 0
        assert kept.ask() != "200"
    finally:
        kept.close()


def test_without_the_privilege_it_says_what_is_missing(sidecar):
    for words in (
        ["install", "--uid", APP_UID, "--service-cidr", "10.96.0.0/12"],
        ["install", "--uid", APP_UID, "--service-cidr", "fd00:96::/112"],
        ["remove"],
        ["show"],
    ):
        done = sidecar.intercept(*words, uid=SIDECAR_UID)
        assert done.returncode == 3
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1, done.stderr
        assert "Operation not permitted" in done.stderr and "CAP_NET_ADMIN" in done.stderr
    assert left_behind(sidecar.app) == ""


def test_a_dry_run_changes_nothing(sidecar):
    words = ["--uid", APP_UID, "--service-cidr", "10.96.0.0/12", "--dry-run"]
    done = sidecar.intercept("install", *words, uid=SIDECAR_UID)
    assert done.returncode == 0 and left_behind(sidecar.app) == ""
    script = sidecar.lab.directory / "script.nft"
    script.write_text(done.stdout)
    assert sidecar.app.run("nft", "-f", script).returncode == 0
    assert sidecar.shown()["uids"] == [APP_UID]


# ---- explicit ----


def test_an_application_that_is_told(sidecar):
    """Services and DNS on loopback: nothing needs a privilege but ports below 1024, for which one setting is enough."""
    pods = [sidecar.pod(f"web-{number}", 10 + number) for number in (1, 2)]
    sidecar.app.sysctl(ipv4__ip_unprivileged_port_start=53)
    vip = "127.96.0.50"
    sidecar.serve(pods, vip=vip)
    node = sidecar.start(serviceCIDRs=["127.96.0.0/12"], intercept=None)
    assert node.errors() == []
    assert {sidecar.answered_by(address=vip) for _ in range(20)} == {"web-1", "web-2"}
    assert sidecar.udp(514, address=vip).stdout.split() == ["10"] * 2
    done = sidecar.resolve("web4", nameserver="127.96.0.10")
    assert vip in done.stdout, done.stdout + done.stderr


def test_the_setting_that_low_ports_need_is_told(sidecar):
    vip = "127.96.0.50"
    sidecar.serve([sidecar.pod("web-1", 11)], vip=vip)
    node = sidecar.start(serviceCIDRs=["127.96.0.0/12"], intercept=None)
    for where in (f"{vip}:80", f"{vip}:514", "127.96.0.10:53"):
        assert "net.ipv4.ip_unprivileged_port_start" in node.until_error(where)
    assert sidecar.udp(9000, address=vip).stdout.split() == ["10"] * 2, "and the rest is served"


def test_ipv6_explicitly(sidecar):
    """Loopback has one IPv6 address only: somebody with the privilege makes the CIDR local, once."""
    pod = sidecar.pod("web-1", 11, "6")
    sidecar.serve([pod], "6")
    sidecar.app.sysctl(ipv4__ip_unprivileged_port_start=53)
    sidecar.app.ip("route", "add", "local", "fd00:96::/112", "dev", "lo")
    node = sidecar.start(serviceCIDRs=["127.96.0.0/12", "fd00:96::/112"], intercept=None)
    assert node.errors() == []
    assert sidecar.answered_by("6") == pod.name
    assert sidecar.udp(514, "6").stdout.split() == ["10"] * 2


# ---- examples/sidecar ----


def example(name):
    return yaml.safe_load((TOP / "examples" / "sidecar" / name).read_text())


def run_example(sidecar, configuration):
    """On the example's Services, whose endpoints are web-1 and web-2."""
    for number in (1, 2):
        sidecar.pod(f"web-{number}", 10 + number)
    sidecar.lab.write("services.yaml", (TOP / "examples/sidecar/services.yaml").read_text())
    given = {key: value for key, value in example(configuration).items() if key != "adminSocket"}
    return sidecar.start(**{"intercept": None, **given})


def test_the_example_of_a_pod(sidecar):
    """The initContainer's own command, and naru as its container runs it."""
    node = run_example(sidecar, "naru.yaml")
    init, naru = example("pod.yaml")["spec"]["initContainers"][0], example("pod.yaml")["spec"]["containers"][1]
    words = [TOP / "examples/sidecar/naru.yaml" if x.startswith("/etc/naru/") else x for x in init["command"]]
    assert words[:3] == ["naru", "intercept", "install"]
    uid = str(naru["securityContext"]["runAsUser"])
    assert uid in words and naru["command"][:2] == ["naru", "run"]
    words = [SIDECAR_UID if x == uid else x for x in words[2:]]
    done = sidecar.intercept(*words, "--resolver", RESOLVER)
    assert (done.returncode, done.stderr) == (0, "")
    vip = node.cluster_ip("web")
    assert {sidecar.answered_by(address=vip) for _ in range(20)} == {"web-1", "web-2"}
    assert sidecar.udp(514, address=vip).stdout.split() == ["10"] * 2
    assert vip in sidecar.resolve("web").stdout
    assert node.errors() == []


def test_the_example_of_the_explicit_way(sidecar):
    sidecar.app.sysctl(ipv4__ip_unprivileged_port_start=53)
    node = run_example(sidecar, "explicit.yaml")
    vip = node.cluster_ip("web")
    assert vip in sidecar.resolve("web", nameserver="127.96.0.10").stdout
    assert {sidecar.answered_by(address=vip) for _ in range(20)} == {"web-1", "web-2"}
    assert node.errors() == []


# ---- what it costs ----


def test_its_memory_is_reported(sidecar):
    """Ten Services, one worker. How much it may be is for benchmarks to say, of a release build."""
    for number in range(10):
        sidecar.serve([], name=f"web-{number}-", vip=f"10.96.1.{number}")
    node = sidecar.start()
    resident = node.metric("process_resident_memory_bytes")
    assert resident > 1 << 20
