#include "base/cidr_set.h"

#include <algorithm>

namespace naru {
namespace {

/// Whether `next` is the address after `address`, in one family and without wrapping.
bool follows(const IpAddress& next, const IpAddress& address) {
  return next.family() == address.family() && address < next && address.plus(1) == next;
}

/// The largest prefix that begins at `first` and does not go beyond `last`.
Cidr largest_prefix(const IpAddress& first, const IpAddress& last) {
  for (unsigned length = 0; length < first.bits(); ++length) {
    const Cidr prefix = Cidr::of(first, length);
    if (prefix.base() == first && prefix.last() <= last) return prefix;
  }
  return Cidr::host(first);
}

}  // namespace

CidrSet::CidrSet(std::vector<Cidr> cidrs) {
  std::ranges::sort(cidrs);  // by base: of each that overlaps an earlier one the beginning lies within it
  for (const Cidr& cidr : cidrs) {
    const IpAddress last = cidr.last();
    const bool same_family = !ranges_.empty() && ranges_.back().last.family() == cidr.family();
    if (same_family && (cidr.base() <= ranges_.back().last || follows(cidr.base(), ranges_.back().last))) {
      ranges_.back().last = std::max(ranges_.back().last, last);
    } else {
      ranges_.push_back({cidr.base(), last});
    }
  }
}

bool CidrSet::contains(const IpAddress& address) const {
  const auto after = std::ranges::upper_bound(ranges_, address, {}, &Range::first);
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

std::vector<Cidr> CidrSet::prefixes() const {
  std::vector<Cidr> all;
  for (const Range& range : ranges_) {
    IpAddress at = range.first;
    for (;;) {
      all.push_back(largest_prefix(at, range.last));
      if (all.back().last() == range.last) break;
      at = all.back().last().plus(1);
    }
  }
  return all;
}

std::vector<Cidr> intersection(std::span<const Cidr> a, std::span<const Cidr> b) {
  std::vector<Cidr> both;
  for (const Cidr& one : a) {
    for (const Cidr& other : b) {
      if (one.overlaps(other)) both.push_back(one.prefix_length() < other.prefix_length() ? other : one);
    }
  }
  return CidrSet(std::move(both)).prefixes();
}

}  // namespace naru
