// Answers of upstreams, by question, within a bound of bytes. Pure: it knows no clock.
//
// What goes first is chosen by SIEVE (Zhang et al., NSDI 2024): a hand goes from the oldest entry to the newest, spares
// those that were used since it last came by, and takes the first that was not. A hit writes one bit and moves nothing,
// and names that are asked for once do not drive out those that are asked for often.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace naru::dns {

/// What an answer says: something; that there is no such name or type; or that it failed.
enum class CacheKind : std::uint8_t { success, denial, failure };
inline constexpr std::size_t kCacheKinds = 3;
[[nodiscard]] std::string_view to_string(CacheKind kind);  ///< "success", "denial", "failure"

struct CacheEntry {
  std::string key;                    // see cache_key()
  std::vector<std::uint8_t> message;  // from the header to the last record before the OPT
  CacheKind kind{};
  std::uint32_t ttl{};  // seconds
  TimePoint received{};
  TimePoint retry_after{};  // of a stale one: upstreams failed, and are not asked again before
  bool used{false};         // since the hand last came by
};

/// One thread.
class Cache {
 public:
  /// `limit`: bytes; 0 keeps nothing. `seed`: random, so that nobody can choose names whose hashes collide.
  Cache(std::size_t limit, std::uint64_t seed) : limit_(limit), index_(0, Hash{seed}) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  /// Null: not there. What is there may be out of date. Valid until the next put() or erase().
  [[nodiscard]] CacheEntry* find(std::string_view key);
  /// In place of what the key had. One that is larger than the whole bound is not kept.
  void put(CacheEntry entry);
  void erase(std::string_view key);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t entries() const { return index_.size(); }
  [[nodiscard]] std::size_t entries(CacheKind kind) const { return count_[static_cast<std::size_t>(kind)]; }
  /// Entries that went to make room, so far.
  [[nodiscard]] std::uint64_t evicted(CacheKind kind) const { return evicted_[static_cast<std::size_t>(kind)]; }

  /// What an entry takes, its places in list and index included.
  [[nodiscard]] static std::size_t size_of(const CacheEntry& entry);

 private:
  struct Hash {
    std::uint64_t seed;
    std::size_t operator()(std::string_view key) const;
  };
  using Entries = std::list<CacheEntry>;  // newest first

  void evict_one();
  void remove(Entries::iterator entry);

  std::size_t limit_;
  std::size_t bytes_{0};
  Entries entries_;
  Entries::iterator hand_{entries_.end()};                               // end(): begins anew at the oldest
  std::unordered_map<std::string_view, Entries::iterator, Hash> index_;  // keys are the entries'
  std::array<std::size_t, kCacheKinds> count_{};
  std::array<std::uint64_t, kCacheKinds> evicted_{};
};

}  // namespace naru::dns
