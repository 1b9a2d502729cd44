// Which endpoint a client was given last, for sessionAffinity: ClientIP.
#pragma once

#include <list>
#include <optional>
#include <unordered_map>

#include "base/address.h"
#include "base/time.h"

namespace naru::proxy {

/// One client of one of a Service port's addresses: what Kubernetes keys affinity by.
struct AffinityKey {
  IpAddress client;
  SocketAddress frontend;

  friend bool operator==(const AffinityKey&, const AffinityKey&) = default;
};

struct AffinityKeyHash {
  std::size_t operator()(const AffinityKey& key) const;
};

/// Bounded: when full, the client that was not seen for longest is forgotten. One worker's; the workers tell each other
/// what they learn, as a client's next connection may reach any of them.
class AffinityTable {
 public:
  static constexpr std::size_t kCapacity = 65'536;
  explicit AffinityTable(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  /// The endpoint that `key` was given, unless that was `timeout` or longer ago.
  [[nodiscard]] std::optional<SocketAddress> find(const AffinityKey& key, TimePoint now, Duration timeout) const;

  /// `key` was given `endpoint` at `now`. True if the other workers should hear of it: it is news, or they were last
  /// told so long ago that they would forget it too early (a quarter of the time-out, so that most connections cost no
  /// message).
  bool remember(const AffinityKey& key, const SocketAddress& endpoint, TimePoint now, Duration timeout);

  /// What another worker remembered at `at`. Older news than ours is ignored.
  void learn(const AffinityKey& key, const SocketAddress& endpoint, TimePoint at);

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  /// visit(key, endpoint, when it was last given), least recent first.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : entries_) visit(entry.key, entry.endpoint, entry.seen);
  }

 private:
  struct Entry {
    AffinityKey key;
    SocketAddress endpoint;
    TimePoint seen;
    TimePoint told;
  };
  using Entries = std::list<Entry>;

  Entry& touch(const AffinityKey& key);
  void forget_expired(TimePoint now, Duration timeout);

  std::size_t capacity_;
  Entries entries_;  // least recently seen first
  std::unordered_map<AffinityKey, Entries::iterator, AffinityKeyHash> index_;
};

}  // namespace naru::proxy
