// kind: NaruConfiguration
#include <fmt/format.h>

#include <array>

#include "config/configuration_kinds.h"
#include "config/duration.h"
#include "config/load_meta.h"
#include "config/names.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 15> kFields = {"apiVersion",         "kind",         "node",
                                                      "clusterDomain",      "serviceCIDRs", "nodePortRange",
                                                      "nodePortAddresses",  "workers",      "dns",
                                                      "stateDir",           "adminSocket",  "metricsBindAddress",
                                                      "healthzBindAddress", "accessLog",    "shutdownGracePeriod"};
constexpr std::array<std::string_view, 2> kDnsFields = {"listen", "upstreams"};
constexpr std::array<std::string_view, 2> kAccessLogFields = {"path", "sample"};
constexpr std::int64_t kMostWorkers = 1024;

constexpr FieldDoc kDocs[] = {
    {"node", "string", "the host name",
     "Name of this node: of the Node object that describes it, and in endpoints' nodeName."},
    {"clusterDomain", "string", "cluster.local",
     "Domain under which Services have names: <service>.<namespace>.svc.<domain>."},
    {"serviceCIDRs", "list of CIDRs", "[127.96.0.0/12]",
     "Where cluster IPs are allocated, one CIDR per family, the default family first. Loopback needs no privilege; for "
     "others naru adds a local route (CAP_NET_ADMIN)."},
    {"nodePortRange", "string", "30000-32767", "Where node ports are allocated, both ends included."},
    {"nodePortAddresses", "list of CIDRs, primary, localhost or all", "[]",
     "Which of the node's addresses answer on node ports. By default the InternalIPs of its Node object, else the "
     "host's "
     "primary address."},
    {"workers", "integer, 0..1024", "0", "Worker threads; 0 is one per core."},
    {"dns.listen", "list of address:port", "[]",
     "Where DNS is served, by UDP and TCP. By default the tenth address of the first service CIDR, port 53, which then "
     "is "
     "never allocated."},
    {"dns.upstreams", "list of address:port", "[]",
     "DNS servers asked for names outside the cluster's. By default those of /etc/resolv.conf."},
    {"stateDir", "path, or none", "/var/lib/naru",
     "Where allocations are kept. Without root: $XDG_STATE_HOME/naru, else ~/.local/state/naru. none keeps nothing."},
    {"adminSocket", "path", "/run/naru/naru.sock",
     "UNIX socket of the admin API, mode 0600. Without root: $XDG_RUNTIME_DIR/naru.sock."},
    {"metricsBindAddress", "address:port, or none", "127.0.0.1:10249",
     "Where /metrics, /healthz and /livez are served."},
    {"healthzBindAddress", "address:port, or none", "0.0.0.0:10256",
     "Where load balancers and kubelet ask for health."},
    {"accessLog.path", "path, or -", "",
     "File of one JSON line per ended connection; - is standard output. Off by default."},
    {"accessLog.sample", "integer, 1 or more", "1", "Log every N-th connection."},
    {"shutdownGracePeriod", "duration", "30s", "How long connections may take to end by themselves after SIGTERM."},
};

void load_text(const Field& field, std::string& target) {
  if (auto text = nonempty(field)) target = std::move(*text);
}

void load_service_cidrs(const Field& list, std::vector<Cidr>& cidrs) {
  std::vector<Cidr> given;
  list.each([&](const Field& element) {
    const auto text = element.text();
    if (!text) return;
    const auto cidr = Cidr::parse(*text, true);
    if (!cidr) return element.fail(cidr.error().message);
    for (const Cidr& other : given) {
      if (other.family() != cidr->family()) continue;
      return element.fail(fmt::format("a second {} CIDR: at most one per family", to_string(cidr->family())));
    }
    if (cidr->size() < 4) return element.fail(fmt::format("'{}' is too small to allocate from", *text));
    given.push_back(*cidr);
  });
  if (!given.empty()) cidrs = std::move(given);
}

void load_workers(const Field& field, unsigned& workers) {
  const auto number = field.integer();
  if (!number) return;
  if (*number < 0 || *number > kMostWorkers)
    return field.fail(fmt::format("{} is outside 0..{}", *number, kMostWorkers));
  workers = static_cast<unsigned>(*number);
}

void load_dns(const Field& field, DnsConfiguration& dns) {
  if (!field.map(kDnsFields)) return;
  const Field listen = field["listen"];
  const Field upstreams = field["upstreams"];
  if (listen) dns.listen = load_socket_addresses(listen);
  if (upstreams) dns.upstreams = load_socket_addresses(upstreams);
}

void load_access_log(const Field& field, AccessLogConfiguration& log) {
  if (!field.map(kAccessLogFields)) return;
  load_text(field["path"], log.path);
  const Field sample = field["sample"];
  const auto every = sample.integer();
  if (!every) return;
  if (*every < 1) return sample.fail("must be at least 1");
  log.sample = static_cast<std::uint64_t>(*every);
}

void load_grace_period(const Field& field, std::chrono::milliseconds& period) {
  const auto text = field.text();
  if (!text) return;
  const auto given = parse_duration(*text);
  if (!given) return field.fail(fmt::format("'{}' is not a duration, such as 30s or 1m30s", *text));
  period = *given;
}

}  // namespace

std::span<const FieldDoc> fields() {
  return kDocs;
}

void load_naru_configuration(const Field& root, Configuration& configuration) {
  if (!root.map(kFields) || !has_api_version(root, "naru.io/v1alpha1")) return;
  const Field node = root["node"];
  if (auto name = load_name(node, bad_dns_subdomain)) configuration.node = std::move(*name);
  const Field domain = root["clusterDomain"];
  if (auto name = load_name(domain, bad_dns_subdomain)) configuration.cluster_domain = std::move(*name);
  load_service_cidrs(root["serviceCIDRs"], configuration.service_cidrs);
  load_port_range(root["nodePortRange"], configuration.node_port_range);
  load_node_port_addresses(root["nodePortAddresses"], configuration.node_port_addresses);
  load_workers(root["workers"], configuration.workers);
  load_dns(root["dns"], configuration.dns);
  load_text(root["stateDir"], configuration.state_dir);
  load_text(root["adminSocket"], configuration.admin_socket);
  load_bind_address(root["metricsBindAddress"], configuration.metrics_bind_address);
  load_bind_address(root["healthzBindAddress"], configuration.healthz_bind_address);
  load_access_log(root["accessLog"], configuration.access_log);
  load_grace_period(root["shutdownGracePeriod"], configuration.shutdown_grace_period);
}

}  // namespace naru::config
