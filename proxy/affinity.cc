#include "proxy/affinity.h"

#include "base/hash.h"

namespace naru::proxy {

std::size_t AffinityKeyHash::operator()(const AffinityKey& key) const {
  return combine(hash_value(key.client), hash_value(key.frontend));
}

std::optional<SocketAddress> AffinityTable::find(const AffinityKey& key, TimePoint now, Duration timeout) const {
  const auto found = index_.find(key);
  if (found == index_.end() || now - found->second->seen >= timeout) return std::nullopt;
  return found->second->endpoint;
}

bool AffinityTable::remember(const AffinityKey& key, const SocketAddress& endpoint, TimePoint now, Duration timeout) {
  forget_expired(now, timeout);
  Entry& entry = touch(key);
  const bool news = entry.endpoint != endpoint || now - entry.told >= timeout / 4;
  entry.endpoint = endpoint;
  entry.seen = now;
  if (news) entry.told = now;
  return news;
}

void AffinityTable::learn(const AffinityKey& key, const SocketAddress& endpoint, TimePoint at) {
  const auto found = index_.find(key);
  if (found != index_.end() && found->second->seen > at) return;
  Entry& entry = touch(key);
  entry.endpoint = endpoint;
  entry.seen = entry.told = at;
}

/// The entry of `key`, made if need be, at the recent end.
AffinityTable::Entry& AffinityTable::touch(const AffinityKey& key) {
  if (const auto found = index_.find(key); found != index_.end()) {
    entries_.splice(entries_.end(), entries_, found->second);
    return entries_.back();
  }
  if (entries_.size() >= capacity_) {
    index_.erase(entries_.front().key);
    entries_.pop_front();
  }
  entries_.push_back({key, {}, {}, {}});
  index_.emplace(key, std::prev(entries_.end()));
  return entries_.back();
}

/// Two at a time, so that no single connection pays for a thousand.
void AffinityTable::forget_expired(TimePoint now, Duration timeout) {
  for (int i = 0; i < 2 && !entries_.empty() && now - entries_.front().seen >= timeout; ++i) {
    index_.erase(entries_.front().key);
    entries_.pop_front();
  }
}

}  // namespace naru::proxy
