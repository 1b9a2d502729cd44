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

struct DnsConfiguration {
  std::vector<SocketAddress> listen;     // empty: the tenth address of the first service CIDR, port 53
  std::vector<SocketAddress> upstreams;  // empty: /etc/resolv.conf
  DnsForwarding forward;
  DnsCache cache;

  friend bool operator==(const DnsConfiguration&, const DnsConfiguration&) = default;
};

}  // namespace naru::config
