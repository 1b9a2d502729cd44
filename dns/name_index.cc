#include "dns/name_index.h"

#include <cassert>

namespace naru::dns {

void NameIndex::insert(const RecordSet& records) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  put({NameHash{}(records.owner()), &records});
  ++used_;
}

void NameIndex::put(const Slot& slot) {
  std::size_t at = slot.hash & mask_;
  while (slots_[at].records != nullptr) at = (at + 1) & mask_;
  slots_[at] = slot;
}

void NameIndex::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.records != nullptr) put(slot);
  }
}

// Moves back what stands behind and belongs before the gap, so that no search ends too early (Knuth 6.4, algorithm R).
void NameIndex::erase(const RecordSet& records) {
  std::size_t gap = NameHash{}(records.owner()) & mask_;
  while (slots_[gap].records != &records) {
    assert(slots_[gap].records != nullptr);
    gap = (gap + 1) & mask_;
  }
  for (std::size_t at = (gap + 1) & mask_; slots_[at].records != nullptr; at = (at + 1) & mask_) {
    const std::size_t home = slots_[at].hash & mask_;
    if (((at - home) & mask_) < ((at - gap) & mask_)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  --used_;
}

}  // namespace naru::dns
