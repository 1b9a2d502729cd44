// Another host that has an address of ours, or says so.
#pragma once

#include <cstdint>

#include "base/mac_address.h"

namespace naru::lb::layer2 {

struct Conflict {
  MacAddress owner;         // who said so last
  std::uint64_t answers{};  // how often it was said
  bool reported{};          // false while it may still be a move between nodes, some of which know of it first

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

}  // namespace naru::lb::layer2
