// What belongs to an HTTP/2 stream, found by its number.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace naru::http {

/// T has `id`, a stream's number, which does not change while it is in the map. Owns nothing. No allocation once it has
/// been as large as it gets.
template <class T>
class H2IdMap {
 public:
  /// Null if there is none.
  [[nodiscard]] T* find(std::uint32_t id) const {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = home(id);; at = next(at)) {
      if (slots_[at] == nullptr || slots_[at]->id == id) return slots_[at];
    }
  }
  void insert(T& item) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    put(&item);
    ++size_;
  }
  /// `item` is in the map.
  void erase(T& item) {
    std::size_t at = home(item.id);
    while (slots_[at] != &item) at = next(at);
    slots_[at] = nullptr;
    --size_;
    // Those after it move up, so that find() may stop at the first empty slot.
    for (at = next(at); slots_[at] != nullptr; at = next(at)) put(std::exchange(slots_[at], nullptr));
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// `visit` does not change the map.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (T* item : slots_) {
      if (item != nullptr) visit(*item);
    }
  }
  /// All numbers, in no order: to visit them while they may go.
  [[nodiscard]] std::vector<std::uint32_t> ids() const {
    std::vector<std::uint32_t> ids;
    for_each([&](const T& item) { ids.push_back(item.id); });
    return ids;
  }

 private:
  static constexpr std::size_t kFirstSlots = 16;  // a power of two, as ever

  // Open addressing, at most half full. The numbers are multiplied (Knuth) because neighbours next to each other would
  // make one long run, all of which erase() would have to walk.
  [[nodiscard]] std::size_t home(std::uint32_t id) const { return (id * 0x9e3779b1U >> 16) & (slots_.size() - 1); }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void put(T* item) {
    std::size_t at = home(item->id);
    while (slots_[at] != nullptr) at = next(at);
    slots_[at] = item;
  }
  void grow() {
    std::vector<T*> old(slots_.empty() ? kFirstSlots : 2 * slots_.size());
    old.swap(slots_);
    for (T* item : old) {
      if (item != nullptr) put(item);
    }
  }

  std::vector<T*> slots_;
  std::size_t size_{0};
};

}  // namespace naru::http
