// How names outside our zones are asked for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "dns/name.h"

namespace naru::dns {

class LoopWatch;

/// Which upstream is asked first.
enum class UpstreamPolicy : std::uint8_t { sequential, round_robin, random };

/// A domain that is asked for elsewhere.
struct StubZone {
  Name apex;
  std::vector<SocketAddress> upstreams;
};

struct CacheOptions {
  std::size_t size{8 << 20};  // bytes, of this worker
  Duration max_success{std::chrono::hours(1)};
  Duration max_denial{std::chrono::minutes(30)};
  Duration serve_stale{std::chrono::hours(1)};  // after the TTL; 0: never
};

struct ForwardOptions {
  std::vector<SocketAddress> upstreams;  // empty: names outside our zones and the stub zones are REFUSED
  std::vector<StubZone> stub_zones;
  UpstreamPolicy policy{UpstreamPolicy::random};
  Duration attempt_timeout{std::chrono::milliseconds(1500)};
  Duration total_timeout{std::chrono::seconds(4)};        // below the 5 s after which stub resolvers ask again
  Duration hedge_after{std::chrono::milliseconds(150)};   // until enough is known of the upstreams; 0: never
  Duration health_check{std::chrono::milliseconds(500)};  // after a first failure
  std::size_t max_in_flight{512};  // queries waiting for upstreams; more, and the oldest are shed
  CacheOptions cache;
  std::shared_ptr<LoopWatch> loops;  // all workers' one; null: this worker has its own
};

}  // namespace naru::dns
