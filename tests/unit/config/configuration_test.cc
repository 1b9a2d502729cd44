#include "config/configuration.h"

#include <catch2/catch.hpp>
#include <set>

#include "loading.h"

namespace naru::config {
namespace {

using testing::lines_of;
using Lines = std::vector<std::string>;

const Environment kRoot{0, "Host.Example", "/root", "", ""};
const std::string kHead = "apiVersion: naru.io/v1alpha1\nkind: NaruConfiguration\n";

LoadedConfiguration load(const std::string& text) {
  return load_configuration(text, "naru.yaml", kRoot);
}

TEST_CASE("where state and the admin socket are, by user") {
  struct Row {
    Environment environment;
    const char* state_dir;
    const char* admin_socket;
  };
  const Row rows[] = {
      {{0, "", "/root", "/x", "/run/user/0"}, "/var/lib/naru", "/run/naru/naru.sock"},
      {{1000, "", "/home/u", "", ""}, "/home/u/.local/state/naru", "/home/u/.local/state/naru/naru.sock"},
      {{1000, "", "/home/u", "", "/run/user/1000"}, "/home/u/.local/state/naru", "/run/user/1000/naru.sock"},
      {{1000, "", "/home/u", "/state", "/run/user/1000"}, "/state/naru", "/run/user/1000/naru.sock"},
      {{1000, "", "", "", ""}, "/var/lib/naru", "/var/lib/naru/naru.sock"},
  };
  for (const auto& row : rows) {
    const DefaultPaths paths = default_paths(row.environment);
    CHECK(paths.state_dir == row.state_dir);
    CHECK(paths.admin_socket == row.admin_socket);
  }
}

TEST_CASE("an empty configuration is all defaults") {
  for (const std::string& text : {std::string(), std::string("# nothing\n"), kHead}) {
    const auto loaded = load(text);
    CHECK(loaded.errors.empty());
    const Configuration& c = loaded.value;
    CHECK(c.node == "host.example");
    CHECK(c.cluster_domain == "cluster.local");
    REQUIRE(c.service_cidrs.size() == 1);
    CHECK(c.service_cidrs[0].to_string() == "127.96.0.0/12");
    CHECK(c.node_port_range.to_string() == "30000-32767");
    CHECK(c.node_port_addresses.is_default());
    CHECK(c.workers == 0);
    CHECK(c.dns == DnsConfiguration{});
    CHECK(c.state_dir == "/var/lib/naru");
    CHECK(c.admin_socket == "/run/naru/naru.sock");
    CHECK(c.metrics_bind_address->to_string() == "127.0.0.1:10249");
    CHECK(c.healthz_bind_address->to_string() == "0.0.0.0:10256");
    CHECK(c.access_log == AccessLogConfiguration{});
  }
}

TEST_CASE("every field is read") {
  const auto loaded = load(kHead + R"(node: W1-k8s
clusterDomain: example.org.
serviceCIDRs: [10.96.0.0/16, "fd00:96::/112"]
nodePortRange: 31000-31099
nodePortAddresses: [primary, 10.0.0.0/8]
workers: 3
dns:
  listen: ["127.96.0.10:53", "[::1]:5353"]
  upstreams: [9.9.9.9, "[2620:fe::fe]:53", "127.0.0.1:5300"]
  stubZones: {Corp.Example.: [10.1.2.3], sub.corp.example: ["10.1.2.4:5353", "[fd00::1]:53"]}
  policy: round_robin
  maxConcurrent: 100
  timeout: 3s
  attemptTimeout: 1s
  hedge: 0s
  healthCheck: 2s
  cache: {size: 2Mi, success: 10m, denial: 1m, serveStale: 6h}
stateDir: none
adminSocket: run/naru.sock
metricsBindAddress: ""
healthzBindAddress: "[::]:10256"
accessLog: {path: "-", sample: 100}
)");
  CHECK(lines_of(loaded.errors) == Lines{});
  const Configuration& c = loaded.value;
  CHECK(c.node == "w1-k8s");
  CHECK(c.cluster_domain == "example.org");
  CHECK(c.service_cidrs.size() == 2);
  CHECK(c.node_port_range == PortRange{Port(31000), Port(31099)});
  CHECK(c.node_port_addresses.primary);
  CHECK(c.node_port_addresses.cidrs.size() == 1);
  CHECK(c.workers == 3);
  CHECK(c.dns.listen.at(1).to_string() == "[::1]:5353");
  REQUIRE(c.dns.upstreams.size() == 3);
  CHECK(c.dns.upstreams[0].to_string() == "9.9.9.9:53");
  CHECK(c.dns.upstreams[2].to_string() == "127.0.0.1:5300");
  const StubZone corp{"corp.example", {*SocketAddress::parse("10.1.2.3:53")}};
  const StubZone sub{"sub.corp.example",
                     {*SocketAddress::parse("10.1.2.4:5353"), *SocketAddress::parse("[fd00::1]:53")}};
  using namespace std::chrono_literals;
  CHECK(c.dns.forward == DnsForwarding{{corp, sub}, UpstreamPolicy::round_robin, 100, 3s, 1s, 0s, 2s});
  CHECK(c.dns.cache == DnsCache{2 << 20, 10min, 1min, 6h});
  CHECK(c.state_dir == "none");
  CHECK(c.admin_socket == "run/naru.sock");
  CHECK_FALSE(c.metrics_bind_address.has_value());
  CHECK(c.healthz_bind_address->to_string() == "[::]:10256");
  CHECK(c.access_log == AccessLogConfiguration{"-", 100});
}

TEST_CASE("how DNS is served") {
  const LoadedConfiguration loaded = load(kHead + R"(
dns:
  ttl: 30
  pods: verified
  autopath: true
  hosts:
    - {ip: 192.0.2.1, names: [Db.Example, db2.example.]}
    - {ip: "2001:db8::1", names: [db.example]}
  hostsFile: /etc/naru/hosts
  queryLog: {path: "-", sample: 10}
  cookies: false
  rateLimit: {responsesPerSecond: 5, slip: 2, trusted: [10.0.0.0/8]}
  tcp: {idleTimeout: 5s, maxConnections: 10, maxConnectionsPerClient: 2}
  lameDuck: 5s
)");
  CHECK(lines_of(loaded.errors) == Lines{});
  const DnsServing& s = loaded.value.dns.serving;
  CHECK(s.ttl == 30);
  CHECK(s.pods == PodNames::verified);
  CHECK(s.autopath);
  REQUIRE(s.hosts.size() == 2);
  CHECK(s.hosts[0] == StaticHost{IpAddress::v4(0xc0000201), {"db.example", "db2.example"}});
  CHECK(s.hosts[1].ip.to_string() == "2001:db8::1");
  CHECK(s.hosts_file == "/etc/naru/hosts");
  CHECK(s.query_log == DnsQueryLog{"-", 10});
  CHECK_FALSE(s.cookies);
  CHECK(s.rate_limit == DnsRateLimit{5, 2, {*Cidr::parse("10.0.0.0/8")}});
  CHECK(s.tcp == DnsTcp{std::chrono::seconds(5), 10, 2});
  CHECK(s.lame_duck == std::chrono::seconds(5));
}

TEST_CASE("what is wrong with a configuration is reported, and the defaults are what is left") {
  struct Row {
    std::string text;
    Lines errors;  // after "naru.yaml:"
  };
  const Row rows[] = {
      {"nodes: w1\n", {"3: nodes: unknown field; did you mean \"node\"?"}},
      {"dns: {upstream: []}\n", {"3: dns.upstream: unknown field; did you mean \"upstreams\"?"}},
      {"node: -w1\n",
       {"3: node: \"-w1\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an "
        "alphanumeric character"}},
      {"serviceCIDRs: [10.96.0.1/12]\n",
       {"3: serviceCIDRs[0]: '10.96.0.1/12' has host bits set; the network is 10.96.0.0/12"}},
      {"serviceCIDRs:\n- 10.96.0.0/16\n- 10.97.0.0/16\n",
       {"5: serviceCIDRs[1]: \"10.97.0.0/16\": a second IPv4 range; there is one per IP family"}},
      {"serviceCIDRs: 10.96.0.0/16\n", {"3: serviceCIDRs: wants a list, but has the string \"10.96.0.0/16\""}},
      {"nodePortRange: 30000\n", {"3: nodePortRange: wants a string, but has the number 30000: put it in quotes"}},
      {"nodePortRange: 30000-70000\n",
       {"3: nodePortRange: \"30000-70000\": must be a range of ports, as in 30000-32767"}},
      {"nodePortRange: 3-2\n", {"3: nodePortRange: \"3-2\": the last port is before the first"}},
      {"nodePortAddresses: [eth0]\n",
       {"3: nodePortAddresses[0]: \"eth0\": must be a CIDR, \"primary\", \"localhost\" or \"all\""}},
      {"workers: -1\n", {"3: workers: -1 is outside 0..1024"}},
      {"workers: two\n", {"3: workers: wants a whole number, but has the string \"two\""}},
      {"dns: {listen: [127.0.0.1]}\n",
       {"3: dns.listen[0]: \"127.0.0.1\": must be an address and a port, as in 127.0.0.1:53 or [::1]:53"}},
      {"dns: {listen: ['127.0.0.1:53', '127.0.0.1:53']}\n", {"3: dns.listen[1]: Duplicate value: \"127.0.0.1:53\""}},
      {"dns: {stubZones: {shop.svc.cluster.local: [10.1.2.3]}}\n",
       {"3: dns.stubZones[\"shop.svc.cluster.local\"]: \"shop.svc.cluster.local\": is within clusterDomain "
        "cluster.local, "
        "which "
        "naru answers for itself"}},
      {"dns: {stubZones: {corp.example: []}}\n", {"3: dns.stubZones[\"corp.example\"]: Required value"}},
      {"dns: {stubZones: {a.example: [10.0.0.1], A.example: [10.0.0.1]}}\n",
       {"3: dns.stubZones[\"A.example\"]: Duplicate value: \"a.example\""}},
      {"dns: {policy: fastest}\n",
       {"3: dns.policy: Unsupported value: \"fastest\": supported values: \"random\", \"round_robin\", "
        "\"sequential\""}},
      {"dns: {maxConcurrent: 0}\n", {"3: dns.maxConcurrent: 0 is outside 1..4096"}},
      {"dns: {timeout: 1s, attemptTimeout: 2s}\n", {"3: dns.attemptTimeout: must not be longer than dns.timeout"}},
      {"dns: {hedge: soon}\n", {"3: dns.hedge: \"soon\": must be a length of time, as in 30s or 1m30s"}},
      {"dns: {cache: {size: 65Gi}}\n", {"3: dns.cache.size: \"65Gi\": must be bytes up to 64Gi, as in 16Mi"}},
      {"dns: {cache: {size: 16MB}}\n", {"3: dns.cache.size: \"16MB\": must be bytes up to 64Gi, as in 16Mi"}},
      {"dns: {ttl: 3601}\n", {"3: dns.ttl: 3601 is outside 0..3600"}},
      {"dns: {ttl: -1}\n", {"3: dns.ttl: -1 is outside 0..3600"}},
      {"dns: {pods: verify}\n",
       {"3: dns.pods: Unsupported value: \"verify\": supported values: \"disabled\", \"insecure\", \"verified\""}},
      {"dns: {hosts: [{ip: 10.0.0.1}]}\n", {"3: dns.hosts[0].names: Required value"}},
      {"dns: {hosts: [{names: [db.example]}]}\n", {"3: dns.hosts[0].ip: Required value"}},
      {"dns: {hosts: [{ip: 10.0.0.1, names: [Web.Shop.svc.cluster.local.]}]}\n",
       {"3: dns.hosts[0].names[0]: \"web.shop.svc.cluster.local\": is within clusterDomain cluster.local, whose names "
        "the cluster's objects give"}},
      {"dns: {queryLog: {sample: 0}}\n", {"3: dns.queryLog.sample: 0 is outside 1..1099511627776"}},
      {"dns: {rateLimit: {responsesPerSecond: 1000001}}\n",
       {"3: dns.rateLimit.responsesPerSecond: 1000001 is outside 0..1000000"}},
      {"dns: {tcp: {idleTimeout: 99ms}}\n", {"3: dns.tcp.idleTimeout: \"99ms\": must be at least 100ms"}},
      {"dns: {tcp: {maxConnections: 0}}\n", {"3: dns.tcp.maxConnections: 0 is outside 1..1000000"}},
      {"dns: {lameDuck: soon}\n", {"3: dns.lameDuck: \"soon\": must be a length of time, as in 30s or 1m30s"}},
      {"dns: {cache: 16Mi}\n", {"3: dns.cache: wants a map, but has the string \"16Mi\""}},
      {"adminSocket: /" + std::string(108, 'x') + "\n",
       {"3: adminSocket: must be no more than 107 characters, as socket paths are"}},
      {"metricsBindAddress: 127.0.0.1\n",
       {"3: metricsBindAddress: \"127.0.0.1\": must be an address and a port, as in 127.0.0.1:53 or [::1]:53"}},
      {"accessLog: {sample: 0}\n", {"3: accessLog.sample: 0: must be at least 1"}},
      {"---\nnode: a\n", {"4: has a second document; a configuration is one"}},
      {"node: a\nnode: b\n", {"4: the key \"node\" is given twice (first at line 3)"}},
      {"node: [\n", {"4: not valid YAML: a '[' is not closed"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Lines wanted;
    for (const std::string& line : row.errors) wanted.push_back("naru.yaml:" + line);
    const auto loaded = load(kHead + row.text);
    CHECK(lines_of(loaded.errors) == wanted);
    CHECK(loaded.value.node == "host.example");
  }
  CHECK(lines_of(load("kind: NaruConfig\n").errors) ==
        Lines{"naru.yaml:1: kind: Unsupported value: \"NaruConfig\": supported values: \"NaruConfiguration\", "
              "\"KubeProxyConfiguration\""});
  CHECK(lines_of(load("apiVersion: v1\nkind: NaruConfiguration\n").errors) ==
        Lines{"naru.yaml:1: apiVersion: Unsupported value: \"v1\": supported values: \"naru.io/v1alpha1\""});
  CHECK(lines_of(load("- a\n").errors) == Lines{"naru.yaml:1: wants a map, but has a list"});
}

TEST_CASE("a file that is not there is an error") {
  const auto loaded = load_configuration_file("/nonexistent/naru.yaml", kRoot);
  CHECK(lines_of(loaded.errors) == Lines{"/nonexistent/naru.yaml: cannot be read: No such file or directory"});
  CHECK(loaded.value.node == "host.example");
}

TEST_CASE("kube-proxy's configuration as kubeadm writes it is taken over") {
  const auto loaded = load(R"(apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
  qps: 0
clusterCIDR: 10.244.0.0/16
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
  min: null
detectLocal: {bridgeInterface: "", interfaceNamePrefix: ""}
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: "W1"
iptables: {localhostNodePorts: null, masqueradeAll: false, masqueradeBit: null, minSyncPeriod: 0s, syncPeriod: 0s}
ipvs: {excludeCIDRs: null, minSyncPeriod: 0s, scheduler: ""}
kind: KubeProxyConfiguration
logging: {flushFrequency: 0, options: {json: {infoBufferSize: "0"}}, verbosity: 0}
metricsBindAddress: 0.0.0.0
mode: ipvs
nftables: {masqueradeAll: false}
nodePortAddresses: [10.0.0.0/8]
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel: {enableDSR: false, sourceVip: ""}
)");
  CHECK(lines_of(loaded.errors) == Lines{});
  CHECK(loaded.value.node == "w1");
  CHECK(loaded.value.node_port_addresses.cidrs.size() == 1);
  CHECK(loaded.value.cluster_cidrs == std::vector{*Cidr::parse("10.244.0.0/16")});
  CHECK(loaded.value.metrics_bind_address->to_string() == "0.0.0.0:10249");
  CHECK(loaded.value.healthz_bind_address->to_string() == "0.0.0.0:10256");
  CHECK(lines_of(loaded.notices) == Lines{"naru.yaml:2: bindAddress: means nothing to naru and is ignored",
                                          "naru.yaml:4: clientConnection: means nothing to naru and is ignored",
                                          "naru.yaml:25: mode: means nothing to naru and is ignored"});
  CHECK(lines_of(
            load("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nhostNameOverride: x\n")
                .errors) == Lines{"naru.yaml:3: hostNameOverride: unknown field; did you mean \"hostnameOverride\"?"});
}

TEST_CASE("how kube-proxy tells Pods from others is taken over where addresses tell it") {
  const auto kube_proxy = [](const std::string& fields) {
    return load("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n" + fields);
  };
  const auto both = kube_proxy("clusterCIDR: 10.244.0.0/16, fd00:244::/48\ndetectLocalMode: ClusterCIDR\n");
  CHECK(lines_of(both.errors) == Lines{});
  CHECK(lines_of(both.notices) == Lines{});
  CHECK(both.value.cluster_cidrs == std::vector{*Cidr::parse("10.244.0.0/16"), *Cidr::parse("fd00:244::/48")});
  CHECK(lines_of(kube_proxy("detectLocalMode: NodeCIDR\n").notices) == Lines{});
  CHECK(
      lines_of(kube_proxy("detectLocalMode: BridgeInterface\n").notices) ==
      Lines{"naru.yaml:3: detectLocalMode: BridgeInterface means nothing to naru, which tells Pods by their addresses: "
            "clusterCIDR and the podCIDRs of nodes"});
  CHECK(kube_proxy("detectLocalMode: Bridge\n").errors.size() == 1);
  CHECK(kube_proxy("clusterCIDR: 10.244.0.0\n").errors.size() == 1);
}

TEST_CASE("clusterCIDRs are prefixes without host bits") {
  CHECK(load(kHead + "clusterCIDRs: [10.244.0.0/16, \"fd00:244::/48\"]\n").value.cluster_cidrs.size() == 2);
  CHECK(load(kHead + "clusterCIDRs: [10.244.0.1/16]\n").errors.size() == 1);
}

/// "a.b" and "1": "a: {b: 1}".
std::string with_value(std::string_view path, std::string_view value) {
  const auto dot = path.find('.');
  std::string text = std::string(path.substr(0, dot)) + ": ";
  return text +
         (dot == std::string_view::npos ? std::string(value) : "{" + with_value(path.substr(dot + 1), value) + "}");
}

TEST_CASE("the table of fields says what the loader does") {
  std::set<std::string_view> names;
  for (const FieldDoc& field : fields()) {
    CAPTURE(field.path);
    CHECK(names.insert(field.path).second);
    CHECK(field.doc.ends_with('.'));
    // Each is known to the loader: given a list of a list, its type is at fault, not its name.
    const auto errors = lines_of(load(kHead + with_value(field.path, "[[x]]") + "\n").errors);
    REQUIRE_FALSE(errors.empty());
    CHECK(errors[0].find("unknown field") == std::string::npos);
    // What it calls the default is the default.
    if (field.default_value.starts_with('(')) continue;
    const auto loaded = load(kHead + with_value(field.path, field.default_value) + "\n");
    CHECK(lines_of(loaded.errors) == Lines{});
    const Configuration defaults = default_configuration(kRoot);
    CHECK(loaded.value.service_cidrs == defaults.service_cidrs);
    CHECK(loaded.value.cluster_domain == defaults.cluster_domain);
    CHECK(loaded.value.node_port_range == defaults.node_port_range);
    CHECK(loaded.value.node_port_addresses == defaults.node_port_addresses);
    CHECK(loaded.value.workers == defaults.workers);
    CHECK(loaded.value.dns == defaults.dns);
    CHECK(loaded.value.state_dir == defaults.state_dir);
    CHECK(loaded.value.admin_socket == defaults.admin_socket);
    CHECK(loaded.value.metrics_bind_address == defaults.metrics_bind_address);
    CHECK(loaded.value.healthz_bind_address == defaults.healthz_bind_address);
    CHECK(loaded.value.access_log == defaults.access_log);
    CHECK(loaded.value.shutdown_grace_period == defaults.shutdown_grace_period);
  }
  CHECK(names.size() > 15);
}

}  // namespace
}  // namespace naru::config
