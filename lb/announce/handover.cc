#include "lb/announce/handover.h"

#include <algorithm>

namespace naru::lb::announce {

Neighbour Handover::state_of(const std::string& node) const {
  const auto found = neighbours_.find(node);
  return found == neighbours_.end() ? Neighbour::gone : found->second;
}

void Handover::owned(const std::map<IpAddress, std::string>& owners, const std::string& self, TimePoint now) {
  for (const auto& [address, owner] : owners) {
    const auto before = owners_.find(address);
    if (owner != self || before == owners_.end() || before->second == self) continue;
    const Neighbour state = state_of(before->second);
    if (state == Neighbour::gone) continue;
    entries_[address] = {before->second, now + (state == Neighbour::up ? kStaying : kLeaving)};
  }
  std::erase_if(entries_, [&](const auto& entry) {
    const auto owner = owners.find(entry.first);
    return owner == owners.end() || owner->second != self;
  });
  owners_ = owners;
}

void Handover::heard(const std::string& node, Neighbour state, TimePoint now) {
  neighbours_[node] = state;
  for (auto& [address, entry] : entries_) {
    if (entry.node == node && state == Neighbour::leaving) entry.until = std::min(entry.until, now + kLeaving);
  }
  if (state == Neighbour::gone) std::erase_if(entries_, [&](const auto& entry) { return entry.second.node == node; });
}

void Handover::elapse(TimePoint now) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.until <= now; });
}

std::optional<TimePoint> Handover::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [address, entry] : entries_) {
    if (!first || entry.until < *first) first = entry.until;
  }
  return first;
}

std::map<IpAddress, std::string> Handover::nodes() const {
  std::map<IpAddress, std::string> nodes;
  for (const auto& [address, entry] : entries_) nodes.emplace(address, entry.node);
  return nodes;
}

}  // namespace naru::lb::announce
