// The section `dns` of NaruConfiguration.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"

namespace naru::config {

enum class UpstreamPolicy : std::uint8_t { random, round_robin, sequential };

/// A domain with upstreams of its own.
struct StubZone {
  std::string name;  // "corp.example"
  std::vector<SocketAddress> upstreams;

  friend bool operator==(const StubZone&, const StubZone&) = default;
};

/// How names outside the cluster's domain are asked for.
struct DnsForwarding {
  std::vector<StubZone> stub_zones;
  UpstreamPolicy policy{UpstreamPolicy::random};
  std::int64_t max_concurrent{512};  // per worker
  std::chrono::milliseconds timeout{4000};
  std::chrono::milliseconds attempt_timeout{1500};
  std::chrono::milliseconds hedge_after{150};  // 0: never
  std::chrono::milliseconds health_check{500};

  friend bool operator==(const DnsForwarding&, const DnsForwarding&) = default;
};

/// Of forwarded names only.
struct DnsCache {
  std::int64_t size{16 << 20};  // bytes, of all workers together; 0: no cache
  std::chrono::milliseconds success{std::chrono::hours(1)};
  std::chrono::milliseconds denial{std::chrono::minutes(30)};
  std::chrono::milliseconds serve_stale{std::chrono::hours(1)};  // 0: never

  friend bool operator==(const DnsCache&, const DnsCache&) = default;
};

/// What is at a-b-c-d.<namespace>.pod.<domain>.
enum class PodNames : std::uint8_t { disabled, insecure, verified };

/// A line of a hosts file.
struct StaticHost {
  IpAddress ip;
  std::vector<std::string> names;  // lower case, without the last dot

  friend bool operator==(const StaticHost&, const StaticHost&) = default;
};

/// Networks from which no forged address comes but a neighbour's: loopback, private, link-local, carrier-grade NAT.
[[nodiscard]] std::vector<Cidr> local_networks();

struct DnsRateLimit {
  std::uint32_t per_second{1000};               // answers over UDP to one /24 or /56; 0: no limit
  std::uint32_t slip{1};                        // every n-th that is withheld is told to come by TCP; 0: none
  std::vector<Cidr> trusted{local_networks()};  // without limit

  friend bool operator==(const DnsRateLimit&, const DnsRateLimit&) = default;
};

/// One line of JSON per query.
struct DnsQueryLog {
  std::string path;         // "-" is standard output; empty: no log
  std::uint64_t sample{1};  // every n-th query of a worker

  friend bool operator==(const DnsQueryLog&, const DnsQueryLog&) = default;
};

/// Of each worker.
struct DnsTcp {
  std::chrono::milliseconds idle_timeout{std::chrono::seconds(10)};
  std::int64_t max_connections{1000};
  std::int64_t max_connections_per_client{64};

  friend bool operator==(const DnsTcp&, const DnsTcp&) = default;
};

/// How queries are answered.
struct DnsServing {
  std::uint32_t ttl{5};  // seconds
  PodNames pods{PodNames::disabled};
  bool autopath{};
  std::vector<StaticHost> hosts;
  std::string hosts_file;  // empty: none
  DnsQueryLog query_log;
  bool cookies{true};
  DnsRateLimit rate_limit;
  DnsTcp tcp;
  std::chrono::milliseconds lame_duck{0};

  friend bool operator==(const DnsServing&, const DnsServing&) = default;
};

struct DnsConfiguration {
  std::vector<SocketAddress> listen;     // empty: the tenth address of the first service CIDR, port 53
  std::vector<SocketAddress> upstreams;  // empty: /etc/resolv.conf
  DnsForwarding forward;
  DnsCache cache;
  DnsServing serving;

  friend bool operator==(const DnsConfiguration&, const DnsConfiguration&) = default;
};

}  // namespace naru::config
