// A zone's names in one flat table, for a worker's queries.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dns/record_set.h"

namespace naru::dns {

/// What a snapshot shares with the next is a tree, and a query would wait for memory at each of its levels. Each worker
/// keeps this beside it, changed in step with it: one look-up is one wait, and one that can be asked for ahead.
///
/// Open addressing with linear probing, at most half full. Holds no ownership: what is in it must be in the worker's
/// zone.
class NameIndex {
 public:
  /// `hash` is NameHash of the name.
  [[nodiscard]] const RecordSet* find(std::size_t hash, std::string_view name) const {
    for (std::size_t at = hash & mask_; slots_[at].records != nullptr; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && slots_[at].records->owner() == name) return slots_[at].records;
    }
    return nullptr;
  }
  /// Probably what find() will give, without looking at the records; null where find() would give null.
  [[nodiscard]] const RecordSet* candidate(std::size_t hash) const {
    for (std::size_t at = hash & mask_; slots_[at].records != nullptr; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash) return slots_[at].records;
    }
    return nullptr;
  }
  void prefetch(std::size_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }

  /// The name must not be there.
  void insert(const RecordSet& records);
  /// `records` themselves must be there.
  void erase(const RecordSet& records);
  [[nodiscard]] std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::size_t hash{};
    const RecordSet* records{};
  };
  void put(const Slot& slot);
  void grow();

  std::vector<Slot> slots_{std::vector<Slot>(64)};
  std::size_t mask_{63};
  std::size_t used_{0};
};

}  // namespace naru::dns
