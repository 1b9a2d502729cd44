// naru's own configuration file (`--config`): kind NaruConfiguration, or kube-proxy's KubeProxyConfiguration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "config/dns_configuration.h"
#include "config/intercept.h"
#include "config/meta.h"
#include "config/node_liveness.h"

namespace naru::config {

/// Both ends included.
struct PortRange {
  Port first{30000};
  Port last{32767};

  [[nodiscard]] bool contains(Port port) const { return first <= port && port <= last; }
  [[nodiscard]] std::string to_string() const;  ///< "30000-32767"
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// Which of the node's addresses answer on node ports. All false and empty: the default (the Node object's InternalIPs,
/// else the primary address).
struct NodePortAddresses {
  bool primary{};
  bool localhost{};
  bool all{};
  std::vector<Cidr> cidrs;

  [[nodiscard]] bool is_default() const { return !primary && !localhost && !all && cidrs.empty(); }
  friend bool operator==(const NodePortAddresses&, const NodePortAddresses&) = default;
};

/// One line of JSON per ended connection, and if wanted per request.
struct AccessLogConfiguration {
  std::string path;         // "-" is standard output; empty: no access log
  std::uint64_t sample{1};  // every N-th connection, and every N-th request
  bool requests{};

  friend bool operator==(const AccessLogConfiguration&, const AccessLogConfiguration&) = default;
};

/// What the defaults depend on.
struct Environment {
  unsigned uid{};
  std::string host_name;
  std::string home;             // $HOME
  std::string xdg_state_home;   // $XDG_STATE_HOME
  std::string xdg_runtime_dir;  // $XDG_RUNTIME_DIR

  static Environment of_this_process();
};

struct DefaultPaths {
  std::string state_dir;
  std::string admin_socket;
};

/// /var/lib/naru and /run/naru/naru.sock for root; for others the XDG base directories, and without a runtime directory
/// the socket lies in the state directory (never in a shared one such as /tmp, where others could take its name).
[[nodiscard]] DefaultPaths default_paths(const Environment& environment);

struct Configuration {
  std::string node;  // lower case
  std::string cluster_domain{"cluster.local"};
  std::vector<Cidr> service_cidrs;  // one or two, of different families; the first is the default family
  std::vector<Cidr> cluster_cidrs;  // that Pods have addresses of, beside what nodes say
  PortRange node_port_range;
  NodePortAddresses node_port_addresses;
  unsigned workers{};              // 0: one per core
  std::int64_t max_connections{};  // of TCP clients; 0: as many as the open files allow
  DnsConfiguration dns;
  std::string state_dir;  // "none": keep no state
  std::string admin_socket;
  std::optional<SocketAddress> metrics_bind_address;  // none: do not serve
  std::optional<SocketAddress> healthz_bind_address;
  AccessLogConfiguration access_log;
  NodeLiveness node_liveness;
  std::optional<Intercept> intercept;  // none: nothing is intercepted
  std::chrono::milliseconds withdraw_grace_period{std::chrono::seconds(2)};   // from there to closing listeners
  std::chrono::milliseconds shutdown_grace_period{std::chrono::seconds(30)};  // for connections to end after SIGTERM
};

/// All defaults.
[[nodiscard]] Configuration default_configuration(const Environment& environment);

struct LoadedConfiguration {
  Configuration value;  // with the defaults where there are errors
  std::vector<Issue> errors;
  std::vector<Issue> notices;  // fields of KubeProxyConfiguration that mean nothing here
};

[[nodiscard]] LoadedConfiguration load_configuration(std::string_view text, const std::string& file_name,
                                                     const Environment& environment);
/// Reads the file too; a file that cannot be read is an error in the result.
[[nodiscard]] LoadedConfiguration load_configuration_file(const std::string& path, const Environment& environment);

/// One line per field of NaruConfiguration, for documentation and tests.
struct FieldDoc {
  std::string_view path;           // "dns.listen"
  std::string_view type;           // "list of address:port"
  std::string_view default_value;  // as YAML
  std::string_view doc;            // one sentence
};

[[nodiscard]] std::span<const FieldDoc> fields();

}  // namespace naru::config
