#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/duration.h"
#include "config/load_configuration.h"
#include "config/load_dns_configuration.h"
#include "config/load_intercept.h"
#include "config/load_meta.h"
#include "config/load_node_liveness.h"
#include "config/names.h"

namespace naru::config {
namespace {

constexpr std::array kOwnFields = std::to_array<FieldDoc>({
    {"node", "string", "(the host name)",
     "Name of the node that this naru is, as Nodes, Pods and EndpointSlices write it."},
    {"clusterDomain", "string", "cluster.local", "Domain of the cluster's DNS names."},
    {"serviceCIDRs", "list of CIDR", "[127.96.0.0/12]",
     "Where cluster IPs are allocated: one per IP family; the first is the default family's."},
    {"clusterCIDRs", "list of CIDR", "[]",
     "Addresses of Pods, beside the podCIDRs of Node objects: externalTrafficPolicy does not bind whom it names."},
    {"nodePortRange", "first-last", "30000-32767", "Node ports that Services may ask for and are given."},
    {"nodePortAddresses", "list of CIDR, primary, localhost or all", "[]",
     "Addresses that answer on node ports; by default the Node object's InternalIPs, else the primary address."},
    {"workers", "number", "0", "Threads that serve connections; 0 is one per core."},
    {"maxConnections", "number", "0",
     "Connections of TCP clients at a time, of all Services; more are reset. 0 is as many as the limit of open files "
     "allows."},
    {"stateDir", "path, or none", "/var/lib/naru",
     "Where allocations are kept; of users other than root $XDG_STATE_HOME/naru. `none` keeps nothing."},
    {"adminSocket", "path", "/run/naru/naru.sock",
     "Where `naru get` asks; of users other than root $XDG_RUNTIME_DIR/naru.sock."},
    {"metricsBindAddress", "address:port", "127.0.0.1:10249", "Where metrics are served; an empty string serves none."},
    {"healthzBindAddress", "address:port", "0.0.0.0:10256",
     "Where /healthz and /livez are served; an empty string serves neither."},
    {"accessLog.path", "path, or -", "\"\"",
     "Where one line of JSON per ended connection is written; - is standard output, an empty string writes none."},
    {"accessLog.sample", "number", "1", "Writes every n-th connection only, and of requests every n-th."},
    {"accessLog.requests", "boolean", "false", "Writes a line for each request to a Service that speaks HTTP too."},
    {"withdrawGracePeriod", "duration", "2s",
     "How long after SIGTERM new connections are still accepted, where addresses were announced and are withdrawn."},
    {"shutdownGracePeriod", "duration", "30s", "How long connections may take to end by themselves after SIGTERM."},
});

constexpr std::array<std::string_view, 20> kRootFields = {"apiVersion",
                                                          "kind",
                                                          "node",
                                                          "clusterDomain",
                                                          "serviceCIDRs",
                                                          "clusterCIDRs",
                                                          "nodePortRange",
                                                          "nodePortAddresses",
                                                          "workers",
                                                          "maxConnections",
                                                          "dns",
                                                          "stateDir",
                                                          "adminSocket",
                                                          "metricsBindAddress",
                                                          "healthzBindAddress",
                                                          "accessLog",
                                                          "nodeLiveness",
                                                          "intercept",
                                                          "withdrawGracePeriod",
                                                          "shutdownGracePeriod"};

void load_cluster_domain(const Field& field, Configuration& configuration) {
  const auto given = nonempty(field);
  if (!given) return;
  std::string_view name = *given;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (auto reason = bad_dns_subdomain(name)) return field.fail(*reason);
  configuration.cluster_domain = name;
}

void load_service_cidrs(const Field& field, Configuration& configuration) {
  std::vector<Cidr> cidrs;
  field.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    const auto cidr = Cidr::parse(*given, true);
    if (!cidr) return element.fail(cidr.error().message);
    const bool again = std::ranges::any_of(cidrs, [&](const Cidr& other) { return other.family() == cidr->family(); });
    if (again)
      return element.fail(
          fmt::format("{}: a second {} range; there is one per IP family", quote(*given), to_string(cidr->family())));
    cidrs.push_back(*cidr);
  });
  if (!cidrs.empty()) configuration.service_cidrs = std::move(cidrs);
}

std::optional<Port> parse_port(std::string_view text) {
  Value number;
  number.type = Value::Type::scalar;
  number.text = text;
  const auto raw = integer_of(number);
  if (!raw) return std::nullopt;
  const auto port = Port::from(*raw);
  return port ? std::optional(*port) : std::nullopt;
}

void load_port_range(const Field& field, PortRange& range) {
  const auto given = nonempty(field);
  if (!given) return;
  const auto dash = given->find('-');
  const auto first = parse_port(trim(std::string_view(*given).substr(0, dash)));
  const auto last =
      dash == std::string::npos ? std::nullopt : parse_port(trim(std::string_view(*given).substr(dash + 1)));
  if (!first || !last) return field.fail(fmt::format("{}: must be a range of ports, as in 30000-32767", quote(*given)));
  if (*last < *first) return field.fail(fmt::format("{}: the last port is before the first", quote(*given)));
  range = {*first, *last};
}

void load_workers(const Field& field, Configuration& configuration) {
  constexpr std::int64_t kMost = 1024;
  const auto given = field.integer();
  if (!given) return;
  if (*given < 0 || *given > kMost) return field.fail(fmt::format("{} is outside 0..{}", *given, kMost));
  configuration.workers = static_cast<unsigned>(*given);
}

void load_max_connections(const Field& field, Configuration& configuration) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const auto given = field.integer();
  if (!given) return;
  if (*given < 0 || *given > kMost) return field.fail(fmt::format("{} is outside 0..{}", *given, kMost));
  configuration.max_connections = *given;
}

void load_paths(const Field& root, Configuration& configuration) {
  const Field state_dir = root["stateDir"];
  const Field socket = root["adminSocket"];
  configuration.state_dir = nonempty(state_dir).value_or(configuration.state_dir);
  const std::string path = nonempty(socket).value_or(configuration.admin_socket);
  constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMost)
    return socket.fail(fmt::format("must be no more than {} characters, as socket paths are", kMost));
  configuration.admin_socket = path;
}

/// Present but empty means: serve none.
void load_bind_address(const Field& field, std::optional<SocketAddress>& address) {
  const auto given = field.text();
  if (given) address = load_socket_address(field, std::nullopt);
}

void load_access_log(const Field& field, AccessLogConfiguration& access_log) {
  constexpr std::array<std::string_view, 3> kLogFields = {"path", "sample", "requests"};
  if (!field.map(kLogFields)) return;
  const Field sample = field["sample"];
  access_log.path = field["path"].text_or("");
  access_log.requests = field["requests"].boolean_or(false);
  const std::int64_t every = sample.integer().value_or(1);
  if (every < 1) return sample.fail(fmt::format("{}: must be at least 1", every));
  access_log.sample = static_cast<std::uint64_t>(every);
}

void load_grace_period(const Field& field, std::chrono::milliseconds& period) {
  const auto given = nonempty(field);
  if (!given) return;
  const auto length = parse_duration(*given);
  if (!length) return field.fail(fmt::format("{}: must be a length of time, as in 30s or 1m30s", quote(*given)));
  period = *length;
}

}  // namespace

std::span<const FieldDoc> fields() {
  static const std::vector<FieldDoc> all = [] {
    std::vector<FieldDoc> both(kOwnFields.begin(), kOwnFields.end());
    both.insert(both.end(), dns_fields().begin(), dns_fields().end());
    both.insert(both.end(), node_liveness_fields().begin(), node_liveness_fields().end());
    both.insert(both.end(), intercept_fields().begin(), intercept_fields().end());
    return both;
  }();
  return all;
}

std::optional<SocketAddress> load_socket_address(const Field& field, std::optional<Port> default_port) {
  const auto given = nonempty(field);
  if (!given) return std::nullopt;
  if (const auto address = SocketAddress::parse(*given)) return *address;
  const auto ip = IpAddress::parse(*given);
  if (ip && default_port) return SocketAddress{*ip, *default_port};
  field.fail(fmt::format("{}: must be an address and a port, as in 127.0.0.1:53 or [::1]:53", quote(*given)));
  return std::nullopt;
}

std::vector<SocketAddress> load_socket_addresses(const Field& field, std::optional<Port> default_port) {
  std::vector<SocketAddress> addresses;
  field.each([&](const Field& element) {
    const auto address = load_socket_address(element, default_port);
    if (!address) return;
    if (std::ranges::find(addresses, *address) != addresses.end())
      return element.fail(fmt::format("Duplicate value: \"{}\"", address->to_string()));
    addresses.push_back(*address);
  });
  return addresses;
}

void load_node_name(const Field& field, std::string& node) {
  const auto given = nonempty(field);
  if (!given) return;
  const std::string name = to_lower(trim(*given));  // host names do not tell cases apart, object names do
  if (auto reason = bad_dns_subdomain(name)) return field.fail(*reason);
  node = name;
}

void load_node_port_addresses(const Field& field, NodePortAddresses& addresses) {
  field.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    if (*given == "primary") return void(addresses.primary = true);
    if (*given == "localhost") return void(addresses.localhost = true);
    if (*given == "all") return void(addresses.all = true);
    const auto cidr = Cidr::parse(*given);
    if (cidr) return addresses.cidrs.push_back(*cidr);
    element.fail(fmt::format("{}: must be a CIDR, \"primary\", \"localhost\" or \"all\"", quote(*given)));
  });
}

void load_cluster_cidr(const Field& field, std::string_view text, std::vector<Cidr>& cidrs) {
  const auto cidr = Cidr::parse(text, true);
  if (!cidr) return field.fail(cidr.error().message);
  cidrs.push_back(*cidr);
}

void load_naru_configuration(const Field& root, LoadedConfiguration& loaded) {
  Configuration& configuration = loaded.value;
  if (!root.map(kRootFields)) return;
  load_node_name(root["node"], configuration.node);
  load_cluster_domain(root["clusterDomain"], configuration);
  load_service_cidrs(root["serviceCIDRs"], configuration);
  root["clusterCIDRs"].each([&](const Field& element) {
    if (const auto given = element.text()) load_cluster_cidr(element, *given, configuration.cluster_cidrs);
  });
  load_port_range(root["nodePortRange"], configuration.node_port_range);
  load_node_port_addresses(root["nodePortAddresses"], configuration.node_port_addresses);
  load_workers(root["workers"], configuration);
  load_max_connections(root["maxConnections"], configuration);
  load_dns(root["dns"], configuration.cluster_domain, configuration.dns);
  load_paths(root, configuration);
  load_bind_address(root["metricsBindAddress"], configuration.metrics_bind_address);
  load_bind_address(root["healthzBindAddress"], configuration.healthz_bind_address);
  load_access_log(root["accessLog"], configuration.access_log);
  load_node_liveness(root["nodeLiveness"], configuration.node_liveness);
  load_intercept(root["intercept"], configuration);
  load_grace_period(root["withdrawGracePeriod"], configuration.withdraw_grace_period);
  load_grace_period(root["shutdownGracePeriod"], configuration.shutdown_grace_period);
}

}  // namespace naru::config
