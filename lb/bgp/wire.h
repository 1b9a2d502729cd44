// Numbers and addresses in network byte order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/address.h"

namespace naru::lb::bgp {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline void put8(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put16(Bytes& out, std::size_t value) {
  put8(out, value >> 8);
  put8(out, value);
}
inline void put32(Bytes& out, std::size_t value) {
  put16(out, value >> 16);
  put16(out, value);
}
inline void put(Bytes& out, View bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
inline void put(Bytes& out, const IpAddress& address) {
  put(out, View(address.bytes()).first(address.bits() / 8));
}
inline void set16(Bytes& out, std::size_t at, std::size_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

/// Takes values off the front. What is not there reads as 0 and makes `ok()` false from then on.
class Reader {
 public:
  explicit Reader(View bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

  View take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      count = rest_.size();
    }
    const View taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::uint32_t number(std::size_t bytes) {
    const View taken = take(bytes);
    if (taken.size() != bytes) return 0;
    std::uint32_t value = 0;
    for (const std::uint8_t byte : taken) value = value << 8 | byte;
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return number(4); }

 private:
  View rest_;
  bool ok_{true};
};

}  // namespace naru::lb::bgp
