// Names outside our zones: from the cache, or from upstreams, one question at a time for all who want to know the same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dns/cache.h"
#include "dns/cache_policy.h"
#include "dns/forward_message.h"
#include "dns/forward_options.h"
#include "dns/forwarder.h"
#include "dns/metrics.h"
#include "dns/stub_zones.h"
#include "runtime/reactor.h"

namespace naru::dns {

/// One worker's. Answers are given as an upstream would: see tidied() and relay().
class Forwarding {
 public:
  /// Empty: no upstream says anything, or there were too many questions.
  using Done = Forwarder::Done;

  Forwarding(runtime::Reactor& reactor, const ForwardOptions& options, Metrics& metrics, std::uint64_t seed);
  ~Forwarding();
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  /// What can be said at once: what the cache has, or that there is nobody to ask. Empty: ask(). Valid until the next
  /// call.
  [[nodiscard]] std::span<const std::uint8_t> known(const UpstreamQuestion& question);
  /// Upstreams are asked what known() does not know. `done` is called once, never from within ask(), and not at all
  /// once we are destroyed. With too many waiting the oldest is given up.
  void ask(const UpstreamQuestion& question, Done done);
  /// known(), but said later, or else ask().
  void find_out(const UpstreamQuestion& question, Done done);
  /// Those who wait for an answer.
  [[nodiscard]] std::size_t in_flight() const { return waiting_.size() + told_soon_.size(); }

 private:
  /// A question at the upstreams.
  struct UnderWay;
  struct Waiting {
    Done done;
    UnderWay* what{};
  };
  struct ToldSoon {
    Done done;
    std::vector<std::uint8_t> message;
  };

  [[nodiscard]] std::span<const std::uint8_t> from_cache(const UpstreamQuestion& question);
  [[nodiscard]] std::span<const std::uint8_t> say(const CacheEntry& entry);
  [[nodiscard]] UnderWay& begin(const UpstreamQuestion& question, std::size_t group);
  void refresh(const UpstreamQuestion& question);
  void on_answer(const std::string& key, std::span<const std::uint8_t> message);
  /// What those who wait are told; kept if it may be.
  [[nodiscard]] std::vector<std::uint8_t> keep(const std::string& key, const UpstreamQuestion& question,
                                               std::span<const std::uint8_t> message);
  /// The cache's answer where upstreams have none.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> instead_of_failure(const std::string& key);
  void on_slow(UnderWay& what);
  void tell(const std::vector<std::uint64_t>& waiting, std::span<const std::uint8_t> message);
  void tell_soon(Done done, std::vector<std::uint8_t> message);
  void shed_oldest();
  void show_cache();

  runtime::Reactor& reactor_;
  ForwardOptions options_;
  Metrics& metrics_;
  StubZones stub_zones_;
  Cache cache_;
  std::string key_;                                                       // scratch
  std::vector<std::uint8_t> reply_;                                       // what known() points to
  std::unordered_map<std::string, std::unique_ptr<UnderWay>> under_way_;  // by cache key
  std::map<std::uint64_t, Waiting> waiting_;                              // by age
  std::uint64_t next_waiting_{1};
  std::vector<ToldSoon> told_soon_;
  std::shared_ptr<int> alive_{std::make_shared<int>(0)};  // what is deferred looks whether we still are
  Forwarder forwarder_;
};

}  // namespace naru::dns
