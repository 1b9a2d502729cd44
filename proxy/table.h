// What the L4 data plane needs to know, as one immutable value: which addresses it answers on and what stands behind
// them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/counter.h"
#include "base/hash.h"
#include "base/persistent_map.h"
#include "lb/endpoint.h"
#include "lb/probe_state.h"
#include "proxy/http_settings.h"
#include "proxy/http_state.h"
#include "proxy/proxy_protocol.h"

namespace naru::proxy {

/// A Service port's own number, the same for as long as the Service has that port. Never reused in one run.
enum class ServicePortId : std::uint64_t {};

enum class ProxyVersion : std::uint8_t { v1, v2 };

/// The PROXY protocol, by which load balancers tell whom a connection is from.
struct ProxyProtocolSettings {
  /// Every client connection must begin with its header, and none may that is not from `trusted` (empty: any). Off: a
  /// header is taken for what it is not, content.
  bool required{};
  std::vector<Cidr> trusted;
  std::optional<ProxyVersion> to_endpoints;  // TCP connections to endpoints begin with a header

  friend bool operator==(const ProxyProtocolSettings&, const ProxyProtocolSettings&) = default;
};

/// The header of a connection from `client` to `address`.
[[nodiscard]] std::string proxy_header_for(ProxyVersion version, const SocketAddress& client,
                                           const SocketAddress& address);

/// How connections to a Service port are treated: the defaults, overlaid by its ServicePolicy.
struct Settings {
  config::Algorithm algorithm{config::Algorithm::random};
  std::optional<config::SlowStart> slow_start;
  config::ReplayMode replay{config::ReplayMode::idempotent};
  /// Attempts after the first whose failure may have cost a request something (replays); endpoints that refuse the
  /// connection are passed over without counting, each at most once.
  int max_attempts{3};
  Duration connect_timeout{std::chrono::seconds(1)};
  std::optional<Duration> idle_timeout;  // TCP: none by default
  Duration udp_idle_timeout{std::chrono::seconds(30)};
  std::optional<Duration> drain_timeout;  // connections to an endpoint that went: until either side closes
  Duration ejection_time{std::chrono::seconds(1)};
  Duration max_ejection_time{std::chrono::seconds(60)};
  std::optional<int> max_connections;
  std::optional<std::chrono::seconds> affinity;  // sessionAffinity: ClientIP and its time-out
  HttpSettings http;
  ProxyProtocolSettings proxy_protocol;
  config::SourceAddress source_address{config::SourceAddress::proxy};
  std::optional<config::ActiveHealth> active_health;  // TCP; none by default
  std::vector<Cidr> source_ranges;                    // clients that load balancer addresses are for; empty: all

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// How a connection or flow ended, for the access record, the metric's label and the tests alike.
enum class Outcome : std::uint8_t {
  closed,          // both sides finished
  client_reset,    // the client reset it
  endpoint_reset,  // the endpoint reset it after bytes had flowed
  no_endpoint,     // nothing usable left to try
  idle_timeout,
  drain_timeout,
  limit,             // over maxConnections or out of descriptors
  shutdown,          // naru stopped
  source_denied,     // the client is outside loadBalancerSourceRanges
  bad_proxy_header,  // it did not begin with the PROXY header that it must begin with, or may not send one
};
inline constexpr std::size_t kOutcomes = 10;
[[nodiscard]] std::string_view to_string(Outcome outcome);  ///< "closed", "client_reset", ...

/// From whose address an endpoint was connected to, where the policy says Transparent; and if from naru's own, why.
enum class SourceVerdict : std::uint8_t {
  client,           // the client's
  own_client,       // the client is on this host, whose address is what the endpoint would see of it without naru too
  own_endpoint,     // the endpoint has an address of this host: its answers do not come in from anywhere
  remote_endpoint,  // the endpoint is on another node, which would send its answers past this one
  neighbours,       // the client is on the endpoint's subnet, which would send its answers past this host
  hairpin,          // the client is the endpoint: no host takes packets from its own address
  unavailable,      // a privilege is missing, or the kernel cannot do it
  failed,           // the kernel did not let this one
};
inline constexpr std::size_t kSourceVerdicts = 8;
[[nodiscard]] std::string_view to_string(SourceVerdict verdict);  ///< "client", "own_client", ...

/// What has been observed of a Service port; outlives snapshots, as EndpointState does. Shared by all workers.
struct ServicePortState {
  std::atomic<std::uint64_t> round_robin{0};
  SharedCounter active;
  SharedCounter outcomes[kOutcomes];
  SharedCounter connect_failures;  // attempts that failed and were made good by another endpoint, or not
  SharedCounter replays;
  SharedCounter ejections;
  SharedCounter bytes_received;              // from clients; added when a connection ends
  SharedCounter bytes_sent;                  // to clients
  SharedCounter proxy_faults[kProxyFaults];  // of clients' PROXY headers
  SharedCounter sources[kSourceVerdicts];    // of connections, flows and requests with policy Transparent
  SharedCounter datagrams_dropped;           // UDP, either way: nowhere to send them, or the kernel did not take them
  CounterPer<lb::ProbeResult, lb::ProbeResult::not_serving> probes;
  /// Made before the first snapshot that says that the port speaks HTTP; stays.
  std::unique_ptr<HttpPortState> http;
};

/// One port of one Service with what stands behind it. Immutable.
struct ServicePort {
  ServicePortId id{};
  config::ServiceName service;
  std::string port_name;
  Protocol protocol{Protocol::tcp};
  Port port;
  Family family{Family::ipv4};  // of its frontends and its endpoints: naru does not translate between families
  Settings settings;
  std::vector<lb::Endpoint> endpoints;  // sorted by address; unique
  lb::Usable cluster;                   // usable for traffic policy Cluster
  lb::Usable local;                     // usable for traffic policy Local
  std::shared_ptr<ServicePortState> state;

  [[nodiscard]] const lb::Usable& usable(config::TrafficPolicy policy) const {
    return policy == config::TrafficPolicy::local ? local : cluster;
  }
};

enum class FrontendKind : std::uint8_t { cluster_ip, node_port, load_balancer, external_ip };
[[nodiscard]] std::string_view to_string(FrontendKind kind);  ///< "ClusterIP", "NodePort", "LoadBalancer", "ExternalIP"

struct FrontendKey {
  SocketAddress address;
  Protocol protocol{Protocol::tcp};

  friend auto operator<=>(const FrontendKey&, const FrontendKey&) = default;
};

struct FrontendKeyHash {
  std::size_t operator()(const FrontendKey& key) const {
    return combine(hash_value(key.address), static_cast<std::uint64_t>(key.protocol));
  }
};

/// One address that naru answers on. Immutable.
struct Frontend {
  FrontendKind kind{};
  config::TrafficPolicy policy{config::TrafficPolicy::cluster};
  ServicePortId service_port{};

  friend bool operator==(const Frontend&, const Frontend&) = default;
};

struct ServicePortIdHash {
  std::size_t operator()(ServicePortId id) const { return mix(static_cast<std::uint64_t>(id)); }
};

struct Origins;  // proxy/origins.h

/// Answers to clients' addresses are delivered to this host's sockets for as long as somebody holds this.
struct TransparentPath {};
/// By Family. Null: they are not.
using TransparentPaths = std::array<std::shared_ptr<const TransparentPath>, 2>;

/// The L4 part of a snapshot. Every frontend's Service port is in `service_ports`.
struct Table {
  std::uint64_t generation{};
  std::shared_ptr<const Origins> origins;  // null: nothing is known of where clients are
  TransparentPaths transparent;
  PersistentMap<FrontendKey, Frontend, FrontendKeyHash> frontends;
  PersistentMap<ServicePortId, std::shared_ptr<const ServicePort>, ServicePortIdHash> service_ports;
};

}  // namespace naru::proxy
