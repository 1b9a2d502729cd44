#include "dns/cache.h"

#include <cstring>
#include <utility>

#include "base/hash.h"

namespace naru::dns {

std::string_view to_string(CacheKind kind) {
  constexpr std::array<std::string_view, kCacheKinds> kNames{"success", "denial", "failure"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::size_t Cache::Hash::operator()(std::string_view key) const {
  std::uint64_t hash = mix(seed ^ key.size());
  while (key.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data(), sizeof word);
    hash = mix(hash ^ word);
    key.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, key.data(), key.size());
  return mix(hash ^ rest);
}

std::size_t Cache::size_of(const CacheEntry& entry) {
  constexpr std::size_t kListNode = sizeof(CacheEntry) + 2 * sizeof(void*);
  // Key and value, the next node, the hash; and a bucket.
  constexpr std::size_t kIndexNode = sizeof(std::pair<std::string_view, void*>) + 3 * sizeof(void*);
  constexpr std::size_t kPerAllocation = 16;  // what malloc adds
  return kListNode + kIndexNode + entry.key.capacity() + entry.message.capacity() + 4 * kPerAllocation;
}

CacheEntry* Cache::find(std::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  found->second->used = true;
  return &*found->second;
}

void Cache::put(CacheEntry entry) {
  erase(entry.key);
  const std::size_t size = size_of(entry);
  if (size > limit_) return;
  while (bytes_ + size > limit_) evict_one();
  entry.used = false;
  entries_.push_front(std::move(entry));
  index_.emplace(entries_.front().key, entries_.begin());
  ++count_[static_cast<std::size_t>(entries_.front().kind)];
  bytes_ += size_of(entries_.front());
}

void Cache::erase(std::string_view key) {
  if (const auto found = index_.find(key); found != index_.end()) remove(found->second);
}

// Ends, for the hand's second round finds nobody spared.
void Cache::evict_one() {
  auto at = hand_;
  const auto older = [&] { return at == entries_.end() ? std::prev(entries_.end()) : at; };
  for (at = older(); at->used; at = at == entries_.begin() ? std::prev(entries_.end()) : std::prev(at)) {
    at->used = false;
  }
  ++evicted_[static_cast<std::size_t>(at->kind)];
  hand_ = at;
  remove(at);
}

void Cache::remove(Entries::iterator entry) {
  if (hand_ == entry) hand_ = entry == entries_.begin() ? entries_.end() : std::prev(entry);
  bytes_ -= size_of(*entry);
  --count_[static_cast<std::size_t>(entry->kind)];
  index_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace naru::dns
