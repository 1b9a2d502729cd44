// Another host that has an address of ours, or says so.
#pragma once

#include <cstdint>

#include "base/mac_address.h"

namespace naru::lb::layer2 {

struct Conflict {
  MacAddress owner;         // who said so last
  std::uint64_t answers{};  // how often it was said
  bool reported{};          // false while it may still be the last words of the node that had the address before us

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

}  // namespace naru::lb::layer2
