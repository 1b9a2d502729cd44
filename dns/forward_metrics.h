// What a worker counts of forwarding. Names and meaning follow CoreDNS's forward and cache plugins.
#pragma once

#include <array>
#include <atomic>
#include <vector>

#include "base/address.h"
#include "base/counter.h"
#include "dns/cache.h"
#include "dns/types.h"

namespace naru::dns {

/// A number that goes up and down, with one writing thread.
class Gauge {
 public:
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct UpstreamMetrics {
  SocketAddress to;
  Counter requests;
  std::array<Counter, 16> responses;  // by response code
  Counter healthcheck_failures;
  Gauge usable;
  Gauge loops;
};

/// Written by the worker, read by any thread.
struct ForwardMetrics {
  std::vector<UpstreamMetrics> upstreams;  // as many as there are from the beginning on
  Counter hedges;
  Counter healthcheck_broken;  // queries for which no upstream was usable: they were sent all the same
  Counter joined;              // queries that waited for another's answer to the same question

  std::array<Gauge, kCacheKinds> cache_entries;
  Gauge cache_bytes;
  std::array<Counter, kCacheKinds> cache_hits;
  std::array<Gauge, kCacheKinds> cache_evictions;
  Counter cache_misses;
  Counter cache_prefetches;
  Counter cache_served_stale;
};

}  // namespace naru::dns
