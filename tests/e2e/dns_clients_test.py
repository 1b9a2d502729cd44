"""The resolvers and tools that people use, asking naru: libc's of two kinds, c-ares, Node's and Python's, dig and kdig
with their flags, and other DNS servers in between."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from naru_harness import clients, manifests
from naru_harness.lab import Lab
from naru_harness.netns import Namespace
from naru_harness.process import Process
from naru_harness.wait import until

pytestmark = pytest.mark.root

SERVER = "10.96.0.10"
VIP, VIP6 = "10.96.0.20", "fd00:96::20"
SEARCH = "shop.svc.cluster.local svc.cluster.local cluster.local"

# getaddrinfo, and no more: what every program that was linked with a libc does.
RESOLVE_C = r"""
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
int main(int argc, char** argv) {
  struct addrinfo hints, *found = 0, *at;
  char text[64];
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  int code = getaddrinfo(argv[argc - 1], 0, &hints, &found);
  if (code) return fprintf(stderr, "%s\n", gai_strerror(code)), 2;
  for (at = found; at; at = at->ai_next) {
    const void* from = at->ai_family == AF_INET ? (void*)&((struct sockaddr_in*)at->ai_addr)->sin_addr
                                                : (void*)&((struct sockaddr_in6*)at->ai_addr)->sin6_addr;
    puts(inet_ntop(at->ai_family, from, text, sizeof text));
  }
  return 0;
}
"""


# Other names end at a server that knows none but one.
UPSTREAM = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from naru_harness.upstream import Upstream
Upstream("127.0.0.99", {"outside.example": "192.0.2.81"}, 53)
threading.Event().wait()
"""


class Place:
    """A network namespace whose resolv.conf points at the naru in it."""

    def __init__(self, lab):
        self.lab = lab
        self.space = Namespace()
        self.etc = pathlib.Path("/etc/netns") / self.space.name
        self.etc.mkdir(parents=True)
        self.resolv_conf()
        # `hosts: files dns` and nothing else: no other way to a name.
        (self.etc / "nsswitch.conf").write_text("hosts: files dns\n")
        (self.etc / "hosts").write_text("127.0.0.1 localhost\n")

    def resolv_conf(self, options="ndots:5"):
        (self.etc / "resolv.conf").write_text(f"nameserver {SERVER}\nsearch {SEARCH}\noptions {options} timeout:2 attempts:1\n")

    def run(self, *command, timeout=30):
        words = ["ip", "netns", "exec", self.space.name, *map(str, command)]
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout)

    def close(self):
        self.space.close()
        shutil.rmtree(self.etc, ignore_errors=True)


@pytest.fixture(scope="module")
def place(build):
    lab = Lab(build)
    place = Place(lab)
    try:
        addresses = [lab.range.address(240, number) for number in range(1, 201)]
        lab.apply("web.yaml", manifests.service("web", clusterIPs=[VIP, VIP6], clusterIP=VIP))
        lab.serve("db", [manifests.endpoint(x) for x in addresses], clusterIP="None")
        lab.apply("docs.yaml", manifests.service("docs", type="ExternalName", externalName="static.example"))
        tests = pathlib.Path(__file__).parent.parent
        command = [*place.space.prefix, sys.executable, "-c", UPSTREAM, tests]
        lab.upstream = Process(command, lab.directory / "upstream.log")
        lab.node(
            "w1",
            address="127.0.0.1",
            prefix=place.space.prefix,
            serviceCIDRs=["10.96.0.0/16", "fd00:96::/112"],
            dns={
                "listen": [f"{SERVER}:53"],
                "upstreams": ["127.0.0.99:53"],
                "hosts": [{"ip": "192.0.2.80", "names": ["static.example"]}],
            },
        )
        yield place
        lab.upstream.kill()
    finally:
        lab.close()
        place.close()


def need(program):
    assert shutil.which(program), f"{program} is missing: scripts/deps test"
    return program


# ---- libc ----

NAMES = ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local", "web.shop.svc.cluster.local.", "WEB.Shop.svc"]


@pytest.fixture(scope="module")
def musl(place):
    source = place.lab.directory / "resolve.c"
    source.write_text(RESOLVE_C)
    binary = place.lab.directory / "resolve"
    done = clients.tool(need("musl-gcc"), "-static", "-O1", "-o", binary, source)
    assert done.returncode == 0, done.stderr
    return binary


@pytest.mark.parametrize("name", NAMES)
def test_glibc(place, name):
    done = place.run("getent", "ahosts", name)
    assert {line.split()[0] for line in done.stdout.splitlines()} == {VIP, VIP6}, done


@pytest.mark.parametrize("name", NAMES)
def test_musl(place, musl, name):
    done = place.run(musl, name)
    assert set(done.stdout.split()) == {VIP, VIP6}, done


@pytest.mark.parametrize("name", ["nobody", "nobody.shop.svc.cluster.local", "web.elsewhere.svc.cluster.local"])
def test_names_that_are_not_there_are_denied_at_once(place, musl, name):
    for command in (["getent", "ahosts", name], [musl, name]):
        done = place.run(*command, timeout=5)
        assert done.returncode == 2 and not done.stdout, done


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("static.example", "192.0.2.80"),
        ("docs", "192.0.2.80"),
        ("docs.shop.svc.cluster.local", "192.0.2.80"),
        ("outside.example", "192.0.2.81"),
    ],
)
def test_names_outside_and_aliases_to_them(place, musl, name, address):
    assert {x.split()[0] for x in place.run("getent", "ahosts", name).stdout.splitlines()} == {address}
    assert set(place.run(musl, name).stdout.split()) == {address}


@pytest.mark.parametrize("options", ["ndots:5", "ndots:1", "ndots:5 single-request", "ndots:5 use-vc", "ndots:5 edns0 trust-ad"])
def test_glibc_with_each_option(place, options):
    place.resolv_conf(options)
    try:
        found = {x.split()[0] for x in place.run("getent", "ahosts", "web").stdout.splitlines()}
        assert found == {VIP, VIP6}
    finally:
        place.resolv_conf()


def test_more_addresses_than_a_datagram_holds(place, musl):
    """glibc and musl both go on to TCP for what was cut off."""
    assert len({x.split()[0] for x in place.run("getent", "ahosts", "db").stdout.splitlines()}) == 200
    assert len(set(place.run(musl, "db").stdout.split())) > 20


def test_the_way_back(place):
    assert place.run("getent", "hosts", VIP).stdout.split()[1] == "web.shop.svc.cluster.local"
    assert place.run("getent", "hosts", "192.0.2.80").stdout.split()[1] == "static.example"


def test_python(place):
    code = "import socket; print(*sorted({x[4][0] for x in socket.getaddrinfo('web', 8080)}))"
    assert place.run(sys.executable, "-c", code).stdout.split() == [VIP, VIP6]


def test_node(place):
    """dns.lookup is libc's; all else is c-ares."""
    code = """
      const dns = require('dns').promises;
      (async () => {
        const seen = {
          lookup: (await dns.lookup('web', {all: true})).map((x) => x.address).sort(),
          a: await dns.resolve4('web.shop.svc.cluster.local'),
          aaaa: await dns.resolve6('web.shop.svc.cluster.local'),
          srv: await dns.resolveSrv('_http._tcp.web.shop.svc.cluster.local'),
          ptr: await dns.reverse('10.96.0.20'),
          txt: await dns.resolveTxt('dns-version.cluster.local'),
          many: (await dns.resolve4('db.shop.svc.cluster.local')).length,
          gone: await dns.resolve4('gone.shop.svc.cluster.local').catch((e) => e.code),
          none: await dns.resolveMx('web.shop.svc.cluster.local').catch((e) => e.code),
        };
        console.log(JSON.stringify(seen));
      })();"""
    done = place.run(need("node"), "-e", code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "lookup": [VIP, VIP6],
        "a": [VIP],
        "aaaa": [VIP6],
        "srv": [{"name": "web.shop.svc.cluster.local", "port": 8080, "priority": 0, "weight": 100}],
        "ptr": ["web.shop.svc.cluster.local"],
        "txt": [["1.1.0"]],
        "many": 200,
        "gone": "ENOTFOUND",
        "none": "ENODATA",
    }


# ---- tools ----

WEB = "web.shop.svc.cluster.local"
FLAGS = [
    [],
    ["+tcp"],
    ["+edns"],
    ["+noedns"],
    ["+edns=0"],
    ["+cookie"],
    ["+nsid"],
    ["+subnet=192.0.2.0/24"],
    ["+bufsize=512"],
    ["+bufsize=65535"],
    ["+dnssec"],
    ["+norecurse"],
    ["+tcp", "+keepopen"],
    ["+tcp", "+cookie", "+nsid", "+subnet=192.0.2.0/24", "+dnssec"],
]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("program", ["dig", "kdig"])
def test_tools_with_their_flags(place, program, flags):
    flags = [x for x in flags if program == "dig" or x != "+norecurse"]
    done = place.run(need(program), f"@{SERVER}", WEB, "A", *flags)
    assert done.returncode == 0 and "NOERROR" in done.stdout, done.stdout
    assert any(line.split() == [f"{WEB}.", "5", "IN", "A", VIP] for line in done.stdout.splitlines()), done.stdout
    harmless = ("recursion requested but not available", ".local is reserved for Multicast DNS")
    warnings = [x for x in done.stdout.splitlines() if "WARNING" in x and not any(y in x for y in harmless)]
    assert not warnings, done.stdout


def test_many_questions_on_one_connection(place):
    words = [word for number in range(20) for word in (WEB, "A")]
    for program in ("dig", "kdig"):
        done = place.run(program, f"@{SERVER}", "+tcp", "+keepopen", "+short", *words)
        assert done.stdout.split() == [VIP] * 20


def test_dig_keeps_its_cookie(place):
    assert "(good)" in place.run("dig", f"@{SERVER}", WEB, "+cookie").stdout


# ---- other servers in between ----


def answered_through(place, port):
    done = place.run("dig", "@127.0.0.1", "-p", port, WEB, "A", "+short", "+tries=1", "+time=1")
    return done.stdout.split() == [VIP]


def through(place, port, name, kind="A"):
    return place.run("dig", "@127.0.0.1", "-p", port, name, kind, "+tries=1", "+time=3").stdout


@pytest.fixture(scope="module")
def unbound(place):
    config = place.lab.directory / "unbound.conf"
    config.write_text(
        f"""server:
  interface: 127.0.0.1@5301
  directory: "{place.lab.directory}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  module-config: "iterator"
  domain-insecure: "cluster.local"
  local-zone: "cluster.local" nodefault
  local-zone: "10.in-addr.arpa" nodefault
  do-not-query-localhost: no
stub-zone:
  name: "cluster.local"
  stub-addr: {SERVER}
stub-zone:
  name: "10.in-addr.arpa"
  stub-addr: {SERVER}
remote-control:
  control-enable: no
"""
    )
    log = place.lab.directory / "unbound.log"
    process = Process([*place.space.prefix, need("unbound"), "-d", "-c", config], log)
    until(lambda: answered_through(place, 5301), "unbound answers", timeout=20)
    yield 5301
    process.kill()


@pytest.fixture(scope="module")
def dnsdist(place):
    config = place.lab.directory / "dnsdist.conf"
    config.write_text(f'setLocal("127.0.0.1:5302")\nnewServer({{address="{SERVER}:53", checkName="cluster.local."}})\n')
    log = place.lab.directory / "dnsdist.log"
    process = Process([*place.space.prefix, need("dnsdist"), "--supervised", "--disable-syslog", "-C", config], log)
    until(lambda: answered_through(place, 5302), "dnsdist answers", timeout=20)
    yield 5302
    process.kill()


@pytest.mark.parametrize("between", ["unbound", "dnsdist"])
def test_through_another_server(place, between, request):
    port = request.getfixturevalue(between)
    assert VIP6 in through(place, port, WEB, "AAAA")
    assert "NXDOMAIN" in through(place, port, "gone.shop.svc.cluster.local")
    none = through(place, port, WEB, "MX")
    assert "NOERROR" in none and "ANSWER: 0" in none
    assert "0 100 8080" in through(place, port, f"_http._tcp.{WEB}", "SRV")
    assert f"{WEB}." in through(place, port, "20.0.96.10.in-addr.arpa", "PTR")
    many = place.run("dig", "@127.0.0.1", "-p", port, "db.shop.svc.cluster.local", "+short", "+tries=1", "+time=3")
    assert len(set(many.stdout.split())) == 200, "over TCP, through the server"
