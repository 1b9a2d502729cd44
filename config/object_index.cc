#include "config/object_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace naru::config {
namespace {

int line_of(const Object& object) {
  return meta_of(object).location.line_in_file();
}

/// Chunks of one list that are not in the other, by identity; what both begin and end with is passed over quickly.
Chunks without(const Chunks& some, const Chunks& others) {
  const auto [first, other_first] = std::mismatch(some.begin(), some.end(), others.begin(), others.end());
  auto last = some.end();
  auto other_last = others.end();
  while (last != first && other_last != other_first && *(last - 1) == *(other_last - 1)) --last, --other_last;
  const std::unordered_set<std::shared_ptr<const Chunk>> in_others(other_first, other_last);
  Chunks rest;
  std::copy_if(first, last, std::back_inserter(rest), [&](const auto& chunk) { return !in_others.contains(chunk); });
  return rest;
}

}  // namespace

std::size_t ObjectKeyHash::operator()(const ObjectKey& key) const {
  return combine(combine(hash_bytes(key.name), hash_bytes(key.name_space)), static_cast<std::uint64_t>(key.kind));
}

void ObjectIndex::replace(const std::string& file, const Chunks& before, const Chunks& now) {
  for (const auto& chunk : without(before, now)) remove(file, *chunk);
  for (const auto& chunk : without(now, before)) add(file, *chunk);
}

void ObjectIndex::add(const std::string& file, const Chunk& chunk) {
  for (const Object& object : chunk.loaded.objects) {
    ObjectKey key = key_of(object);
    Entry& entry = entries_[key];
    entry.candidates.push_back({file, object});
    if (entry.candidates.size() > 1) given_twice_.insert(key);
    touched_.insert(std::move(key));
  }
}

void ObjectIndex::remove(const std::string& file, const Chunk& chunk) {
  for (const Object& object : chunk.loaded.objects) {
    ObjectKey key = key_of(object);
    auto& candidates = entries_[key].candidates;
    const auto found =
        std::ranges::find_if(candidates, [&](const Candidate& c) { return c.object == object && c.file == file; });
    if (found != candidates.end()) candidates.erase(found);
    if (candidates.size() < 2) given_twice_.erase(key);
    touched_.insert(std::move(key));
  }
}

void ObjectIndex::settle(const ObjectKey& key, SourceUpdate& update) {
  const auto at = entries_.find(key);
  if (at == entries_.end()) return;
  Entry& entry = at->second;
  if (entry.candidates.empty()) {
    if (entry.in_force) update.removed.push_back(key);
    entries_.erase(at);
    return;
  }
  std::ranges::sort(entry.candidates, [](const Candidate& a, const Candidate& b) {
    return a.file != b.file ? a.file < b.file : line_of(a.object) < line_of(b.object);
  });
  const Object& first = entry.candidates.front().object;
  if (entry.in_force == first) return;
  entry.in_force = first;
  update.upserted.push_back(first);
}

void ObjectIndex::take(SourceUpdate& update) {
  // Objects given twice may have changed places without any of them having changed.
  touched_.insert(given_twice_.begin(), given_twice_.end());
  for (const ObjectKey& key : touched_) settle(key, update);
  touched_.clear();
  for (const ObjectKey& key : given_twice_) {
    const auto& candidates = entries_.at(key).candidates;
    const std::string reason = "duplicate of " + meta_of(candidates.front().object).location.to_string();
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      update.errors.push_back({meta_of(candidates[i].object).location, key.to_string(), {}, reason});
    }
  }
}

}  // namespace naru::config
