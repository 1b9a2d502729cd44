#include "daemon/followed_names.h"

#include <algorithm>
#include <utility>

namespace naru::daemon {

using config::ServiceName;
using dns::AddressAnswer;

void FollowedNames::set(const ServiceName& user, std::set<FollowedName> names) {
  const auto held = by_user_.find(user);
  if (names.empty() && held == by_user_.end()) return;
  const std::set<FollowedName> before = held == by_user_.end() ? std::set<FollowedName>{} : held->second;
  for (const FollowedName& name : names) {
    const auto [at, is_new] = entries_.try_emplace(name);
    at->second.users.insert(user);
    if (!is_new) continue;
    due_.insert({at->second.due, name});
    ++unheard_of_;
  }
  for (const FollowedName& name : before) {
    if (!names.contains(name)) leave(name, user);
  }
  if (names.empty()) {
    by_user_.erase(user);
  } else {
    by_user_[user] = std::move(names);
  }
}

void FollowedNames::leave(const FollowedName& name, const ServiceName& user) {
  const auto entry = entries_.find(name);
  entry->second.users.erase(user);
  if (!entry->second.users.empty()) return;
  due_.erase({entry->second.due, name});
  if (!entry->second.heard_of) --unheard_of_;
  entries_.erase(entry);
}

void FollowedNames::schedule(const FollowedName& name, Entry& entry, TimePoint due) {
  due_.erase({entry.due, name});
  entry.due = due;
  due_.insert({due, name});
}

std::vector<FollowedName> FollowedNames::take_due(TimePoint now, std::size_t most) {
  std::vector<FollowedName> taken;
  while (taken.size() < most && !due_.empty() && due_.begin()->first <= now) {
    taken.push_back(due_.begin()->second);
    schedule(taken.back(), entries_.at(taken.back()), now + kPatience);
  }
  return taken;
}

TimePoint FollowedNames::next_due() const {
  return due_.empty() ? TimePoint::max() : due_.begin()->first;
}

NameChange FollowedNames::take(const FollowedName& name, const AddressAnswer& answer, TimePoint now) {
  using Event = NameChange::Event;
  const auto found = entries_.find(name);
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  const bool first = !std::exchange(entry.heard_of, true);
  if (first) --unheard_of_;
  if (answer.kind == AddressAnswer::Kind::failure) {
    schedule(name, entry, now + kBackoff.after(++entry.failures));
    return {false, entry.failures == 1 ? Event::failing : Event::none};
  }
  schedule(name, entry, now + std::clamp(answer.ttl, kLeastTtl, kMostTtl));
  std::vector<IpAddress> addresses = answer.addresses;
  if (addresses.size() > kMostAddresses) addresses.resize(kMostAddresses);
  const bool changed = addresses != entry.addresses;
  const bool failed_before = std::exchange(entry.failures, 0U) > 0;
  const bool lost = addresses.empty() && (changed || first);
  entry.addresses = std::move(addresses);
  return {changed, lost ? Event::lost : failed_before ? Event::answered : Event::none};
}

const std::vector<IpAddress>& FollowedNames::addresses(const FollowedName& name) const {
  static const std::vector<IpAddress> kNone;
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? kNone : entry->second.addresses;
}

const FollowedNames::Users& FollowedNames::users(const FollowedName& name) const {
  static const Users kNobody;
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? kNobody : entry->second.users;
}

}  // namespace naru::daemon
