// Many prefixes as one set, for the question whether an address is in any of them.
#pragma once

#include <span>
#include <vector>

#include "base/address.h"

namespace naru {

/// Immutable. contains() takes time with the logarithm of the number of prefixes; thousands of nodes' are no burden.
class CidrSet {
 public:
  CidrSet() = default;
  /// In any order, overlapping or not, of both families.
  explicit CidrSet(std::vector<Cidr> cidrs);

  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// The fewest prefixes that are the same set, sorted.
  [[nodiscard]] std::vector<Cidr> prefixes() const;

  friend bool operator==(const CidrSet&, const CidrSet&) = default;

 private:
  struct Range {
    IpAddress first;
    IpAddress last;

    friend bool operator==(const Range&, const Range&) = default;
  };
  std::vector<Range> ranges_;  // sorted; none overlaps or touches another
};

/// Prefixes of what is in both.
[[nodiscard]] std::vector<Cidr> intersection(std::span<const Cidr> a, std::span<const Cidr> b);

}  // namespace naru
