// What all listeners of a worker share: the zone in force, the upstreams, the counters.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/random.h"
#include "dns/answer.h"
#include "dns/forwarder.h"
#include "dns/metrics.h"
#include "dns/name_index.h"
#include "dns/options.h"
#include "dns/zone.h"
#include "runtime/reactor.h"

namespace naru::dns {

/// One worker's.
class Serving {
 public:
  Serving(runtime::Reactor& reactor, const ForwardOptions& forward, std::uint64_t seed);

  void apply(std::uint64_t generation, Zone zone);

  /// A query on its way through the steps below. A worker with a batch takes each step for all of it, so that while one
  /// query's records come from memory the others go on.
  struct Prepared {
    Query query;
    QueryFault fault{};
    std::size_t hash{};
    const RecordSet* records{};
  };
  void parse(std::span<const std::uint8_t> message, Prepared& prepared) const;
  void find(Prepared& prepared) const;
  void fetch(const Prepared& prepared) const {
    if (prepared.records != nullptr) prepared.records->prefetch();
  }
  /// Answers `message`, and counts it. What is to be forwarded is for forward() then.
  Answer serve(std::span<const std::uint8_t> message, Prepared& prepared, Transport transport, Family family,
               std::span<std::uint8_t> out);

  /// Asks upstreams for what serve() said is to be forwarded. `on_reply` gets the whole reply, once, later. `out` is as
  /// serve() left it, and not needed after.
  using OnReply = std::function<void(std::span<const std::uint8_t> reply)>;
  void forward(const Query& query, const Answer& answered, std::span<const std::uint8_t> out, Transport transport,
               OnReply on_reply);

  /// Counts replies that were handed to the kernel: `queries` of them took `took` each.
  void count_durations(Duration took, std::uint64_t queries) {
    metrics_.duration.add(static_cast<std::uint64_t>(took.count()), queries);
  }
  [[nodiscard]] runtime::Reactor& reactor() { return reactor_; }
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] std::size_t forwarding() const { return forwarder_.in_flight(); }

 private:
  void count_reply(Rcode rcode, bool truncated, std::size_t size);

  runtime::Reactor& reactor_;
  Metrics metrics_;
  Random random_;
  Zone zone_;
  NameIndex index_;  // of zone_
  std::uint64_t generation_{0};
  bool can_forward_;
  Forwarder forwarder_;
  std::vector<std::uint8_t> relay_buffer_;
};

}  // namespace naru::dns
