"""The direction between modules: each may include only what is below it, and some libraries only where they belong."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[1]

# Lowest first. lb and dns know nothing of each other.
MAY_INCLUDE = {
    "base": set(),
    "bpf": set(),  # programs for the kernel, and what they and naru both know
    "config": {"base"},
    "runtime": {"base", "bpf"},
    "lb": {"base", "config", "runtime"},
    "dns": {"base", "config", "runtime"},
    "http": {"base"},
    "proxy": {"base", "bpf", "config", "runtime", "lb", "http"},
    "daemon": {"base", "bpf", "config", "runtime", "lb", "dns", "http", "proxy"},
    "demo": set(),  # plays what is outside naru
}

# Who may include a library: modules, or single files. What is not here, every module may.
LIBRARIES = [
    (re.compile(r"yaml-cpp/"), {"config/document.cc"}),
    (re.compile(r"boost/asio"), {"daemon", "demo", "lb"}),
    (re.compile(r"boost/beast"), {"daemon", "demo"}),
    (re.compile(r"prometheus/"), {"daemon"}),
    (re.compile(r"sqlite3\.h"), {"daemon"}),
    (re.compile(r"spdlog/"), {"daemon"}),
    (re.compile(r"CLI/"), {"daemon", "demo"}),
    (re.compile(r"boost/json"), {"daemon", "config", "demo"}),
    (re.compile(r"ares\.h"), {"dns"}),
    (re.compile(r"nghttp2/"), {"http", "demo"}),
    (re.compile(r"libmnl/"), {"runtime", "daemon"}),
    (re.compile(r"nftables/"), {"runtime/nft_context.h"}),
    (re.compile(r"bpf/(bpf|libbpf|bpf_helpers)\.h"), {"runtime", "bpf"}),
]

# Decisions are pure: in these modules only the named files, which are edges, may use sockets, timers and the event loop.
EDGES = {
    "lb": {"speaker*", "*socket*", "listener", "transport", "peer_runner", "announcer"},
    "http": set(),
    "dns": {"worker_dns", "udp_*", "tcp_*", "forwarder", "forwarding", "upstream_*", "serving*"},
}
IMPURE = re.compile(r"runtime/|sys/socket\.h|ares\.h|boost/asio")

_INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)


def includes(text):
    return _INCLUDE.findall(text)


def faults_of(path, text):
    """What is wrong with the includes of `path`, which is relative to the top."""
    path = pathlib.PurePosixPath(path)
    module, found = path.parts[0], []
    for name in includes(text):
        other = name.split("/")[0]
        if other in MAY_INCLUDE and other != module and other not in MAY_INCLUDE[module]:
            found.append(f"{path}: {module} must not include {name}")
        for library, allowed in LIBRARIES:
            if library.match(name) and not allowed & {module, str(path)}:
                found.append(f"{path}: {name} belongs to {', '.join(sorted(allowed))} alone")
        edge = any(pathlib.PurePath(path.stem).match(pattern) for pattern in EDGES.get(module, ()))
        if module in EDGES and not edge and IMPURE.match(name):
            found.append(f"{path}: {name} in a file that should be pure")
    return found


def sources():
    return sorted(path for module in MAY_INCLUDE for path in (TOP / module).rglob("*") if path.suffix in (".h", ".cc"))


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("config/a.h", '#include "base/result.h"', False),
        ("base/a.h", '#include "config/objects.h"', True),
        ("proxy/a.cc", '#include "daemon/view.h"', True),
        ("lb/a.cc", '#include "dns/zone.h"', True),
        ("dns/a.cc", '#include "lb/pick.h"', True),
        ("config/b.cc", "#include <yaml-cpp/yaml.h>", True),
        ("config/document.cc", "#  include <yaml-cpp/yaml.h>", False),
        ("proxy/a.cc", "#include <boost/asio/io_context.hpp>", True),
        ("dns/zone.cc", '#include "runtime/reactor.h"', True),
        ("lb/bfd/session.cc", "#include <boost/asio/steady_timer.hpp>", True),
        ("lb/bfd/speaker.cc", "#include <boost/asio/steady_timer.hpp>", False),
        ("daemon/a.cc", '#include "base/log.h"\n#include "proxy/table.h"\n#include <vector>', False),
        ("base/a.cc", '// #include "config/objects.h" is only spoken of', False),
    ],
)
def test_the_check_sees(path, text, wrong):
    assert bool(faults_of(path, text)) == wrong


def test_every_include_points_downward():
    assert len(sources()) > 20
    faults = [fault for path in sources() for fault in faults_of(path.relative_to(TOP), path.read_text())]
    assert not faults, "\n".join(faults)


def test_every_module_is_known():
    """A new module must say what it may include."""
    added = re.findall(r"add_subdirectory\((\w+)\)", (TOP / "CMakeLists.txt").read_text())
    assert set(added) - {"benchmarks"} == set(MAY_INCLUDE)


def test_modules_link_only_downward():
    """CMake's targets say the same: a module links only what it may include."""
    for module in MAY_INCLUDE:
        text = (TOP / module / "CMakeLists.txt").read_text()
        linked = set(re.findall(r"\bnaru_(\w+)", text)) & set(MAY_INCLUDE) - {module}
        assert linked <= MAY_INCLUDE[module], f"{module}/CMakeLists.txt links {linked - MAY_INCLUDE[module]}"
