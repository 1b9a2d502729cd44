#include "lb/bgp/adj_rib_out.h"

#include <algorithm>

#include "lb/bgp/update.h"

namespace naru::lb::bgp {
namespace {

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<Cidr> first_of(const std::set<Cidr>& prefixes) {
  constexpr std::size_t kMost = 2048;  // more than fit into a message, were they of two bytes each
  const auto count = static_cast<std::ptrdiff_t>(std::min(prefixes.size(), kMost));
  return {prefixes.begin(), std::next(prefixes.begin(), count)};
}

}  // namespace

/// Only what this peer would see of them: a local preference that it is not told is no change to it.
RouteAttributes AdjRibOut::told(RouteAttributes attributes) const {
  sort_unique(attributes.communities);
  sort_unique(attributes.large_communities);
  if (!terms_->internal) attributes.local_pref.reset();
  return attributes;
}

void AdjRibOut::want(const std::vector<Route>& routes) {
  std::map<Cidr, RouteAttributes> wanted;
  for (const Route& route : routes) wanted[route.prefix] = route.attributes;
  known_ = true;
  wanted.swap(wanted_);
  if (!terms_) return;
  for (const auto& [prefix, attributes] : wanted) {
    if (!wanted_.contains(prefix)) unset(prefix);
  }
  for (const auto& [prefix, attributes] : wanted_) set(prefix, told(attributes));
}

void AdjRibOut::begin(const Terms& terms) {
  end();
  terms_ = terms;
  ends_due_ = terms.families;
  for (const auto& [prefix, attributes] : wanted_) set(prefix, told(attributes));
}

void AdjRibOut::end() {
  terms_.reset();
  announced_.clear();
  queued_.clear();
  groups_.clear();
  withdrawn_.clear();
  impossible_.clear();
  ends_due_ = {};
}

void AdjRibOut::refresh(Family family) {
  if (!terms_ || !terms_->can_carry(family)) return;
  for (const auto& [prefix, attributes] : wanted_) {
    if (prefix.family() != family || impossible_.contains(prefix)) continue;
    unqueue(prefix);
    queue(prefix, told(attributes));
  }
}

void AdjRibOut::set(const Cidr& prefix, const RouteAttributes& attributes) {
  if (!terms_->can_carry(prefix.family())) {
    impossible_.insert(prefix);
    return;
  }
  const auto waiting = queued_.find(prefix);
  if (waiting != queued_.end() && waiting->second == attributes) return;
  unqueue(prefix);
  const auto now = announced_.find(prefix);
  if (now == announced_.end() || now->second != attributes) queue(prefix, attributes);
}

void AdjRibOut::unset(const Cidr& prefix) {
  unqueue(prefix);
  if (announced_.contains(prefix)) withdrawn_[prefix.family()].insert(prefix);
}

void AdjRibOut::queue(const Cidr& prefix, const RouteAttributes& attributes) {
  queued_[prefix] = attributes;
  groups_[{prefix.family(), attributes}].insert(prefix);
}

/// Out of whatever it waits for.
void AdjRibOut::unqueue(const Cidr& prefix) {
  impossible_.erase(prefix);
  const auto leaving = withdrawn_.find(prefix.family());
  if (leaving != withdrawn_.end()) {
    leaving->second.erase(prefix);
    if (leaving->second.empty()) withdrawn_.erase(leaving);
  }
  const auto waiting = queued_.find(prefix);
  if (waiting == queued_.end()) return;
  const auto group = groups_.find({prefix.family(), waiting->second});
  group->second.erase(prefix);
  if (group->second.empty()) groups_.erase(group);
  queued_.erase(waiting);
}

std::optional<Bytes> AdjRibOut::next() {
  if (!terms_) return std::nullopt;
  if (auto message = next_withdrawal()) return message;
  if (auto message = next_announcement()) return message;
  return next_end_of_rib();
}

std::optional<Bytes> AdjRibOut::next_withdrawal() {
  if (withdrawn_.empty()) return std::nullopt;
  const auto at = withdrawn_.begin();
  const std::vector<Cidr> prefixes = first_of(at->second);
  Packed packed = withdraw(prefixes);
  for (std::size_t i = 0; i < packed.count; ++i) {
    announced_.erase(prefixes[i]);
    at->second.erase(prefixes[i]);
  }
  if (at->second.empty()) withdrawn_.erase(at);
  return std::move(packed.message);
}

std::optional<Bytes> AdjRibOut::next_announcement() {
  while (!groups_.empty()) {
    const auto at = groups_.begin();
    const RouteAttributes attributes = at->first.second;
    const std::vector<Cidr> prefixes = first_of(at->second);
    Packed packed = announce(*terms_, attributes, prefixes);
    if (packed.count == 0) {
      give_up(Prefixes(at->second));
      if (auto message = next_withdrawal()) return message;
      continue;
    }
    for (std::size_t i = 0; i < packed.count; ++i) {
      unqueue(prefixes[i]);
      announced_[prefixes[i]] = attributes;
    }
    return std::move(packed.message);
  }
  return std::nullopt;
}

/// What was told of them before holds no more, and what holds now cannot be told.
void AdjRibOut::give_up(const Prefixes& prefixes) {
  for (const Cidr& prefix : prefixes) {
    unset(prefix);
    impossible_.insert(prefix);
  }
}

std::optional<Bytes> AdjRibOut::next_end_of_rib() {
  if (!known_) return std::nullopt;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!ends_due_.has(family)) continue;
    (family == Family::ipv4 ? ends_due_.ipv4 : ends_due_.ipv6) = false;
    return end_of_rib(family);
  }
  return std::nullopt;
}

std::size_t AdjRibOut::pending() const {
  if (!terms_) return wanted_.size();
  std::size_t count = queued_.size() + impossible_.size();
  for (const auto& [family, prefixes] : withdrawn_) count += prefixes.size();
  return count;
}

}  // namespace naru::lb::bgp
