// What all listeners of a worker share: the zone in force, the upstreams, the counters.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/random.h"
#include "dns/answer.h"
#include "dns/autopath.h"
#include "dns/client.h"
#include "dns/cookie.h"
#include "dns/forwarding.h"
#include "dns/metrics.h"
#include "dns/name_index.h"
#include "dns/options.h"
#include "dns/query_log.h"
#include "dns/rate_limit.h"
#include "dns/zone.h"
#include "runtime/reactor.h"

namespace naru::dns {

/// One worker's.
class Serving {
 public:
  Serving(runtime::Reactor& reactor, const WorkerOptions& options, std::uint64_t seed);

  void apply(std::uint64_t generation, Zone zone);

  /// A query on its way through the steps below. A worker with a batch takes each step for all of it, so that while one
  /// query's records come from memory the others go on.
  struct Prepared {
    Query query;
    QueryFault fault{};
    std::size_t hash{};
    const RecordSet* records{};
    std::shared_ptr<const AutopathWalk> walk;  // what upstreams are to be asked, where it is more than the question
  };
  void parse(std::span<const std::uint8_t> message, Prepared& prepared) const;
  void find(Prepared& prepared) const;
  void fetch(const Prepared& prepared) const {
    if (prepared.records != nullptr) prepared.records->prefetch();
  }
  /// Answers `message`, and counts it. What is to be forwarded is for forward() then.
  Answer serve(std::span<const std::uint8_t> message, Prepared& prepared, const Client& client,
               std::span<std::uint8_t> out);

  /// Asks upstreams for what serve() said is to be forwarded. `on_reply` gets the whole reply, once, later. `out` is as
  /// serve() left it, and not needed after.
  using OnReply = std::function<void(std::span<const std::uint8_t> reply)>;
  void forward(Prepared& prepared, const Answer& answered, std::span<const std::uint8_t> out, const Client& client,
               OnReply on_reply);

  /// Answers a query of naru's own as it would a client's over TCP that is at no address: by the zone in force, from
  /// the cache, or from upstreams. Counted as any. `on_reply`, once, perhaps from within; with nothing where there is
  /// no reply. `message` is not needed after.
  void look_up(std::span<const std::uint8_t> message, OnReply on_reply);

  void set_cookie_secrets(const CookieSecrets& secrets) { cookies_.set_secrets(secrets); }

  /// Counts replies that were handed to the kernel: `queries` of them took `took` each.
  void count_durations(Duration took, std::uint64_t queries) {
    metrics_.duration.add(static_cast<std::uint64_t>(took.count()), queries);
  }
  [[nodiscard]] runtime::Reactor& reactor() { return reactor_; }
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] std::size_t forwarding() const { return forwarding_.in_flight(); }

 private:
  struct Waiting;

  Answer decide(std::span<const std::uint8_t> message, Prepared& prepared, const Client& client,
                std::span<std::uint8_t> out);
  [[nodiscard]] CookieVerdict take_cookie(std::span<const std::uint8_t> message, Prepared& prepared,
                                          const Client& client);
  /// The reply where what upstreams would say is known already; else `answered`, and `out` as it was.
  Answer answer_known(const Query& query, const Answer& answered, Transport transport, std::span<std::uint8_t> out);
  void ask_upstreams(std::shared_ptr<Waiting> waiting);
  void on_upstream_answer(const std::shared_ptr<Waiting>& waiting, std::span<const std::uint8_t> message);
  void reply_late(const Waiting& waiting, std::size_t size, Rcode rcode, bool truncated);
  void log_forwarded(const Waiting& waiting, std::span<const std::uint8_t> reply, Rcode rcode);
  void count_reply(Rcode rcode, bool truncated, Transport transport, std::size_t size);
  void log(std::span<const std::uint8_t> message, const Query& query, QueryFault fault, const Client& client,
           const Answer& answered, std::span<const std::uint8_t> out);

  runtime::Reactor& reactor_;
  Metrics metrics_;
  Random random_;
  Zone zone_;
  NameIndex index_;  // of zone_
  std::uint64_t generation_{0};
  bool can_forward_;
  bool use_cookies_;
  AutopathOptions autopath_;
  CookieMaker cookies_;
  std::shared_ptr<RateLimiter> rate_limiter_;  // null: no limit
  std::shared_ptr<QueryLogRing> query_log_;    // null: none
  Forwarding forwarding_;
  ForwardedQuery asked_;  // scratch of answer_known()
  UpstreamQuestion question_;
  std::vector<std::uint8_t> relay_buffer_;
};

}  // namespace naru::dns
